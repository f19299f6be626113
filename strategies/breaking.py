"""Strategies for peers that break one rule, and nothing else.

They are read off the example traces: what the server gives becomes a scenario whose events are forced,
what the app does becomes an application script.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from asgisim.examples import EXAMPLES
from asgisim.model import trace as t
from asgisim.model.scenario import Act, Exchange, Options, Scenario
from asgisim.model.trace import Trace
from asgisim.reference.scripted import FILE
from asgisim.space.applications import Script
from asgisim.space.scopes import fresh
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import Party
from asgisim.strategies.drawing import drawn

_PAUSES = frozenset(["blocked", "resumed"])
# The simulated server always begins with the right event, and knows by itself when to repeat the last.
_FIRST = {"websocket": "websocket.connect", "lifespan": "lifespan.startup"}


def breakable(party: str | None = None) -> list[str]:
    """The ids of the rules that `breaking` can break, sorted. party: "server" or "app" for theirs alone."""
    return sorted(
        rule_id
        for rule_id in EXAMPLES
        if rule_id in CATALOGUE and _made(rule_id) is not None and party in (None, party_of(rule_id))
    )


def party_of(rule_id: str) -> str:
    """Who breaks a rule in its example: by the rule, or for a rule on both by where the traces differ."""
    party = CATALOGUE[rule_id].party
    if party is not Party.BOTH:
        return party.value
    keeps, breaks = EXAMPLES[rule_id].keeps, EXAMPLES[rule_id].breaks
    for kind in (t.SEND, t.RETURN, t.RAISE):
        if [one.data for one in keeps if one.kind == kind] != [
            one.data for one in breaks if one.kind == kind
        ]:
            return Party.APP.value
    return Party.SERVER.value


def breaking(rule_id: str) -> st.SearchStrategy[Scenario] | st.SearchStrategy[Script]:
    """Peers that break one rule: scenarios for a rule on servers, application scripts for one on apps.

    Raises ValueError for a rule that does not exist or that no single peer can break in process.
    """
    if rule_id not in CATALOGUE:
        raise ValueError(f"there is no rule {rule_id!r}")
    made = _made(rule_id) if rule_id in EXAMPLES else None
    if made is None:
        raise ValueError(f"rule {rule_id} cannot be broken by a simulated server or a scripted app alone")
    if isinstance(made, Scenario):
        return drawn(lambda choose: _server(EXAMPLES[rule_id].breaks, choose(4)) or made)
    return drawn(lambda choose: [*([["sleep", 1]] if choose(2) else []), *fresh(made)])


def _made(rule_id: str) -> Scenario | Script | None:
    breaks = EXAMPLES[rule_id].breaks
    return _server(breaks) if party_of(rule_id) == "server" else _app(breaks)


def _server(breaks: Trace, passes: int = 0) -> Scenario | None:
    """The server's side of a trace as a scenario; None if the simulated server cannot be made to do it."""
    scope = breaks.steps[0].data
    if not isinstance(scope, dict):
        return None
    received = [one.data for one in breaks if one.kind == t.RECEIVE]
    first = _FIRST.get(str(scope.get("type")))
    if first is not None and (not received or not _is(received[0], first)):
        return None
    script: list[Act] = []
    sends = 0
    begun = False
    ended = False
    for one in breaks.steps[1:]:
        if one.kind == t.SEND:
            sends += 1
            continue
        if one.kind == t.RECEIVE and ended:
            return None  # nothing is received once the call has ended
        if one.kind == t.RECEIVE:
            act = "event" if first is not None and not begun else "force"
            begun = True
            script.append(Act(*_gate(sends), act, fresh(one.data)))
        elif one.kind == t.LEFT:
            script.append(
                Act(*_gate(sends), "disconnect", None if one.data in ("closed", "lost") else one.data)
            )
        else:
            ended = ended or one.kind in (t.RETURN, t.RAISE)
            continue
        sends = 0
    return Scenario([Exchange(fresh(scope), script, Options(passes=passes))])


def _gate(sends: int) -> tuple[str, int]:
    return ("send", sends) if sends else ("recv", 0)


def _is(event: object, kind: str) -> bool:
    return isinstance(event, dict) and event.get("type") == kind


def _app(breaks: Trace) -> Script | None:
    """The app's side of a trace as a script; None if it is not the steps that break the rule."""
    script: Script = []
    waiting = False
    for one in breaks.steps[1:]:
        if one.kind in (t.RECEIVE, t.WAIT):
            if not waiting:  # else this event is what the last receive waited for
                script.append(["receive"])
            waiting = one.kind == t.WAIT
        elif one.kind == t.SEND:
            event = _portable(one.data)
            if event is None:
                return None
            script.append(["send", event])
        elif one.kind == t.SENT and str(one.data) not in _PAUSES:
            script[-1][0] = "try"
        elif one.kind == t.RAISE:
            script.append(["raise", str(one.data.get("text", ""))])
        elif one.kind == t.FACT or (one.kind == t.RETURN and one.data is not None):
            return None
    return script


def _portable(event: Any) -> Any:
    """The event with its file named, since a script is plain data; None for a file left open."""
    if not isinstance(event, dict) or isinstance(event.get("file", b""), bytes):
        return event
    if not getattr(event["file"], "closed", True):
        return None
    return {**event, "file": FILE}
