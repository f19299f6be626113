"""Tells the client its address."""

from blacksheep import Application, text

app = Application()


@app.router.get("/")
async def address(request):
    return text(str(request.client_ip))
