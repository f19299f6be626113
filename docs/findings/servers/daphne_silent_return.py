"""http.response.missing: the app returned without a response, and the client gets nothing and no end."""

from _run import main, note


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await receive()
    note("returns")


def check(served):
    seen = served.ask(wait=5)
    return served.seen() == [
        "returns"
    ] and not seen and not served.ended, f"{seen} in 5 s, ended: {served.ended}"


if __name__ == "__main__":
    main(__file__, check, "daphne")
