"""An empty inbox."""

from blacksheep import Application
from blacksheep.exceptions import HTTPException

app = Application()


@app.router.get("/")
async def inbox(request):
    raise HTTPException(204, "no letters")
