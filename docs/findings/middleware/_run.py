"""One exchange with a middleware: what it sends to the server, and how the call ends."""

import asyncio

PLAIN = [(b"content-type", b"text/plain")]
START = {"type": "http.response.start", "status": 200, "headers": PLAIN}
BODY = {"type": "http.response.body", "body": b"hello"}


def inner(*events):
    """An app that sends these; what it was called with is kept in `inner.scope`."""

    async def app(scope, receive, send):
        app.scope = scope
        for event in events:
            await send(dict(event))

    return app


def exchange(middleware, events=({"type": "http.request"},), without=(), **keys):
    """(how the call ended, the events sent, the scope) of one call in which receive gives these events."""
    kind = keys.get("type", "http")
    scope = {"type": kind, "asgi": {"version": "3.0"}, "extensions": {}}
    if kind != "lifespan":
        scope |= {"http_version": "1.1", "path": "/", "raw_path": b"/", "query_string": b"", "root_path": ""}
        scope |= {
            "headers": [(b"host", b"localhost")],
            "client": ("127.0.0.1", 5000),
            "server": ("127.0.0.1", 80),
        }
        scope |= (
            {"method": "GET", "scheme": "http"} if kind == "http" else {"scheme": "ws", "subprotocols": []}
        )
    scope |= keys
    for key in without:
        del scope[key]
    sent = []
    waiting = list(events)

    async def receive():
        return waiting.pop(0) if waiting else await asyncio.sleep(3600)

    async def send(event):
        sent.append(event)

    async def call():
        try:
            await asyncio.wait_for(middleware(scope, receive, send), 2)
        except TimeoutError:
            return "waits for ever"
        except Exception as error:
            return f"raised {error!r}"
        return "returned"

    return asyncio.run(call()), sent, scope


def names(sent):
    """The names of the headers of the first start."""
    starts = [event for event in sent if event["type"].endswith("response.start")]
    return [name for name, _ in starts[0]["headers"]] if starts else []


def types(sent):
    """The types of the events."""
    return [event["type"].removeprefix("http.response.") for event in sent]


def verdict(bug, *words):
    """The last two lines of a script."""
    print(*words)
    print("BUG" if bug else "OK")
