"""Both sides of a server compared: what the client put on the wire with what the app saw, and back.

The events and scopes alone are judged by asgisim.judge. Here stands what needs both sides; the checks are in
asgisim.wire.judging, as tables. A rule is put to the test only where the record is certain: the bytes of a
request that can be read in one way only, a response that was read, a call whose connection is known. Of a
connection that may have had a call whose connection is not known, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from asgisim.drive.wire.collecting import uncollected
from asgisim.drive.wire.record import LIFESPAN, Record
from asgisim.judge import Finding, Report, is_fault, judge
from asgisim.model.trace import SCOPE
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import By, Party
from asgisim.wire.judging import (
    alone,
    at_once,
    body,
    closing,
    driver,
    handshake,
    lifespan,
    multiplexed,
    refusing,
    response,
    scope,
    sending,
    session,
)
from asgisim.wire.judging.asked import Asked
from asgisim.wire.judging.facts import LONG, TOLD, Connection, Pair, Verdict

__all__ = ["LONG", "OPEN", "TOLD", "is_open", "judge_wire"]

# By protocol, and whether over HTTP/2: what is looked at for each call whose request is known.
_HTTP = (*scope.CHECKS, *body.CHECKS, *response.CHECKS, *sending.CHECKS, *at_once.CHECKS)
_WEBSOCKET = (
    *(*scope.CHECKS, *scope.HANDSHAKE, *body.CHECKS, *handshake.CHECKS, *session.CHECKS, *closing.CHECKS),
    *(response.start_taken, *sending.CHECKS, *at_once.CHECKS),
)
CALL = {
    ("http", False): _HTTP,
    ("http", True): (*_HTTP, *multiplexed.CALLS),
    ("websocket", False): _WEBSOCKET,
    ("websocket", True): _WEBSOCKET,
}

# What is looked at for each response.
ALONE = {False: alone.CHECKS, True: (*alone.CHECKS, *multiplexed.ALONE)}

# Where the specification is open, servers differ without being wrong: told as a difference, never as a break.
OPEN: dict[str, str] = {
    "websocket.connect.no-answer": "what a server does when the app does not answer is not said",
    "websocket.disconnect.code.1006": "ASGI has 1005 for a missing code, RFC 6455 1006 for a lost connection",
    "wire.http.205-no-content": "nothing is said on whether the server or the app minds the status",
    "http.scope.path.absolute-form": "the text says request target, the name says path",
    "wire.req.absolute-form": "ASGI hands headers on as they came, RFC 9112 replaces the host",
    "http.disconnect.after-response": "that it comes is said, and not when",
    "http.disconnect.repeats": "only a maintainer says that it repeats",
    "websocket.disconnect.server-close": "only a maintainer says that it comes after the app's own close",
    "ext.denial.disconnect-after": "only a maintainer says that it comes after a denial",
    "wire.ws.subprotocol": "RFC 6455 forbids it to the server, ASGI says nothing of an app that chooses so",
    "wire.req.version": "RFC 9110 2.5 lets a server refuse another major version, and does not ask it to",
    "lifespan.send.bad-rejected": "nothing is said of answers that come out of place",
    "common.ext.accepted-when-listed": "that what is listed is taken follows, and is not said",
    "robust.sends-at-once": "nothing is said of sends that are under way at the same time",
}


def is_open(finding: Finding) -> bool:
    """Whether the text leaves open what this finding tells of."""
    return finding.rule.id in OPEN


@uncollected
def judge_wire(played: Record, both: bool = False) -> Report:
    """Judge a record: the event rules that bind the server, and the rules that need both sides.

    both: what the app breaks is told too; else the app is the puppet, which did what it was told.
    """
    report = judge(played.app)
    app = [one for one in report.findings if one.party is Party.APP]
    if not both:
        report.findings = [finding for finding in report.findings if finding.party is Party.SERVER]
        report.notes = [finding for finding in report.notes if finding.party is Party.SERVER]
    connections = [Connection(played, number) for number in sorted({one.connection for one in played.client})]
    unsure = {number for among in played.unsure.values() for number in among}
    for connection in connections:
        if connection.number not in unsure:
            _judge_connection(report, connection, app)
    _Verdicts(report, 0, max(0, len(played.app) - 1)).take(
        verdict for check in driver.CHECKS for verdict in check(played, connections)
    )
    if any(step.exchange == LIFESPAN for step in played.app):
        life = lifespan.Life(played)
        verdicts = (verdict for check in lifespan.CHECKS for verdict in check(life))
        _Verdicts(report, LIFESPAN, life.numbered[-1][0]).take(verdicts)
    _Verdicts(report, _last_call(played), max(0, len(played.app) - 1)).take(lifespan.state(played))
    _most_special(report)
    _forgive(report, connections)
    report.findings.sort(key=lambda finding: (finding.exchange, finding.step))
    return report


def _last_call(played: Record) -> int:
    calls = [step.exchange for step in played.app if step.kind == SCOPE]
    return calls[-1] if calls else 0


def _judge_connection(report: Report, connection: Connection, app: list[Finding]) -> None:
    for call in connection.calls:
        pair = Pair(connection, call, [one for one in app if one.exchange == call])
        asked, checks = pair.asked, CALL.get((pair.kind, connection.http2))
        if asked is not None and not asked.faults and checks is not None and not at_once.is_odd(pair):
            # All in one: most checks have nothing to say, and there are many.
            _Verdicts(report, call, pair.last_index).take(
                verdict for check in checks for verdict in check(pair, asked)
            )
    _Verdicts(report, -1, 0).take(_alone(connection))


def _alone(connection: Connection) -> Iterator[Verdict]:
    """What is looked at without a call."""
    for turn, one in enumerate(connection.responses):
        request = connection.asked[turn] if turn < len(connection.asked) else None
        for judge_alone in ALONE[connection.http2]:
            yield from judge_alone(connection, one, request)
    for judge_faulty in refusing.CHECKS:
        yield from judge_faulty(connection)


@dataclass(slots=True)
class _Verdicts:
    """Puts rules to the test and writes down what broke, at this place."""

    report: Report
    exchange: int
    step: int

    def take(self, verdicts: Iterable[Verdict]) -> None:
        """Enter verdicts."""
        exercised = 0
        for rule, holds, detail in verdicts:
            found = CATALOGUE[rule]
            exercised |= found.bit
            if not holds:
                broken = Finding(found, Party.SERVER, detail, self.exchange, self.step)
                (self.report.findings if is_fault(broken) else self.report.notes).append(broken)
        if exercised:
            self.report.exercised |= exercised


def _forgive(report: Report, connections: list[Connection]) -> None:
    """A request that is wrong ends its call, as good as a client that left, and makes an odd scope."""
    # What comes behind a request may be read with it.
    ended = {
        call
        for connection in connections
        for turn, call in enumerate(connection.calls)
        if any(asked.faults or _misplaced(asked) for asked in connection.asked[turn:])
    }
    for connection in connections:
        if any(asked.faults for asked in connection.asked):
            unsure = connection.played.unsure.items()
            ended |= {call for call, among in unsure if connection.number in among}
    forgiven = ("http.disconnect.not-early", "http.request.first", "http.scope.", "websocket.scope.")
    report.findings = [
        one
        for one in report.findings
        if not (one.exchange in ended and one.rule.id.startswith(forgiven) and one.rule.by is not By.WIRE)
    ]


def _misplaced(asked: Asked) -> bool:
    """Whether its trailers hold what no client may put there (RFC 9110 6.5.1): a server may refuse it."""
    return any(name.lower() in _FRAMING for name, _ in asked.trailers)


_FRAMING = frozenset((b"content-length", b"transfer-encoding", b"host"))

# A rule that tells more than another of the same mistake: where both are broken, only the first counts.
_BETTER = {
    "http.disconnect.after-client-left": ("common.app.lifetime",),
    "websocket.disconnect.client-close": ("common.app.lifetime",),
    "websocket.disconnect.socket-loss": ("common.app.lifetime",),
    "common.receive.waits": ("common.event.dict", "common.event.type.present", "http.receive.types"),
    "robust.server-died": ("wire.http.persistence",),
    # What is torn may be read as anything.
    at_once.AT_ONCE: (
        *("wire.ws.server-unmasked", "wire.ws.length-minimal", "websocket.send.mode", "wire.ws.close-echo"),
        *("wire.ws.close-codes", "wire.ws.close-reason", "wire.ws.pong", "wire.ws.tcp-close"),
        *("http.response.body.completes", "http.response.body.more-body.default", "wire.http.status-line"),
        *("wire.http.abort-visible", "wire.http.chunked-valid", "wire.http.persistence"),
    ),
    "http.scope.h2-separate": (
        *("http.scope.path.percent-decoded", "http.scope.raw-path.unmodified"),
        *("http.scope.query-string.encoded",),
    ),
    "http.scope.h2-streams-matched": (
        *("http.response.body.concatenated", "http.response.body.body.default", "wire.http.length-exact"),
    ),
    "ext.push.new-instance": ("common.app.called-once",),
    "wire.ws.reject": ("wire.http.connection-close",),
    "wire.req.unread-body": (
        *("common.app.called-once", "wire.http.persistence", "http.scope.path.percent-decoded"),
        *("http.scope.raw-path.unmodified", "http.scope.query-string.encoded"),
    ),
}


def _most_special(report: Report) -> None:
    broken = {finding.rule.id for finding in (*report.findings, *report.notes)}
    if any(rule.startswith("ext.tls.") and rule != "ext.tls.only-on-tls" for rule in broken):
        report.findings = [one for one in report.findings if one.rule.id != "ext.tls.only-on-tls"]
    for better, others in _BETTER.items():
        if better in broken:
            report.findings = [one for one in report.findings if one.rule.id not in others]
