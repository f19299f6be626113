"""``[tool.asgisim]`` of pyproject.toml: the same keys as the long options, with the same checks."""

from __future__ import annotations

import argparse
import difflib
import tomllib
from pathlib import Path
from typing import Any

from asgisim import files

# Nothing for a file: that another machine may be tested is for whoever types it.
_TYPED = ("help", "version", "allow_remote")


class ConfigError(Exception):
    """The file cannot be used; the message names file, key and what was expected."""


def find(folder: Path) -> Path | None:
    """The nearest pyproject.toml of a folder or of those above it."""
    for one in (folder, *folder.parents):
        path = one / "pyproject.toml"
        if path.is_file():
            return path
    return None


def read(path: Path) -> dict[str, Any]:
    """The table ``[tool.asgisim]``, empty if the file has none. Raises ConfigError."""
    try:
        text = files.read_text(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise ConfigError(f"{path}: expected TOML, but it is nested too deep") from None
    except ValueError as error:  # TOMLDecodeError, and what int and datetime refuse
        raise ConfigError(f"{path}: expected TOML, but {str(error)[:200]}") from None
    tool = data.get("tool", {})
    table = tool.get("asgisim", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.asgisim: expected a table, but got {repr(table)[:200]}")
    return table


def apply(table: dict[str, Any], parser: argparse.ArgumentParser, every: set[str], path: Path) -> None:
    """Make the table's values the defaults of a command's options.

    every: all keys that any command knows; those that are for other commands are passed over. Raises
    ConfigError for any other key, and for a value that the option would refuse.
    """
    actions = {_key(action): action for action in parser._actions if _key(action)}
    for key, value in table.items():
        where = f"{path}: tool.asgisim.{key if key.isprintable() else repr(key)}"
        if key not in every:
            close = difflib.get_close_matches(key, every, 1)
            options = "expected the name of an option, as asgisim fuzz --help lists them"
            hint = f"did you mean {close[0]}?" if close else options
            raise ConfigError(f"{where}: there is no such key; {hint}")
        if key in actions:
            parser.set_defaults(**{actions[key].dest: _value(actions[key], value, where)})


def keys(parser: argparse.ArgumentParser) -> set[str]:
    """The keys that a command's options and its APP give."""
    return {key for key in map(_key, parser._actions) if key}


def _key(action: argparse.Action) -> str:
    if action.dest in _TYPED or action.help == argparse.SUPPRESS:
        return ""
    long = [one for one in action.option_strings if one.startswith("--")]
    if long:
        return long[0][2:]
    return "app" if action.dest in ("app", "apps") else ""


def _value(action: argparse.Action, value: Any, where: str) -> Any:
    if action.nargs == 0:  # a flag
        if type(value) is not bool:
            raise ConfigError(f"{where}: expected true or false, but got {repr(value)[:200]}")
        return value
    several = isinstance(action, argparse._AppendAction) or action.nargs in ("*", "+")
    values = value if isinstance(value, list) and several else [value]
    read = [_one(action, one, where) for one in values]
    return read if several else read[0]


def _one(action: argparse.Action, value: Any, where: str) -> Any:
    if type(value) not in (str, int, float):
        raise ConfigError(f"{where}: expected one value, but got {repr(value)[:200]}")
    if action.type is None:
        return str(value)
    try:
        return action.type(str(value))  # type: ignore[operator]
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise ConfigError(f"{where}: {error}") from None
