"""``asgisim fuzz --server NAME``: a campaign for each server, a report for each, and where they differ."""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import itertools
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from asgisim import files
from asgisim.cli import baselines, behind, keeping, reporting
from asgisim.cli.output import emit
from asgisim.cli.progress import Progress
from asgisim.cli.status import UsageError
from asgisim.drive.wire.script import Step, WireScenario
from asgisim.report import html as html_report
from asgisim.report import json as json_report
from asgisim.report.model import Item, Run, Target
from asgisim.servers import Server, ServerError, find
from asgisim.spec import CATALOGUE
from asgisim.spec.editions import CURRENT
from asgisim.spec.rules import By, Party
from asgisim.wire import emit as emitting
from asgisim.wire import seeds as wire_seeds
from asgisim.wire.campaign import fuzz_wire
from asgisim.wire.findings import WireCampaign, WireFound
from asgisim.wire.judge import OPEN, is_open
from asgisim.wire.target import Target as Played

_LACKS = {
    "unix": "does not listen on unix sockets",
    "tls": "offers no TLS",
    "workers": "serves with one process",
}
EXAMPLES = 300  # a scenario over sockets takes some ten milliseconds
# Options that say nothing to a server, with what is said then.
_OTHER = {
    "middleware": "--middleware: a middleware behind a server cannot be checked yet; leave --server out",
    "coverage": "--coverage: it counts what apps do; with --server the application is asgisim's own",
    "wsgi": "--wsgi: with --server the application is asgisim's own",
    "edition": "--edition: a server is judged by the edition that it announces; leave it out",
}
_ALONE = {
    "path": "--path: routes belong to an app; with --server alone the application is asgisim's own",
    "header": "--header: it is for an app's requests; with --server alone the application is asgisim's own",
    "factory": "--factory: there is no app to make; with --server alone the application is asgisim's own",
}


def fuzz(options: argparse.Namespace) -> int:
    """Run a campaign on each server and report. Raises UsageError if one cannot be had."""
    for name, words in {**_OTHER, **(behind.REFUSED if options.apps else _ALONE)}.items():
        if getattr(options, name):
            raise UsageError(words)
    servers = [found(name, options) for name in dict.fromkeys(options.server)]
    accepted = baselines.read(options)
    runs: list[Run] = []
    apps = dict.fromkeys(options.apps or [None])
    turns = [
        (server, argparse.Namespace(**{**vars(options), "apps": [app] if app else []}))
        for app, server in itertools.product(apps, servers)
    ]
    unwritten: list[str] = []
    for ((name, server, loop), one), run in zip(turns, _campaigns(turns, accepted.known), strict=False):
        runs.append(run)
        baselines.part(runs[-1], accepted.known)
        unwritten += _keep(runs[-1], name, server, loop, one)
        if runs[-1].interrupted:
            break
    said = accepted.settle(runs, options)
    _report(runs, options)
    reporting.tell(said, options)
    if unwritten:  # told after the report, so that nothing is lost
        raise UsageError(unwritten[0])
    return reporting.status(runs, "--only and --protocol")


Turn = tuple[tuple[str, Server, str | None], argparse.Namespace]


def _campaigns(turns: Sequence[Turn], known: baselines.Identity) -> Iterator[Run]:
    """A run for each server and app: one after the other here, or side by side on a cluster.

    known: the findings of the baseline, which get no seed.
    """
    options = turns[0][1]
    if not options.dask:
        for server, one in turns:
            yield _campaign(*server, one, known)
        return
    from asgisim.cli import cluster

    with cluster.connect(options.dask) as there:
        futures = []
        for (name, _, _), one in turns:
            told = {key: value for key, value in vars(one).items() if key not in ("run", "dask")}
            futures.append(there.executor.submit(away, name, {**told, "quiet": True, "save": None}))
        for future in futures:
            yield future.result()


def away(name: str, told: dict[str, Any]) -> Run:
    """The campaign on a server, on the machine of whoever calls this. told: the options as plain data."""
    options = argparse.Namespace(**told)
    return _campaign(*found(name, options), options, set())


