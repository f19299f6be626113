"""The reference server on the wire: bytes in, bytes out."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator

import pytest

from asgisim import servers
from asgisim.servers import Running

APP = """
import json

seen = []


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["type"] == "websocket":
        return await chat(scope, receive, send)
    path, status, headers = scope["path"], 200, []
    if path == "/seen":
        body = json.dumps(seen).encode()
    else:
        headers = {n.decode(): v.decode("latin-1") for n, v in scope["headers"]}
        seen.append([scope["method"], path, headers])
        headers = []
        body = b""
        while path != "/unread":
            event = await receive()
            if event["type"] == "http.disconnect":
                seen.append("disconnect")
                return
            body += event["body"]
            if not event["more_body"]:
                break
    if path.startswith("/status/"):
        status, body = int(path[8:]), b"body"
    if path == "/nothing":
        return
    if path == "/late":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("half way")
    if path == "/lengths":
        headers = [(b"content-length", b"2"), (b"transfer-encoding", b"gzip")]
        body = b"ab"
    if path == "/wrong":
        for event in (
            {"type": "http.response.body"}, {"type": "nonsense"}, {"type": "http.response.start"},
            {"type": "http.response.start", "status": 200, "headers": [("a", "b")]},
            {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b\\r\\nc: d")]},
            {"type": "http.response.start", "status": 200, "headers": [(b"a b", b"")]},
        ):
            try:
                await send(event)
            except Exception as error:
                body += type(error).__name__.encode() + b" "
    if path == "/trailers":
        pair = [[b"x", b"1"]]
        await send({"type": "http.response.early_hint", "links": [b"</a>; rel=preload"]})
        await send({"type": "http.response.start", "status": 200, "headers": iter(pair), "trailers": True})
        await send({"type": "http.response.body", "body": b"t"})
        await send({"type": "http.response.trailers", "headers": [(b"sum", b"2")]})
        return
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    await send({"type": "http.response.body", "body": body})


async def chat(scope, receive, send):
    await receive()
    if scope["path"] == "/refuse":
        return await send({"type": "websocket.close"})
    if scope["path"] == "/deny":
        start = {"type": "websocket.http.response.start", "status": 401, "headers": [(b"x", b"y")]}
        await send(start)
        await send({"type": "websocket.http.response.body", "body": b"no", "more_body": True})
        await send({"type": "websocket.http.response.body", "body": b"pe"})
        return
    await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            seen.append(["gone", event["code"], event["reason"]])
            return
        if event.get("text") == "close":
            return await send({"type": "websocket.close", "code": 4001, "reason": "é" * 100})
        if event.get("text") == "raise":
            raise RuntimeError("asked to")
        await send({"type": "websocket.send", **{k: event[k] for k in ("text", "bytes") if k in event}})
"""


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("app")
    (folder / "sample.py").write_text(APP)
    with servers.start("reference", "sample:app", path=[str(folder)], loop=request.param) as running:
        yield running
    assert running.clean, running.log()


def connect(server: Running) -> socket.socket:
    sock = socket.create_connection(server.address(), timeout=10)
    return sock


def talk(server: Running, data: bytes) -> bytes:
    """Send bytes and read to the end of the stream."""
    with connect(server) as sock:
        sock.sendall(data)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def get(path: str, *lines: str, method: str = "GET", version: str = "1.1", close: bool = True) -> bytes:
    head = [f"{method} {path} HTTP/{version}", "Host: a", *lines, *(["Connection: close"] if close else [])]
    return "\r\n".join([*head, "", ""]).encode("latin-1")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (get("/", "Content-Length: 1", "Content-Length: 2"), 400),
        (get("/", "Content-Length: +1"), 400),
        (get("/", "Content-Length: 1", "Transfer-Encoding: chunked"), 400),
        (get("/", "Transfer-Encoding: chunked", version="1.0"), 400),
        (get("/", "Transfer-Encoding: xchunked"), 501),
        (get("/", "A : b"), 400),
        (get("/", "A: b\x00c"), 400),
        (get("/", version="2.0"), 505),
        (get("/", method="get"), 501),
        (get("*"), 400),
        (get("nowhere"), 400),
        (get("/" + "x" * 100_000), 414),
        (get("/", "A: " + "x" * 100_000), 431),
        (b"nonsense\r\n\r\n", 400),
        (get("/", "Transfer-Encoding: chunked", method="POST") + b"zz\r\n", 400),
    ],
)
def test_invalid_requests_are_refused(server: Running, data: bytes, status: int) -> None:
    answer = talk(server, data)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"connection: close" in answer.lower()


def test_empty_lines_before_a_request_are_ignored(server: Running) -> None:
    assert talk(server, b"\r\n\r\n" + get("/")).startswith(b"HTTP/1.1 200 ")


def test_pipelined_requests_are_answered_in_order(server: Running) -> None:
    one = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
    two = b"POST /x HTTP/1.1\r\nHost: a\r\n"
    two += b"Transfer-Encoding: chunked\r\n\r\n3;e=1\r\ntwo\r\n0\r\nHost: t\r\n\r\n"
    answer = talk(server, one + two + get("/unread"))
    assert answer.count(b"HTTP/1.1 200") == 3
    assert answer.index(b"one") < answer.index(b"two")


def test_a_body_that_nobody_reads_is_not_taken_for_a_request(server: Running) -> None:
    inner = get("/smuggled")
    outer = b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(inner)
    talk(server, outer + inner + get("/unread"))
    assert b"smuggled" not in talk(server, get("/seen"))


@pytest.mark.parametrize("status", [204, 205, 304])
def test_no_body_where_none_may_be(server: Running, status: int) -> None:
    head, _, body = talk(server, get(f"/status/{status}")).partition(b"\r\n\r\n")
    assert body == b""
    assert b"transfer-encoding" not in head
    assert (b"content-length: 0" in head) == (status == 205)


def test_head_has_no_body(server: Running) -> None:
    head, _, body = talk(server, get("/status/200", method="HEAD")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert body == b""


def test_the_framing_is_ours(server: Running) -> None:
    answer = talk(server, get("/lengths"))
    assert b"content-length: 2" in answer
    assert b"transfer-encoding" not in answer
    assert answer.endswith(b"\r\n\r\nab")
    assert b"transfer-encoding" not in talk(server, get("/", version="1.0"))


def test_an_abort_is_visible(server: Running) -> None:
    assert talk(server, get("/late")).endswith(b"4\r\nhalf\r\n")
    with pytest.raises(ConnectionResetError):
        talk(server, get("/late", version="1.0"))
    assert talk(server, get("/nothing")).startswith(b"HTTP/1.1 500 ")


def test_wrong_events_raise_into_the_app(server: Running) -> None:
    assert talk(server, get("/wrong")).count(b"WrongEvent") == 6


def test_trailers_and_early_hints(server: Running) -> None:
    answer = talk(server, get("/trailers", "TE: trailers"))
    assert answer.startswith(b"HTTP/1.1 103 ")
    assert answer.endswith(b"1\r\nt\r\n0\r\nsum: 2\r\n\r\n")


def test_continue_is_sent_when_the_body_is_wanted(server: Running) -> None:
    head = get("/x", "Content-Length: 2", "Expect: 100-continue", method="POST")
    with connect(server) as sock:
        sock.sendall(head)
        assert sock.recv(65536).startswith(b"HTTP/1.1 100 ")
        sock.sendall(b"hi")
        assert b"hi" in b"".join(iter(lambda: sock.recv(65536), b""))
    assert b" 100 " not in talk(server, head.replace(b"/x", b"/unread"))


def test_a_truncated_body_is_a_disconnect(server: Running) -> None:
    with connect(server) as sock:
        sock.sendall(b"POST /cut HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
        sock.shutdown(socket.SHUT_WR)
        sock.recv(65536)
    seen = talk(server, get("/seen"))
    assert b'"disconnect"' in seen[seen.index(b"/cut") :]


def test_an_absolute_target_overrides_host(server: Running) -> None:
    talk(server, get("http://other:81/abs?x=1"))
    assert b'"/abs", {"host": "other:81"' in talk(server, get("/seen"))


KEY = base64.b64encode(bytes(16)).decode()
UPGRADE = ["Upgrade: WebSocket", "Connection: keep-alive, Upgrade", f"Sec-WebSocket-Key: {KEY}"]
V13 = "Sec-WebSocket-Version: 13"


def handshake(path: str = "/", *lines: str) -> bytes:
    return get(path, *UPGRADE, V13, *lines, close=False)


def frame(opcode: int, data: bytes = b"", fin: bool = True, mask: bool = True, rsv: int = 0) -> bytes:
    first = bytes([fin << 7 | rsv << 4 | opcode])
    size = (
        bytes([mask << 7 | len(data)])
        if len(data) < 126
        else bytes([mask << 7 | 126]) + len(data).to_bytes(2)
    )
    return first + size + (bytes(4) if mask else b"") + data


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (get("/", *UPGRADE, "Sec-WebSocket-Version: 8", close=False), 426),
        (get("/", *UPGRADE, close=False), 426),
        (get("/", *UPGRADE[:2], V13, close=False), 400),
        (get("/", *UPGRADE[:2], V13, "Sec-WebSocket-Key: abcd", close=False), 400),
        (get("/", *UPGRADE, V13, method="POST", close=False), 400),
        (handshake("/refuse"), 403),
        (handshake("/deny"), 401),
    ],
)
def test_refused_handshakes(server: Running, data: bytes, status: int) -> None:
    answer = talk(server, data)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert (b"sec-websocket-version: 13" in answer) == (status == 426)
    assert (b"2\r\nno\r\n2\r\npe\r\n0\r\n\r\n" in answer) == (status == 401)


def opened(server: Running, *lines: str) -> socket.socket:
    sock = connect(server)
    sock.sendall(handshake("/", *lines))
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += sock.recv(1)
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"sec-websocket-accept: " in answer
    assert (b"sec-websocket-protocol: one\r\n" in answer) == bool(lines)
    return sock


def test_messages_pings_and_fragments(server: Running) -> None:
    with opened(server, "Sec-WebSocket-Protocol: one, two") as sock:
        sock.sendall(frame(1, b"caf\xc3", fin=False) + frame(9, b"p") + frame(0, b"\xa9") + frame(2, b"\x00"))
        wanted = (
            frame(10, b"p", mask=False)
            + frame(1, "café".encode(), mask=False)
            + frame(2, b"\x00", mask=False)
        )
        got = b""
        while len(got) < len(wanted):
            got += sock.recv(100)
        assert got == wanted
        sock.sendall(frame(8, (4000).to_bytes(2) + b"bye"))
        assert sock.recv(100) == frame(8, (4000).to_bytes(2) + b"bye", mask=False)
        assert sock.recv(100) == b""
    assert b'["gone", 4000, "bye"]' in talk(server, get("/seen"))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(1, b"x", mask=False), 1002),
        (frame(1, b"x", rsv=4), 1002),
        (frame(3), 1002),
        (frame(9, b"x" * 126), 1002),
        (frame(9, fin=False), 1002),
        (frame(0, b"x"), 1002),
        (frame(1, b"x", fin=False) + frame(1, b"y"), 1002),
        (frame(1, b"\xff"), 1007),
        (frame(8, (1005).to_bytes(2)), 1002),
        (frame(8, (999).to_bytes(2)), 1002),
        (frame(8, b"x"), 1002),
        (frame(8, (1000).to_bytes(2) + b"\xff"), 1007),
        (frame(1, b"raise"), 1011),
        (frame(1, b"close"), 4001),
    ],
)
def test_what_ends_a_websocket(server: Running, data: bytes, code: int) -> None:
    with opened(server) as sock:
        sock.sendall(data)
        answer = sock.recv(1000)
        assert answer[0] == 0x88
        assert int.from_bytes(answer[2:4]) == code
        assert len(answer) <= 127
        answer[4:].decode()
        sock.sendall(frame(8, code.to_bytes(2)))
        assert sock.recv(100) == b""


def test_a_lost_client_is_1006_and_an_empty_close_1005(server: Running) -> None:
    with opened(server):
        pass
    with opened(server) as sock:
        sock.sendall(frame(8))
        assert sock.recv(100) == frame(8, mask=False)
    seen = talk(server, get("/seen"))
    assert b'["gone", 1006, ""]' in seen
    assert b'["gone", 1005, ""]' in seen
