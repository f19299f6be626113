"""One page."""

import falcon.asgi


class Home:
    async def on_get(self, req, resp):
        resp.text = "home"


app = falcon.asgi.App()
app.add_route("/", Home())
