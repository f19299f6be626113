"""A page that has moved."""

from sanic import response
from sanic_setup import make

app = make("moved")


@app.get("/")
async def moved(request):
    return response.redirect("/new")
