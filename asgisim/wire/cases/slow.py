"""What takes longer than a server keeps an idle connection: timers set too early, or never stopped."""

from __future__ import annotations

from asgisim.wire.cases.parts import ACCEPT, LAST, START, Steps, answered, asked, body, closed, says

PAUSE = 5.6  # seconds; uvicorn, hypercorn and others let go of an idle connection after 5 by default

CASES: dict[str, Steps] = {
    "a slow answer to a request that came with another": [
        *asked(target=b"/1"),
        *asked(target=b"/2"),
        *answered(START, body(b"first")),
        *(("app", 1, "called"), ("app", 1, "wait", PAUSE)),
        *answered(START, body(b"second"), call=1),
    ],
    "a slow answer on a connection that was kept": [
        *asked(target=b"/1"),
        *answered(START, body(b"first")),
        *asked(target=b"/2"),
        *(("app", 1, "called"), ("app", 1, "wait", PAUSE)),
        *answered(START, LAST, call=1),
    ],
    "a silent WebSocket on a connection that was kept": [
        *asked(target=b"/1"),
        *answered(START, body(b"first")),
        *(("client", 0, "handshake", {}), ("app", 1, "receive"), ("app", 1, "send", ACCEPT)),
        *(("client", 0, "response"), ("client", 0, "wait", PAUSE)),
        *(("app", 1, "send", [says(text="late")]), ("client", 0, "frames", {"count": 1, "bound": 1.0})),
        *(step if step[0] == "client" else (step[0], 1, *step[2:]) for step in closed(code=1000)),
    ],
}
