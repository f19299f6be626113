"""HTTP is handed on by an httpx client to the app; the rest goes straight there."""

from urllib.parse import quote

import httpx


def make(app):
    async def gateway(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        parts, more = [], True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            parts.append(event.get("body", b""))
            more = event.get("more_body", False)
        url = "http://localhost" + quote(scope["path"])
        if scope.get("query_string"):
            url += "?" + scope["query_string"].decode("latin-1")
        async with httpx.AsyncClient(app=app) as client:
            response = await client.request(
                scope["method"], url, headers=scope["headers"], data=b"".join(parts), allow_redirects=False
            )
        headers = [(name.lower(), value) for name, value in response.headers.raw]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.content})

    return gateway
