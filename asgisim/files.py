"""Files that strangers may have made are read with bounds; what we write is there whole or not at all.

Standard output and standard error are files too, whose readers may go away (``| head``) or be full.
Standard library only.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

SIZE_MAX = 16 << 20  # bytes of one file that is read
DEPTH_MAX = 100  # of nested lists and objects in it
DIGITS_MAX = 500  # of a whole number in it

Name = str | os.PathLike[str]


def read_text(path: Name, most: int = SIZE_MAX) -> str:
    """The text of a regular file of at most `most` bytes of UTF-8.

    Raises ValueError for anything else, and OSError; never waits, as opening a pipe would.
    """
    # Opened before it is looked at, so that nobody can put something else in its place between the two.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise ValueError("expected a file, but got a pipe, a socket or a device")
        with open(handle, "rb", closefd=False) as file:
            raw = file.read(most + 1)
    finally:
        os.close(handle)
    if len(raw) > most:
        raise ValueError(f"expected at most {most} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("expected UTF-8 text") from None


def from_json(text: str) -> Any:
    """JSON data of bounded depth, each key once in its object, finite numbers.

    Raises ValueError that says what was expected.
    """
    try:
        data = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}: expected JSON, but {error.msg}") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check_depth(data)
    return data


_TOO_DEEP = f"expected lists and objects at most {DEPTH_MAX} deep"


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twin = next(name for name in counts if counts[name] > 1)
        raise ValueError(f"expected each key once, but {twin[:80]!r} stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f'expected a JSON number, but got {name}; write {{"$float": "{name}"}}')


def _float(text: str) -> float:
    value = float(text)
    if value - value:
        raise ValueError(f'expected a JSON number, but {text[:80]} is too large; write {{"$float": "inf"}}')
    return value


def _int(text: str) -> int:
    if len(text) > DIGITS_MAX:
        raise ValueError(f"expected whole numbers of at most {DIGITS_MAX} digits")
    return int(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_no_twins, parse_constant=_no_constant, parse_float=_float, parse_int=_int
)


def _check_depth(data: Any) -> None:
    level, depth = [data], 0
    while level:
        if depth > DEPTH_MAX:
            raise ValueError(_TOO_DEEP)
        inner = [one for one in level if isinstance(one, list | dict)]
        level = [item for one in inner for item in (one.values() if isinstance(one, dict) else one)]
        depth += 1


def write_text(path: Name, text: str) -> None:
    """Write a text file whole or not at all. Makes missing folders. Raises OSError.

    What is there and no regular file, such as /dev/null or a pipe, is written into and not replaced.
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        with open(target, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
    else:
        replace_text(target, text)


def replace_text(path: Name, text: str) -> None:
    """As write_text, whatever is there: a pipe is not written into, which would wait. Raises OSError."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _beside(target, text) as temporary:
        os.replace(temporary, target)


def write_new(path: Name, text: str) -> bool:
    """Write a text file whole, unless there is one of that name: then nothing. Makes missing folders.

    Returns whether it was written: of several who try at once, one is told so. Raises OSError.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        return False
    with _beside(target, text) as temporary:
        try:
            os.link(temporary, target)  # it fails where the name is taken, which a replacement does not
        except FileExistsError:
            return False
        except OSError:  # no links on this file system
            os.replace(temporary, target)
    return True


@contextlib.contextmanager
def _beside(target: Path, text: str) -> Iterator[str]:
    """The name of a whole file in the same folder, which is gone afterwards."""
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:80]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def quietly(command: Callable[[], int], cut: int) -> int:
    """Run a command; without a word if nobody reads what it says. cut: the status if that ended it."""
    try:
        status = command()
    except BrokenPipeError:
        status = cut
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            forget(stream)
        except (OSError, ValueError):  # full, which has been told where it matters; or closed
            if not getattr(stream, "closed", True):
                forget(stream)
            status = status or cut
    return status


def forget(stream: TextIO) -> None:
    """What is still in this stream goes nowhere, and so cannot fail when the interpreter ends."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):  # not a file, as under a test
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
