"""Streams lines."""

from sanic.response import stream
from sanic_setup import make

app = make("ticks")


@app.route("/")
async def ticks(request):
    async def write(response):
        for number in range(3):
            await response.write(f"tick {number}\n")

    return stream(write, content_type="text/plain")
