"""Equal things must be treated equally: one exchange in two spellings that mean the same.

About thirty demands say that a missing key means its default, that a body may be cut anywhere, that
unknown keys are put up with. No single run can show that they hold. Here a plain exchange is run, then
the same in another spelling, and what came of the two is compared.

False alarms cost more than misses, so what is compared is only what no honest app makes depend on the
spelling: how the call ended, the status, whether a socket was accepted, its close code. An app that
reports its scope or the events it got legitimately answers with another body; bodies and messages are
therefore only searched for what the client sent: an app that gives it back in one spelling and has
lost it in the other has lost data. The plain exchange is run twice first, and what differs between
those two is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from asgisim.model import trace as t
from asgisim.model.scenario import Exchange, Options, Scenario
from asgisim.model.trace import Trace
from asgisim.space import scripts
from asgisim.space.respellings import ANSWER, DATA, ENDS, FATE, RESPELLINGS, START, Respelling
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import Rule

Run = Callable[[Scenario], Trace]

_STUCK = frozenset(
    f"robust.{name}"
    for name in ("hang", "no-answer", "spin", "flood", "blocked-loop", "thread-stuck", "exit")
)


@dataclass(slots=True)
class Outcome:
    """What came of one exchange, as its client sees it.

    ended: "returned", "raised ValueError", "cancelled", or the id of the rule when it hung; empty if the
    exchange never began. status: of the response or the denial, None if none began. complete: the
    response was ended. headers: sorted, with duplicates. messages: WebSocket messages sent. accepted,
    close: the answer to connect, and the code of the app's own close. lifespan: its answers in order.
    gave_up: the server's own error ended the call: where threads work, the client may have left before.
    """

    ended: str = ""
    status: Any = None
    complete: bool = False
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    messages: tuple[Any, ...] = ()
    accepted: bool = False
    close: Any = None
    lifespan: tuple[str, ...] = ()
    gave_up: bool = False

    @property
    def good(self) -> bool:
        """Whether there is something to compare with: the app took the exchange and dealt with it."""
        if self.ended != "returned":
            return False
        if self.lifespan:
            return not any(answer.endswith("failed") for answer in self.lifespan)
        if isinstance(self.status, int):
            return self.status < 500
        return self.accepted or self.close is not None


def outcome(trace: Trace, exchange: int) -> Outcome:
    """What came of one exchange of a trace."""
    seen = Outcome()
    parts: list[bytes] = []
    messages: list[Any] = []
    answers: list[str] = []
    stuck = ""
    for one in trace:
        if one.exchange != exchange:
            continue
        if one.kind == t.SEND and isinstance(one.data, dict):
            _read(seen, one.data, parts, messages, answers)
        elif one.kind == t.RETURN:
            seen.ended = seen.ended or "returned"
        elif one.kind == t.RAISE:
            seen.ended = seen.ended or f"raised {one.data.get('type')}"
            seen.gave_up = bool(one.data.get("own"))
        elif one.kind == t.CANCEL:
            seen.ended = "cancelled"
        elif one.kind == t.FACT and one.data.get("rule") in _STUCK:
            stuck = one.data["rule"]
    seen.ended = stuck or seen.ended
    seen.body = b"".join(parts)
    seen.messages, seen.lifespan = tuple(messages), tuple(answers)
    return seen


def _read(
    seen: Outcome, event: dict[str, Any], parts: list[bytes], messages: list[Any], answers: list[str]
) -> None:
    kind = str(event.get("type"))
    if kind.endswith("response.start") and seen.status is None:
        seen.status = event.get("status")
        seen.headers = _lines(event.get("headers"))
    elif kind.endswith("response.body"):
        body = event.get("body", b"")
        if isinstance(body, bytes):
            parts.append(body)
        seen.complete = seen.complete or not event.get("more_body", False)
    elif kind.endswith(("response.pathsend", "response.zerocopysend")):
        seen.complete = seen.complete or not event.get("more_body", False)
    elif kind == "websocket.accept":
        seen.accepted = True
    elif kind == "websocket.send":
        text = event.get("text")
        messages.append(text if text is not None else event.get("bytes"))
    elif kind == "websocket.close" and seen.close is None:
        seen.close = event.get("code", 1000)
    elif kind.startswith("lifespan."):
        answers.append(kind)


def _lines(headers: Any) -> tuple[tuple[bytes, bytes], ...]:
    items = getattr(headers, "items", headers)  # a codec.OneShot has its items told
    if not isinstance(items, list | tuple):
        return ()
    pairs = [tuple(pair) for pair in items if isinstance(pair, list | tuple) and len(pair) == 2]
    return tuple(sorted(pair for pair in pairs if all(isinstance(part, bytes) for part in pair)))


@dataclass(slots=True)
class Comparison:
    """One respelling tried on one exchange.

    scenario, trace: the odd spelling and its run. runs: how many runs it took. details: what differs
    though it must not, empty if nothing. left_out: what was not compared and why, or an empty str.
    """

    rule: Rule
    scenario: Scenario
    trace: Trace
    runs: int
    details: list[str] = field(default_factory=list)
    left_out: str = ""


def compare(run: Run, base: Scenario, rows: Sequence[Respelling] | None = None) -> Iterator[Comparison]:
    """Try every respelling that fits the last exchange of a scenario; only a leading lifespan may precede it.

    rows: these respellings alone.

    Nothing is compared, and one Comparison of ``equal.repeat`` says so, if the exchange gives another
    status or ends otherwise when it is simply run again, or if it does not go well to begin with.
    """
    index = len(base.exchanges) - 1
    if index > 1 or (index == 1 and base.exchanges[0].protocol != "lifespan"):
        return
    last = base.exchanges[-1]
    if last.protocol not in RESPELLINGS or not calm(last):
        return
    first_trace = run(base)
    first, second = outcome(first_trace, index), outcome(run(base), index)
    repeat = Comparison(CATALOGUE["equal.repeat"], base, first_trace, 2)
    details = differences(first, second, ANSWER)
    if details:
        repeat.details = [f"the second time: {detail}" for detail in details]
        repeat.left_out = f"{_name(last)} differs from run to run: equal spellings were not compared"
    elif last.protocol == "lifespan" and not first.lifespan:
        repeat.left_out = "the app takes no part in lifespan: equal spellings of it were not compared"
    elif "raised" in first.ended:  # a finding of its own; other forms of the same request may go well
        repeat.left_out = f"{_name(last)} raises in some forms: equal spellings of these were not compared"
    elif not first.good:
        repeat.left_out = (
            f"{_name(last)} gives no good answer ({_tell(first)}): equal spellings were not compared"
        )
    yield repeat
    if repeat.left_out:
        return
    broken: set[str] = set()
    known = [(last, first)]
    for respelling in RESPELLINGS[last.protocol] if rows is None else rows:
        rule = CATALOGUE.get(respelling.rule_id)
        if rule is None or not respelling.applies(last) or broken & _SHOWN_BY.get(rule.id, set()):
            continue
        comparison = _try(run, base, respelling, rule, known)
        if comparison.details:
            broken.add(rule.id)
        yield comparison


# An app that stops at the first piece also loses the second: one mistake, one finding.
_SHOWN_BY = {"http.request.body.concatenated": {"http.request.more-body.wait"}}


def again(run: Run, odd: Scenario, rule_id: str) -> Iterator[Comparison]:
    """Try one rule's respellings on a scenario that a Comparison gave: what a seed file holds is that one."""
    rule, last = CATALOGUE.get(rule_id), odd.exchanges[-1]
    for respelling in RESPELLINGS.get(last.protocol, ()):
        if rule is not None and respelling.rule_id == rule_id:
            yield _try(run, odd, respelling, rule, [])


