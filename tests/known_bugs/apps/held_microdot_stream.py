"""A page in pieces."""

from microdot.asgi import Microdot

app = Microdot()


@app.get("/")
async def count(request):
    async def numbers():
        for number in range(3):
            yield f"{number}\n"

    return numbers()
