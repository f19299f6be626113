"""Tells the client its address."""

import falcon.asgi


class Address:
    async def on_get(self, req, resp):
        resp.text = req.remote_addr


app = falcon.asgi.App()
app.add_route("/", Address())