def _try(
    run: Run, base: Scenario, respelling: Respelling, rule: Rule, known: list[tuple[Exchange, Outcome]]
) -> Comparison:
    """Run both spellings; what differs must differ again when both are run once more.

    known: what came of normal spellings before; those are not run a second time, but for a difference.
    """
    index = len(base.exchanges) - 1
    plain = _respelled(base, respelling, odd=False)
    odd = _respelled(base, respelling, odd=True)
    sent = _sent(plain.exchanges[-1])
    usual = next((seen for exchange, seen in known if exchange == plain.exchanges[-1]), None)
    runs = 1
    if usual is None:
        runs = 2
        usual = outcome(run(plain), index)
        known.append((plain.exchanges[-1], usual))
    trace = run(odd)
    details = differences(usual, outcome(trace, index), respelling.looks, sent)
    result = Comparison(rule, odd, trace, runs)
    if details:
        usual, result.trace = outcome(run(plain), index), run(odd)
        again = differences(usual, outcome(result.trace, index), respelling.looks, sent)
        result.runs = runs + 2
        result.details = [f"{respelling.name}: {detail}" for detail in details if detail in again]
        if not result.details:
            result.left_out = f"{_name(base.exchanges[-1])}: what {respelling.name} changes is not stable"
    return result


def _respelled(base: Scenario, respelling: Respelling, *, odd: bool) -> Scenario:
    exchanges = [copied(exchange) for exchange in base.exchanges]
    last = exchanges[-1]
    if respelling.normal is not None:
        respelling.normal(last)
    if odd:
        respelling.respell(last)
        if respelling.rule_id.endswith("scope.state.optional"):
            # A server that offers no state offers none to the lifespan either.
            for exchange in exchanges:
                exchange.scope.pop("state", None)
    return Scenario(exchanges)