def found(name: str, options: argparse.Namespace) -> tuple[str, Server, str | None]:
    """The server and its loop: of its name (``hypercorn@trio``), else of --loop."""
    try:
        server, loop = find(name)
    except ServerError as error:
        raise UsageError(f"--server: {error}") from None
    asked = loop or (options.loop if options.loop != "asyncio" else None)
    if asked and asked not in server.loops:
        raise UsageError(
            f"--server {name}: expected a loop out of {', '.join(server.loops)}, but got {asked!r}"
        )
    return name, server, asked


def _campaign(
    name: str, server: Server, loop: str | None, options: argparse.Namespace, known: baselines.Identity
) -> Run:
    most = EXAMPLES if options.max_examples is None else options.max_examples
    settings = replace(
        reporting.asked_for(options),
        protocols=tuple(options.protocol or ("http", "websocket", "lifespan")),
        max_examples=most,
        max_time=options.max_time,
        seed=options.seed,
    )
    for option in ("unix", "tls", "workers"):
        if listens(options).get(option) and option not in server.can:
            raise UsageError(f"--{option}: {name} {_LACKS[option]}")
    if options.http2 and "http/2" not in server.can:
        raise UsageError(f"--http2: {name} does not speak HTTP/2")
    if options.http2 and options.emit_script:
        raise UsageError("--emit-script: scripts speak HTTP/1.1 only; with --http2 keep seeds with --save")
    if options.tls and options.unix:
        raise UsageError("--tls: not over a unix socket; leave --unix or --tls out")
    told: dict[str, str] = {}
    if options.apps:
        settings, told = behind.settings(settings, options)
    target = played(
        server, options.python, loop, options.http2, streams=not options.emit_script, **listens(options)
    )

    def keep(one: WireFound) -> None:
        """As soon as it is sure: it outlives a process that is killed. What fails now is tried at the end."""
        made = item(one, name, "")
        if options.save and not baselines.of(made) & known:
            with contextlib.suppress(OSError):
                _saved(made, name, options.save, listens(options))

    try:
        with Progress(name, most, sys.stderr, options.quiet) as progress:
            done = fuzz_wire(target, settings, progress, keep)
    except ServerError as error:
        raise UsageError(one_line(str(error))) from None
    run = _run_of(done, name, server, loop, options)
    run.target.versions.update(told)
    return run


def played(
    server: Server,
    python: str | None,
    loop: str | None,
    http2: bool = False,
    streams: bool = True,
    **how: Any,
) -> Played:
    """What is played against. how: as `listens` gives it. streams: HTTP/2 too, which scripts do not speak."""
    app = how.pop("app", None)
    if app is not None:
        return behind.target_of(server, app, python, loop, **started(**how))
    return Played(server, python=python, loop=loop, http2=http2, streams=streams, **started(**how))


def listens(options: argparse.Namespace) -> dict[str, Any]:
    """How the server shall be started, as seed files tell it: what is not plain."""
    found: dict[str, Any] = {"app": behind.name(options)} if behind.name(options) else {}
    found.update({"tls": True} if options.tls else {})
    found.update({"unix": True} if options.unix else {})
    found.update({"workers": options.workers} if options.workers > 1 else {})
    return found


def started(tls: bool = False, unix: bool = False, workers: int = 1) -> dict[str, Any]:
    """The same as asgisim.servers.start takes it."""
    return {"tls": tls, "uds": unix, "workers": workers}


def one_line(words: str) -> str:
    """What a server says when it does not start: our words, and the last line of its log."""
    first, *rest = [line for line in words.splitlines() if line.strip()] or ["the server did not start"]
    return (
        f"{first.removesuffix(' The end of its log:')} Its last words: {rest[-1].strip()}" if rest else first
    )


