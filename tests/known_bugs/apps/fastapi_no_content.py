"""An endpoint that has nothing to say."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/", status_code=204)
async def nothing():
    return None
