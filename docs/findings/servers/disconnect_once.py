"""http.disconnect.repeats: after one http.disconnect, receive waits for ever."""

import asyncio

from _run import answer, main, note


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await receive()
    await answer(send, body=b"hello")
    for _ in range(2):
        try:
            note((await asyncio.wait_for(receive(), 2))["type"])
        except TimeoutError:
            note("nothing for 2 s")


def check(served):
    served.ask()
    seen = served.seen(2, wait=5)
    return seen == ["http.disconnect", "nothing for 2 s"], seen


if __name__ == "__main__":
    main(__file__, check, "hypercorn", "daphne")
