"""One page with a content type of its own."""

import asgineer


@asgineer.to_asgi
async def app(request):
    return 200, {"Content-Type": "text/x-page"}, b"page"
