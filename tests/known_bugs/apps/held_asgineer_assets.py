"""Assets held in memory."""

import asgineer

ASSETS = {"index.html": "<html><body>Smørrebrød</body></html>", "code.js": "hello()"}
handler = asgineer.utils.make_asset_handler(ASSETS)


@asgineer.to_asgi
async def app(request):
    return await handler(request, request.path.lstrip("/") or "index.html")
