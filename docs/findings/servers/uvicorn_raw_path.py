"""http.scope.raw-path.unmodified: with --root-path, raw_path has what the client never sent."""

from _run import GET, answer, main, note


async def app(scope, receive, send):
    assert scope["type"] == "http"
    note(scope["raw_path"])
    await answer(send)


def check(served):
    served.ask(GET.replace(b"/ ", b"/here ", 1))
    seen = served.seen()
    return bool(seen) and seen != [b"/here"], f"raw_path {seen} for /here"


if __name__ == "__main__":
    main(__file__, check, "uvicorn-h11", "uvicorn-httptools", options=["--root-path", "/mount"])
