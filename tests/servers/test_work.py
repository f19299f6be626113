"""Whether a process is at work: one that sleeps, one that runs, what is below it, and one that is gone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from asgisim.servers.work import Work

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="the system does not tell")
SPIN = "print(flush=True)\nwhile True: pass"
BELOW = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SPIN!r}])"


@contextmanager
def running(code: str) -> Iterator[Work]:
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True, text=True
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield Work(process.pid)
    finally:
        os.killpg(process.pid, 9)
        process.communicate()


@pytest.mark.parametrize("code", [SPIN, BELOW], ids=["itself", "below it"])
def test_what_spins_is_at_work_and_gets_time(code: str) -> None:
    with running(code) as work:
        assert work.waiting()
        before = work.seconds()
        while work.seconds() <= before:
            time.sleep(0.01)


def test_what_sleeps_is_not() -> None:
    with running("import time; print(flush=True); time.sleep(600)") as work:
        while work.waiting():  # until it has come to its sleep
            time.sleep(0.01)
        before = work.seconds()
        assert work.seconds() == before


def test_what_is_gone_is_not() -> None:
    with running(SPIN) as work:
        pass
    assert not work.waiting()
    assert work.seconds() == 0


def test_one_thread_of_a_process_is_looked_at_alone() -> None:
    stop = threading.Event()
    spinning = threading.Thread(target=lambda: [None for _ in iter(stop.is_set, True)])
    sleeping = threading.Thread(target=stop.wait)
    spinning.start()
    sleeping.start()
    try:
        spins, sleeps = (Work(os.getpid(), one.native_id) for one in (spinning, sleeping))
        while spins.seconds() < 0.05:
            time.sleep(0.01)
        assert sleeps.seconds() < spins.seconds()
        assert not sleeps.waiting()
    finally:
        stop.set()
        spinning.join()
        sleeping.join()
