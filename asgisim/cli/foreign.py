"""``--python PATH``: run the campaign in another environment's interpreter, and read its outcome here.

asgisim is not installed there and need not be: the child is given the folder of this very package,
whose in-process side wants nothing but the standard library. Any version of any framework can so be
tested without its pins meeting ours.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import asgisim
from asgisim.cli.campaigning import Done, Order
from asgisim.cli.foreign_child import BOOT, done_from_json
from asgisim.fuzz.campaign import Progress
from asgisim.fuzz.findings import Campaign
from asgisim.target import TargetError

PATIENCE = 10.0  # seconds that an interrupted child gets to tell what it has found
GRACE = 60.0  # seconds beyond max_time after which a silent child is taken for stuck
_TAIL = 20  # lines of the child's standard error that an error shows
_LINES_KEPT = 200
_children: set[subprocess.Popen[str]] = set()
_OURS = ("PYTHONHOME", "VIRTUAL_ENV")  # of this environment, and wrong in the other


def run(python: str, order: Order, progress: Progress | None = None, folder: str | None = None) -> Done:
    """Run an order under another interpreter, in `folder` (the current one by default).

    progress: as in process, but the campaign that it gets knows examples and seconds only. Ctrl-C ends
    it early with what was found so far. Raises TargetError if the interpreter does not start, the app
    does not import there, or the child dies; the message then ends with what it wrote last.
    """
    with _child(python, folder) as (process, tail):
        _give(process, order)
        guard = threading.Timer(order.max_time + GRACE, _kill, [process])
        guard.daemon = True
        guard.start()
        listener = _Listener(process, progress)
        try:
            result = listener.listen()
        finally:
            guard.cancel()
        if result is None:
            status = process.wait()
            tail.done.wait(1)
            raise TargetError(_obituary(python, status, listener.examples, tail.lines))
        return done_from_json(result)


def interrupt() -> None:
    """Ask every child that runs to tell what it has; for those in threads, which never get a Ctrl-C."""
    for process in list(_children):
        _ask(process)


def _ask(process: subprocess.Popen[str]) -> threading.Timer:
    """Hand a Ctrl-C on. The child is killed if it does not end in time."""
    patience = threading.Timer(PATIENCE, _kill, [process])
    patience.daemon = True
    patience.start()
    process.send_signal(signal.SIGINT)
    return patience


class _Tail:
    """The last lines of a stream, read in a thread."""

    def __init__(self, stream: IO[str]) -> None:
        self.lines: list[str] = []
        self.done = threading.Event()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: IO[str]) -> None:
        try:
            for line in stream:
                self.lines.append(line.rstrip("\n"))
                del self.lines[:-_LINES_KEPT]
        except ValueError:  # closed by the other thread
            pass
        self.done.set()


@contextmanager
def _child(python: str, folder: str | None) -> Iterator[tuple[subprocess.Popen[str], _Tail]]:
    ours = str(Path(asgisim.__file__).parent.resolve())
    try:
        process = subprocess.Popen(
            [python, "-c", BOOT, ours],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={key: value for key, value in os.environ.items() if key not in _OURS},
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            start_new_session=True,  # Ctrl-C comes to us alone, and we hand it on
        )
    except OSError as error:
        raise TargetError(f"--python: expected an interpreter, but {python}: {error.strerror}") from None
    assert process.stderr is not None
    tail = _Tail(process.stderr)
    _children.add(process)
    try:
        yield process, tail
    finally:
        _children.discard(process)
        _kill(process)
        process.wait()
        tail.done.wait(1)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass


def _give(process: subprocess.Popen[str], order: Order) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(asdict(order)) + "\n")
        process.stdin.flush()
    except BrokenPipeError:
        pass  # it died at once: its last words tell how


class _Listener:
    """Reads the child's answers; the first Ctrl-C is handed on to it, a second one gets out."""

    def __init__(self, process: subprocess.Popen[str], progress: Progress | None) -> None:
        self.process = process
        self.progress = progress
        self.examples = 0
        self.result: dict[str, Any] | None = None
        self.patience: threading.Timer | None = None

    def listen(self) -> dict[str, Any] | None:
        """What came of it as plain data, or None if the child died. Raises TargetError for what it tells."""
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
        kind = line["kind"]
        if kind == "progress":
            self.examples = line["examples"]
            if self.progress is not None:
                now = {key: line[key] for key in ("examples", "seconds", "so_far")}
                self.progress(Campaign(**now))
        elif kind == "error":
            raise TargetError(line["message"])
        elif kind == "done":
            self.result = line

    def _hand_on(self) -> None:
        if self.patience is not None:
            raise KeyboardInterrupt
        self.patience = _ask(self.process)


def _kill(process: subprocess.Popen[str]) -> None:
    """The child and, if it has a session of its own, whatever the app has started in it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()


def _obituary(python: str, status: int, examples: int, tail: list[str]) -> str:
    how = f"ended by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    text = f"--python: {python} did not finish"
    if examples or status < 0:
        text += f" ({how}, after {examples} examples)"
    if not tail:
        return f"{text}: it said nothing"
    if len(tail) == 1:
        return f"{text}: {tail[0][:300]}"
    return f"{text}; the last it wrote:\n" + "\n".join(f"    {line[:300]}" for line in tail[-_TAIL:])
