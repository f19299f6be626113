"""The contract of the test bed (asgisim.frameworks.contract) played over the wire."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from asgisim.drive.wire import frames, http
from asgisim.drive.wire.client import Client
from asgisim.frameworks import contract
from asgisim.frameworks.contract import Answer, Endpoint, Heard, Request, Response, Session, Talk, mismatches
from asgisim.probe.target import Remote

# What hangs on who has asked before, or on what a server need not have.
_NOT_HERE = frozenset(["lifespan/counter", "lifespan/state", "scope-state"])
_FEW = 3  # messages or pieces of what never ends


def rows() -> list[tuple[str, Endpoint, Any, Any]]:
    """Name, endpoint, what is asked and what is promised, of all that can be asked of a stranger."""
    found = []
    for endpoint in contract.ENDPOINTS:
        if endpoint.name in _NOT_HERE:
            continue
        number: int
        asked: Any
        for number, (asked, promise) in enumerate(endpoint.cases):
            name = (
                f"{endpoint.method} {asked.path or endpoint.path}"
                if endpoint.protocol == "http"
                else endpoint.path
            )
            found.append(
                (f"{name}#{number + 1}" if len(endpoint.cases) > 1 else name, endpoint, asked, promise)
            )
    return found


def play(remote: Remote, endpoint: Endpoint, asked: Any, promise: Any) -> list[str]:
    """Ask, and tell each way in which the answer is not what is promised. Raises OSError, Spent."""
    client = remote.connect()
    try:
        if isinstance(asked, Request):
            return _http(remote, client, endpoint, asked, promise)
        return _websocket(remote, client, endpoint, asked, promise)
    finally:
        client.close()


def _http(remote: Remote, client: Client, endpoint: Endpoint, asked: Request, promise: Answer) -> list[str]:
    target = remote.place.prefix + (asked.path or endpoint.path).encode()
    target += b"?" + asked.query if asked.query else b""
    body = b"".join(asked.body) if endpoint.method == "POST" else None
    client.methods.append(endpoint.method.encode())
    client.send(
        http.compose(endpoint.method.encode(), target, b"1.1", asked.headers, body, host=remote.place.header)
    )
    if promise.ends == "endless":
        remote.hub.until(lambda: client.buffer.count(b"\n") > 8 or client.end, client.patience)
        began = bytes(client.buffer).startswith(b"HTTP/1.1 200 ")
        return (
            []
            if began and not client.end
            else [f"expected an endless 200, but got {bytes(client.buffer[:80])!r}"]
        )
    got = client.response()
    # Over a socket the parts melt together.
    seen = Response(got.status or None, got.headers, [got.body], got.complete)
    return mismatches(replace(promise, parts=0), seen)


def _websocket(
    remote: Remote, client: Client, endpoint: Endpoint, asked: Session, promise: Talk
) -> list[str]:
    target = remote.place.prefix + (asked.path or endpoint.path).encode()
    target += b"?" + asked.query if asked.query else b""
    seen = talk(remote, client, target, asked.says, asked.subprotocols, endless=promise.ends == "endless")
    if promise.denial is not None and seen.denial is not None and seen.denial[0] == 403:
        promise = replace(promise, denial=None)  # a server without the extension refuses by itself
    return mismatches(promise, seen)


def talk(
    remote: Remote,
    client: Client,
    target: bytes,
    says: tuple[str | bytes, ...] = (),
    subprotocols: tuple[str, ...] = (),
    endless: bool = False,
) -> Heard:
    """One session: each thing said awaits one heard; then the app may close, else the client does."""
    offered = [", ".join(subprotocols).encode()] if subprotocols else []
    client.methods.append(b"GET")
    lines = frames.handshake_headers(subprotocols=offered)
    client.send(http.compose(target=target, headers=lines, host=remote.place.header))
    answer = client.response()
    if answer.status != 101:
        return Heard(False, None, [], denial=(answer.status, answer.body))
    chosen = answer.values(b"sec-websocket-protocol")
    heard = Heard(True, chosen[0].decode("latin-1") if chosen else None, [])
    ended = False
    for word in says:
        text = isinstance(word, str)
        client.send(
            frames.compose("text" if text else "binary", word.encode() if isinstance(word, str) else word)
        )
        ended = ended or not _hear(client, heard, 1)
    if not ended and not says:
        _hear(client, heard, _FEW if endless else 1000)
    if heard.close is None and not client.end:
        client.send(frames.compose("close", frames.close_payload(1000)))
    return heard


def _hear(client: Client, heard: Heard, count: int) -> bool:
    """Take so many messages. Returns whether they came before a close, an end, or the time was over."""
    parts: list[bytes] = []
    binary = False
    while count:
        frame = client.frame()
        if frame is None:
            heard.error = "the connection was lost" if client.end else None
            return False
        if frame.opcode == 8:
            heard.close = frame.code if frame.code is not None else 1005
            heard.reason = frame.data[2:].decode("utf-8", "replace")
            return False
        if frame.opcode == 9:
            client.send(frames.compose("pong", frame.data))
        if frame.opcode > 2:
            continue
        binary = frame.opcode == 2 if frame.opcode else binary
        parts.append(frame.data)
        if frame.fin:
            whole = b"".join(parts)
            heard.messages.append(whole if binary else whole.decode("utf-8", "replace"))
            parts.clear()
            count -= 1
    return True
