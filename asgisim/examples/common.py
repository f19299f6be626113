"""For each rule that holds for every protocol: a trace that keeps it, and one that breaks it alone."""

from __future__ import annotations

import math
from typing import Any

from asgisim.examples.build import ABSENT, RAISES, RETURNS, example, scope, sends
from asgisim.examples.http import BODY, START, WHOLE, answered, with_scope
from asgisim.model.trace import RETURN, SCOPE, SEND, Step

_UNKNOWN = scope("http", type="gopher", method=ABSENT, query_string=ABSENT)

example("common.app.returns-none", WHOLE, [*WHOLE[:-1], Step(RETURN, 42)])
example("common.scope.unknown-type-rejected", [_UNKNOWN, RAISES], [_UNKNOWN, RETURNS])
example("common.scope.dict", WHOLE, [Step(SCOPE, [("type", "http")]), RAISES])
example("common.scope.type.present", WHOLE, [scope("http", type=ABSENT), RAISES])
example("common.scope.type.str", WHOLE, [scope("http", type=b"http"), RAISES])
example("common.scope.asgi.present", WHOLE, with_scope(asgi=ABSENT))
example("common.scope.asgi.version.present", WHOLE, with_scope(asgi={"spec_version": "2.5"}))
example("common.scope.asgi.version.value", WHOLE, with_scope(asgi={"version": "3.9", "spec_version": "2.5"}))
_OTHER = {"version": "3.0", "spec_version": 2.5}
example(
    "common.scope.asgi.spec-version.type",
    [scope("http", type="gopher", method=ABSENT), RAISES],
    [scope("http", type="gopher", method=ABSENT, asgi=_OTHER), RAISES],
)


def extra(value: Any) -> list[Step]:
    """An answer whose start has one more key, with this value."""
    return answered(sends("http.response.start", status=200, headers=[], extra=value), BODY)


_KEPT = extra([{"deep": [b"", "", 1, 0.5, True, None]}])
example("common.keys.str", _KEPT, answered(Step(SEND, {**START.data, 1: "one"}), BODY))
example("common.event.dict", WHOLE, answered(Step(SEND, "http.response.start"), START, BODY))
example("common.event.type.present", WHOLE, answered(Step(SEND, {"status": 200}), START, BODY))
example("common.event.type.str", WHOLE, answered(Step(SEND, {"type": b"start"}), START, BODY))
example("common.event.allowed-types", _KEPT, extra({1, 2}))
example("common.strings.bytes-exact", _KEPT, extra(bytearray(b"a")))
example("common.event.int-range", _KEPT, extra(1 << 63))
example("common.event.float-nan", _KEPT, extra(math.nan))
example("common.event.float-infinity", _KEPT, extra(-math.inf))
example("common.event.list-not-tuple", _KEPT, extra((1, 2)))
example("common.event.nested-dict-keys", _KEPT, extra([{1: "one"}]))
example("common.ext.dict", WHOLE, with_scope(extensions="tls"))
_EXTENDED = with_scope(extensions={"http.response.push": {}})
example("common.ext.name-str", _EXTENDED, with_scope(extensions={b"http.response.push": {}}))
example("common.ext.value-dict", _EXTENDED, with_scope(extensions={"http.response.push": True}))
example(
    "common.ext.listed-on-fitting-scope", _EXTENDED, with_scope(extensions={"websocket.http.response": {}})
)
