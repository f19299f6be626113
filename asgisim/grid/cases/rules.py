"""The rules of asgisim on all that crossed the app's boundary in a cell: scopes, events, their order, the ends.

Each case stands for a group of rules and one party, and looks at every call of the cell, so that what no other
case asks for is seen as well.
"""

from __future__ import annotations

from collections.abc import Callable

from asgisim.grid.cases.table import Table
from asgisim.grid.driver import Driver
from asgisim.grid.exchange import Call
from asgisim.grid.findings import Findings
from asgisim.judge import Finding

TABLE = Table("rules", "")
SHOWN = 3  # findings in a message

# name: the party, the prefixes of rules, what the group is
GROUPS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "server-http-scope": ("server", ("http.scope",), "The server's scopes of requests keep every rule."),
    "server-http-events": (
        "server",
        ("http.request", "http.disconnect", "http.receive"),
        "The events of requests keep every rule.",
    ),
    "server-websocket-scope": (
        "server",
        ("websocket.scope",),
        "The server's scopes of WebSockets keep every rule.",
    ),
    "server-websocket-events": (
        "server",
        ("websocket.",),
        "The server's events of WebSockets keep every rule.",
    ),
    "server-lifespan": ("server", ("lifespan",), "The server's side of the lifespan keeps every rule."),
    "server-common": ("server", ("",), "All other rules for servers are kept."),
    "app-response-start": (
        "app",
        ("http.response.start",),
        "The framework's response starts keep every rule.",
    ),
    "app-response-body": ("app", ("http.response.body",), "The framework's response bodies keep every rule."),
    "app-http": ("app", ("http.",), "The framework's other doings in a request keep every rule."),
    "app-websocket": ("app", ("websocket.",), "The framework's events of WebSockets keep every rule."),
    "app-lifespan": ("app", ("lifespan",), "The framework's side of the lifespan keeps every rule."),
    "app-extensions": ("app", ("ext.",), "The framework's use of extensions keeps every rule."),
    "app-robust": (
        "app",
        ("robust.",),
        "The framework neither floods nor, as far as can be seen in process, hangs or leaks.",
    ),
    "app-common": ("app", ("",), "All other rules for apps are kept."),
}


def group_of(finding: Finding) -> str:
    """The first group that a finding belongs to."""
    return next(
        name
        for name, (party, prefixes, _) in GROUPS.items()
        if party == finding.party.value and finding.rule.id.startswith(prefixes)
    )


def found(driver: Driver, name: str) -> list[tuple[Call, Finding]]:
    """The findings of a group in all calls, those left out that follow from another one."""
    return [
        (call, one)
        for call in driver.everything()
        if call.number not in driver.odd and not (name.startswith("app-") and _asked(call))
        for one in _findings(driver, call)
        if one.caused_by is None and group_of(one) == name
        # Behind a server, exceptions may be the server's answer to what another group tells of.
        if name != "app-robust" or driver.in_process or (one.rule.id == "robust.flood" and not _streams(call))
    ]


# Endpoints that fail because they are told to.
ASKED = frozenset(
    {"/raise", "/raise-mid-stream", "/ws/return", "/ws/raise-before-accept", "/ws/raise-after-accept"}
)


def _findings(driver: Driver, call: Call) -> list[Finding]:
    """The findings of a call that has ended with its server: judged once for all groups."""
    if call.number not in driver.judged:
        driver.judged[call.number] = call.findings()
    return driver.judged[call.number]


def _asked(call: Call) -> bool:
    path = str(call.scope.get("path"))
    return path in ASKED or path.startswith("/status/5")


def _streams(call: Call) -> bool:
    """Whether it is one without an end: whether that stops is for other cases to tell."""
    return str(call.scope.get("path")) in ("/endless", "/ws/endless")


def kept(name: str) -> Callable[[Driver], str | None]:
    """The case of a group."""

    def do(driver: Driver) -> None:
        seen = found(driver, name)
        if not seen:
            return
        first: dict[str, tuple[Call, Finding]] = {}
        counts: dict[str, int] = {}
        for call, one in seen:
            first.setdefault(one.rule.id, (call, one))
            counts[one.rule.id] = counts.get(one.rule.id, 0) + 1
        party = GROUPS[name][0]
        lines = [f"{one.line()} ({counts[rule]} times)" for rule, (_, one) in list(first.items())[:SHOWN]]
        call = next(iter(first.values()))[0]
        moments = list(call.moments(call.steps[0][0]))
        raise Findings("; ".join(lines), [f"{party} {rule}" for rule in sorted(first)], moments)

    return do


for name, (party, _, sentence) in GROUPS.items():
    where = "sockets" if party == "server" else "both"
    TABLE.add(name, sentence, kept(name), where=where, after=True)
