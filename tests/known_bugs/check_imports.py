"""Import every app in both of its environments: what does not import cannot be fuzzed."""

from __future__ import annotations

import subprocess
import sys

from tests.known_bugs.entries import load
from tests.known_bugs.environments import interpreter


def main(wanted: list[str]) -> int:
    """Tell which app does not import where; 1 if there is one."""
    failed = 0
    for entry in load():
        if wanted and entry.id not in wanted:
            continue
        for side in entry.sides:
            code = f"import {entry.app} as m; assert callable(m.{'make' if entry.middleware else 'app'})"
            command = [str(interpreter(entry, side)), "-c", code]
            done = subprocess.run(
                command, cwd=entry.folder, capture_output=True, text=True, check=False, timeout=60
            )
            if done.returncode:
                failed += 1
                print(f"{entry.id} {side}: {done.stderr.strip().splitlines()[-1]}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
