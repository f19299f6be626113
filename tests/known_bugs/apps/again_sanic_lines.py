"""Streams lines, and says beforehand how long they are."""

from sanic.response import stream
from sanic_setup import make

app = make("lines")
LINES = ["first line\n", "last line\n"]


@app.route("/")
async def lines(request):
    async def write(response):
        for line in LINES:
            await response.write(line)

    length = {"content-length": str(sum(map(len, LINES)))}
    return stream(write, content_type="text/plain", headers=length, chunked=False)
