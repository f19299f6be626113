"""One page."""

from sanic import response
from sanic_setup import make

app = make("home")


@app.get("/")
async def home(request):
    return response.text("home")
