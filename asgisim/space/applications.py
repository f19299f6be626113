"""What an application may do, drawn by ``choose``: scripts for `asgisim.reference.scripted`."""

from __future__ import annotations

from typing import Any

from asgisim.space.scripts import Choose
from asgisim.space.values import MESSAGES

Script = list[list[Any]]

STATUSES = (200, 204, 404, 304, 201, 302, 500, 205, 418, 299, 599)
_HEADERS: tuple[tuple[tuple[bytes, bytes], ...], ...] = (
    (),
    ((b"content-type", b"text/plain"),),
    ((b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")),
    ((b"x-latin", b"caf\xe9"),),
    ((b"x-empty", b""),),
    ((b"location", b"/"),),
)
_PARTS: tuple[tuple[bytes, ...], ...] = (
    (b"hello",),
    (b"",),
    (b"hel", b"lo"),
    (b"hello", b""),
    (b"", b"hello"),
    (b"a", b"", b"b"),
    (b"\x00\xff",),
    (b"x" * 70_000,),
)
_NO_BODY = frozenset([204, 205, 304])


def application(choose: Choose, *, protocol: str = "http") -> Script:
    """Draw what an app does in one exchange of a protocol; it keeps every rule. 0 is the plainest."""
    if protocol == "websocket":
        return _websocket(choose)
    if protocol == "lifespan":
        return _lifespan(choose)
    return _http(choose)


def _http(choose: Choose) -> Script:
    script: Script = [["read"]] if choose(4) < 3 else []
    status = STATUSES[choose(len(STATUSES))]
    start: dict[str, Any] = {"type": "http.response.start", "status": status}
    headers = [list(pair) for pair in _HEADERS[choose(len(_HEADERS))]]
    parts = (b"",) if status in _NO_BODY else _PARTS[choose(len(_PARTS))]
    if choose(2):
        headers.append([b"content-length", b"%d" % len(b"".join(parts))])
    if headers or choose(2):
        start["headers"] = headers
    script.append(["send", start])
    last = len(parts) - 1
    spelled = choose(3)
    for index, part in enumerate(parts):
        if choose(8) == 7:
            script.append(["sleep", 1])
        event: dict[str, Any] = {"type": "http.response.body"}
        if part or spelled < 2:
            event["body"] = part
        if index < last:
            event["more_body"] = True
        elif spelled == 1:
            event["more_body"] = False
        script.append(["send", event])
    if choose(8) == 7:
        script.append(["receive"])
    return script


def _websocket(choose: Choose) -> Script:
    script: Script = [["receive"]]
    answer = choose(8)
    if answer == 7:
        return [*script, ["send", {"type": "websocket.close"}]]
    accept: dict[str, Any] = {"type": "websocket.accept"}
    if answer == 1:
        accept["subprotocol"] = None
    elif answer == 2:
        accept["headers"] = []
    script.append(["send", accept])
    for _ in range(choose(4)):
        value = MESSAGES[choose(len(MESSAGES))]
        key, other = ("text", "bytes") if isinstance(value, str) else ("bytes", "text")
        event: dict[str, Any] = {"type": "websocket.send", key: value}
        if choose(4) == 3:
            event[other] = None
        script.append(["send", event])
    end = choose(4)
    if end:
        close: dict[str, Any] = {"type": "websocket.close"}
        if end > 1:
            close["code"] = (1000, 4000)[end - 2]
        script.append(["send", close])
    return script


def _lifespan(choose: Choose) -> Script:
    up: dict[str, Any] = {"type": "lifespan.startup.complete"}
    draw = choose(8)
    if draw == 7:
        return [["receive"], ["send", {"type": "lifespan.startup.failed", "message": "no database"}]]
    script: Script = [["receive"], ["send", up], ["receive"]]
    if draw == 6:
        return [*script, ["send", {"type": "lifespan.shutdown.failed"}]]
    return [*script, ["send", {"type": "lifespan.shutdown.complete"}]]
