"""Whatever stands in a file: it is read, or refused with one clear sentence; no traceback, no hang."""

from __future__ import annotations

import json
import os
import string
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from asgisim import files
from asgisim.cli import config
from asgisim.cli.main import build
from asgisim.drive.wire.script import WireScenario
from asgisim.judge import judge
from asgisim.model import codec, notation, seeds
from asgisim.model.scenario import ACTS, GATES, Scenario
from asgisim.model.seeds import SeedError
from asgisim.model.trace import KINDS, Step, Trace
from asgisim.wire import seeds as wire_seeds

MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

# JSON of any shape, with the words that mean something in it more often than chance would have them.
WORDS = st.sampled_from(
    [
        *(
            "format",
            "target",
            "rule",
            "scenario",
            "expected",
            "note",
            "scope",
            "script",
            "options",
            "exchanges",
        ),
        *("clean", "wire", "bound", "type", "http", "websocket", "lifespan", "late_send", "passes", "start"),
        *("$repeat", "$tuple", "$dict", "$float", "$iterator", "$bytearray", "$memoryview", "$object", "$no"),
        *("b:", "b:\\", "b:\\x4", "s:", "b:\u00e9", "\ud800", "nan", "versions", "party", "app", "client"),
        *("send", "request", "frame", "recv", "event", "disconnect", "robust.hang", "http.request"),
    ]
)
ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, 1, -1, 2**31, 2**63, 10**400]),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    WORDS,
)
DATA = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(WORDS, st.text(max_size=4)), inner, max_size=4)
    ),
    max_leaves=12,
)


def mostly(*good: Any) -> st.SearchStrategy[Any]:
    return st.one_of(st.sampled_from(good), DATA)


STEPS = st.one_of(
    DATA,
    st.tuples(mostly(*GATES), mostly(0, 1, 5), mostly(*ACTS), DATA).map(list),
    st.tuples(mostly(*GATES), mostly(0, 1, 5), mostly(*ACTS)).map(list),
)
EXCHANGES = st.fixed_dictionaries(
    {"scope": mostly({"type": "http"}), "script": st.one_of(DATA, st.lists(STEPS, max_size=3))},
    optional={
        "options": st.one_of(DATA, st.fixed_dictionaries({}, optional={"passes": DATA, "start": DATA}))
    },
)
SCENARIOS = st.one_of(
    DATA, EXCHANGES, st.fixed_dictionaries({"exchanges": st.lists(st.one_of(DATA, EXCHANGES), max_size=3)})
)
KNOWN = st.fixed_dictionaries(
    {"rule": mostly("robust.hang")},
    optional={"party": mostly("app", "server"), "versions": mostly({"starlette": "<1"}, {"a": "1" * 5000})},
)
SEEDS = st.fixed_dictionaries(
    {"format": mostly(1), "scenario": SCENARIOS},
    optional={
        "target": mostly("a:b", "a:b\n", "../x:y"),
        "rule": mostly("robust.hang"),
        "expected": st.one_of(mostly("clean"), st.lists(st.one_of(DATA, KNOWN), max_size=2)),
        "note": DATA,
    },
)
WIRE_STEPS = st.one_of(
    DATA,
    st.tuples(
        mostly("client", "app", "lifespan", "server"),
        mostly(0, 1),
        mostly("send", "request", "handshake", "frame", "frames", "response", "see", "wait", "put", "raise"),
        st.one_of(
            DATA, st.dictionaries(st.sampled_from(["data", "cuts", "pause", "bound", "headers"]), DATA)
        ),
    ).map(list),
)
WIRE_SCENARIOS = st.one_of(
    DATA, st.fixed_dictionaries({"wire": st.lists(WIRE_STEPS, max_size=3)}, optional={"bound": DATA})
)


def is_clear(error: Exception) -> None:
    """One line of bounded length that says what was expected."""
    words = str(error)
    assert any(said in words for said in ("expected", "there is no ", "Exceeds the limit")), words
    assert "\n" not in words
    assert len(words) < 2000


@MANY
@given(SEEDS)
def test_any_seed_is_read_or_refused(data: Any) -> None:
    try:
        seed = seeds.from_data(data)
    except ValueError as error:
        is_clear(error)
    else:
        again = seeds.from_data(json.loads(seeds.to_text(seed)))
        assert seeds.to_text(again) == seeds.to_text(seed)


