"""http.response.start.headers.order: the headers of the app go out in another order."""

import re

from _run import answer, main

GIVEN = [b"x-a", b"x-b", b"x-a", b"x-c"]


async def app(scope, receive, send):
    assert scope["type"] == "http"
    await answer(send, headers=[(name, b"%d" % number) for number, name in enumerate(GIVEN)])


def check(served):
    seen = [name.lower() for name in re.findall(rb"\r\n(x-[abc]):", served.ask(), re.IGNORECASE)]
    return sorted(seen) == sorted(GIVEN) and seen != GIVEN, f"{seen} for {GIVEN}"


if __name__ == "__main__":
    main(__file__, check, "daphne", "granian")
