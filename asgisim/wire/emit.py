"""A finding over sockets as a plain Python script, for those who have the server and not asgisim.

The script holds a small app, starts the server with it, sends the same bytes, has the app do the same, and
prints what was expected, what asgisim saw and what happens now. It needs nothing but the server.
"""

from __future__ import annotations

import itertools
import pprint
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from asgisim.drive.wire import frames, http
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.model import codec
from asgisim.model.codec import OneShot, Opaque
from asgisim.servers import Launch, Server
from asgisim.servers.certificate import certificate
from asgisim.spec.rules import Rule
from asgisim.wire.template import HELPERS, RUNNER

_PORT = 12345  # stands for the port in a command line until the script puts one in


def script(
    rule: Rule,
    detail: str,
    one: WireScenario,
    server: Server,
    loop: str | None = None,
    *,
    tls: bool = False,
    unix: bool = False,
    workers: int = 1,
) -> str:
    """The text of the script. detail: what was seen when the rule was found to be broken.

    tls: over TLS, with a certificate that the script holds. unix: on a unix socket. workers: processes of
    the server.
    """
    expected = f"{rule.says} ({rule.level.value}, {rule.id})"
    tls = tls or one.served.get("tls", False)
    unix = unix or one.served.get("uds", False)
    line = command(server, loop, tls, workers, one.served.get("root_path", ""), unix)
    data = "\n".join(
        [
            f"EXPECTED = {_literal(expected)}",
            f"SEEN = {_literal(detail)}",
            f"COMMAND = {_literal(line)}",
            f"UNIX = {unix}  # whether it listens on a unix socket",
            f"LOOP = {loop or server.loops[0]!r}",
            f"LIFESPAN = {one.lifespan}  # whether the steps answer the lifespan calls",
            f"BOUND = {one.bound}  # seconds that a step waits",
            *(_pems() if tls else ['CERT = KEY = ""  # plain connections']),
        ]
    )
    return (
        f'"""{rule.id}: {server.name}\n\n'
        "Written by asgisim; it does not need asgisim. Run it with the Python that has the server:\n"
        'python THIS_FILE.py\n"""\n\n'
        "import asyncio\nimport os\nimport signal\nimport socket\nimport ssl\nimport struct\n"
        f"import subprocess\nimport sys\nimport tempfile\nimport time\n\n{data}\n{HELPERS}\n\n"
        f"# --- the steps {'-' * 87}\n"
        f"\n\ndef steps():\n{_indented(_lines(one))}{RUNNER}"
    )


def _pems() -> list[str]:
    """A certificate for 127.0.0.1, its key, and what has to be trusted for it."""
    made = certificate()
    texts = [Path(path).read_text(encoding="ascii") for path in (made.cert, made.key, made.authority)]
    return [
        f'{name} = """\\\n{text}"""' for name, text in zip(("CERT", "KEY", "TRUSTED"), texts, strict=True)
    ]


def command(
    server: Server,
    loop: str | None = None,
    tls: bool = False,
    workers: int = 1,
    root_path: str = "",
    unix: bool = False,
) -> list[str]:
    """The server's command line, with {python}, {app}, {port} ... in the places of what the script knows."""
    launch = Launch(
        *("{app}", "{python}", "127.0.0.1", _PORT),
        fd=None,
        uds="{uds}" if unix else "",
        loop=loop or server.loops[0],
        root_path=root_path,
        cert="{cert}" if tls else "",
        key="{key}" if tls else "",
        workers=workers,
    )
    return [word.replace(str(_PORT), "{port}") for word in server.command(launch)]


def _indented(lines: Iterator[str]) -> str:
    made = list(lines) or ["pass"]
    return "".join(f"    {line}\n" for text in made for line in text.split("\n"))


def _literal(value: Any) -> str:
    return pprint.pformat(value, width=100, sort_dicts=False)