@MANY
@given(SCENARIOS)
def test_any_scenario_is_read_or_refused(data: Any) -> None:
    try:
        one = Scenario.from_json(data)
    except ValueError as error:
        is_clear(error)
    else:
        assert json.dumps(Scenario.from_json(one.to_json()).to_json()) == json.dumps(one.to_json())


@MANY
@given(WIRE_SCENARIOS)
def test_any_scenario_over_sockets_is_read_or_refused(data: Any) -> None:
    try:
        one = WireScenario.from_json(data)
    except ValueError as error:
        is_clear(error)
    else:
        assert json.dumps(WireScenario.from_json(one.to_json()).to_json()) == json.dumps(one.to_json())


@pytest.mark.parametrize(
    "step",
    [
        ["client", 0, "wait", 1e9],
        ["client", 0, "send", {"data": "b:", "pause": 1e9}],
        ["app", 0, "wait", "x"],
    ],
)
def test_a_scenario_over_sockets_waits_only_so_long(step: list[Any]) -> None:
    with pytest.raises(ValueError, match="seconds from 0 to 600"):
        WireScenario.from_json({"wire": [step]})


TRACES = st.lists(
    st.one_of(
        DATA,
        st.tuples(mostly(*KINDS), DATA, mostly(0, 1), mostly(0.0, 1.5)).map(list),
        st.tuples(mostly(*KINDS), DATA).map(list),
    ),
    max_size=5,
)


@MANY
@given(st.one_of(DATA, TRACES))
@example([["send", None, 0, 10**400]])
@example([["send", {"$repeat": ["b:a", -1]}]])
def test_any_trace_is_read_or_refused(data: Any) -> None:
    try:
        trace = Trace.from_json(data)
    except ValueError as error:
        is_clear(error)
    else:
        assert json.dumps(Trace.from_json(trace.to_json()).to_json()) == json.dumps(trace.to_json())


@MANY
@given(DATA)
def test_any_value_is_decoded_or_refused(data: Any) -> None:
    try:
        value = codec.decode(data)
    except ValueError as error:
        is_clear(error)
    else:
        assert json.dumps(codec.encode(codec.decode(codec.encode(value)))) == json.dumps(codec.encode(value))


LITERALS = st.one_of(
    st.sampled_from(
        [
            *("repeat(b'a', 99999999)", "repeat('a', -1)", "[" * 300, "(" * 90 + ")" * 90, "-" * 3000 + "1"),
            *(
                "9" * 5000,
                "1e999",
                "1+" * 3000 + "1",
                "a.b" * 2000,
                "float('nan')",
                "{[]: 1}",
                "{**{}}",
                "f()",
            ),
            *(
                "__import__('os').abort()",
                "b'\\xff'",
                "'\\ud800'",
                "iter([1])",
                "opaque('x')",
                "absent",
                "{1, 2}",
            ),
        ]
    ),
    st.text(string.printable, max_size=12),
    DATA.map(repr),
)
LINES = st.one_of(
    st.text(max_size=20),
    st.builds(
        lambda head, key, value: f"{head} {key}={value}",
        mostly(
            "http GET /,", "> http.request", "<", "1@2 send", "raise X", "fact a.b", "options", "recv 0 event"
        ).map(str),
        mostly("headers", "body", "passes", "**", "type").map(str),
        LITERALS,
    ),
    st.builds(
        lambda head, value: f"{head} = {value}", mostly("scope", "send", "recv 0 force").map(str), LITERALS
    ),
)


@MANY
@given(st.lists(LINES, max_size=4))
def test_any_text_is_a_trace_or_refused(lines: list[str]) -> None:
    try:
        trace = notation.read("\n".join(lines))
    except ValueError as error:
        is_clear(error)
    else:
        text = notation.write(trace)
        assert notation.write(notation.read(text)) == text


@MANY
@given(st.lists(LINES, max_size=4))
def test_any_text_is_a_scenario_or_refused(lines: list[str]) -> None:
    try:
        one = Scenario.parse("http GET /", *lines)
    except ValueError as error:
        is_clear(error)
    else:
        assert Scenario.parse(*one.lines()).lines() == one.lines()


# --- the state machines ------------------------------------------------------------------------------

