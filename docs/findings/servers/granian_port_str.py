"""http.scope.client.port, http.scope.server.port: the ports are str and not int."""

from _run import answer, main, note


async def app(scope, receive, send):
    assert scope["type"] == "http"
    note([tuple(scope["client"]), tuple(scope["server"])])
    await answer(send)


def check(served):
    served.ask()
    seen = served.seen()
    return any(type(port) is not int for _, port in seen[0]), f"client and server: {seen}"


if __name__ == "__main__":
    main(__file__, check, "granian")
