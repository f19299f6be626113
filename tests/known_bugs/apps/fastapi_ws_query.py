"""A WebSocket counter that must be told where to begin."""

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/")
async def count(websocket: WebSocket, start: int):
    await websocket.accept()
    await websocket.send_json(start + 1)
    await websocket.close()
