"""``--python PATH``: run the campaign in another environment's interpreter, and read its outcome here.

asgisim is not installed there and need not be: the worker is given the folder of this very package,
whose in-process side wants nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import asgisim
from asgisim.fuzz.findings import Campaign
from asgisim.fuzz.worker import BOOT, Order, campaign_from_json, routes_from_json
from asgisim.space import Route

PATIENCE = 10.0  # seconds that an interrupted worker gets to tell what it has found
GRACE = 60.0  # seconds beyond max_time after which a silent worker is taken for stuck
_TAIL = 20  # lines of the worker's standard error that an error shows
_LINES_KEPT = 200

Progress = Callable[[int, float], None]


class RemoteError(Exception):
    """The other interpreter could not do its job; the message is for the user."""


@dataclass(slots=True)
class Remote:
    """The outcome, and what the other interpreter said of the app."""

    campaign: Campaign
    file: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)


def fuzz_remote(python: str, order: Order, progress: Progress | None = None) -> Remote:
    """Run a campaign under another interpreter; `progress` gets examples and seconds now and then.

    Ctrl-C ends it early with what was found so far, as in process. Raises RemoteError if the interpreter
    does not start, the app does not import there, or the worker dies; the message ends with what it
    wrote to standard error.
    """
    with _worker(python) as (process, tail):
        _give(process, order)
        guard = threading.Timer(order.settings.max_time + GRACE, _kill, [process])
        guard.daemon = True
        guard.start()
        listener = _Listener(process, progress)
        try:
            result = listener.listen()
        finally:
            guard.cancel()
        if result is None:
            raise RemoteError(_obituary(python, process.wait(), listener.examples, tail))
        loaded = listener.loaded
        routes = routes_from_json(loaded["routes"])
        return Remote(campaign_from_json(result), loaded["file"], loaded["versions"], routes)


@contextmanager
def _worker(python: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    folder = str(Path(asgisim.__file__).parent)
    try:
        process = subprocess.Popen(
            [python, "-c", BOOT, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            start_new_session=True,  # Ctrl-C comes to us alone, and we hand it on
        )
    except OSError as error:
        raise RemoteError(f"cannot start {python}: {error.strerror}; --python names an interpreter") from None
    tail: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=_keep_tail, args=(process.stderr, tail), daemon=True)
    reader.start()
    try:
        yield process, tail
    finally:
        _kill(process)
        process.wait()
        reader.join(1)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _keep_tail(stream: IO[str], tail: list[str]) -> None:
    for line in stream:
        tail.append(line.rstrip("\n"))
        del tail[:-_LINES_KEPT]


def _give(process: subprocess.Popen[str], order: Order) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(order.to_json()) + "\n")
        process.stdin.flush()
    except BrokenPipeError:
        pass  # it died at once: reading its output tells how


class _Listener:
    """Reads the worker's answers; the first Ctrl-C is handed on to it, a second one gets out."""

    def __init__(self, process: subprocess.Popen[str], progress: Progress | None) -> None:
        self.process = process
        self.progress = progress
        self.loaded: dict[str, Any] = {}
        self.examples = 0
        self.result: dict[str, Any] | None = None
        self.patience: threading.Timer | None = None

    def listen(self) -> dict[str, Any] | None:
        """The campaign as plain data, or None if the worker died. Raises RemoteError for what it tells."""
        assert self.process.stdout is not None
        try:
            while self.result is None:
                try:
                    line = self.process.stdout.readline()
                    if not line:
                        break
                    self._take(json.loads(line))
                except KeyboardInterrupt:
                    self._hand_on()
        finally:
            if self.patience is not None:
                self.patience.cancel()
        if self.result is None and self.patience is not None:
            raise KeyboardInterrupt  # it was asked to tell what it has, and could not
        return self.result

    def _take(self, line: dict[str, Any]) -> None:
        if line["kind"] == "loaded":
            self.loaded = line
        elif line["kind"] == "progress":
            self.examples = line["examples"]
            if self.progress is not None:
                self.progress(self.examples, line["seconds"])
        elif line["kind"] == "error":
            raise RemoteError(line["message"])
        elif line["kind"] == "result":
            self.result = line["campaign"]

    def _hand_on(self) -> None:
        if self.patience is not None:
            raise KeyboardInterrupt
        self.patience = threading.Timer(PATIENCE, _kill, [self.process])
        self.patience.daemon = True
        self.patience.start()
        self.process.send_signal(signal.SIGINT)


def _kill(process: subprocess.Popen[str]) -> None:
    """The worker and whatever the app has started in its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _obituary(python: str, status: int, examples: int, tail: list[str]) -> str:
    if status < 0:
        how = f"was ended by signal {-status} ({signal.Signals(-status).name})"
    else:
        how = f"ended with status {status}"
    said = "\n".join(f"    {line}" for line in tail[-_TAIL:])
    text = f"the campaign under {python} {how} after {examples} examples"
    return f"{text}; the last it wrote:\n{said}" if said else f"{text} without a word"
