"""Which fault makes which case fail: ``python -m tests.grid.bites`` tries all and writes bites.json.

With ``--mutants`` the mutants of the reference server are tried as well, for the cases that nothing else bites.
Cases of open questions count as bitten when they see something else.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from asgisim.grid.cases import every
from asgisim.grid.model import Status
from tests.grid.faults import FAULTS, MUTANTS
from tests.grid.faulty import GOOD, noticed, play

TABLE = Path(__file__).with_name("bites.json")


def over_sockets() -> list[str]:
    """The cases that a server has to do with; the rest is for apps in process."""
    return [row.id for row in every() if row.where != "process"]


def main(mutants: bool) -> None:
    """Try all faults; the case's fault is the one that the fewest cases notice."""
    good = play(GOOD)
    odd = [case for case, one in good.items() if one.status not in (Status.PASS, Status.SKIP)]
    print("without a fault:", odd or "all pass", flush=True)
    bites: dict[str, list[tuple[int, str]]] = {}
    for name, fault in FAULTS.items():
        _try(name, noticed(good, play(fault, aims(name))), bites)
        TABLE.write_text(_written(bites), encoding="utf-8")
    left = [case for case in over_sockets() if case not in bites]
    for fault in MUTANTS if mutants else ():
        left = [case for case in left if case not in bites]
        if left:
            _try(fault.name, noticed(good, play(fault, left)), bites)
    left = [case for case in over_sockets() if case not in bites]
    for name in BROAD if left else ():
        _try(name, noticed(good, play(FAULTS[name], left)), bites)
    TABLE.write_text(_written(bites), encoding="utf-8")
    print("bitten by nothing:", *[case for case in over_sockets() if case not in bites], sep="\n  ")


def _written(bites: dict[str, list[tuple[int, str]]]) -> str:
    table = {case: min(bites[case])[1] for case in over_sockets() if case in bites}
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"


def aims(name: str) -> list[str]:
    """The cases that a fault is tried on: of all that it could break, those that are cheap to ask."""
    for words, patterns in AIMS.items():
        if any(word in name for word in words.split("|")):
            return patterns.split()
    return ["http-scope/*"]


# Words in the names of faults, and the cases to try them on; the first that fits.
AIMS = {
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
    main("--mutants" in sys.argv)