ODD = st.one_of(
    DATA,
    st.binary(max_size=4),
    st.sampled_from(
        [float("nan"), 10**5000, bytearray(b"x"), memoryview(b"x"), codec.OneShot([1]), object()]
    ),
    st.tuples(DATA, DATA),
)
EVENT_TYPES = st.sampled_from(
    [
        *(
            "http.request",
            "http.response.start",
            "http.response.body",
            "http.disconnect",
            "http.response.trailers",
        ),
        *(
            "http.response.push",
            "http.response.zerocopysend",
            "http.response.pathsend",
            "http.response.debug",
        ),
        *("websocket.connect", "websocket.accept", "websocket.receive", "websocket.send", "websocket.close"),
        *("websocket.disconnect", "websocket.http.response.start", "websocket.http.response.body"),
        *("lifespan.startup", "lifespan.startup.complete", "lifespan.startup.failed", "lifespan.shutdown"),
        *("lifespan.shutdown.complete", "lifespan.shutdown.failed"),
    ]
)
KEYS = st.sampled_from(
    ["body", "more_body", "status", "headers", "trailers", "text", "bytes", "code", "reason", "subprotocol"]
)
VALUES = st.one_of(
    ODD, st.lists(st.one_of(ODD, st.tuples(ODD, ODD)), max_size=3), st.sampled_from([200, b"", True, "a", []])
)
EVENTS = st.one_of(
    ODD,
    st.builds(
        lambda kind, rest: {"type": kind, **rest}, EVENT_TYPES, st.dictionaries(KEYS, VALUES, max_size=3)
    ),
)
SCOPE_KEYS = st.sampled_from(
    [
        *(
            "asgi",
            "http_version",
            "method",
            "scheme",
            "path",
            "raw_path",
            "query_string",
            "root_path",
            "headers",
        ),
        *("client", "server", "state", "extensions", "subprotocols"),
    ]
)
SCOPES = st.one_of(
    ODD,
    st.builds(
        lambda kind, rest: {**notation.plain_scope(kind), **rest},
        st.sampled_from(["http", "websocket", "lifespan"]),
        st.dictionaries(SCOPE_KEYS, VALUES, max_size=3),
    ),
)
RAISED = st.builds(
    lambda kind, own: {"type": kind, "text": kind, "where": [], "own": own},
    st.text(max_size=3),
    st.booleans(),
)
THINGS = st.one_of(
    st.tuples(st.sampled_from(["receive", "send"]), EVENTS),
    st.tuples(st.sampled_from(["wait", "return"]), st.one_of(st.none(), ODD)),
    st.tuples(st.just("raise"), RAISED),
    st.tuples(
        st.sampled_from(["sent", "cancel", "note"]), st.sampled_from(["blocked", "resumed", "OSError: x"])
    ),
    st.tuples(st.just("left"), st.sampled_from(["closed", "lost", {"code": 1001, "reason": ""}])),
    st.tuples(st.just("fact"), st.just({"rule": "robust.hang", "detail": "x", "where": []})),
)


@settings(MANY, max_examples=200)
@given(SCOPES, st.lists(THINGS, max_size=8))
def test_any_course_of_things_is_judged(scope: Any, things: list[tuple[str, Any]]) -> None:
    trace = Trace([Step("scope", scope), *(Step(kind, data) for kind, data in things)])
    first = judge(trace)
    assert [one.line() for one in judge(trace).findings] == [one.line() for one in first.findings]
    for finding in first.findings:
        assert 0 <= finding.step <= len(trace)


# --- files -------------------------------------------------------------------------------------------


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    return tmp_path / "x.asgi.json"


@MANY
@given(st.one_of(st.binary(max_size=40), DATA.map(lambda data: json.dumps(data).encode())))
def test_any_bytes_are_a_seed_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.asgi.json"
    path.write_bytes(data)
    for read in (seeds.read, wire_seeds.read):
        with pytest.raises(SeedError) as told:
            read(path)
        assert str(told.value).startswith(f"{path}: ")
    assert wire_seeds.is_wire(path) in (True, False)


TOML = st.one_of(
    st.text(max_size=30),
    st.builds(
        lambda key, value: f"[tool.asgisim]\n{key} = {value}\n",
        st.sampled_from(
            ["app", "seed", "path", "only", "max-time", "workers", "level", "no", '"\\n"', "baseline"]
        ),
        st.one_of(
            DATA.map(json.dumps),
            st.sampled_from(["[" * 3000, "nan", "inf", "9" * 5000, "2020-13-01", "{a.b=1}"]),
        ),
    ),
)


@MANY
@given(TOML)
def test_any_configuration_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    _, commands = build()
    every = {key for one in commands.values() for key in config.keys(one)}
    try:
        config.apply(config.read(path), commands["fuzz"], every, path)
    except config.ConfigError as error:
        is_clear(error)


