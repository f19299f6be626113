"""common.ext.listed-on-fitting-scope: extensions are listed where their events are not legal."""

from _run import answer, main, note


async def app(scope, receive, send):
    assert scope["type"] != "lifespan"
    note([scope["type"], sorted(scope.get("extensions") or {})])
    if scope["type"] == "http":
        await answer(send)
    else:
        await receive()
        await send({"type": "websocket.close"})


def check(served):
    served.ask()
    served.websocket()
    seen = served.seen(2)
    wrong = {"http": "websocket.http.response", "websocket": "http.response.pathsend"}
    return any(wrong[kind] in listed for kind, listed in seen), seen


if __name__ == "__main__":
    main(__file__, check, "granian")
