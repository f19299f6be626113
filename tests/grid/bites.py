"""Which fault makes which case fail: ``python -m tests.grid.bites`` tries all and writes bites.json.

With ``--again`` what the file has is kept, and only what it lacks is looked for. With ``--mutants`` the mutants of the reference server are tried as well, for the cases that nothing else bites.
Cases of open questions count as bitten when they see something else.
"""

from __future__ import annotations

import fnmatch
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from asgisim.grid.cases import every
from asgisim.grid.model import Status
from tests.grid.faults import FAULTS, MUTANTS
from tests.grid.faulty import GOOD, noticed, play

TABLE = Path(__file__).with_name("bites.json")


def over_sockets() -> list[str]:
    """The cases that a server has to do with; the rest is for apps in process."""
    return [row.id for row in every() if row.where != "process"]


def main(mutants: bool, again: bool) -> None:
    """Try all faults; the case's fault is the one that the fewest cases notice."""
    good = play(GOOD)
    odd = [case for case, one in good.items() if one.status not in (Status.PASS, Status.SKIP)]
    print("without a fault:", odd or "all pass", flush=True)
    bites: dict[str, list[tuple[int, str]]] = {}
    if again:
        known = json.loads(TABLE.read_text(encoding="utf-8"))
        bites |= {case: [(0, name)] for case, name in known.items() if name in FAULTS}
    for name, fault in FAULTS.items():
        if again and not any(
            fnmatch.fnmatch(case, one) for one in aims(name) for case in over_sockets() if case not in bites
        ):
            continue
        _try(name, noticed(good, play(fault, with_others(aims(name)))), bites)
        TABLE.write_text(_written(bites), encoding="utf-8")
    left = [case for case in over_sockets() if case not in bites]
    for fault in MUTANTS if mutants else ():
        left = [case for case in left if case not in bites]
        if left:
            _try(fault.name, noticed(good, play(fault, left)), bites)
    left = [case for case in over_sockets() if case not in bites]
    for name in BROAD if left else ():
        _try(name, noticed(good, play(FAULTS[name], with_others(left))), bites)
    TABLE.write_text(_written(bites), encoding="utf-8")
    print("bitten by nothing:", *[case for case in over_sockets() if case not in bites], sep="\n  ")


def _written(bites: dict[str, list[tuple[int, str]]]) -> str:
    table = {case: min(bites[case])[1] for case in over_sockets() if case in bites}
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"


# Something to look at for the rules, whatever else is asked.
BESIDE = [
    "http-messages/root",
    "http-messages/echo-text",
    "websocket/text",
    "websocket/denial",
    "lifespan/counter",
]


def with_others(cases: Sequence[str]) -> list[str]:
    """The cases, and what rules need to have something to look at."""
    return [*cases, *(BESIDE if any(one.startswith("rules/") for one in cases) else [])]


def aims(name: str) -> list[str]:
    """The cases that a fault is tried on: of all that it could break, those that are cheap to ask."""
    for words, patterns in AIMS.items():
        if any(word in name for word in words.split("|")):
            return patterns.split()
    return ["http-scope/*"]


# Words in the names of faults, and the cases to try them on; the first that fits.
AIMS = {
    "root_path None|spec_version 3|version 3.9|bodies of str|without an answer|complete twice|type that is none": "rules/* http-scope/* lifespan/scope-* websocket/scope-root-path",
    "state a list": "http-scope/state",
    "good one": "errors/* methods/method-case websocket/handshake* websocket/deflate*",
    "no OSError": "disconnect/send-after disconnect/endless*",
    "not listed": "rules/app-ext* websocket/denial",
    "hangs on|answers nothing": "none/*",
    "lifespan|shutdown|startup|state|counters": "lifespan/*",
    "WebSocket|ubprotocol|essages|lose |losed |close|connect|denial|text event|rejected|accepts|pongs|pings|proof": "websocket/* rules/server-web* rules/app-web* disconnect/web*",
    "disconnect|cut is whole|deaf|go on|goes on|called twice|calls of": "disconnect/* websocket/call-ends websocket/endless-ends rules/*",
    "odies|body|upload": "http-messages/* upload/length-1 upload/length-0 upload/*-in-* upload/*chunk* upload/coding* rules/*",
    "held back|parts|piece": "streaming/* headers/type-stream http-messages/keep-alive-stream",
    "errors|400|404|unknown paths": "errors/raise* errors/not* errors/bad* http-scope/unrouted websocket/raise* websocket/unrouted*",
    "status": "methods/* errors/raise* headers/location http-messages/redirect",
    "ethod": "methods/* http-scope/*",
    "one request at a time": "http-messages/conc* streaming/beside-others",
    "ookies|charset|content-type|location|framing|length|answer|names of|date|named|reason|second start|transfer|headers of str from": "headers/* http-messages/redirect methods/head* methods/in-step* methods/no* methods/reason rules/*",
    "segment|chunk|hex|trailers": "upload/* http-messages/segments",
}
BROAD = ("statuses are 503", "bodies of answers are empty", "app answers nothing")


def _try(name: str, cases: list[str], bites: dict[str, list[tuple[int, str]]]) -> None:
    print(f"{len(cases):4}  {name}", flush=True)
    for case in cases:
        bites.setdefault(case, []).append((len(cases), name))


if __name__ == "__main__":
    main("--mutants" in sys.argv, "--again" in sys.argv)
