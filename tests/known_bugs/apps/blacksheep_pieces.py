"""Streams a page from a source that sometimes has nothing."""

from blacksheep import Application, Response
from blacksheep.contents import StreamedContent

app = Application()


async def pieces():
    yield b"first"
    yield b""
    yield b"second"


@app.router.get("/")
async def page(request):
    return Response(200, content=StreamedContent(b"text/plain", pieces))
