"""HTTP becomes an event of API Gateway, which Mangum hands to the app; the rest goes straight there."""

import asyncio
import base64

from mangum import Mangum


def handled(app, event):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return Mangum(app)(event, {})
    finally:
        loop.close()


def make(app):
    async def gateway(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        parts, more = [], True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": scope["path"],
            "rawQueryString": scope["query_string"].decode("latin-1"),
            "headers": headers,
            "isBase64Encoded": True,
            "body": base64.b64encode(b"".join(parts)).decode(),
            "requestContext": {
                "http": {
                    "method": scope["method"],
                    "path": scope["path"],
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "",
                }
            },
        }
        told = await asyncio.get_running_loop().run_in_executor(None, handled, app, event)
        body = told["body"]
        body = base64.b64decode(body) if told["isBase64Encoded"] else body.encode()
        names = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in told["headers"].items()
        ]
        await send({"type": "http.response.start", "status": told["statusCode"], "headers": names})
        await send({"type": "http.response.body", "body": body})

    return gateway
