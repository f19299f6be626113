"""The short text form of traces and scenarios, for tests, documents and messages: one line a step, both ways.

    http GET /upload?a=1, headers=[(b'x', b'1')]
    > http.request body=b'hi', more_body=True
    ?
    < http.response.start status=200, headers=[]
    left 'closed'
    return

A scope line begins with the protocol and stands for a plain scope in which only the keys that follow
differ (``client=absent`` for a key that is missing). ``>`` is what receive gives, ``<`` what send is
given, ``?`` a receive that waits. The other steps begin with the word of their kind. Values are
Python literals, and ``iter([...])`` for a one-shot iterable, ``repeat(b'a', 9000)``, ``bytearray(b'')``,
``memoryview(b'')``, ``float('nan')``, ``opaque('<object>')``. Any step at all can be written as
``kind = value``. ``1@3.5`` before a line names the exchange and the virtual time, where they are not 0.
Empty lines and lines that begin with ``#`` are skipped. Nothing is ever evaluated as code.

A scenario is written alike. Each scope line begins an exchange; its options and the steps of its script
follow, as gate, n, act and what the act takes:

    http POST /upload
    options passes=2
    recv 0 event http.request body=b'hi', more_body=True
    sleep 5 disconnect
"""

from __future__ import annotations

import ast
import keyword
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

from asgisim.model import codec, trace
from asgisim.model.trace import Step, Trace

LENGTH_MAX = 4_000_000  # characters of one text
REPEAT_MAX = 1 << 26  # bytes or characters that all repeat() of one text may make

_PREFIX = re.compile(r"(?:(\d+))?(?:@(\d+(?:\.\d+)?(?:e-?\d+)?))? (?=\S)")
_TYPE = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+|lifespan")
_TARGET = re.compile(r"/[^\s,?#'\"\\]*")
_ERROR_TYPE = re.compile(r"[A-Za-z_][\w.]*")
_NAMED = re.compile(r"\w+=|\*\*")
_PROTOCOLS = ("http", "websocket", "lifespan")


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


