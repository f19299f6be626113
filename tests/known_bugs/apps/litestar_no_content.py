"""An empty inbox."""

from litestar import Litestar, get
from litestar.exceptions import HTTPException


@get("/")
async def inbox() -> str:
    raise HTTPException(status_code=204)


app = Litestar([inbox])
