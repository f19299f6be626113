"""Counts what is sent, as it comes."""

import falcon.asgi


class Upload:
    async def on_post(self, req, resp):
        size = 0
        async for chunk in req.stream:
            size += len(chunk)
        resp.media = {"size": size}


app = falcon.asgi.App()
app.add_route("/", Upload())
