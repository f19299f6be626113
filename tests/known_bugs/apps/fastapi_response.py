"""An endpoint that sets its status on the way."""

from fastapi import FastAPI, Response

app = FastAPI()


@app.get("/")
async def nothing(response: Response):
    response.status_code = 204
