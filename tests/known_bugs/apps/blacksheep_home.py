"""One page."""

from blacksheep import Application, text

app = Application()


@app.router.get("/")
async def home(request):
    return text("home")
