"""Everything goes to https."""

from hypercorn.middleware import HTTPToHTTPSRedirectMiddleware


async def site(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the site"})


app = HTTPToHTTPSRedirectMiddleware(site, "example.org")
