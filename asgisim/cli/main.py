"""The command line: reads options, hands them to the commands, turns every failure into one line."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from asgisim.cli import config
from asgisim.cli.arguments import build
from asgisim.cli.status import FAILED, INTERRUPTED, OK, UsageError
from asgisim.files import quietly

# What an option may need beyond the core, and the extra that brings it.
EXTRAS = {
    "trio": "trio",
    "httpx": "client",
    "distributed": "cluster",
    **dict.fromkeys(("anyio", "h11", "wsproto", "h2", "trustme"), "wire"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status and prints errors as one line on standard error.

    An error of asgisim itself is told with its traceback, and is no 1: nothing was found to be broken.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    with _sigterm_as_ctrl_c():
        return quietly(lambda: _main(words), FAILED)


@contextlib.contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Who ends us by SIGTERM, such as a CI job out of time, is told what was found, and gets no orphans."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(error: str, lead: str = "asgisim: ") -> None:
    """On standard error. What an app or a file may have worded says nothing to the terminal."""
    from asgisim.report.style import visible

    print(f"{lead}{visible(error)}", file=sys.stderr)


def _interrupt(number: int, frame: object) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell has it for what runs behind an &
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


def _main(arguments: list[str]) -> int:
    from asgisim.model.seeds import SeedError
    from asgisim.target import TargetError

    try:
        try:
            options = parse(arguments)
        except SystemExit:  # --help and --version
            return OK
        return int(options.run(options))
    except (UsageError, TargetError, SeedError, config.ConfigError) as error:
        _tell(str(error))
        return FAILED
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        _tell(_missing(error.name))
        return FAILED
    except BrokenPipeError:  # the reader, such as head, has seen enough
        raise
    except OSError as error:
        _tell(f"{error.filename or 'a file'}: {error.strerror or error}")
        return FAILED
    except KeyboardInterrupt:
        _tell("interrupted")
        return INTERRUPTED
    except (Exception, SystemExit):  # an app's SystemExit that gets here must not pass for a good end
        _tell(traceback.format_exc().rstrip("\n"), "")
        _tell(
            "this is a fault of asgisim itself; please report it, with the lines above "
            "and what asgisim --version says"
        )
        return FAILED
    finally:
        # CPython lets a process die of SIGINT, whatever status it asks for, once a KeyboardInterrupt was
        # raised inside an eval or exec of a str, as apps may have them. The next such eval resets that.
        eval("0")


def _missing(module: str) -> str:
    return (
        f"this needs {module}, which is not installed for this Python ({sys.executable}); "
        f"pip install 'asgisim[{EXTRAS[module]}]' brings it"
    )


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the arguments, with the values of pyproject.toml as defaults. Raises UsageError or ConfigError."""
    parser, commands = build()
    name = next((one for one in arguments if not one.startswith("-")), None)
    if name in commands:
        path = config.find(Path.cwd())
        if path is not None:
            table = config.read(path)
            every = {key for one in commands.values() for key in config.keys(one)}
            config.apply(table, commands[name], every, path)
    elif name is not None:
        close = difflib.get_close_matches(name, commands, 1)
        hint = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(commands)}"
        raise UsageError(f"there is no command {name!r}; {hint}")
    options, rest = parser.parse_known_args(arguments)
    if rest:
        raise UsageError(_unknown(rest[0], commands.get(name or "", parser), commands))
    options.words = arguments
    if not hasattr(options, "run"):
        parser.print_help(sys.stderr)
        raise UsageError(f"expected a command: {', '.join(commands)}")
    return options


def _unknown(word: str, parser: argparse.ArgumentParser, commands: dict[str, argparse.ArgumentParser]) -> str:
    option = word.split("=", 1)[0]
    if not word.startswith("-"):
        return f"unknown argument {word!r}; {parser.prog} --help lists what there is"
    having = [name for name, one in commands.items() if option in _names(one)]
    if having and parser.prog != "asgisim":
        return f"{parser.prog} has no {option}; it is for asgisim {' and asgisim '.join(having)}"
    close = difflib.get_close_matches(option, _names(parser), 1)
    hint = f"did you mean {close[0]}?" if close else f"{parser.prog} --help lists what there is"
    return f"unknown option {option!r}; {hint}"


def _names(parser: argparse.ArgumentParser) -> list[str]:
    return [option for action in parser._actions for option in action.option_strings]
