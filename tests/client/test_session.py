"""WebSocket sessions of the test client: what was measured of others, and what their users asked for."""

from __future__ import annotations

from typing import Any

import anyio
import httpx
import pytest

import asgisim
from asgisim.client import Client, WebSocketClosed, WebSocketRefused

pytestmark = pytest.mark.anyio

ACCEPT: dict[str, Any] = {"type": "websocket.accept"}
CLOSE: dict[str, Any] = {"type": "websocket.close"}


def text(message: str) -> dict[str, Any]:
    return {"type": "websocket.send", "text": message}


def sends(*events: dict[str, Any]) -> Any:
    """An app that takes the connect, sends these and returns."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "websocket"
        assert (await receive())["type"] == "websocket.connect"
        for event in events:
            await send(dict(event))

    return app


class Echo:
    """Accepts, echoes what it gets; keeps the scope and the events."""

    def __init__(self, **accept: Any) -> None:
        self.accept = accept
        self.scopes: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "websocket"
        self.scopes.append(scope)
        await receive()
        await send({**ACCEPT, **self.accept})
        while True:
            event = await receive()
            self.events.append(event)
            if event["type"] == "websocket.disconnect":
                return
            await send({**event, "type": "websocket.send"})


async def test_text_bytes_and_json_go_both_ways() -> None:
    async with Client(Echo()) as client, client.websocket("/") as session:
        await session.send("text")
        assert await session.receive() == "text"
        await session.send_text("")
        assert await session.receive_text() == ""
        await session.send_bytes(b"\x00")
        assert await session.receive_bytes() == b"\x00"
        await session.send_json({"a": ["ü"]})
        assert await session.receive_json() == {"a": ["ü"]}
        await session.send_json([1], mode="binary")
        assert await session.receive() == b"[1]"
        await session.send("text")
        with pytest.raises(TypeError, match="expected bytes"):
            await session.receive_bytes()
    assert client.findings == client.notes == []


async def test_the_scope_is_right() -> None:
    app = Echo()
    headers = [("X-A", "1"), ("x-a", "2")]
    async with (
        Client(app, root_path="/api", cookies={"a": "b"}) as client,
        client.websocket(
            "/caf%C3%A9?q=%20", headers=headers, subprotocols=["chat", "more"], scope={"mine": 1}
        ),
    ):
        pass
    (scope,) = app.scopes
    assert (scope["type"], scope["scheme"], scope["http_version"]) == ("websocket", "ws", "1.1")
    assert (scope["path"], scope["raw_path"]) == ("/api/café", b"/api/caf%C3%A9")
    assert (scope["query_string"], scope["root_path"]) == (b"q=%20", "/api")
    assert scope["subprotocols"] == ["chat", "more"]
    assert [value for name, value in scope["headers"] if name == b"x-a"] == [b"1", b"2"]
    assert (b"cookie", b"a=b") in scope["headers"]
    assert (b"sec-websocket-protocol", b"chat, more") in scope["headers"]
    assert scope["extensions"] == {"websocket.http.response": {}}
    assert scope["asgi"]["spec_version"] == "2.5"
    assert scope["server"] == ["testserver", 80]
    assert scope["client"] == ["127.0.0.1", 50000]
    assert scope["mine"] == 1
    assert "method" not in scope


async def test_subprotocol_headers_and_cookies_of_the_accept() -> None:
    headers = [(b"x-a", b"1"), (b"x-a", b"2"), (b"set-cookie", b"session=yes")]
    app = Echo(subprotocol="chat", headers=headers)
    async with Client(app) as client:
        async with client.websocket("/", subprotocols=["chat"]) as session:
            assert session.subprotocol == "chat"
            assert session.headers.get_list("x-a") == ["1", "2"]
        assert client.cookies["session"] == "yes"
        async with client.websocket("wss://testserver/", subprotocols=["chat"]):
            pass
    assert (b"cookie", b"session=yes") in app.scopes[1]["headers"]
    assert app.scopes[1]["scheme"] == "wss"
    assert app.scopes[1]["server"] == ["testserver", 443]


async def test_the_app_is_told_code_and_reason_of_a_close() -> None:
    app = Echo()
    async with Client(app) as client:
        async with client.websocket("/") as session:
            await session.close(4001, "enough")
            assert (session.close_code, session.close_reason) == (4001, "enough")
            with pytest.raises(WebSocketClosed, match="closed by the client with 4001"):
                await session.send("late")
        async with client.websocket("/") as session:
            await session.lose()
        async with client.websocket("/"):
            pass
    disconnect = "websocket.disconnect"
    assert app.events == [
        {"type": disconnect, "code": 4001, "reason": "enough"},
        {"type": disconnect, "code": 1006},
        {"type": disconnect, "code": 1000, "reason": ""},
    ]


async def test_messages_come_before_the_close_that_follows_them() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "websocket"
        await receive()
        await send(ACCEPT)
        while "code" not in (event := await receive()):
            seen.append(event)

    async with Client(app) as client, client.websocket("/") as session:
        await session.send("one")
        await session.send("two")
    assert [event["text"] for event in seen] == ["one", "two"]


@pytest.mark.parametrize(
    ("event", "code", "reason"), [(CLOSE, 1000, ""), ({**CLOSE, "code": 4000, "reason": "bye"}, 4000, "bye")]
)
async def test_the_apps_close_ends_the_iteration(event: dict[str, Any], code: int, reason: str) -> None:
    app = sends(ACCEPT, text("a"), text("b"), event)
    async with Client(app) as client, client.websocket("/") as session:
        assert [message async for message in session] == ["a", "b"]
        assert (session.close_code, session.close_reason) == (code, reason)
        with pytest.raises(WebSocketClosed) as caught:
            await session.receive()
        assert (caught.value.code, caught.value.reason, caught.value.by_app) == (code, reason, True)
        with pytest.raises(WebSocketClosed):
            await session.send("late")


async def test_the_app_gets_its_disconnect_after_its_own_close() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "websocket"
        await receive()
        await send(ACCEPT)
        await send({**CLOSE, "code": 4000})
        seen.append(await receive())

    async with Client(app) as client, client.websocket("/") as session:
        assert [message async for message in session] == []
    assert seen == [{"type": "websocket.disconnect", "code": 4000}]


async def test_sending_after_the_client_has_closed_raises_oserror_in_the_app() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "websocket"
        await receive()
        await send(ACCEPT)
        try:
            while True:
                await send(text("tick"))
        except OSError as error:
            seen.append(type(error).__name__)

    async with Client(app) as client, client.websocket("/") as session:
        assert await session.receive() == "tick"
    assert seen == ["ClientGone"]
    assert client.findings == []


@pytest.mark.parametrize(
    ("event", "code", "reason"), [(CLOSE, 1000, ""), ({**CLOSE, "code": 4403, "reason": "no"}, 4403, "no")]
)
async def test_a_refusal_has_its_code(event: dict[str, Any], code: int, reason: str) -> None:
    async with Client(sends(event)) as client:
        with pytest.raises(WebSocketRefused) as caught:
            async with client.websocket("/"):
                raise AssertionError("it was refused")
    assert (caught.value.code, caught.value.reason) == (code, reason)
    assert caught.value.response.status_code == 403


async def test_a_denial_can_be_read() -> None:
    app = sends(
        {
            "type": "websocket.http.response.start",
            "status": 401,
            "headers": [(b"x-why", b"who"), (b"set-cookie", b"a=1")],
        },
        {"type": "websocket.http.response.body", "body": b"log ", "more_body": True},
        {"type": "websocket.http.response.body", "body": b"in"},
    )
    async with Client(app) as client:
        with pytest.raises(WebSocketRefused, match="401") as caught:
            async with client.websocket("/"):
                raise AssertionError("it was denied")
    response = caught.value.response
    assert (response.status_code, response.text, response.headers["x-why"]) == (401, "log in", "who")
    assert caught.value.code is None
    assert client.cookies["a"] == "1"
    without_headers = sends(
        {"type": "websocket.http.response.start", "status": 403}, {"type": "websocket.http.response.body"}
    )
    async with Client(without_headers) as client:
        with pytest.raises(WebSocketRefused, match="403"):
            async with client.websocket("/"):
                raise AssertionError("it was denied")


async def silent(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "websocket"
    await receive()
    await receive()


async def test_an_app_that_never_answers_is_not_waited_for() -> None:
    async with Client(silent) as client:
        with pytest.raises(TimeoutError, match=r"within 0\.02 s; it waits at test_session\.py"):
            async with client.websocket("/", timeout=0.02):
                raise AssertionError("it was not accepted")


async def test_an_app_that_sends_nothing_is_not_waited_for() -> None:
    app = Echo()
    async with Client(app) as client, client.websocket("/", timeout=0.02) as session:
        with pytest.raises(TimeoutError, match=r"no message for 0\.02 s; it waits at test_session\.py"):
            await session.receive()
        await session.send("still here")
        assert await session.receive() == "still here"


BROKEN: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "returns without accept": ("websocket.connect.answered", []),
    "send before accept": ("websocket.send.after-accept", [text("early")]),
    "accept twice": ("websocket.accept.once", [ACCEPT, ACCEPT]),
    "both text and bytes": ("websocket.send.", [ACCEPT, {**text("a"), "bytes": b"a"}]),
    "neither text nor bytes": ("websocket.send.", [ACCEPT, {"type": "websocket.send"}]),
    "subprotocol not offered": ("websocket.accept.subprotocol", [{**ACCEPT, "subprotocol": "mine"}]),
    "close 1005": ("", [ACCEPT, {**CLOSE, "code": 1005}]),
    "reason of 200 bytes": ("", [ACCEPT, {**CLOSE, "code": 4000, "reason": "x" * 200}]),
    "close twice": ("websocket.close.once", [ACCEPT, CLOSE, CLOSE]),
    "send after close": ("websocket.send.not-after-own-close", [ACCEPT, CLOSE, text("late")]),
    "unknown type": ("websocket.send.types", [ACCEPT, {"type": "websocket.bogus"}]),
    "accept after close": ("websocket.accept.not-after-close", [CLOSE, ACCEPT]),
    "half a denial": ("ext.denial.finished", [{"type": "websocket.http.response.start", "status": 401}]),
}


@pytest.mark.parametrize(("rule", "events"), BROKEN.values(), ids=BROKEN)
async def test_a_break_is_raised_with_its_timeline(rule: str, events: list[dict[str, Any]]) -> None:
    async with Client(sends(*events), spec_version="2.3") as client:
        with pytest.raises(asgisim.BrokenRules) as caught:  # noqa: PT012
            async with client.websocket("/") as session:
                async for _ in session:
                    pass
    assert caught.value.report.findings[0].rule.id.startswith(rule)
    assert "server  websocket" in str(caught.value)
    assert client.findings == caught.value.report.findings


async def test_breaks_are_collected() -> None:
    app = sends({**ACCEPT, "subprotocol": "mine"}, text("a"), CLOSE)
    async with Client(app, on_finding="collect") as client, client.websocket("/") as session:
        assert session.subprotocol == "mine"
        assert [message async for message in session] == ["a"]
    assert len(client.findings) == 1


@pytest.mark.parametrize("accepts", [True, False])
async def test_an_exception_is_raised_or_becomes_what_a_server_makes_of_it(accepts: bool) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "websocket"
        await receive()
        if accepts:
            await send(ACCEPT)
            await receive()
        raise KeyError("lost")

    async def talk(client: Client) -> None:
        async with client.websocket("/") as session:
            await session.send("x")
            await session.receive()

    async with Client(app) as client:
        with pytest.raises(KeyError, match="lost"):
            await talk(client)
    async with Client(app, raise_app_exceptions=False) as client:
        if accepts:
            with pytest.raises(WebSocketClosed) as closed:
                await talk(client)
            assert closed.value.code == 1011
        else:
            with pytest.raises(WebSocketRefused) as refused:
                await talk(client)
            assert refused.value.response.status_code == 500


async def test_an_exception_that_nobody_waits_for_is_raised_at_the_end() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "websocket"
        await receive()
        await send(ACCEPT)
        await receive()
        raise KeyError("lost")

    async with Client(app) as client:
        with pytest.raises(KeyError, match="lost"):
            async with client.websocket("/") as session:
                await session.send("x")


async def test_the_client_leaves_when_the_test_fails() -> None:
    app = Echo()

    async def fails(client: Client) -> None:
        async with client.websocket("/"):
            raise LookupError("the test's own")

    async with Client(app) as client:
        with pytest.raises(LookupError, match="own"):
            await fails(client)
    assert app.events == [{"type": "websocket.disconnect", "code": 1006}]


async def test_sessions_overlap_and_nest() -> None:
    async with (
        Client(Echo()) as client,
        client.websocket("/a") as first,
        client.websocket("/b") as second,
        anyio.create_task_group() as group,
    ):
        group.start_soon(first.send, "one")
        group.start_soon(second.send, "two")
        assert await second.receive() == "two"
        assert await first.receive() == "one"


async def test_authentication_is_the_clients() -> None:
    app = Echo()
    async with Client(app, auth=httpx.BasicAuth("me", "secret")) as client, client.websocket("/"):
        pass
    assert b"authorization" in dict(app.scopes[0]["headers"])


async def test_only_text_and_bytes_can_be_sent() -> None:
    async with Client(Echo()) as client, client.websocket("/") as session:
        with pytest.raises(TypeError, match="expected str or bytes"):
            await session.send(1)  # type: ignore[arg-type]
