"""Which connection a call belongs to, also where the server has altered the request on its way.

By the client's address, where the scope has that of one of our connections. Else by a mark: in runs with
several connections each request carries one, in two headers. Else by order, where only one connection waits
for a call. Else by what the request says, where two things at least that no other request says have come
through. What is left could be anybody's, and is said to be.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from asgisim.drive.wire import record
from asgisim.drive.wire.record import Record

MARK = b"x-asgisim-connection"
AGENT = b"user-agent"
_MARKED = re.compile(rb"asgisim/([0-9]{1,9})-([0-9]{1,3})\Z")
ENOUGH = 2  # things that only one request says: by one alone it might be taken for what a server made up
RUNS = itertools.count(1)  # so that each run of a process has a number of its own
NOWHERE = -1  # the connection of a mark from another run


class Match(NamedTuple):
    """The connection of a call, None if it is not known; how it was found; whose call it could be."""

    connection: int | None
    way: str = ""
    among: tuple[int, ...] = ()


def marked(told: Mapping[str, Any], run: int, connection: int) -> dict[str, Any]:
    """The request with its mark. An agent that it has of its own is left as it is."""
    mark = b"asgisim/%d-%d" % (run, connection)
    lines = [*told.get("headers", ()), (MARK, mark)]
    if not any(name.lower() == AGENT for name, _ in lines):
        lines.append((AGENT, mark))
    return {**told, "headers": lines}


def marks(scope: Any, run: int) -> set[int]:
    """The connections that the marks in a scope name."""
    found = set()
    for name, value in _lines(scope):
        mark = _MARKED.match(value) if name in (MARK, AGENT) else None
        if mark is not None:
            found.add(int(mark[2]) if int(mark[1]) == run else NOWHERE)
    return found


def unmarked(headers: Any) -> Any:
    """The headers of a scope without marks, which are others in each run."""
    if not isinstance(headers, list | tuple):
        return headers
    return [
        pair
        for pair in headers
        if not (
            isinstance(pair, list | tuple)
            and len(pair) == 2
            and pair[0] in (MARK, AGENT)
            and type(pair[1]) is bytes
            and _MARKED.match(pair[1])
        )
    ]


def find(scope: Any, marks: set[int], clients: Mapping[int, Any], played: Record) -> Match:
    """The connection of the call that has this scope. clients: those that were opened, by their number."""
    addressed = [index for index, client in clients.items() if _is_from(scope, client.local)]
    if len(addressed) == 1:
        return Match(addressed[0], "address")
    if len(clients) < 2:
        return Match(next(iter(clients), None), "order" if clients else "")
    if len(marks) == 1 and (mark := next(iter(marks))) in clients:
        return Match(mark, "header")
    waiting = [index for index in clients if _waits(index, played)]
    said = _by_what_it_says(scope, list(clients), played)
    best = [index for index, count in said.items() if count and count == max(said.values())]
    others = sum(1 for count in said.values() if count)
    if len(waiting) == 1 and (not best or best == waiting):
        return Match(waiting[0], "order")
    if len(best) == 1 and others == 1 and said[best[0]] >= ENOUGH and best[0] in waiting:
        return Match(best[0], "content")
    return Match(None, "", tuple(sorted({*(waiting or clients), *best})))


def _is_from(scope: Any, local: Any) -> bool:
    """Whether the scope has this address for its client's. A port that is a str has a rule of its own."""
    peer = scope.get("client") if isinstance(scope, dict) else None
    if not isinstance(peer, list | tuple) or len(peer) != 2 or not isinstance(local, tuple):
        return False
    return str(peer[1]) == str(local[1]) and str(peer[0]).removeprefix("::ffff:") == str(local[0])


def _waits(index: int, played: Record) -> bool:
    """Whether a request of this connection has given no call yet. How many raw bytes hold is not known."""
    http2 = any(one.data.get("http2") for one in played.of(index, record.CONNECTED))
    if played.of(index, record.WROTE) and not http2:
        return True
    called = sum(connection == index for connection in played.pairs.values())
    return len(played.of(index, record.REQUEST)) > called


def _by_what_it_says(scope: Any, clients: Sequence[int], played: Record) -> dict[int, int]:
    """For each connection how many things its open request says that no other does, and that came through."""
    words = {index: set(_said(_open(index, played))) for index in clients}
    heard = set(_heard(scope))
    found = {}
    for index, own in words.items():
        rest = set().union(*(other for at, other in words.items() if at != index))
        found[index] = len((own - rest) & heard)
    return found


def _open(index: int, played: Record) -> Mapping[str, Any]:
    """The first request of a connection that has given no call yet."""
    asked = [one.data for one in played.of(index, record.REQUEST)]
    called = sum(connection == index for connection in played.pairs.values())
    return asked[called] if called < len(asked) else {}


def _said(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a request says beyond what a server would make up: a plain path, no query, GET."""
    path, _, query = told.get("target", b"/").partition(b"?")
    if path not in (b"/", b"*"):
        yield "path", unquote_to_bytes(path)
    if query:
        yield "query", query
    if told.get("method", b"GET") != b"GET":
        yield "method", told["method"]
    for name, value in told.get("headers", ()):
        if value and name.lower() not in (MARK, AGENT):
            yield "header", (name.lower(), value.strip(b" \t"))


def _heard(scope: Any) -> Iterator[tuple[str, Any]]:
    """The same out of a scope."""
    known: dict[str, Any] = scope if isinstance(scope, dict) else {}
    if isinstance(raw := known.get("raw_path"), bytes):
        yield "path", unquote_to_bytes(raw)
    if isinstance(path := known.get("path"), str):
        yield "path", path.encode("utf-8", "surrogatepass")
    if isinstance(query := known.get("query_string"), bytes):
        yield "query", query
    if isinstance(method := known.get("method"), str):
        yield "method", method.encode("utf-8", "surrogatepass")
    for line in _lines(scope):
        yield "header", line


def _lines(scope: Any) -> Iterator[tuple[bytes, bytes]]:
    """The headers of a scope, as far as they are some."""
    headers = scope.get("headers") if isinstance(scope, dict) else None
    for pair in headers if isinstance(headers, list | tuple) else ():
        if isinstance(pair, list | tuple) and len(pair) == 2 and all(type(one) is bytes for one in pair):
            yield pair[0].lower(), pair[1]
