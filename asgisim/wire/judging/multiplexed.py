"""What holds over HTTP/2: the scope of a stream, the lines of its answer, and promises."""

from __future__ import annotations

from collections.abc import Iterator

from asgisim.drive.wire import record
from asgisim.drive.wire.http import Response
from asgisim.model.trace import SCOPE
from asgisim.wire.judging.asked import Asked
from asgisim.wire.judging.facts import Connection, Pair, Verdict, pairs_of, tells
from asgisim.wire.judging.response import Sent

HOPS = (b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade")


@tells("http.scope.headers.authority-to-host")
def authority(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """:authority is the host of the app, at the start of its headers; without one nothing is put there."""
    headers = pairs_of(pair.scope.get("headers"))
    wanted = asked.values(b"host")
    if not pair.connection.http2 or pair.kind != "http" or headers is None or not wanted:
        return
    hosts = [value for name, value in headers if name.lower() == b"host"]
    asks = [one.data for one in pair.connection.heard if one.kind == record.REQUEST]
    given = all(one.get("host", b"") is not None for one in asks)
    first = not given or (bool(headers) and headers[0][0].lower() == b"host")
    about = f"host is {hosts!r}{'' if first else ', not at the start'}, "
    about += f"for {':authority' if given else 'no :authority, and a host'} {wanted[0]!r}"
    yield "http.scope.headers.authority-to-host", hosts == wanted and first, about


@tells("http.scope.h2-separate")
def separate(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """What a call puts into its scope is not in that of another stream."""
    if not pair.connection.http2 or pair.kind != "http":
        return
    steps = [step for step in pair.connection.played.app if step.kind == SCOPE]
    others = [step.data for step in steps if step.exchange != pair.call and isinstance(step.data, dict)]
    if others:
        own = (pair.scope.get("method"), pair.scope.get("raw_path", asked.path.partition(b"?")[0]))
        wanted = (asked.method.decode("latin-1"), asked.path.partition(b"?")[0])
        mixed = own != wanted and any(own == (one.get("method"), one.get("raw_path")) for one in others)
        yield "http.scope.h2-separate", not mixed, f"{own!r} is another stream's, not {wanted!r}"


@tells("http.scope.h2-streams-matched")
def matched(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """The answer of a call comes on the stream that asked."""
    response = pair.response
    if not pair.connection.http2 or response is None or not response.complete:
        return
    played, own = pair.connection.played, Sent.of(pair)
    others = [call for call, number in played.pairs.items() if number != pair.connection.number]
    if not others or not own.whole:
        return
    sent = [Sent(Pair(Connection(played, played.pairs[call]), call, [])) for call in others]
    got = (response.status, response.body)
    mixed = got != (own.status, own.data) and any(got == (one.status, one.data) for one in sent)
    yield "http.scope.h2-streams-matched", not mixed, f"{got[0]} {got[1][:60]!r} is another stream's answer"


@tells("wire.h2.lowercase", "wire.h2.no-connection-headers")
def lines(connection: Connection, response: Response, asked: Asked | None) -> Iterator[Verdict]:
    """Names are in lower case, and those of HTTP/1.1's connections are not there."""
    if not connection.http2:
        return
    early = [line for _, more in response.informational for line in more]
    every = [*early, *response.headers, *response.trailers]
    upper = sorted({name for name, _ in every if name != name.lower()})
    yield "wire.h2.lowercase", not upper, f"{upper!r} on the wire"
    hops = sorted({name.lower() for name, _ in every if name.lower() in HOPS})
    yield "wire.h2.no-connection-headers", not hops, f"{hops!r} in an answer over HTTP/2"


@tells("ext.push.listed", "ext.push.attempted", "ext.push.authority", "ext.push.new-instance")
def promises(pair: Pair, asked: Asked) -> Iterator[Verdict]:
    """What the app wants pushed is promised, with the authority of its request, and gives a call."""
    connection = pair.connection
    if not connection.http2 or pair.kind != "http":
        return
    wanted = [one for one in pair.taken if one.kind == "http.response.push"]
    promised = [one.data for one in connection.heard if one.kind == record.PUSH]
    listed = "http.response.push" in pair.extensions
    if promised:
        yield "ext.push.listed", listed, "the server pushes, and its scope does not list it"
    if not wanted or not listed or not pair.fair or pair.left is not None:
        return
    about = f"{wanted[0].event.get('path')!r} was not promised"
    yield "ext.push.attempted", bool(promised), about
    for one in [] if connection.played.unsure else promised:
        named = dict(one["fields"])
        told, own = named.get(b":authority"), asked.values(b"host")
        yield "ext.push.authority", [told] == own, f":authority is {told!r}, and was {own!r}"
        calls = [call for call, number in connection.played.pairs.items() if number == one["stream"]]
        about = f"the promise of {named.get(b':path')!r} gave {len(calls)} calls"
        yield "ext.push.new-instance", len(calls) == 1, about


CALLS = (authority, separate, matched, promises)
ALONE = (lines,)
