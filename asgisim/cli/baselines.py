"""Findings that are accepted: the file of ``--baseline``, brought up to date and rid of what has gone.

The file is a list of findings, as short as it can be; a JSON report of a run is read as well.

    {"baseline": 1, "findings": [{"target", "rule", "party", "protocol", "message", "id"}]}
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from asgisim import files
from asgisim.cli.keeping import identity
from asgisim.cli.reporting import asked_for
from asgisim.cli.status import UsageError
from asgisim.model import seeds
from asgisim.report.model import Item, Run
from asgisim.spec import CATALOGUE

FORMAT = 1
MAX = 256 << 20  # bytes: a report of many findings is large
_KEYS = ("target", "rule", "party", "protocol", "message", "id")

Identity = set[tuple[str, ...]]


def of(item: Item) -> Identity:
    """By what a finding of a run is known again."""
    return identity(item.id, item.rule.id, item.party, item.protocol, item.message)


def part(run: Run, known: Identity) -> None:
    """Set the findings of a run apart that are known already."""
    run.known = [item for item in run.findings if of(item) & known]
    run.findings = [item for item in run.findings if not of(item) & known]


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted finding. target: of the run that found it; empty if the file does not say."""

    target: str
    rule: str
    party: str
    protocol: str
    message: str
    id: str

    @property
    def identity(self) -> Identity:
        """By what it is known again."""
        return identity(self.id, self.rule, self.party, self.protocol, self.message)

    @classmethod
    def of(cls, item: Item, target: str) -> Entry:
        """What a run has found."""
        return cls(target, item.rule.id, item.party, item.protocol, item.message, item.id)


@dataclass(slots=True)
class Baseline:
    """The accepted findings, and what is to be done with the file: update takes new ones in, prune drops."""

    path: str = ""
    entries: list[Entry] = field(default_factory=list)
    update: bool = False
    prune: bool = False

    @property
    def known(self) -> Identity:
        """By what each of its findings is known again."""
        return {key for one in self.entries for key in one.identity}

    def settle(self, runs: Sequence[Run], options: argparse.Namespace) -> list[str]:
        """After the runs: bring the file up to date where that is asked for. Returns what is to be said.

        New findings that were taken in are known from now on. Raises UsageError if the file
        cannot be written.
        """
        said: list[str] = []
        if not self.path:
            return said
        gone = self._gone(runs, options)
        kept = [one for one in self.entries if not (self.prune and one in gone)]
        new = (
            [Entry.of(item, run.target.name) for run in runs for item in run.findings] if self.update else []
        )
        if self.update:
            for run in runs:
                run.known, run.findings = [*run.known, *run.findings], []
        if self.update or (self.prune and gone):
            self._write([*kept, *new])
        if new or self.update:
            said.append(f"{_findings(len(new))} taken into {self.path}.")
        if gone and self.prune:
            said.append(f"{_findings(len(gone))} no longer found, dropped from {self.path}.")
        elif gone:
            said.append(
                f"{_findings(len(gone))} of {self.path} no longer found; --baseline-prune drops them:"
            )
            said += [f"  {one.rule}: {one.message}" for one in gone]
        return said

    def _gone(self, runs: Sequence[Run], options: argparse.Namespace) -> list[Entry]:
        """Those that these runs looked for and did not find."""
        settings = asked_for(options)
        whole = {run.target.name for run in runs if not run.interrupted}
        found = {key for run in runs for item in (*run.known, *run.findings, *run.flaky) for key in of(item)}
        return [
            one
            for one in self.entries
            if one.target in whole
            and not one.identity & found
            and (one.rule not in CATALOGUE or settings.wants(one.rule, CATALOGUE[one.rule].level))
            and (not options.protocol or one.protocol in options.protocol)
        ]

    def _write(self, entries: Iterable[Entry]) -> None:
        ordered = sorted(dict.fromkeys(entries), key=lambda one: (one.target, one.rule, one.message, one.id))
        data = [{key: getattr(one, key) for key in _KEYS} for one in ordered]
        try:
            files.write_text(self.path, seeds.printed({"baseline": FORMAT, "findings": data}))
        except OSError as error:
            raise UsageError(f"--baseline: {self.path} cannot be written: {error.strerror}") from None


def _findings(count: int) -> str:
    return f"{count} finding{'' if count == 1 else 's'}"


def read(options: argparse.Namespace) -> Baseline:
    """The file of --baseline; one that is to be made need not be there yet. Raises UsageError."""
    update, prune = options.baseline_update, options.baseline_prune
    if options.baseline is None:
        if update or prune:
            name = "--baseline-update" if update else "--baseline-prune"
            raise UsageError(f"{name}: expected --baseline FILE beside it")
        return Baseline()
    missing = update and not os.path.lexists(options.baseline)
    return Baseline(options.baseline, [] if missing else entries(options.baseline), update, prune)


def entries(path: str) -> list[Entry]:
    """The findings of a baseline, or of a JSON report. Raises UsageError for any other file."""
    try:
        data = json.loads(files.read_text(path, MAX))
        runs = data.get("runs", [data])
        return [
            Entry(_target(run, one), *(_text(one[key]) for key in _KEYS[1:]))
            for run in runs
            for one in [*run["findings"], *run.get("known", ())]
        ]
    except OSError as error:
        raise UsageError(f"--baseline: {path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UsageError(
            f"--baseline: expected a JSON report in {path}; write one with --format json --output {path}"
        ) from None


def _target(run: dict[str, Any], one: dict[str, Any]) -> str:
    if "target" in one:
        return _text(one["target"])
    told = run.get("target")
    parts = [told.get("app"), told.get("server")] if isinstance(told, dict) else []
    return " behind ".join(part for part in parts if isinstance(part, str))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
