"""lifespan.scope.asgi.spec-version: the lifespan scope announces a version that only the HTTP text has."""

from _run import main, note


async def app(scope, receive, send):
    assert scope["type"] == "lifespan"
    note(scope["asgi"].get("spec_version", "1.0"))
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


def check(served):
    seen = served.seen(wait=5)
    return bool(seen) and seen[0] not in ("1.0", "2.0"), f"spec_version {seen}"


if __name__ == "__main__":
    main(__file__, check, "granian", "gunicorn")
