"""Tells the client what it calls itself."""

import falcon.asgi


class Agent:
    async def on_get(self, req, resp):
        resp.media = {"agent": req.user_agent}


app = falcon.asgi.App()
app.add_route("/", Agent())
