"""Takes notes in plain text, and nothing else."""

import falcon.asgi


class Notes:
    async def on_post(self, req, resp):
        if req.content_type != "text/plain":
            raise falcon.HTTPUnsupportedMediaType(title="plain text, please")
        resp.data = await req.bounded_stream.read()


app = falcon.asgi.App()
app.add_route("/", Notes())
