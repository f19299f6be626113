"""The options of every command."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from typing import Any, NoReturn

from asgisim.cli.status import OK, UsageError
from asgisim.cli.values import count as _count
from asgisim.cli.values import edition as _edition
from asgisim.cli.values import every_header as _every_header
from asgisim.cli.values import header as _header
from asgisim.cli.values import loop as _loop
from asgisim.cli.values import may as _may
from asgisim.cli.values import method as _method
from asgisim.cli.values import one_of as _one_of
from asgisim.cli.values import path as _path
from asgisim.cli.values import port as _port
from asgisim.cli.values import rule_prefix as _rule_prefix
from asgisim.cli.values import seconds as _seconds
from asgisim.cli.values import server_name as _server
from asgisim.cli.values import target_path as _target_path

FORMATS = ("text", "json", "junit", "sarif", "github", "markdown", "html")
PROTOCOLS = ("http", "websocket", "lifespan")
LEVELS = ("must", "should", "implied")

EPILOG = """\
exit status: 0 nothing broken at the asked level, 1 something broken, 2 asgisim could not do its job,
130 interrupted. Options can also stand in [tool.asgisim] of pyproject.toml.
"""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are exceptions, and whose help nobody need read to the end."""

    def _print_message(self, message: str, file: Any = None) -> None:
        with contextlib.suppress(BrokenPipeError):  # as newer Pythons have it
            super()._print_message(message, file)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError in place of printing the usage and leaving."""
        words = message.removeprefix("argument ")
        words = words.replace("the following arguments are required:", "expected")
        told = "expected" in words or "did you mean" in words or "lists them" in words
        raise UsageError(words if told else f"{words} ({self.prog} --help lists what there is)")


def build() -> tuple[Parser, dict[str, argparse.ArgumentParser]]:
    """The parser, and those of the commands by name."""
    parser = Parser(
        "asgisim",
        description="The reference ASGI protocol simulator and fuzzer.",
        epilog=EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="what a report of a fault should name")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)

    def add(name: str, says: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=says, description=says, epilog=EPILOG, allow_abbrev=False)

    made = {
        "fuzz": add("fuzz", "Find rules that an app breaks."),
        "check": add("check", "The same rules on a short fixed set of scenarios: the pre-commit form."),
        "replay": add("replay", "Run seed files, or folders of them, again."),
        "trace": add("trace", "Run one exchange and print its timeline with verdicts."),
        "probe": add("probe", "Check a hosted copy of the puppet, or of the contract app, from outside."),
        "serve": add("serve", "Start a real server for an app, until Ctrl-C."),
        "grid": add("grid", "Frameworks x servers x loops: the same contract cases in each cell."),
        "bench": add("bench", "Measure what middlewares cost, and asgisim beside its peers."),
        "rules": add("rules", "List the rules, or tell one with its source, remedy and examples."),
    }
    _fuzz(made["fuzz"])
    _check(made["check"])
    _replay(made["replay"])
    _trace(made["trace"])
    _probe(made["probe"])
    _serve(made["serve"])
    _grid(made["grid"])
    _bench(made["bench"])
    _rules(made["rules"])
    return parser, made


class _Version(argparse.Action):
    """Prints the versions of asgisim and of all that it may have to do with, and leaves."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from asgisim.cli.output import say
        from asgisim.cli.versions import told

        say(f"{told()}\n")
        parser.exit()


def _run(name: str) -> Callable[[argparse.Namespace], int]:
    """The command's function, imported when it is called: --help and errors need no engine."""

    def run(options: argparse.Namespace) -> int:
        from asgisim.cli import commands, output

        output.check(options)
        function: Callable[[argparse.Namespace], int] = getattr(commands, name)
        return function(options)

    return run


