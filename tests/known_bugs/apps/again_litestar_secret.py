"""Keeps what those who know the secret send it."""

from typing import Annotated

from litestar import Litestar, post
from litestar.params import Parameter


@post("/")
async def keep(data: dict, secret: Annotated[str, Parameter(header="x-secret")]) -> dict:
    return {"kept": len(data)}


app = Litestar([keep])
