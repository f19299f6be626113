"""No case is vacuous: each has a fault that makes it fail, and each of the thirty-two faults is noticed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from asgisim.frameworks import bare_app
from asgisim.grid import cell as playing
from asgisim.grid.model import Cell, Outcome, Status
from asgisim.grid.order import Order
from asgisim.target import Loaded
from tests.grid.bites import TABLE, over_sockets, with_others
from tests.grid.faults import EVERY
from tests.grid.faulty import GOOD, noticed, play
from tests.mutants.servers import compat

BITES: dict[str, str] = json.loads(TABLE.read_text(encoding="utf-8"))
CASES_OF: dict[str, list[str]] = {}
for _case, _fault in BITES.items():
    CASES_OF.setdefault(_fault, []).append(_case)

# For the short form: the thirty-two faults, each with a case that notices it.
NOTICED_BY = {
    "query_string keeps its question mark": "http-scope/query",
    "header names in upper case": "http-scope/headers-lower-case",
    "method in lower case": "http-scope/method",
    "subprotocols emptied": "websocket/scope-subprotocols",
    "spec_version an int": "http-scope/spec-version",
    "last piece of a response lost": "http-messages/health",
    "close code always 1000": "websocket/close-4001",
    "path left percent-encoded": "http-scope/path-decoded",
    "raw_path carries the query": "http-scope/raw-path-no-query",
    "repeated request headers merged": "http-scope/headers-repeated",
    "repeated request headers dropped": "http-scope/headers-repeated",
    "header order reversed": "http-scope/headers-order",
    "client is nowhere, x": "http-scope/client",
    "root_path None": "http-scope/root-path",
    "server port a str": "http-scope/server",
    "http_version 2 over HTTP/1.1": "http-scope/http-version-1.1",
    "scheme https over plain text": "http-scope/scheme",
    "WebSocket scheme http": "websocket/scope-scheme",
    "version 3.9": "http-scope/asgi-version",
    "extensions a str": "http-scope/extensions-dict",
    "http.disconnect never delivered": "disconnect/upload-closed",
    "request body a bytearray": "http-messages/body-bytes",
    "response held back until its end": "streaming/first-part-early",
    "response headers dropped but two": "headers/location",
    "repeated response headers dropped": "headers/cookies",
    "websocket.disconnect never delivered": "websocket/disconnect-1000",
    "text event with bytes": "websocket/event-text",
    "subprotocol not on the wire": "websocket/subprotocol-one",
    "closed in place of a message": "websocket/scope-reported",
    "close reason dropped": "websocket/close-reason",
    "a message in place of a close": "websocket/close-no-message",
    "lifespan shutdown never reaches the app": "lifespan/shutdown",
}


@pytest.fixture(scope="module")
def good() -> dict[str, Outcome]:
    """What the cases come to without a fault."""
    return play(GOOD, sorted({*NOTICED_BY.values()}))


def test_there_are_thirty_two() -> None:
    assert set(NOTICED_BY) == {one.name for one in compat.FAULTS}


@pytest.mark.parametrize("fault", NOTICED_BY)
def test_each_of_the_thirty_two_faults_turns_a_case_red(fault: str, good: dict[str, Outcome]) -> None:
    case = NOTICED_BY[fault]
    assert good[case].status is Status.PASS, good[case].message
    assert play(EVERY[fault], [case])[case].status is Status.FAIL


@pytest.mark.parametrize("change", compat.LEGAL, ids=str)
def test_what_is_legal_is_not_held_against_a_server(change: compat.Compat) -> None:
    from tests.grid.faulty import Fault

    cases = ["http-scope/type", "http-scope/keys", "http-scope/client", "http-messages/echo-*", "rules/*"]
    for one in play(Fault("legal", outside=change.layer), cases).values():
        assert one.status in (Status.PASS, Status.SKIP), f"{one.case}: {one.message}"


def test_every_case_has_its_fault() -> None:
    assert set(BITES) == set(over_sockets())
    assert set(BITES.values()) <= set(EVERY)


@pytest.mark.slow
@pytest.mark.parametrize("fault", CASES_OF)
def test_each_case_fails_with_its_fault(fault: str) -> None:
    cases = CASES_OF[fault]
    before = play(GOOD, with_others(cases))
    assert set(noticed(before, play(EVERY[fault], with_others(cases)))) >= set(cases)


@pytest.mark.slow
def test_without_a_fault_nothing_fails() -> None:
    wrong = [
        f"{one.case}: {one.message}" for one in play(GOOD, repeats=1).values() if one.status is Status.FAIL
    ]
    assert not wrong


# --- in process -------------------------------------------------------------------------------------------


def in_process(app: Any, cases: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Outcome]:
    """The cases on an app in process."""
    import asgisim.target

    loaded = Loaded(app, app, "app")
    monkeypatch.setattr(asgisim.target, "load", lambda *given, **named: loaded)
    report = playing.inside(Cell("bare", "in-process"), Order(cases=tuple(cases), repeats=0))
    return {one.case: one for one in report.outcomes}


def test_the_case_for_apps_alone_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    import anyio

    case = "rules/app-robust"

    async def hangs(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/":
            await anyio.sleep_forever()
        await bare_app.app(scope, receive, send)

    asked = [case, "http-messages/root"]
    assert in_process(bare_app.app, asked, monkeypatch)[case].status is Status.PASS
    found = in_process(hangs, asked, monkeypatch)[case]
    assert found.status is Status.FAIL
    assert found.findings == ["app robust.no-answer"]
