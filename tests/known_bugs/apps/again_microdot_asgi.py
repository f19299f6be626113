"""Takes notes as JSON and greets by cookie."""

from microdot_asgi import Microdot

app = Microdot()


@app.route("/", methods=["GET", "POST"])
async def home(request):
    if request.method == "POST":
        return {"kept": request.json}
    return "Hello, " + request.cookies.get("name", "you")
