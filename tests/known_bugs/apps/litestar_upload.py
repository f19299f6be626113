"""Counts the bytes that it is sent."""

from litestar import Litestar, Request, post


@post("/")
async def count(request: Request) -> str:
    return str(len(await request.body()))


app = Litestar([count])