def plain_scope(protocol: str, method: str = "GET", path: str = "/", query: str = "") -> dict[str, Any]:
    """The scope that a scope line starts from: whole and dull, of the newest spec_version."""
    if protocol == "lifespan":
        return {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    scope: dict[str, Any] = {
        "type": protocol,
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "scheme": "http" if protocol == "http" else "ws",
        "path": path,
        "raw_path": path.encode("ascii", "replace"),
        "query_string": query.encode("ascii", "replace"),
        "root_path": "",
        "headers": [],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
        "extensions": {},
    }
    return {**scope, "method": method} if protocol == "http" else {**scope, "subprotocols": []}


# --- writing ---------------------------------------------------------------------------------------


def write(steps: Iterable[Step]) -> str:
    """The text of a trace, a line for each step, each ended by a newline."""
    return "".join(f"{write_step(step)}\n" for step in steps)


def write_step(step: Step) -> str:
    """One step as one line, without a newline."""
    text = _WRITERS.get(step.kind, _no_form)(step.data)
    if text is None:
        text = f"{step.kind} = {value_text(step.data)}"
    time = float(step.time)
    if not step.exchange and not time:
        return text
    prefix = str(step.exchange) if step.exchange else ""
    return f"{prefix}@{time:g} {text}" if time else f"{prefix} {text}"


def value_text(value: Any) -> str:
    """A value as it stands in the notation: a Python literal, or one of the few words beside it."""
    kind = type(value)
    if kind is float:
        return repr(value) if value - value == 0 else f"float({str(value)!r})"
    if kind in (bytes, str) and len(value) > codec.LONG and value == value[:1] * len(value):
        return f"repeat({value[:1]!r}, {len(value)})"
    if value is None or value is ABSENT or kind in (bool, str, bytes):
        return repr(value)
    if kind is int:
        text = codec.int_text(value)
        return text if text[0] != "<" else f"opaque({text!r})"
    if kind is list:
        return f"[{_items(value)}]"
    if kind is tuple:
        return f"({_items(value)}{',' if len(value) == 1 else ''})"
    if kind is dict:
        return "{" + ", ".join(f"{value_text(key)}: {value_text(item)}" for key, item in value.items()) + "}"
    if kind is bytearray or kind is memoryview:
        return f"{kind.__name__}({value_text(bytes(value))})"
    if kind is codec.OneShot:
        return f"iter([{_items(value.items)}])"
    encoded = codec.encode(value)
    return f"opaque({encoded['$object'] if isinstance(encoded, dict) else str(value)!r})"


def _items(values: Iterable[Any]) -> str:
    return ", ".join(map(value_text, values))


def _arguments(values: dict[str, Any]) -> str:
    """``key=value, ...``; keys that are no names go into ``**{...}`` at the end."""
    names = {key: item for key, item in values.items() if _is_name(key)}
    others = {key: item for key, item in values.items() if not _is_name(key)}
    parts = [f"{key}={value_text(item)}" for key, item in names.items()]
    return ", ".join([*parts, f"**{value_text(others)}"] if others else parts)


def _is_name(key: Any) -> bool:
    return type(key) is str and key.isidentifier() and key.isascii() and key not in _KEYWORDS


_KEYWORDS = frozenset(keyword.kwlist)


def _event(sign: str) -> Callable[[Any], str | None]:
    def text(data: Any) -> str | None:
        event = _event_text(data)
        return None if event is None else f"{sign} {event}"

    return text


def _event_text(data: Any) -> str | None:
    if type(data) is not dict or type(data.get("type")) is not str or not _TYPE.fullmatch(data["type"]):
        return None
    rest = _arguments({key: item for key, item in data.items() if key != "type"})
    return f"{data['type']} {rest}" if rest else str(data["type"])


def _scope(data: Any) -> str | None:
    if type(data) is not dict or type(data.get("type")) is not str or data["type"] not in _PROTOCOLS:
        return None
    words, base = _scope_base(data)
    rest = scope_differences(data, base)
    return " ".join(words) + (f", {_arguments(rest)}" if rest else "")


def scope_differences(scope: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """The keys in which a scope differs from `base`, with ABSENT for those that it lacks."""
    rest = {
        key: item
        for key, item in scope.items()
        if key not in base or value_text(item) != value_text(base[key])
    }
    return {**rest, **{key: ABSENT for key in base if key not in scope}}


def scope_words(scope: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The words for a scope (``["http", "GET", "/a?b"]``) and the keys that they do not say."""
    words, base = _scope_base(scope)
    return words, scope_differences(scope, base)


def _scope_base(data: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    kind = data["type"]
    words = [kind]
    if kind == "lifespan":
        return words, plain_scope(kind)
    method, path, query = data.get("method"), data.get("path"), data.get("query_string")
    if kind == "http":
        method = method if type(method) is str and re.fullmatch(r"[A-Z]+", method) else "GET"
        words.append(method)
    path = path if type(path) is str and path.isascii() and _TARGET.fullmatch(path) else "/"
    asked = query.decode("ascii", "replace") if type(query) is bytes else ""
    asked = asked if asked.isascii() and _TARGET.fullmatch(f"/{asked}") else ""
    words.append(f"{path}?{asked}" if asked else path)
    return words, plain_scope(kind, method or "GET", path, asked)


def _left(data: Any) -> str | None:
    return f"left {_arguments(data)}" if type(data) is dict and data else f"left {value_text(data)}"


def _returned(data: Any) -> str:
    return "return" if data is None else f"return {value_text(data)}"


def _raised(data: Any) -> str | None:
    if type(data) is not dict or type(data.get("type")) is not str or not _ERROR_TYPE.fullmatch(data["type"]):
        return None
    rest = _arguments({key: item for key, item in data.items() if key != "type"})
    return f"raise {data['type']} {rest}".rstrip()


def _fact(data: Any) -> str | None:
    if type(data) is not dict or type(data.get("rule")) is not str or not _TYPE.fullmatch(data["rule"]):
        return None
    rest = _arguments({key: item for key, item in data.items() if key != "rule"})
    return f"fact {data['rule']} {rest}".rstrip()


def _word(kind: str) -> Callable[[Any], str]:
    return lambda data: kind if data is None else f"{kind} {value_text(data)}"


def _no_form(_data: Any) -> str | None:
    return None


_WRITERS: dict[str, Callable[[Any], str | None]] = {
    trace.SCOPE: _scope,
    trace.WAIT: lambda data: "?" if data is None else None,
    trace.RECEIVE: _event(">"),
    trace.SEND: _event("<"),
    trace.LEFT: _left,
    trace.RETURN: _returned,
    trace.RAISE: _raised,
    trace.FACT: _fact,
    trace.SENT: _word("sent"),
    trace.CANCEL: _word("cancel"),
    trace.NOTE: _word("note"),
}


Told = tuple[dict[str, Any], dict[str, Any], list[tuple[str, int, str, Any]]]


def write_exchange(
    scope: dict[str, Any], options: dict[str, Any], script: Iterable[tuple[str, int, str, Any]]
) -> list[str]:
    """The lines of one exchange of a scenario, without newlines. options: those that are not the default."""
    lines = [write_step(Step(trace.SCOPE, scope))]
    if options:
        lines.append(f"options {_arguments(options)}")
    return [*lines, *(_write_act(*act) for act in script)]


def _write_act(gate: str, n: int, name: str, arg: Any) -> str:
    text = f"{gate} {n} {name}"
    if arg is None:
        return text
    said = _event_text(arg)
    if said is None and type(arg) is dict and arg:
        said = _arguments(arg)
    return f"{text} {said or '= ' + value_text(arg)}"


# --- reading ---------------------------------------------------------------------------------------


def read_exchanges(lines: Iterable[str]) -> list[Told]:
    """Scope, options and script of each exchange that these lines say.

    Raises ValueError with the line's number and what was expected.
    """
    exchanges: list[Told] = []
    room, _MADE.left = LENGTH_MAX, REPEAT_MAX
    for number, line in enumerate(lines, 1):
        room -= len(line)
        if room < 0:
            raise ValueError(f"expected at most {LENGTH_MAX} characters")
        line = line.strip()
        if line and not line.startswith("#"):
            try:
                _read_scenario_line(line, exchanges)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
    return exchanges


def _read_scenario_line(line: str, exchanges: list[Told]) -> None:
    word, _, rest = line.partition(" ")
    if word.rstrip(",") in _PROTOCOLS or word == trace.SCOPE:
        scope = _read_line(line).data
        if not isinstance(scope, dict):
            raise ValueError(f"expected a scope, but got {line[:80]!r}")
        exchanges.append((scope, {}, []))
        return
    if not exchanges:
        raise ValueError(f"expected a scope first, but got {line[:80]!r}")
    _, options, script = exchanges[-1]
    if word == "options":
        options.update(_read_arguments(rest))
        return
    gate, n, name, text = (*line.split(None, 3), "", "", "")[:4]
    if not n.isdecimal():
        raise ValueError(f"expected a scope, options, or gate, number and act, but got {line[:80]!r}")
    script.append((gate, int(n), name, _read_arg(text) if text else None))


def _read_arg(text: str) -> Any:
    if text.startswith("= "):
        return _value(text[2:])
    if _NAMED.match(text):
        return _read_arguments(text)
    return _read_named(text, "type", _TYPE, "an event's type, key=value or = value")


def read(text: str) -> Trace:
    """The trace that a text says. Raises ValueError with the line's number and what was expected."""
    if len(text) > LENGTH_MAX:
        raise ValueError(f"expected at most {LENGTH_MAX} characters, but got {len(text)}")
    steps: list[Step] = []
    _MADE.left = REPEAT_MAX
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if line and not line.startswith("#"):
            try:
                steps.append(_read_line(line))
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
    return Trace(steps)


class _Made(threading.local):
    """How much repeat() may still make in the text that this thread reads."""

    left = REPEAT_MAX


_MADE = _Made()


def _read_line(line: str) -> Step:
    exchange, time = 0, 0.0
    match = _PREFIX.match(line)
    if match and match.end() > 1:
        exchange, time = int(match[1] or 0), float(match[2] or 0)
        if time - time:
            raise ValueError(f"expected a time in seconds, but got {match[2][:80]!r}")
        line = line[match.end() :]
    kind, data = _read_body(line.strip())
    return Step(kind, data, exchange, time)


def _read_body(line: str) -> tuple[str, Any]:
    word, _, rest = line.partition(" ")
    rest = rest.strip()
    kind = {">": trace.RECEIVE, "<": trace.SEND, "?": trace.WAIT}.get(word, word)
    if kind in trace.KINDS and rest.startswith("= "):
        return kind, _value(rest[2:])
    if word.rstrip(",") in _PROTOCOLS:
        return trace.SCOPE, _read_scope(line)
    if word in (">", "<"):
        return kind, _read_named(rest, "type", _TYPE, "an event's type")
    if word == trace.FACT:
        return kind, _read_named(rest, "rule", _TYPE, "a rule's id")
    if word == trace.RAISE:
        return kind, _read_named(rest, "type", _ERROR_TYPE, "an exception's name")
    if word == "?" and not rest:
        return kind, None
    if word == trace.LEFT and _NAMED.match(rest):
        return kind, _read_arguments(rest)
    if word in (trace.SENT, trace.LEFT, trace.RETURN, trace.CANCEL, trace.NOTE):
        return kind, _value(rest) if rest else None
    known = "http, websocket, lifespan, >, <, ?, sent, left, return, raise, cancel, fact or note"
    raise ValueError(f"expected a line that begins with {known}, but got {line[:80]!r}")


def _read_scope(line: str) -> dict[str, Any]:
    head, _, rest = line.partition(", ")
    protocol, *words = head.rstrip(",").split()
    wanted = {"http": 2, "websocket": 1, "lifespan": 0}[protocol]
    if len(words) != wanted or (words and not _TARGET.match(words[-1])):
        raise ValueError(
            f"expected 'http METHOD /path', 'websocket /path' or 'lifespan', but got {head[:80]!r}"
        )
    if protocol == "lifespan":
        scope = plain_scope("lifespan")
    else:
        path, _, query = words[-1].partition("?")
        scope = plain_scope(protocol, words[0] if protocol == "http" else "GET", path, query)
    scope.update(_read_arguments(rest))
    return {key: item for key, item in scope.items() if item is not ABSENT}


def _read_named(rest: str, key: str, pattern: re.Pattern[str], what: str) -> dict[str, Any]:
    match = pattern.match(rest)
    if not match or (match.end() < len(rest) and rest[match.end()] != " "):
        raise ValueError(f"expected {what}, but got {rest[:80]!r}")
    return {key: match[0], **_read_arguments(rest[match.end() :].strip())}


def _read_arguments(text: str) -> dict[str, Any]:
    call = _parse(f"f({text})")
    if not isinstance(call, ast.Call) or call.args or not isinstance(call.func, ast.Name):
        raise ValueError(f"expected key=value, key=value, but got {text[:80]!r}")
    found: dict[str, Any] = {}
    for argument in call.keywords:
        value = _literal(argument.value)
        if argument.arg is not None:
            found[argument.arg] = value
        elif isinstance(value, dict):
            found.update(value)
        else:
            raise ValueError("expected an object after **")
    return found


def _value(text: str) -> Any:
    return _literal(_parse(text))


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise ValueError(f"expected Python literals, but got {text[:80]!r} ({reason})") from None


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.List):
        return [_literal(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_literal(item) for item in node.elts)
    if isinstance(node, ast.Dict):
        keys = [_literal(key) for key in node.keys if key is not None]
        try:
            return dict(zip(keys, map(_literal, node.values), strict=True))
        except (TypeError, ValueError) as error:
            raise ValueError(f"expected an object with plain keys ({error})") from None
    if isinstance(node, ast.Name) and node.id == "absent":
        return ABSENT
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _made(node.func.id, [_literal(item) for item in node.args])
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        raise ValueError(f"expected a Python literal, but got {_source(node)[:80]!r}") from None


def _source(node: ast.expr) -> str:
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):  # too deep, or a number too long to be told
        return f"a {type(node).__name__}"


def _made(name: str, values: list[Any]) -> Any:
    types = tuple(map(type, values))
    if name == "iter" and types == (list,):
        return codec.OneShot(values[0])
    if name == "opaque" and types == (str,):
        return codec.Opaque(values[0])
    if name == "float" and types == (str,) and values[0] in ("nan", "inf", "-inf"):
        return float(values[0])
    if name in ("bytearray", "memoryview") and types == (bytes,):
        return bytearray(values[0]) if name == "bytearray" else memoryview(values[0])
    if name == "repeat" and types in ((bytes, int), (str, int)):
        size = values[1] * len(values[0])
        if not 0 <= size <= _MADE.left:
            raise ValueError(f"expected repeat() to make at most {REPEAT_MAX} bytes in all")
        _MADE.left -= size
        return values[0] * values[1]
    known = "iter([...]), repeat(text, count), bytearray(b''), memoryview(b''), float('nan') or opaque('...')"
    raise ValueError(f"expected {known}, but got {name[:80]}(...)")
