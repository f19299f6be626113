"""Requests as a user of Hypothesis would write them without asgisim: what ours are measured against.

One strategy for each field of the scope and for each event, put together by Hypothesis' own means. They
reach the same kinds of requests as `asgisim.strategies`: every key of the scope, those that may be left
out with and without, header lines, a body in parts, a client that leaves.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from asgisim.model.scenario import Act, Exchange, Scenario

_VISIBLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
_NAMES = st.sampled_from([b"accept", b"cookie", b"content-type", b"user-agent", b"x-forwarded-for"])
_VALUES = st.text(_VISIBLE, max_size=20).map(str.encode)
_SEGMENTS = st.lists(st.text(_VISIBLE, min_size=1, max_size=8), max_size=3)
_ADDRESSES = st.tuples(st.sampled_from(["127.0.0.1", "::1", "192.0.2.1"]), st.integers(0, 65535)).map(list)
_VERSIONS = st.sampled_from(["2.0", "2.1", "2.2", "2.3", "2.4", "2.5"])

_SCOPES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "type": st.just("http"),
        "asgi": st.fixed_dictionaries({"version": st.just("3.0")}, optional={"spec_version": _VERSIONS}),
        "http_version": st.sampled_from(["1.0", "1.1", "2", "3"]),
        "method": st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
        "path": _SEGMENTS.map(lambda segments: "/" + "/".join(segments)),
        "query_string": _VALUES,
        "headers": st.lists(st.tuples(_NAMES, _VALUES), max_size=4),
    },
    optional={
        "scheme": st.sampled_from(["http", "https"]),
        "raw_path": st.none(),
        "root_path": st.sampled_from(["", "/mount"]),
        "client": st.none() | _ADDRESSES,
        "server": st.none() | _ADDRESSES,
        "state": st.just({}),
    },
)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """One request, its body in one part or several."""
    scope = draw(_SCOPES)
    scope["path"] = scope.get("root_path", "") + scope["path"]
    parts = draw(st.lists(st.binary(max_size=64), min_size=1, max_size=4))
    last = len(parts) - 1
    events = [
        {"type": "http.request", "body": part, "more_body": number < last}
        for number, part in enumerate(parts)
    ]
    script = [Act("recv", number, "event", event) for number, event in enumerate(events)]
    if draw(st.booleans()):
        script.append(Act("recv", draw(st.integers(0, len(parts))), "disconnect"))
    return Scenario([Exchange(scope, script)])
