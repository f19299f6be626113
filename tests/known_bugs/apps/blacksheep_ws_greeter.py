"""Greets whoever opens a WebSocket."""

from blacksheep import Application, WebSocket

app = Application()


@app.router.ws("/")
async def greet(websocket: WebSocket):
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()
