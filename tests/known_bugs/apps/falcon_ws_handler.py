"""A WebSocket room; an unknown room is refused by an error handler."""

import falcon
import falcon.asgi

ROOMS = {"hall": "welcome"}


class Room:
    async def on_websocket(self, req, ws):
        greeting = ROOMS[req.get_param("room", default="cellar")]
        await ws.accept()
        await ws.send_text(greeting)


async def unknown_room(req, resp, error, params, ws=None):
    raise falcon.HTTPForbidden()


app = falcon.asgi.App()
app.add_route("/", Room())
app.add_error_handler(KeyError, unknown_room)
