"""``--dask tcp://...``: cells of a grid and parts of a campaign on the workers of a Dask cluster.

What is handed over is a function of asgisim and plain data, so a worker needs asgisim, the packages that
are tested, and the current folder. A worker that is lost costs time and no result: its work is done again.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import asgisim
from asgisim.cli.status import UsageError

TIMEOUT = 10.0  # seconds for the scheduler to answer
RETRIES = 0  # what fails by itself is told at once; only what a lost worker took with it is done again


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that is there. executor: for functions and data. workers: how many threads it has in all."""

    executor: Executor
    workers: int


@contextlib.contextmanager
def connect(address: str) -> Iterator[Cluster]:
    """Connect to the scheduler at an address such as ``tcp://10.0.0.1:8786``.

    Raises ModuleNotFoundError without the extra ``cluster``, UsageError if nobody answers there, if there
    are no workers, or if their asgisim is missing or another one.
    """
    distributed: Any = importlib.import_module("distributed")  # has no types
    logging.getLogger("distributed").setLevel(logging.ERROR)
    try:
        client: Any = distributed.Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(f"--dask: no scheduler answers at {address}: {why}") from None
    try:
        workers = client.scheduler_info(n_workers=-1)["workers"]
        if not workers:
            raise UsageError(f"--dask: the cluster at {address} has no workers")
        _same(client, address)
        # Nothing here is a pure function: two equal calls are two runs.
        executor = client.get_executor(pure=False, retries=RETRIES)
        yield Cluster(executor, sum(one["nthreads"] for one in workers.values()))
    finally:
        client.close(timeout=TIMEOUT)


def _same(client: Any, address: str) -> None:
    """See that every worker has this very version. Raises UsageError."""
    found = client.run(_version, on_error="return")
    for worker, version in found.items():
        if isinstance(version, Exception):
            raise UsageError(f"--dask: the worker {worker} of {address} has no asgisim: {version}")
        if version != asgisim.__version__:
            told = f"--dask: the worker {worker} of {address} has asgisim {version}"
            raise UsageError(f"{told}, and here it is {asgisim.__version__}")


def _version() -> str:
    return asgisim.__version__