def _fuzz(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("apps", nargs="*", metavar="APP", help="module:attribute (a bare module means :app)")
    _campaign(parser)
    parser.add_argument(
        "--max-examples",
        type=_count(1),
        metavar="N",
        help="scenarios to run (5000; 300 with --server); comparing and making small come on top",
    )
    parser.add_argument(
        "--max-time", type=_seconds, default=60.0, metavar="SECONDS", help="at most this long (60)"
    )
    parser.add_argument("--seed", type=_count(0), default=0, metavar="INT", help="of the search (0)")
    parser.add_argument(
        "--server",
        type=_server,
        action="append",
        metavar="NAME",
        help="check a server over sockets, in place of an app",
    )
    parser.add_argument(
        "--middleware",
        action="append",
        metavar="NAME",
        help="check module:factory, a function of the inner app, in place of an app",
    )
    parser.add_argument(
        "--may",
        type=_may,
        action="append",
        metavar="WHAT",
        help="what the middleware may change: scope:KEY, header:NAME, body, status, lifespan ...",
    )
    parser.set_defaults(run=_run("fuzz"), search=True, command="fuzz")


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("apps", nargs="*", metavar="APP", help="module:attribute (a bare module means :app)")
    _campaign(parser)
    # A fixed number of scenarios, and a clock that only very slow apps feel: the same on every machine.
    parser.set_defaults(
        run=_run("fuzz"),
        search=False,
        middleware=None,
        may=None,
        command="check",
        max_examples=5000,
        max_time=120.0,
        seed=0,
    )


def _campaign(parser: argparse.ArgumentParser) -> None:
    _app_options(parser)
    parser.add_argument(
        "--path",
        type=_path,
        action="append",
        metavar="/p",
        help="a route (METHOD:/p and /p?query allowed); else discovered",
    )
    parser.add_argument(
        "--header",
        type=_every_header,
        action="append",
        metavar="'NAME: VALUE'",
        help="of every request, such as an authorization; it stands in the seeds too",
    )
    parser.add_argument(
        "--protocol", type=_one_of(PROTOCOLS), action="append", metavar="NAME", help="|".join(PROTOCOLS)
    )
    parser.add_argument("--python", metavar="PATH", help="run under the interpreter of another environment")
    parser.add_argument(
        "--one-loop", action="store_true", help="all scenarios in one loop, within one lifespan"
    )
    parser.add_argument(
        "--workers",
        type=_count(1),
        default=1,
        metavar="N",
        help="share the work out over N processes (1); with --server: as many of the server's",
    )
    _dask(parser)
    parser.add_argument("--save", metavar="DIR", help="keep each finding as a seed file in DIR")
    parser.add_argument("--unix", action="store_true", help="with --server: let it listen on a unix socket")
    parser.add_argument(
        "--tls", action="store_true", help="with --server: over TLS, with a certificate made for it"
    )
    parser.add_argument(
        "--http2", action="store_true", help="with --server: HTTP/2, by ALPN with --tls, else as known before"
    )
    parser.add_argument(
        "--emit-script", metavar="DIR", help="with --server: write a script per finding that needs no asgisim"
    )
    parser.add_argument("--baseline", metavar="FILE", help="accepted findings: not told again")
    parser.add_argument(
        "--baseline-update", action="store_true", help="take what is found into the baseline; makes the file"
    )
    parser.add_argument(
        "--baseline-prune", action="store_true", help="drop from the baseline what is no longer found"
    )
    parser.add_argument(
        "--coverage",
        action="store_true",
        help="tell which situations, cells and rules were met, and which not",
    )
    _judging(parser)
    _output(parser)


def _dask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="share the work out over a Dask cluster (tcp://host:8786)"
    )


def _app_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--factory", action="store_true", help="APP is a function that makes the app")
    parser.add_argument("--wsgi", action="store_true", help="APP is a WSGI app; wsgiref.validate looks on")
    parser.add_argument("--loop", type=_loop, default="asyncio", metavar="NAME", help="asyncio|trio")


def _judging(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--edition", type=_edition, metavar="E", help="judge by this text (2.3, '2.3 (2023-05)')"
    )
    _which(parser)


