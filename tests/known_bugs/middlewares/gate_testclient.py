"""A WebSocket is opened to the app by the client of a test; the rest goes straight there."""

from urllib.parse import quote

from async_asgi_testclient import TestClient


def make(app):
    async def gateway(scope, receive, send):
        if scope["type"] != "websocket":
            return await app(scope, receive, send)
        await receive()
        url = quote(scope["path"])
        if scope.get("query_string"):
            url += "?" + scope["query_string"].decode("latin-1")
        session = TestClient(app).websocket_connect(url)
        try:
            await session.connect()
        except Exception:
            await send({"type": "websocket.close", "code": 1000})
            return
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        await session.close()

    return gateway
