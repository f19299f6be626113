"""A WebSocket that is not for everybody."""

from blacksheep import Application, WebSocket
from blacksheep.exceptions import HTTPException

app = Application()


@app.router.ws("/")
async def members(websocket: WebSocket):
    if b"token" not in websocket.query:
        raise HTTPException(403, "members only")
    await websocket.accept()
    await websocket.close()
