"""A pure ASGI app that tells its client's address, behind a proxy."""

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


async def address(scope, receive, send):
    host = (scope.get("client") or ("nobody",))[0]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(host).encode()})


app = ProxyHeadersMiddleware(address, trusted_hosts="*")
