"""WSGI apps as ASGI ones: the adapter keeps the rules, and what the app breaks is the app's."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import asgisim
from asgisim.cli.main import main
from asgisim.model.scenario import Act, Exchange, Scenario
from asgisim.wsgi import environ_of, from_wsgi

Environ = dict[str, Any]
REQUEST = Act("recv", 0, "event", {"type": "http.request", "body": b"", "more_body": False})
HTTP = {
    "type": "http", "asgi": {"version": "3.0", "spec_version": "2.5"}, "http_version": "1.1", "method": "GET",
    "scheme": "http", "path": "/", "raw_path": b"/", "query_string": b"", "root_path": "", "headers": [],
    "client": None, "server": None,
}  # fmt: skip


def echo(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


class Pieces:
    """An iterable with close(), as PEP 3333 allows."""

    closed = 0

    def __init__(self, environ: Environ, start_response: Callable[..., Any]) -> None:
        start_response("200 OK", [("Content-Type", "text/plain")])(b"written ")

    def __iter__(self) -> Iterator[bytes]:
        yield b"one "
        yield b"two"

    def close(self) -> None:
        type(self).closed += 1


def played(app: Any, *script: Act) -> asgisim.Trace:
    return asgisim.simulate(app, Scenario([Exchange(HTTP, list(script or [REQUEST]))]))


def sent(trace: asgisim.Trace, kind: str) -> list[Any]:
    return [step.data for step in trace if step.kind == "send" and step.data["type"] == kind]


def body(trace: asgisim.Trace) -> bytes:
    return b"".join(event.get("body", b"") for event in sent(trace, "http.response.body"))


def raised(trace: asgisim.Trace) -> str:
    return "".join(f"{step.data['type']}: {step.data['text']}" for step in trace if step.kind == "raise")


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize("app", [echo, Pieces])
def test_nothing_is_found_in_a_good_app(app: Any, loop: str) -> None:
    campaign = asgisim.fuzz(from_wsgi(app), max_examples=400, loop=loop, paths=["/", "POST:/"])
    assert [found.finding.line() for found in campaign.findings] == []
    assert campaign.examples >= 400


def test_write_and_pieces_keep_their_order_and_close_is_called() -> None:
    before = Pieces.closed
    trace = played(from_wsgi(Pieces))
    assert body(trace) == b"written one two"
    assert Pieces.closed == before + 1


def test_close_is_called_when_the_client_leaves_in_between() -> None:
    before = Pieces.closed
    trace = played(from_wsgi(Pieces), REQUEST, Act("presend", 2, "disconnect"))
    assert body(trace) == b"written one "
    assert not raised(trace)
    assert Pieces.closed == before + 1


def answering(status: Any, *body: Any) -> Any:
    def app(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(status, [("Content-Type", "text/plain")])
        return body

    return app


def silent(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    return [b"no start"]


@pytest.mark.parametrize(
    ("app", "says"),
    [
        (answering("204 No Content"), "Content-Type header"),
        (answering("200 OK", "text"), "non-bytestring"),
        (answering("2000 OK"), "AssertionError"),
        (silent, "start_response"),
        (answering(0), "AssertionError"),
    ],
)
def test_what_a_wsgi_app_breaks_is_told(app: Any, says: str) -> None:
    trace = played(from_wsgi(app))
    assert says in raised(trace)
    assert "robust.crash" in asgisim.judge(trace).broken


def test_start_response_twice_needs_exc_info() -> None:
    def twice(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        start_response("500 Oops", [("Content-Type", "text/plain")])
        return [b""]

    assert "twice" in raised(played(from_wsgi(twice, validate=False)))


def test_the_environ() -> None:
    scope = {
        **HTTP,
        "path": "/api/caf\u00e9",
        "root_path": "/api",
        "client": ("10.0.0.1", 5),
        "server": ("example.org", 8000),
        "headers": [
            *((b"x-a", b"1"), (b"X-A", b"2"), (b"cookie", b"a=1"), (b"cookie", b"b=2")),
            (b"content-length", b"x"),
        ],
    }
    environ = environ_of(scope, b"abc")
    assert environ["PATH_INFO"] == "/caf\u00c3\u00a9"
    assert environ["SCRIPT_NAME"] == "/api"
    assert environ["HTTP_X_A"] == "1,2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["CONTENT_LENGTH"] == "3"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("example.org", "8000")
    assert environ["REMOTE_ADDR"] == "10.0.0.1"


def test_websocket_is_refused_and_the_lifespan_is_kept() -> None:
    campaign = asgisim.fuzz(from_wsgi(echo), max_examples=150, protocols=["websocket", "lifespan"])
    assert campaign.findings == []


def test_what_is_no_wsgi_app() -> None:
    with pytest.raises(TypeError, match="expected a WSGI app"):
        from_wsgi(3)  # type: ignore[arg-type]


def test_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old.py").write_text(
        textwrap.dedent("""
        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"hello"]
        def broken(environ, start_response):
            start_response("204 No Content", [("Content-Type", "text/plain")])
            return []
        async def asgi(scope, receive, send): ...
        """)
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(["fuzz", "old:app", "--wsgi", "--max-examples", "300"]) == 0
    assert main(["fuzz", "old:broken", "--wsgi", "--max-examples", "300"]) == 1
    assert "Content-Type header found in a 204" in capsys.readouterr().out.replace("\n ", "")
    assert main(["fuzz", "old:app"]) == 2
    assert "add --wsgi" in capsys.readouterr().err
    assert main(["fuzz", "old:asgi", "--wsgi"]) == 2
    assert "is it an ASGI app?" in capsys.readouterr().err
    assert main(["trace", "old:app", "GET", "/", "--wsgi"]) == 0


def test_the_page_of_the_docs() -> None:
    page = Path(__file__).parents[1] / "docs/how-to/wsgi.md"
    (code,) = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    exec(compile(code, str(page), "exec"), {"__name__": "page"})
