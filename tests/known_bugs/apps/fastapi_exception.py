"""An endpoint that stops early."""

from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/")
async def nothing():
    raise HTTPException(status_code=204)
