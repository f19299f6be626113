"""The short text form of a trace: written, read back, and refused with a sentence."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import pytest

from asgisim.fuzz.mutate import mutate
from asgisim.model import codec, notation
from asgisim.model.notation import plain_scope
from asgisim.model.scenario import Act, Scenario
from asgisim.model.trace import KINDS, Step, Trace
from asgisim.space import scenario

DOCUMENT = """\
http GET /upload?a=1, headers=[(b'x', b'1')]
> http.request body=b'hi', more_body=True
?
@3600 > http.disconnect
< http.response.start status=200, headers=[]
left 'closed'
left code=1001, reason=''
sent 'blocked'
raise ValueError text='no', where=['app.py:3 in app'], own=True
cancel 'timeout'
fact robust.hang detail='waits for ever', where=[]
note 'a remark'
return
1 websocket /ws, subprotocols=['chat'], client=absent
1@2.5 return 5
"""


def test_a_text_is_written_as_it_was_read() -> None:
    assert notation.write(notation.read(DOCUMENT)) == DOCUMENT


def test_what_the_lines_say() -> None:
    steps = notation.read(DOCUMENT).steps
    assert steps[0].data == {
        **plain_scope("http", "GET", "/upload", "a=1"),
        "headers": [(b"x", b"1")],
    }
    assert steps[1] == Step("receive", {"type": "http.request", "body": b"hi", "more_body": True})
    assert steps[2] == Step("wait", None)
    assert steps[3] == Step("receive", {"type": "http.disconnect"}, 0, 3600.0)
    assert steps[6] == Step("left", {"code": 1001, "reason": ""})
    assert "client" not in steps[13].data
    assert steps[14] == Step("return", 5, 1, 2.5)


ODD: list[Any] = [
    None,
    5,
    "text",
    'it\'s "quoted"\n',
    b"caf\xe9",
    b"a" * 5000,
    "é" * 100,
    1.5,
    math.inf,
    [(b"a", b"b"), [b"c"]],
    (1,),
    {"type": 5},
    {"type": "with space", "x": 1},
    {"type": "http.request", "not a name": 1, "class": 2, 5: None},
    {"type": "http"},
    {"type": "http", "path": "/caf\xe9 x", "method": "get", "query_string": "text"},
    {"type": "websocket", "path": "/a?b", "query_string": b"\xff"},
    {"type": "lifespan"},
    {"type": "http.request", "body": bytearray(b"x"), "headers": codec.OneShot([(b"a", b"b")])},
    {"rule": "robust.hang"},
    {"rule": None},
    codec.Opaque("<socket>"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data", ODD, ids=[str(index) for index in range(len(ODD))])
def test_any_step_comes_back(kind: str, data: Any) -> None:
    step = Step(kind, data, 2, 0.25)
    assert notation.read(notation.write([step])) == Trace([step])


def test_nan_and_memoryview_come_back() -> None:
    (back,) = notation.read(notation.write([Step("send", [math.nan, memoryview(b"x")])]))
    assert math.isnan(back.data[0])
    assert type(back.data[1]) is memoryview


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("http", "line 1: expected 'http METHOD /path', 'websocket /path' or 'lifespan', but got 'http'"),
        (
            "\nhello",
            "line 2: expected a line that begins with http, websocket, lifespan, >, <, ?, sent, left, "
            "return, raise, cancel, fact or note, but got 'hello'",
        ),
        ("> 5", "line 1: expected an event's type, but got '5'"),
        (
            "> http.request body=x",
            "line 1: expected a Python literal, but got 'x'",
        ),
        ("> http.request b''", "line 1: expected key=value, key=value, but got \"b''\""),
        (
            "return open('x')",
            "line 1: expected iter([...]), repeat(text, count), bytearray(b''), memoryview(b''), "
            "float('nan') or opaque('...'), but got open(...)",
        ),
        ("return {[]: 1}", "line 1: expected an object with plain keys (unhashable type: 'list')"),
    ],
)
def test_invalid_text_says_what_was_expected(text: str, error: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        notation.read(text)


def test_invalid_depth_and_size_are_refused() -> None:
    with pytest.raises(ValueError, match="expected Python literals"):
        notation.read("return " + "[" * 100_000)
    with pytest.raises(ValueError, match="repeat"):
        notation.read("return repeat('a', 999999999999)")


SCENARIO = (
    "lifespan",
    "recv 0 event lifespan.startup",
    "http POST /upload?a=1, headers=[(b'x', b'1')], client=absent",
    "options late_send='ignore', passes=2",
    "recv 0 event http.request body=b'hi', more_body=True",
    "presend 2 block",
    "sleep 5 force = 1.5",
    "idle 1 disconnect",
    "websocket /ws",
    "options start=1",
    "idle 1 disconnect code=1000, reason=''",
    "scope = {'type': 'asgisim.unknown', 'asgi': {'version': '3.0'}}",
)


def test_a_scenario_is_written_as_it_was_read() -> None:
    one = Scenario.parse(*SCENARIO)
    assert one.lines() == list(SCENARIO)
    assert [exchange.protocol for exchange in one.exchanges] == [
        "lifespan",
        "http",
        "websocket",
        "asgisim.unknown",
    ]
    upload = one.exchanges[1]
    assert (upload.options.late_send, upload.options.passes) == ("ignore", 2)
    assert upload.script[0] == Act(
        "recv", 0, "event", {"type": "http.request", "body": b"hi", "more_body": True}
    )
    assert one.exchanges[2].script == [Act("idle", 1, "disconnect", {"code": 1000, "reason": ""})]


def test_the_repr_of_a_scenario_can_be_pasted_back() -> None:
    rnd = random.Random(0)
    pool: list[Scenario] = []
    for number in range(300):
        one = scenario(lambda n: int(rnd.random() * n), protocols=("http", "websocket", "lifespan"))
        pool.append(mutate(rnd, one, rnd.choice(pool)) if number else one)
    for one in pool:
        again = eval(repr(one), {"Scenario": Scenario})
        assert again == one
        assert again.to_json() == one.to_json()  # lists and tuples, too
    assert len(repr(pool[0]).splitlines()) <= 2 + sum(len(e.script) + 2 for e in pool[0].exchanges)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), "scenario: expected a line that begins with http, websocket, lifespan or scope"),
        (("recv 0 event http.request",), "line 1: expected a scope first"),
        (("http GET /", "nowhere 0 cancel"), "exchange 0, step 0: expected a gate out of"),
        (("http GET /", "recv zero cancel"), "line 2: expected a scope, options, or gate, number and act"),
        (("http GET /", "recv 0 jump"), "exchange 0, step 0: expected an act out of"),
        (("http GET /", "recv 0 event nothing"), "line 2: expected an event's type"),
        (("http GET /", "options late=1"), "options: expected late_send, passes or start"),
        (("scope = 5",), "line 1: expected a scope, but got"),
    ],
)
def test_a_scenario_that_cannot_be_read_is_told(lines: tuple[str, ...], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        Scenario.parse(*lines)
