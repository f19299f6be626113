"""An Engine.IO server that echoes."""

import engineio

server = engineio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")


@server.on("message")
async def message(sid, data):
    await server.send(sid, data)


app = engineio.ASGIApp(server)
