"""Streams two lines."""

from blacksheep import Application, Response
from blacksheep.contents import StreamedContent

app = Application()


async def lines():
    yield b"one\n"
    yield b"two\n"


@app.router.get("/")
async def home(request):
    return Response(200, content=StreamedContent(b"text/plain", lines))