def _which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", type=_rule_prefix, action="append", metavar="ID", help="rule id or prefix")
    parser.add_argument(
        "--ignore", type=_rule_prefix, action="append", metavar="ID", help="rule id or prefix"
    )
    parser.add_argument(
        "--level",
        type=_one_of(LEVELS),
        default="implied",
        metavar="LEVEL",
        help="weakest that counts: must|should|implied",
    )


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", type=_one_of(FORMATS), default="text", metavar="FORM", help="|".join(FORMATS)
    )
    parser.add_argument("--output", metavar="FILE", help="write the report there")
    parser.add_argument("-q", "--quiet", action="store_true", help="a line for each finding, nothing else")
    parser.add_argument("-v", "--verbose", action="store_true", help="whole timelines, advice, every verdict")


def _replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a seed file or a folder")
    parser.add_argument("--app", metavar="APP", help="the target, in place of the one that the files name")
    parser.add_argument(
        "--server",
        type=_server,
        metavar="NAME",
        help="the same for files of findings over sockets",
    )
    parser.add_argument(
        "--python", metavar="PATH", help="with files of findings over sockets: where the server runs"
    )
    _app_options(parser)
    _judging(parser)
    _output(parser)
    parser.set_defaults(run=_run("replay"), command="replay")


def _trace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("app", metavar="APP", help="module:attribute")
    parser.add_argument("method", metavar="METHOD", type=_method, help="GET, POST ... or WEBSOCKET")
    parser.add_argument("path", metavar="PATH", type=_target_path, help="/path?query")
    parser.add_argument(
        "--body", default="", metavar="TEXT", help="of the request, or the first WebSocket message"
    )
    parser.add_argument(
        "--header", type=_header, action="append", metavar="'NAME: VALUE'", help="of the request"
    )
    _app_options(parser)
    _judging(parser)
    _output(parser)
    parser.set_defaults(run=_run("trace"), command="trace")


def _probe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="where the app is served, such as http://127.0.0.1:8000")
    parser.add_argument(
        "--allow-remote", action="store_true", help="the host may be another machine, and you may test it"
    )
    parser.add_argument(
        "--rate", type=_seconds, default=50.0, metavar="N", help="connections per second, at most (50)"
    )
    parser.add_argument(
        "--count", type=_count(1), default=500, metavar="N", help="connections, at most (500)"
    )
    _which(parser)
    _output(parser)
    parser.set_defaults(run=_start_probing, command="probe")


def _start_probing(options: argparse.Namespace) -> int:
    from asgisim.cli import probing

    return probing.probe(options)


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("app", metavar="APP", help="module:attribute")
    parser.add_argument(
        "--server",
        type=_server,
        default="uvicorn",
        metavar="NAME",
        help="as for fuzz --server (uvicorn)",
    )
    parser.add_argument("--loop", metavar="NAME", help="asyncio|uvloop|trio, where the server has it")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="to listen on (127.0.0.1)")
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="0 for one that is free (0)")
    parser.add_argument("--root-path", default="", metavar="PATH", help="the root_path of the scopes")
    parser.set_defaults(run=_start_serving, command="serve")


def _start_serving(options: argparse.Namespace) -> int:
    from asgisim.cli import serving

    return serving.serve(options)