def _value(data: Any) -> str:
    """Python text for a value that an ASGI message may hold."""
    if isinstance(data, OneShot):
        return f"iter({_value(data.items)})"
    if isinstance(data, Opaque):
        return "object()"
    if isinstance(data, memoryview):
        return f"memoryview({bytes(data)!r})"
    if isinstance(data, dict):
        return "{" + ", ".join(f"{_value(key)}: {_value(item)}" for key, item in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(_value, data)) + "]"
    if isinstance(data, tuple):
        return "(" + "".join(f"{_value(item)}, " for item in data) + ")"
    if (isinstance(data, float) and data != data) or data in (float("inf"), float("-inf")):
        return f"float({str(data)!r})"
    if isinstance(data, bytes | str) and len(data) > codec.LONG and data == data[:1] * len(data):
        return f"{data[:1]!r} * {len(data)}"
    return repr(data)


def _lines(one: WireScenario) -> Iterator[str]:
    calls = 1 if one.lifespan else 0  # the lifespan call comes first where the steps answer it
    awaited = False
    for step in one.steps:
        if step.who == "server":
            yield "stop()"
        elif step.who == "client":
            if one.lifespan and not awaited:
                awaited = True
                yield "ready()"
            yield from _client(step)
        else:
            yield from _app(step, step.number + (calls if step.who == "app" else 0))


def _app(step: Step, number: int) -> Iterator[str]:
    act, arg = step.act, step.arg
    bound = (
        f", bound={arg['bound']}" if isinstance(arg, dict) and type(arg.get("bound")) in (int, float) else ""
    )
    if act == "called":
        yield f"called({number}{bound})"
    elif act == "send":
        for event in arg if isinstance(arg, list) else [arg]:
            yield f'tell({number}, "send", {_value(event)})'
    elif act == "together":
        yield f'tell({number}, "together", {_value(arg)})'
    elif act == "raise":
        same = isinstance(arg, dict) and arg.get("error") == "same"
        yield f'tell({number}, "raise"{", " + repr("same") if same else ""})'
    elif act in ("receive", "body"):
        yield f'tell({number}, "{act}"{bound})'
    elif arg is None:
        yield f'tell({number}, "{act}")'
    else:
        yield f'tell({number}, "{act}", {_value(arg)})'


def _client(step: Step) -> Iterator[str]:
    number, arg = step.number, step.arg
    told: dict[str, Any] = dict(arg) if isinstance(arg, dict) else {}
    bound = f", bound={told['bound']}" if "bound" in told else ""
    if step.act == "wait":
        yield f"time.sleep({arg or 0})"
    elif step.act in ("half", "close", "reset"):
        yield f'leave({number}, "{step.act}")'
    elif step.act in ("response", "frames", "eof", "see"):
        yield f"read({number}{bound})"
    else:
        cuts, pause = told.pop("cuts", ()), told.pop("pause", 0.0)
        raw = composed(step.act, {"data": arg or b""} if step.act == "send" and not told else told)
        edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(raw)}), len(raw)]
        pieces = ", ".join(_value(raw[start:stop]) for start, stop in itertools.pairwise(edges))
        yield f"write({number}, {pieces}{f', pause={pause}' if pause else ''})"


def composed(act: str, told: dict[str, Any]) -> bytes:
    """The bytes that a client's step writes. told: its argument without cuts and pause."""
    told = dict(told)
    if act == "send":
        return bytes(told["data"])
    if act == "frame":
        told = told or {"opcode": "text"}
        if "code" in told or "reason" in told:
            told["data"] = frames.close_payload(told.pop("code", None), told.pop("reason", b""))
        return frames.compose(**told)
    if act == "handshake":
        lines = frames.handshake_headers(
            told.pop("key", frames.KEY),
            told.pop("ws_version", b"13"),
            told.pop("subprotocols", ()),
            told.pop("extensions", None),
        )
        told["headers"] = [*lines, *told.get("headers", ())]
    return http.compose(**told)
