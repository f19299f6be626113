"""common.app.positional-args: receive and send are given by name, so an app with names of its own fails."""

from _run import GET, main


async def app(scope, take, give):
    assert scope["type"] == "http"
    await give({"type": "http.response.start", "status": 200, "headers": []})
    await give({"type": "http.response.body", "body": b"fine"})


def check(served):
    seen = served.ask(GET, wait=4)
    return b"fine" not in seen, seen[:80]


if __name__ == "__main__":
    main(__file__, check, "daphne")