def test_a_pipe_is_refused_at_once(seed: Path) -> None:
    os.mkfifo(seed)
    for read in (seeds.read, wire_seeds.read):
        with pytest.raises(SeedError, match="expected a file, but got a pipe, a socket or a device"):
            read(seed)
    with pytest.raises(config.ConfigError, match="but got a pipe"):
        config.read(seed)


def test_a_device_that_never_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="but got a pipe, a socket or a device"):
        files.read_text("/dev/zero")


def test_a_folder_is_refused(seed: Path) -> None:
    seed.mkdir()
    with pytest.raises(SeedError, match="cannot be read: Is a directory"):
        seeds.read(seed)


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ('{"a": {"$repeat": ["b:a", 17179869184]}}', "to make at most 67108864 bytes in all"),
        (
            '{"a": [[], {"$repeat": ["b:a", 60000000]}, {"$repeat": ["b:b", 60000000]}]}',
            "to make at most 67108864 bytes",
        ),
        ('{"a": {"$repeat": [{"$repeat": ["b:a", 9]}, 9]}}', "expected [text or bytes, count] for $repeat"),
        ('{"a": 1e999}', "1e999 is too large"),
        ('{"a": ' + "9" * 5000 + "}", "expected whole numbers of at most 500 digits"),
    ],
)
def test_what_is_small_in_the_file_and_large_in_memory_is_refused(seed: Path, scope: str, told: str) -> None:
    seed.write_text('{"format": 1, "scenario": {"scope": ' + scope + "}}")
    with pytest.raises(SeedError) as caught:
        seeds.read(seed)
    assert told in str(caught.value)


def test_errors_deep_in_a_file_stay_short(seed: Path) -> None:
    deep: Any = {"$dict": [["x" * 100_000]]}
    for _ in range(40):
        deep = {"$tuple": [deep]}
    seed.write_text(json.dumps({"format": 1, "scenario": {"scope": deep}}))
    with pytest.raises(SeedError) as caught:
        seeds.read(seed)
    assert len(str(caught.value)) < 1000 + len(str(seed))


def test_a_notation_makes_no_more_than_its_bound() -> None:
    line = "send = [repeat(b'a', 40000000)]"
    with pytest.raises(ValueError, match=r"line 2: expected repeat\(\) to make at most"):
        notation.read(f"{line}\n{line}")
    with pytest.raises(ValueError, match=r"line 3: expected repeat\(\) to make at most"):
        Scenario.parse("http GET /", f"recv 0 force {line[5:]}", f"recv 0 force {line[5:]}")


@pytest.mark.parametrize("part", [8, pytest.param(1, marks=pytest.mark.slow)])
def test_the_largest_seed_is_read_soon(seed: Path, part: int) -> None:
    filling = ",".join(["[]"] * (files.SIZE_MAX // part // 3 - 100))
    seed.write_text('{"format": 1, "scenario": {"scope": {"type": [' + filling + "]}}}")
    began = time.process_time()
    assert seeds.read(seed).scenario.exchanges[0].protocol == ""
    assert time.process_time() - began < 60 / part


# --- what a file may name ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", ["subprocess:getoutput", "webbrowser:open", "antigravity:x", "os.path:join", "builtins:exec"]
)
def test_a_seed_runs_nothing_of_pythons_own(
    seed: Path, target: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from asgisim.cli.main import main

    monkeypatch.chdir(seed.parent)
    scope = {"touch owned": 1, "type": "http", "asgi": {"version": "3.0"}}
    seed.write_text(json.dumps({"format": 1, "target": target, "scenario": {"scope": scope}}))
    assert main(["replay", str(seed)]) == 2
    error = capsys.readouterr().err
    assert "target: expected an app, but " in error
    assert " is Python's own\n" in error
    assert not (seed.parent / "owned").exists()


def test_a_seed_runs_nothing_of_pythons_own_by_another_name(
    seed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from asgisim.cli.main import main

    monkeypatch.chdir(seed.parent)
    (seed.parent / "borrowing.py").write_text("from subprocess import getoutput\nimport os\n")
    for target in ("borrowing:getoutput", "borrowing:os.popen", "asgisim.model.seeds:json.loads"):
        scope = {"touch owned": 1, "type": "http", "asgi": {"version": "3.0"}}
        seed.write_text(json.dumps({"format": 1, "target": target, "scenario": {"scope": scope}}))
        assert main(["replay", str(seed)]) == 2
        assert " is Python's own\n" in capsys.readouterr().err
    assert not (seed.parent / "owned").exists()
