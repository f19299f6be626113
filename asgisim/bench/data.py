"""What a run of a suite leaves: the raw samples, and where they come from; all else is made from it."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import asgisim
from asgisim.bench.measuring import Row

FORMAT = 1
NAMED = (
    "anyio", "asgiref", "asgion", "async-asgi-testclient", "blacksheep", "channels", "django", "falcon",
    "fastapi",
    "h11", "httptools", "httpx", "httpx-ws", "httpx2", "hypothesis", "litestar", "muffin", "quart", "sanic",
    "starlette", "trio", "uvicorn", "uvloop", "wsproto",
)  # fmt: skip


@dataclass(slots=True)
class Data:
    """One run. suite: self, peers or middlewares. machine, versions: for the legend."""

    suite: str
    rows: list[Row]
    rounds: int
    seed: int
    machine: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    asgisim: str = asgisim.__version__

    def to_json(self) -> dict[str, Any]:
        """As ``--format json`` gives it."""
        head = {"asgisim": self.asgisim, "command": "bench", "format": FORMAT, "suite": self.suite}
        told = {"machine": self.machine, "versions": self.versions, "rounds": self.rounds, "seed": self.seed}
        return {**head, **told, "rows": [row.to_json() for row in self.rows]}

    def dumps(self) -> str:
        """JSON text, a row a line: to be kept, and compared."""
        whole = self.to_json()
        rows = ",\n".join("  " + json.dumps(row) for row in whole.pop("rows"))
        return f'{json.dumps(whole, indent=1)[:-2]},\n "rows": [\n{rows}\n ]\n}}\n'


def read(text: str, name: str = "the file") -> Data:
    """Old data. Raises ValueError, which names the file, for what is not a report of `asgisim bench`."""
    try:
        whole = json.loads(text)
        if whole["command"] != "bench" or whole["format"] != FORMAT:
            raise ValueError(f"format {whole['format']!r}")
        rows = [Row(**row) for row in whole["rows"]]
        for row in rows:
            _look(row)
        return Data(
            str(whole["suite"]),
            rows,
            int(whole["rounds"]),
            int(whole["seed"]),
            {str(key): str(value) for key, value in whole["machine"].items()},
            {str(key): str(value) for key, value in whole["versions"].items()},
            str(whole["asgisim"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{name}: expected what asgisim bench --format json writes: {error}") from None


def _look(row: Row) -> None:
    """Raise ValueError for what is no row. Labels are looked at where others compute with them."""
    labels = row.labels
    words = (
        row.name,
        row.group,
        row.floor,
        row.missing,
        *(labels.get(one, "") for one in ("framework", "style")),
    )
    if not all(type(one) is str for one in words):
        raise ValueError(f"a row is called {str(row.name)[:40]!r}, and is no row")
    rounds = [*row.cpu, *row.wall, *labels.get("resident", [])]
    percentiles = [one for three in row.latency for one in three]
    if not all(type(one) in (int, float) and 0 <= one < 1e12 for one in (*rounds, *percentiles)):
        raise ValueError(f"the figures of {row.name[:40]!r} are no numbers")
    if len(row.cpu) != len(row.wall) or any(len(three) != 3 for three in row.latency):
        raise ValueError(f"the figures of {row.name[:40]!r} are not as many as they should be")
    if not all(
        type(one) is int and 0 <= one < 1e9 for one in (labels.get("count", 0), labels.get("every", 1))
    ):
        raise ValueError(f"the labels of {row.name[:40]!r} are no numbers")


def machine() -> dict[str, str]:
    """What a reader wants to know of this machine."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return {
        "cpu": _cpu(),
        "cpus": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load": load,
    }


def versions() -> dict[str, str]:
    """Of all that a suite may have to do with and that is installed."""
    found = {}
    for name in NAMED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            pass
    return found


def _cpu() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
