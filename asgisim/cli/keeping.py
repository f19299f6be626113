"""Seeds of findings, written while a campaign runs: what was found outlives a process that is killed.

Standard library only: with ``--python`` it runs under the interpreter of another environment.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Collection, Iterable

from asgisim.fuzz.findings import Found
from asgisim.judge import is_fault
from asgisim.model import seeds


def path_of(folder: str, id: str) -> str:
    """The file of a finding's seed."""
    return os.path.join(folder, f"{id}{seeds.SUFFIX}")


def again(path: str) -> str:
    """The command that runs a seed again."""
    return f"asgisim replay {shlex.quote(path)}"


def seed_of(found: Found, target: str) -> seeds.Seed:
    """A seed that expects what is right: it fails until the app is mended, then guards it."""
    note = f"found by asgisim: {found.finding.line()}"
    return seeds.Seed(found.scenario, target, (), note, found.finding.rule.id)


class Keeper:
    """Keeps one seed file for each finding of a campaign; it is what `fuzz` takes as ``keep``.

    folder: where they go. known: how the findings of a baseline are known again (see `identity_of`): these
    get no file. A file is whole at every moment: that of a smaller witness is there before the one it
    replaces goes.
    """

    def __init__(self, folder: str, target: str, known: Collection[tuple[str, ...]] = ()) -> None:
        self.folder = folder
        self.target = target
        self.known = frozenset(known)
        self.files: dict[int, str] = {}  # by the identity of the Found
        self.made: set[str] = set()  # that were not there before

    def __call__(self, found: Found, stands: bool) -> None:
        """A finding as it is now, or one that does not stand.

        What cannot be written now is tried once more at the end, by whoever writes the report: a disk that is
        full does not end the campaign.
        """
        with contextlib.suppress(OSError):
            self._keep(found, stands)

    def _keep(self, found: Found, stands: bool) -> None:
        before = self.files.pop(id(found), None)
        if stands and is_fault(found.finding) and not identity_of(found, self.target) & self.known:
            path = path_of(self.folder, found.id(self.target))
            # Another run may keep the same seed in this folder: whoever has made a file removes it.
            if seeds.write_new(path, seed_of(found, self.target)):
                self.made.add(path)
            self.files[id(found)] = path
        if before is not None and before not in self.files.values():
            self.drop(before)

    def drop(self, path: str) -> None:
        """Remove a file, if it was made here."""
        if path in self.made:
            self.made.discard(path)
            clear([path])

    def settle(self, findings: Collection[Found]) -> None:
        """The campaign is over and this is what it tells: nothing else stays."""
        final = {path_of(self.folder, found.id(self.target)) for found in findings}
        for path in self.made - final:
            self.drop(path)


def clear(paths: Iterable[str], kept: Collection[str] = ()) -> None:
    """Remove what was written for findings that others have told, but for the files that are kept."""
    for path in set(paths) - set(kept):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def identity(id: str, rule: str, party: str, protocol: str, message: str) -> set[tuple[str, ...]]:
    """By what a finding is known again: its id, or rule, party, protocol and message."""
    return {(id,), (rule, party, protocol, message)}


def identity_of(found: Found, target: str) -> set[tuple[str, ...]]:
    """The same of a finding as a campaign has it."""
    one = found.finding
    return identity(found.id(target), one.rule.id, one.party.value, found.protocol, one.detail)
