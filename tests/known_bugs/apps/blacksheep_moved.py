"""A page that has moved."""

from blacksheep import Application, redirect

app = Application()


@app.router.get("/")
async def moved(request):
    return redirect("/new")