def _grid(parser: argparse.ArgumentParser) -> None:
    def several(option: str, metavar: str, says: str) -> None:
        parser.add_argument(option, action="append", metavar=metavar, help=says)

    several("--framework", "NAME", "one of ours (all nine)")
    several("--app", "APP", "your own app that follows the contract, module:attribute")
    several(
        "--server", "NAME", "in-process, uvicorn (all stacks), uvicorn-h11-wsproto, hypercorn@trio ... (all)"
    )
    several("--loop", "NAME", "asyncio|uvloop|trio (all)")
    several("--category", "NAME", "cases of this category (all)")
    several("--case", "ID", "a case, with the stars of the shell: websocket/close-*")
    parser.add_argument("--list-cases", action="store_true", help="tell the cases and leave")
    parser.add_argument(
        "--quick", action="store_true", help="one stack and loop of each server, no slow cases"
    )
    parser.add_argument(
        "--workers",
        type=_count(1),
        metavar="N",
        help="cells at once, in processes (3 for each processor)",
    )
    parser.add_argument("--resume", metavar="DIR", help="keep each cell's report in DIR, and play none again")
    _dask(parser)
    several("--expected", "DIR", "a folder with more files of expected failures")
    parser.add_argument("--against", metavar="FILE", help="a JSON report: the status tells what got worse")
    parser.add_argument("--merge", metavar="FILE", nargs="+", help="play nothing: one table of JSON reports")
    parser.add_argument(
        "--patience",
        type=_seconds,
        default=None,
        metavar="SECONDS",
        help="that a case waits at most (1, with --quick 0.5)",
    )
    parser.add_argument("--seed", type=_count(0), default=0, metavar="INT", help="of the bodies (0)")
    _output(parser)
    parser.set_defaults(run=_play_grid, command="grid")


def _play_grid(options: argparse.Namespace) -> int:
    from asgisim.cli import grid

    return grid.play(options)


def _bench(parser: argparse.ArgumentParser) -> None:
    suite = parser.add_mutually_exclusive_group()
    suite.add_argument(
        "--middlewares", action="store_true", help="0 to 20 equal middlewares in each framework (the default)"
    )
    suite.add_argument("--peers", action="store_true", help="asgisim beside other in-process tools")
    suite.add_argument(
        "--self", action="store_true", help="the simulator, the judge, the campaign, Lint, wire"
    )
    suite.add_argument(
        "--growth", action="store_true", help="the memory that a campaign of --examples holds on its way"
    )
    suite.add_argument("--data", metavar="FILE", help="measure nothing: tell what --format json once wrote")
    parser.add_argument("--framework", action="append", metavar="NAME", help="this alone; repeatable")
    parser.add_argument(
        "--style",
        type=_one_of(("asgi", "native", "decorator")),
        action="append",
        metavar="NAME",
        help="this kind of middleware alone: asgi|native|decorator",
    )
    parser.add_argument(
        "--count", type=_count(0), action="append", metavar="N", help="middlewares; repeatable"
    )
    parser.add_argument("--server", type=_server, metavar="NAME", help="behind it and under load")
    parser.add_argument(
        "--examples", type=_count(1), default=1_000_000, metavar="N", help="of --growth (1,000,000)"
    )
    parser.add_argument("--rounds", type=_count(2), default=15, metavar="N", help="of all ways in turn (15)")
    parser.add_argument("--seed", type=_count(0), default=0, metavar="INT", help="of their order (0)")
    parser.add_argument(
        "--format",
        type=_one_of(("text", "markdown", "json", "svg")),
        default="text",
        metavar="FORM",
        help="text|markdown|json|svg",
    )
    parser.add_argument("--output", metavar="FILE", help="write it there")
    parser.add_argument("-q", "--quiet", action="store_true", help="no word on the way")
    parser.set_defaults(run=_measure, command="bench")


def _measure(options: argparse.Namespace) -> int:
    from asgisim.cli import benching

    return benching.run(options)


def _rules(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", type=_rule_prefix, metavar="ID", help="a rule's id or a prefix")
    parser.add_argument(
        "--format", type=_one_of(("text", "json")), default="text", metavar="FORM", help="text|json"
    )
    parser.add_argument("--output", metavar="FILE", help="write it there")
    parser.set_defaults(run=_tell_rules, command="rules")


def _tell_rules(options: argparse.Namespace) -> int:
    """The catalogue, or the rules that were asked for."""
    from asgisim.cli import catalogue
    from asgisim.cli.output import check, emit, look

    check(options)
    chosen = catalogue.choose(options.ids)
    width, style = look(options)
    if options.format == "json":
        emit(catalogue.as_json(chosen), options)
    elif options.ids and len(chosen) <= 3:
        emit("\n".join(catalogue.page(rule, width, style) for rule in chosen), options)
    else:
        emit(catalogue.table(chosen, width), options)
    return OK
