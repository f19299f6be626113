"""Gives back the object that it is sent."""

from typing import Annotated

from fastapi import Body, FastAPI

app = FastAPI()


@app.post("/")
async def keep(data: Annotated[dict, Body()]):
    return data
