"""Greets its guests by the name in their cookie."""

from microdot.asgi import Microdot

app = Microdot()


@app.get("/")
async def home(request):
    return "Hello, " + request.cookies.get("name", "you")