def _run_of(
    done: WireCampaign, name: str, server: Server, loop: str | None, options: argparse.Namespace
) -> Run:
    def items(founds: Sequence[WireFound]) -> list[Item]:
        return sorted(
            (item(one, name, _again(name, one.finding.rule.id, options)) for one in founds), key=Item.order
        )

    app = options.apps[0] if options.apps else None
    binding = {
        id
        for id, rule in CATALOGUE.items()
        if (app or rule.party is not Party.APP) and rule.by is not By.DRIVE
    }
    return Run(
        options.command,
        Target(app, name, loop or server.loops[0], versions(server, options.python)),
        str(CURRENT),
        options.seed,
        done.examples,
        done.seconds,
        done.interrupted,
        items(done.wire_findings),
        items(done.wire_notes),
        items(done.wire_flaky),
        held=reporting.asked([rule for rule in done.held if rule in binding], options),
        broken=reporting.asked(done.broken, options),
        not_exercised=reporting.asked([rule for rule in done.not_exercised if rule in binding], options),
        left_out=list(done.left_out),
    )


def item(found: WireFound, name: str, again: str) -> Item:
    """A finding as the reports take it. again: the command that shows it again."""
    finding = found.finding
    return Item(
        found.id(name),
        finding.rule,
        finding.party.value,
        found.protocol,
        f"{finding.detail} (the text leaves this open)" if is_open(finding) else finding.detail,
        found.trace,
        finding.step,
        found.scenario.to_json(),
        found.count,
        finding.exchange,
        finding.state,
        finding.where,
        finding.caused_by,
        again,
    )


def _again(name: str, rule: str, options: argparse.Namespace) -> str:
    words = ["asgisim", "fuzz", *options.apps, "--server", name, "--only", rule]
    words += ["--factory"] if options.factory else []
    words += reporting.asked_of(options.path or (), options.header or ())
    words += ["--seed", str(options.seed)] if options.seed else []
    words += ["--max-examples", str(options.max_examples)] if options.max_examples else []
    words += ["--loop", options.loop] if options.loop != "asyncio" else []
    words += ["--python", options.python] if options.python else []
    words += ["--unix"] if options.unix else []
    words += ["--tls"] if options.tls else []
    words += ["--http2"] if options.http2 else []
    words += ["--workers", str(options.workers)] if options.workers > 1 else []
    for protocol in options.protocol or ():
        words += ["--protocol", protocol]
    return " ".join(words)


def _keep(run: Run, name: str, server: Server, loop: str | None, options: argparse.Namespace) -> list[str]:
    """Write the seeds and the scripts that were asked for; returns a line for each folder that refuses."""
    unwritten = []
    try:
        for item in run.findings if options.emit_script else ():
            path = os.path.join(options.emit_script, script_name(name, item.id))
            one = WireScenario.from_json(item.scenario)
            how = {key: value for key, value in listens(options).items() if key != "app"}
            text = emitting.script(item.rule, item.message, one, server, loop, **how)
            files.write_text(path, text)
    except OSError as error:
        unwritten.append(f"--emit-script: {options.emit_script} cannot be written: {error.strerror}")
    try:
        if options.save:
            run.findings = [_saved(item, name, options.save, listens(options)) for item in run.findings]
    except OSError as error:
        unwritten.append(f"--save: {options.save} cannot be written: {error.strerror}")
    return unwritten


def script_name(server: str, id: str) -> str:
    """Of an emitted script: what can be imported as a module."""
    return f"{re.sub('[^a-z0-9]', '_', server.lower())}_{id}.py"


def _saved(item: Item, name: str, folder: str, listens: dict[str, Any]) -> Item:
    """Write a seed that expects what is right: it fails until the server is mended, then guards it."""
    path = keeping.path_of(folder, item.id)
    note = f"found by asgisim: {item.line()}"
    seed = wire_seeds.WireSeed(WireScenario.from_json(item.scenario), name, (), note, item.rule.id, listens)
    wire_seeds.write(path, seed)
    return replace(item, seed_file=path, replay=keeping.again(path))


