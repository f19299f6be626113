"""A worker that is lost costs the call that lost it, and no other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import CancelledError, Executor, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from asgisim.grid.lasting import Lasting

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


def pool(workers: int) -> Executor:
    """As the grid makes them."""
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


def double(number: int, fatal: int, folder: str) -> int:
    """Twice the number; the fatal one kills its process: once if there is a folder, else always."""
    if number == fatal and not (folder and os.path.exists(os.path.join(folder, "killed"))):
        if folder:
            Path(folder, "killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def test_a_process_that_was_lost_once_costs_nothing(tmp_path: Path) -> None:
    with Lasting(pool, 2) as executor:
        found = [executor.submit(double, number, 3, str(tmp_path)) for number in range(6)]
        assert [one.result() for one in found] == [0, 2, 4, 6, 8, 10]
    assert (tmp_path / "killed").exists()


def test_a_call_that_always_loses_its_process_fails_alone() -> None:
    with Lasting(pool, 2) as executor:
        found = [executor.submit(double, number, 3, "") for number in range(6)]
        wait(found)
        late = executor.submit(double, 21, 3, "")
        assert late.result() == 42
    broken = found.pop(3)
    assert isinstance(broken.exception(), BrokenProcessPool)
    assert [one.result() for one in found] == [0, 2, 4, 8, 10]


def refuse(words: str) -> None:
    """Raises."""
    raise ValueError(words)


def test_results_errors_and_calls_called_off_are_those_of_the_pool(tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    with Lasting(pool, 1) as executor:
        first = executor.submit(until, str(stop))
        rest = [executor.submit(double, number, -1, "") for number in range(8)]
        assert rest[-1].cancel()
        told = threading.Event()
        rest[-1].add_done_callback(lambda _: told.set())
        assert told.wait(10)
        stop.touch()
        assert first.result() == "stopped"
        with pytest.raises(CancelledError):
            rest[-1].result()
        with pytest.raises(ValueError, match="no"):
            executor.submit(refuse, "no").result()
    assert rest[0].result() == 0


def until(path: str) -> str:
    """Waits for a file."""
    while not os.path.exists(path):
        time.sleep(0.01)
    return "stopped"


def held_back() -> bool:
    """Whether this process does not hear Ctrl-C."""
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, set())


def test_a_process_that_begins_does_not_hear_ctrl_c() -> None:
    assert not held_back()
    with Lasting(pool, 1) as executor:
        assert executor.submit(held_back).result()
    assert not held_back()
