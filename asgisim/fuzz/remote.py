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
        try:
            return _listen(process, tail, python, progress)
        finally:
            guard.cancel()


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


def _listen(
    process: subprocess.Popen[str], tail: list[str], python: str, progress: Progress | None
) -> Remote:
    loaded: dict[str, Any] = {}
    examples = 0
    for line in _lines(process):
        if line["kind"] == "loaded":
            loaded = line
        elif line["kind"] == "progress":
            examples = line["examples"]
            if progress is not None:
                progress(examples, line["seconds"])
        elif line["kind"] == "error":
            raise RemoteError(line["message"])
        elif line["kind"] == "result":
            routes = routes_from_json(loaded["routes"])
            campaign = campaign_from_json(line["campaign"])
            return Remote(campaign, loaded["file"], loaded["versions"], routes)
    status = process.wait()
    raise RemoteError(_obituary(python, status, examples, tail))


def _lines(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """The worker's answers; the first Ctrl-C is handed on to it, a second one gets out."""
    assert process.stdout is not None
    patience: threading.Timer | None = None
    while True:
        try:
            line = process.stdout.readline()
        except KeyboardInterrupt:
            if patience is not None:
                raise
            patience = threading.Timer(PATIENCE, _kill, [process])
            patience.daemon = True
            patience.start()
            process.send_signal(signal.SIGINT)
            continue
        if not line:
            break
        yield json.loads(line)
    if patience is not None:
        patience.cancel()
        raise KeyboardInterrupt


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
