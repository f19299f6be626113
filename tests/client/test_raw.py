"""The raw client: one request, judged, each wait bounded."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from asgisim.client.raw import RawClient
from asgisim.judge import BrokenRules
from asgisim.space import scopes

PLAIN = [(b"content-type", b"text/plain")]


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body", False):
            break
    await send({"type": "http.response.start", "status": 201, "headers": PLAIN})
    await send({"type": "http.response.body", "body": body[:3], "more_body": True})
    await send({"type": "http.response.body", "body": body[3:]})


async def capitals(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-A", b"1")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def raises(scope: Any, receive: Any, send: Any) -> None:
    raise LookupError("nothing here")


async def asleep(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.Event().wait()


def ask(app: Any, body: bytes = b"", **settings: Any) -> Any:
    async def main() -> Any:
        client = RawClient(app, **settings)
        return await client.request(scopes.http("POST"), body), client

    return asyncio.run(main())


def test_a_request_gives_what_the_app_sent() -> None:
    call, client = ask(echo, b"hello")
    assert (call.status, call.body, call.headers) == (201, b"hello", PLAIN)
    assert call.complete
    assert client.findings == []


def test_a_broken_rule_raises() -> None:
    with pytest.raises(BrokenRules, match=r"http\.response\.start\.headers\.lowercase"):
        ask(capitals)


def test_a_broken_rule_is_collected_where_that_is_wanted() -> None:
    _, client = ask(capitals, on_finding="collect")
    assert {finding.rule.id for finding in client.findings} == {"http.response.start.headers.lowercase"}


def test_what_the_app_raises_comes_through() -> None:
    with pytest.raises(LookupError, match="nothing here"):
        ask(raises, on_finding="off")


def test_an_error_is_kept_by_choice() -> None:
    """There is no server here that would make a 500 of it."""
    call, _ = ask(raises, on_finding="off", raise_app_exceptions=False)
    assert (call.begun, call.status) == (False, 0)
    assert isinstance(call.error, LookupError)


def test_a_silent_app_is_given_up_with_the_place_where_it_waits() -> None:
    with pytest.raises(TimeoutError, match=r"the app sent nothing for 0\.05 s(.|\n)*asleep"):
        ask(asleep, timeout=0.05, on_finding="off")


def test_an_app_of_asgi_2_is_called_as_it_wants() -> None:
    def two(scope: Any) -> Any:
        async def instance(receive: Any, send: Any) -> None:
            await echo(scope, receive, send)

        return instance

    call, _ = ask(two, b"abcdef")
    assert call.body == b"abcdef"


def test_it_works_on_trio() -> None:
    trio = pytest.importorskip("trio")

    async def main() -> Any:
        return await RawClient(echo).request(scopes.http("POST"), b"hello")

    assert trio.run(main).body == b"hello"
