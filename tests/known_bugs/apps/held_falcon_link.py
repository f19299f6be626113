"""Tells where it can be found from outside."""

import falcon.asgi


class Link:
    async def on_get(self, req, resp):
        resp.media = {"self": req.forwarded_uri}


app = falcon.asgi.App()
app.add_route("/", Link())