def copied(exchange: Exchange) -> Exchange:
    """A copy whose keys and steps are its own; respellings put new values in and alter none."""
    options = exchange.options
    return Exchange(
        dict(exchange.scope),
        list(exchange.script),
        Options(options.late_send, options.passes, options.start),
    )


def calm(exchange: Exchange) -> bool:
    """Whether nothing happens but events, and a client that leaves when all is quiet.

    A fault in the midst of things falls elsewhere when a spelling changes the number of steps.
    """
    for act in exchange.script:
        if act.act == "event":
            if act.gate not in ("recv", "send", "idle"):
                return False
        elif act.act not in ("disconnect", "shutdown") or act.gate != "idle":
            return False
    return True


def _sent(exchange: Exchange) -> tuple[str | bytes, ...]:
    """What the client says, whole: its body, or its messages."""
    if exchange.protocol == "http":
        return (scripts.body_of(exchange.script),)
    found = []
    for act in exchange.script:
        if scripts.is_message(act):
            text = act.arg.get("text")
            found.append(text if text is not None else act.arg.get("bytes") or b"")
    return tuple(found)


def differences(
    plain: Outcome, odd: Outcome, looks: str = DATA, sent: tuple[str | bytes, ...] = ()
) -> list[str]:
    """What differs between two outcomes that should be equal, one sentence each.

    looks: ENDS, FATE, START, ANSWER or DATA. sent: what the client said, looked for in what came back.
    """
    if not plain.good or not odd.ended or odd.gave_up:
        return []
    if looks == ENDS:
        return [f"{_tell(odd)}, otherwise {_tell(plain)}"] if odd.ended in _STUCK else []
    if looks == START and odd.lifespan[-1:] == ("lifespan.startup.failed",):
        return []  # an app that cannot do without may say so: the text only lets servers leave the state out
    if looks in (FATE, START):
        return [] if odd.good else [f"{_tell(odd)}, otherwise {_tell(plain)}"]
    same = (plain.ended, plain.status, plain.accepted, plain.close, plain.complete, plain.lifespan)
    if (odd.ended, odd.status, odd.accepted, odd.close, odd.complete, odd.lifespan) != same:
        return [f"{_tell(odd)}, otherwise {_tell(plain)}"]
    if looks == ANSWER:
        return []
    found = []
    for said in sent:
        if isinstance(said, bytes) and said and said in plain.body and not _keeps(odd.body, said):
            found.append(f"the answer lacks {said[:40]!r}, which it otherwise gives back")
        elif said and said in plain.messages and not any(_holds(one, said) for one in odd.messages):
            found.append(f"no message gives back {said[:40]!r}, as otherwise one does")
    return found


def _keeps(answer: bytes, said: bytes) -> bool:
    """Whether all of what was said is still there, in order: a list of its parts keeps it as well."""
    place = 0
    for code in said:
        place = answer.find(code, place) + 1
        if not place:
            return False
    return True


def _holds(message: Any, said: str | bytes) -> bool:
    if isinstance(said, str):
        return isinstance(message, str) and said in message
    return isinstance(message, bytes) and said in message


def _tell(seen: Outcome) -> str:
    """An outcome in a few words."""
    words = []
    if seen.status is not None:
        words.append(f"status {seen.status}" + ("" if seen.complete else ", not completed"))
    if seen.accepted:
        words.append("accepted")
    if seen.close is not None:
        words.append(f"{'closed' if seen.accepted else 'refused'} with {seen.close}")
    words.extend(answer.removeprefix("lifespan.") for answer in seen.lifespan)
    if seen.ended != "returned" or not words:
        words.append(
            f"the call {seen.ended}" if " " in seen.ended else seen.ended or "the call did not begin"
        )
    return ", ".join(words)


def _name(exchange: Exchange) -> str:
    scope = exchange.scope
    if exchange.protocol == "http":
        return f"{scope.get('method')} {scope.get('path')}"
    return f"{exchange.protocol} {scope.get('path', '')}".rstrip()