_ASK = """
import importlib.metadata, json, platform, sys
found = {"python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def versions(server: Server, python: str | None) -> dict[str, str]:
    """The versions of the server and of what it stands on, in the interpreter that ran it."""
    if python is not None:
        told = subprocess.run(
            [python, "-c", _ASK, *server.modules], capture_output=True, text=True, check=False
        )
        try:
            return dict(json.loads(told.stdout))
        except ValueError:
            return {}
    found = {"python": platform.python_version()}
    for module in server.modules:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[module] = importlib.metadata.version(module)
    return found


# --- reports ---------------------------------------------------------------------------------------


def verdicts(runs: Sequence[Run]) -> dict[str, dict[str, str]]:
    """The rules that one of the servers breaks or gets advice for, each with a verdict per server."""
    told: set[str] = set()
    for run in runs:
        told |= {item.rule.id for item in (*run.findings, *run.known, *run.notes)}
    return {rule: {run.target.name: _verdict(run, rule) for run in runs} for rule in sorted(told)}


def _verdict(run: Run, rule: str) -> str:
    if any(item.rule.id == rule for item in (*run.findings, *run.known)):
        return "broken"
    if any(item.rule.id == rule for item in run.notes):
        return "open" if rule in OPEN else "advice"
    return "held" if rule in run.held else "not seen"


def table(runs: Sequence[Run]) -> str:
    """Rules by servers, as text; empty if there is nothing to tell."""
    rows = verdicts(runs)
    if not rows:
        return ""
    names = [run.target.name for run in runs]
    first = max(len("rule"), *(len(rule) for rule in rows))
    widths = [max(len(name), len("not seen")) for name in names]

    def line(head: str, cells: Sequence[str]) -> str:
        padded = (f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        return f"{head:<{first}}  {'  '.join(padded)}".rstrip()

    lines = [line("rule", names), *(line(rule, list(cells.values())) for rule, cells in rows.items())]
    return "\n".join([*lines, *_examples(runs, rows)]) + "\n"


def _examples(runs: Sequence[Run], rows: dict[str, dict[str, str]]) -> list[str]:
    """For each rule in which the servers differ: the smallest scenario that shows it, and what each did."""
    lines: list[str] = []
    for rule, cells in rows.items():
        if len(set(cells.values()) - {"not seen"}) < 2:
            continue
        seen = [
            (run.target.name, one)
            for run in runs
            for one in (*run.findings, *run.known, *run.notes)
            if one.rule.id == rule and one.scenario
        ]
        if not seen:
            continue
        name, least = min(seen, key=lambda pair: len(pair[1].scenario["wire"]))
        lines += ["", f"{rule} differs; smallest example, on {name}:", f"    {brief(least.scenario)}"]
        told: dict[str, str] = {}
        for other, one in seen:
            told.setdefault(other, one.message)
        lines += [f"    {other}: {message}" for other, message in told.items()]
    return ["", *lines[1:]] if lines else []


def brief(scenario: dict[str, Any]) -> str:
    """A wire scenario in one line: ``client request GET /a, app send http.response.start, ...``."""
    return ", ".join(_brief(step) for step in WireScenario.from_json(scenario).steps)


def _brief(step: Step) -> str:
    arg, words = step.arg, [step.who if not step.number else f"{step.who} {step.number}", step.act]
    if step.act == "request" and isinstance(arg, dict):
        words += [arg.get("method", b"GET").decode("latin-1"), ascii(arg.get("target", b"/"))[2:-1]]
    elif step.act == "send" and step.who == "client":
        data = arg.get("data", b"") if isinstance(arg, dict) else arg
        words.append(ascii(data if len(data) < 80 else data[:80] + b"..."))
    elif step.act == "send":
        events = arg if isinstance(arg, list) else [arg]
        words.append(" + ".join(str(e.get("type")) if isinstance(e, dict) else ascii(e) for e in events))
    elif step.act == "frame" and isinstance(arg, dict):
        words += [str(arg.get("opcode", "text")), *([str(arg["code"])] if "code" in arg else [])]
    return " ".join(words)


def _report(runs: Sequence[Run], options: argparse.Namespace) -> None:
    if (
        len(runs) < 2
        or options.format not in ("text", "json", "html")
        or (options.quiet and options.format == "text")
    ):
        reporting.report(runs, options)
    elif options.format == "json":
        data: dict[str, Any] = {"runs": [json_report.data(run) for run in runs], "verdicts": verdicts(runs)}
        emit(json.dumps(data, indent=2) + "\n", options)
    elif options.format == "html":
        emit(html_report.text(runs, verdicts(runs)), options)
    else:
        told = table(runs)
        emit(reporting.rendered(runs, options) + (f"\n{told}" if told else ""), options)
