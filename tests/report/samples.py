"""Runs and findings that the tests of all report forms share."""

from __future__ import annotations

from asgisim.model import notation
from asgisim.report.model import Item, Run, Target
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import By, Level, Party, Rule

# Of our own, so that a change in the wording of the catalogue does not break the tests of the forms.
ORDER = Rule(
    "http.response.start-first",
    Party.APP,
    Level.MUST,
    "2.0",
    "www#response-start-send-event",
    "A response begins with http.response.start; nothing may be sent before it.",
    "Send http.response.start, with a status, before the first body.",
    By.FIELD,
)
SHOULD = Rule(
    "http.response.tidy", Party.APP, Level.SHOULD, "2.0", "RFC 9110", "Answers are tidy.", "", By.FIELD
)
ADVICE = Rule(
    "http.advice", Party.APP, Level.SHOULD, "2.0", "www#x", "One could.", "Do.", By.FIELD, advisory=True
)

BODY_FIRST = notation.read("""
http GET /hello
> http.request body=b'', more_body=False
< http.response.body body=b'hi'
return
""")

HANG = notation.read("""
http POST /upload
?
@1 left 'closed'
@1 > http.disconnect
@61 fact robust.hang detail='waits for an event', where=['app.py:3 in app', 'app.py:9 in wait']
""")


def order_item(**changes: object) -> Item:
    """A break of order, marked in the middle of its trace."""
    values: dict[str, object] = {
        "id": "8f3a12c9",
        "rule": ORDER,
        "party": "app",
        "protocol": "http",
        "message": "http.response.body in state IDLE",
        "trace": BODY_FIRST,
        "step": 2,
        "scenario": {"scope": {"type": "http"}, "script": []},
        "replay": "asgisim replay seeds/8f3a12c9.asgi.json",
    }
    return Item(**{**values, **changes})  # type: ignore[arg-type]


def hang_item() -> Item:
    """A fact with an await chain."""
    fact = HANG.steps[-1].data
    return Item(
        "00c0ffee",
        CATALOGUE["robust.hang"],
        "app",
        "http",
        fact["detail"],
        HANG,
        4,
        where=tuple(fact["where"]),
    )


def run(*items: Item, **changes: object) -> Run:
    """A finished run with these findings."""
    values: dict[str, object] = {
        "command": "fuzz",
        "target": Target("myapp:app", None, "asyncio", {"starlette": "1.10.0"}, "myapp.py"),
        "examples": 1234,
        "seconds": 3.24,
        "findings": list(items),
        "held": ["http.a", "http.b"],
        "broken": sorted({item.rule.id for item in items}),
        "not_exercised": ["websocket.a"],
    }
    return Run(**{**values, **changes})  # type: ignore[arg-type]
