"""The whole set against one URL: the curated scenarios, judged as those of servers are, then the contract."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from asgisim.probe import contract
from asgisim.probe.cases import cases
from asgisim.probe.target import CONTRACT, PUPPET, ProbeError, Remote, Spent
from asgisim.spec import CATALOGUE
from asgisim.wire.campaign import again
from asgisim.wire.findings import WireFound

# What an answer does not tell: the calls that gave none, what came after it, the wait for a body.
_UNSEEN = ("common.app.", "common.error.", "common.receive.", "http.disconnect.", "lifespan.", "robust.")
# The contract app tells the scope alone, of requests to one path. Without the call, these cannot be judged.
_SCOPES = ("http.scope.", "websocket.scope.", "common.scope.", "wire.http.", "wire.req.", "wire.ws.")
_NEED_THE_CALL = (
    *("wire.req.control-bytes", "wire.req.bare-cr", "wire.req.bare-lf", "wire.req.obs-fold"),
    *("wire.req.te-and-length", "wire.req.unread-body", "wire.req.chunk-size", "wire.ws.version"),
    "wire.req.absolute-form",
)
# Of a session the puppet tells the scope, not how it goes on.
_SESSIONS = ("websocket.", "wire.ws.")
# Between machines stand proxies and translators of addresses.
_ADDRESSES = tuple(
    f"{kind}.scope.{key}" for kind in ("http", "websocket") for key in ("client", "server", "scheme")
)
_OF_SESSIONS = ("websocket.scope.", "wire.ws.handshake", "wire.ws.version", "wire.ws.accept")


@dataclass(slots=True)
class Probed:
    """What came of it. contract: name of each contract case, and in which ways it is not as promised."""

    kind: str
    findings: list[WireFound] = field(default_factory=list)
    notes: list[WireFound] = field(default_factory=list)
    flaky: list[WireFound] = field(default_factory=list)
    exercised: set[str] = field(default_factory=set)
    contract: dict[str, list[str]] = field(default_factory=dict)
    played: int = 0
    connections: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    left_out: list[str] = field(default_factory=list)

    @property
    def broken(self) -> dict[str, list[str]]:
        """The contract cases that are not as promised."""
        return {name: wrong for name, wrong in self.contract.items() if wrong}


def counts(rule: str, kind: str, remote: bool = False) -> bool:
    """Whether a rule can be judged from what an app of this kind tells. remote: from another machine."""
    if remote and rule.startswith(_ADDRESSES):
        return False
    if rule.startswith(_UNSEEN) or (rule.startswith(_SESSIONS) and not rule.startswith(_OF_SESSIONS)):
        return False
    return kind == PUPPET or (rule.startswith(_SCOPES) and not rule.startswith(_NEED_THE_CALL))


def run(
    remote: Remote,
    wanted: Callable[[str], bool] = lambda rule: True,
    progress: Callable[[str], None] | None = None,
) -> Probed:
    """Play all. wanted: whether a rule is asked for. progress: is called with the name of each case.

    Raises ProbeError if nothing that is known answers there, also in the middle.
    """
    began = time.monotonic()
    done = Probed(remote.recognise())
    tell = progress or (lambda name: None)
    try:
        _scenarios(remote, done, wanted, tell)
        if remote.kind == CONTRACT:
            _contract(remote, done, tell)
    except Spent:
        done.left_out.append(
            f"the set was not played to its end: --count {remote.count} connections were made"
        )
    except KeyboardInterrupt:
        done.interrupted = True
    done.connections, done.seconds = remote.used, time.monotonic() - began
    return done


def _scenarios(
    remote: Remote, done: Probed, wanted: Callable[[str], bool], tell: Callable[[str], None]
) -> None:
    told: set[str] = set()
    for name, scenario in cases(remote.kind, remote.place.prefix, remote.place.header).items():
        tell(name)
        stable, flaky, exercised = again(remote, scenario)
        done.played += 1
        done.exercised |= {
            id
            for id, rule in CATALOGUE.items()
            if rule.bit & exercised and counts(id, done.kind, remote.place.remote) and wanted(id)
        }
        for found in (*stable, *flaky):
            rule = found.finding.rule.id
            if counts(rule, done.kind, remote.place.remote) and wanted(rule) and rule not in told:
                told.add(rule)
                (done.findings if found.stable else done.flaky).append(found)


def _contract(remote: Remote, done: Probed, tell: Callable[[str], None]) -> None:
    for name, endpoint, asked, promise in contract.rows():
        tell(name)
        try:
            done.contract[name] = contract.play(remote, endpoint, asked, promise)
        except OSError as error:
            raise ProbeError(f"{remote.place.url}: no connection any more: {error}") from None
        done.played += 1
