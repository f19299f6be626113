"""What each command does, once its options are read. Returns exit statuses."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from asgisim import target
from asgisim.cli import baselines, campaigning, foreign, keeping, workers
from asgisim.cli.output import emit, look
from asgisim.cli.progress import Progress
from asgisim.cli.reporting import asked, asked_for, asked_of, item_of, report, saved, status, tell
from asgisim.cli.silence import silence
from asgisim.cli.status import BROKEN, OK, UsageError
from asgisim.fuzz.findings import Campaign, Found
from asgisim.judge import Finding, judge
from asgisim.judge.coverage import Coverage
from asgisim.model import seeds
from asgisim.model.scenario import Act, Exchange, Scenario
from asgisim.model.trace import SEND, Trace
from asgisim.report import style as styles
from asgisim.report import text as text_report
from asgisim.report.model import Item, Run, Target
from asgisim.report.timeline import timeline
from asgisim.space import plain_request
from asgisim.spec import CATALOGUE
from asgisim.spec.editions import CURRENT
from asgisim.spec.rules import By, Party
from asgisim.wire import seeds as wire_seeds

EXAMPLES = 5000  # of a campaign in process

# --- fuzz and check --------------------------------------------------------------------------------


def fuzz(options: argparse.Namespace) -> int:
    """Run a campaign on each app, report, and save what was asked for."""
    if getattr(options, "server", None):
        from asgisim.cli import servers  # sockets need packages that the in-process side does without

        return servers.fuzz(options)
    names = _targets(options)
    if options.one_loop and options.loop != "asyncio":
        raise UsageError(f"--one-loop: expected --loop asyncio, but got {options.loop}")
    accepted = baselines.read(options)
    runs: list[Run] = []
    for name in names:
        try:
            runs.append(_campaign(name, options, accepted.known))
        except target.TargetError:
            if runs:  # what was found before is not lost
                report(runs, options)
            raise
        if runs[-1].interrupted:
            break
    said = accepted.settle(runs, options)
    report(runs, options)
    tell(said, options)
    if hasattr(options, "unsaved"):
        raise UsageError(options.unsaved)
    return status(runs, "--only, --protocol and --path")


def _targets(options: argparse.Namespace) -> list[str]:
    """The names of what is to be checked: apps, or middlewares."""
    if not options.middleware:
        if not options.apps:
            raise UsageError(f"expected an app: asgisim {options.command} module:attribute")
        if options.may:
            raise UsageError("--may says what a middleware may change; it goes with --middleware")
        return list(options.apps)
    for name, words in _NOT_FOR_MIDDLEWARE.items():
        if getattr(options, name):
            raise UsageError(words)
    return list(options.middleware)


# Options that say nothing to a middleware, with what is said then.
_NOT_FOR_MIDDLEWARE = {
    "apps": "--middleware: the inner apps are asgisim's own; leave APP out",
    "path": "--path: the inner apps have no routes; leave it out",
    "header": "--header: the inner apps ask for none; leave it out",
    "save": "--save: a seed cannot hold an inner app; the report names it; leave --save out",
    "factory": "--factory: --middleware takes a function of the inner app as it is",
    "wsgi": "--wsgi: with --middleware the inner apps are asgisim's own",
    "one_loop": "--one-loop: every inner app has a loop of its own; leave it out",
}


def _campaign(name: str, options: argparse.Namespace, baseline: set[tuple[str, ...]]) -> Run:
    order = campaigning.Order(
        name,
        options.factory,
        options.wsgi,
        options.path or [],
        campaigning.as_text(options.header or ()),
        options.protocol or [],
        EXAMPLES if options.max_examples is None else options.max_examples,
        options.max_time,
        options.seed,
        options.loop,
        str(options.edition) if options.edition else None,
        options.only or [],
        options.ignore or [],
        options.level,
        options.search,
        keep_loop=options.one_loop,
        save=options.save or "",
        known=sorted(map(list, baseline)),
        middleware=bool(options.middleware),
        may=options.may or [],
    )
    with Progress(name, order.max_examples, sys.stderr, options.quiet) as progress:
        if options.dask:
            from asgisim.cli import cluster

            with cluster.connect(options.dask) as found:
                parts = options.workers if options.workers > 1 else found.workers
                done = workers.run(order, parts, options.python, found.executor)
        elif options.workers > 1:
            done = workers.run(order, options.workers, options.python)
        elif options.python:
            done = foreign.run(options.python, order, progress)
        else:
            with silence():
                done = campaigning.run(order, progress)
    run = _run_of(done, name, options)
    baselines.part(run, baseline)
    if options.save:
        try:
            run.findings = [saved(item, name, options.save) for item in run.findings]
        except OSError as error:  # told after the report, so that nothing is lost
            options.unsaved = f"--save: {options.save} cannot be written: {error.strerror}"
        else:
            keeping.clear(done.saved, [str(item.seed_file) for item in run.findings])
    return run


def _run_of(done: campaigning.Done, name: str, options: argparse.Namespace) -> Run:
    result = done.campaign

    def items(founds: Iterable[Found]) -> list[Item]:
        made = [item_of(found, name, _again(name, found, options)) for found in founds]
        return sorted(made, key=Item.order)

    binding = _binding(options)
    return Run(
        options.command,
        Target(name, None, options.loop, done.versions, done.file),
        str(options.edition or CURRENT),
        options.seed,
        result.examples,
        result.seconds,
        result.interrupted,
        items(result.findings),
        items(result.notes),
        items(result.flaky),
        held=asked([rule for rule in result.held if rule in binding], options),
        broken=asked(result.broken, options),
        not_exercised=asked([rule for rule in result.not_exercised if rule in binding], options),
        left_out=list(dict.fromkeys(result.left_out)),
        coverage=_coverage(result) if options.coverage else None,
    )


def _coverage(result: Campaign) -> Coverage:
    return Coverage(cells=result.cells, exercised=result.exercised, broken=set(result.broken))


def _binding(options: argparse.Namespace) -> set[str]:
    """In process the server is asgisim itself: that its own duties are kept says nothing of the app."""
    others = {By.WIRE} if getattr(options, "middleware", None) else {By.WIRE, By.BETWEEN}
    return {id for id, rule in CATALOGUE.items() if rule.party is not Party.SERVER and rule.by not in others}


def _target(loaded: target.Loaded, options: argparse.Namespace) -> Target:
    return Target(loaded.name, None, options.loop, target.versions(), loaded.file)


def _again(name: str, found: Found, options: argparse.Namespace) -> str:
    named = ["--middleware", name] if options.middleware else [name]
    words = ["asgisim", options.command, *named, "--only", found.finding.rule.id]
    words += ["--factory"] if options.factory else []
    words += ["--wsgi"] if options.wsgi else []
    words += ["--seed", str(options.seed)] if options.seed else []
    words += ["--loop", options.loop] if options.loop != "asyncio" else []
    words += ["--python", options.python] if options.python else []
    words += asked_of(options.path or (), options.header or ())
    return " ".join(words)


# --- trace -----------------------------------------------------------------------------------------


def trace(options: argparse.Namespace) -> int:
    """Run one exchange, within a lifespan where the app has one, and show it."""
    loaded, scenario, whole = _played(options)
    number = len(scenario.exchanges) - 1
    verdicts = judge(whole, options.edition)
    settings = asked_for(options)
    findings = [one for one in verdicts.findings if settings.wants(one.rule.id, one.rule.level)]
    binding = _binding(options)
    run = Run(
        "trace",
        _target(loaded, options),
        str(options.edition or CURRENT),
        examples=1,
        findings=[_traced(one, scenario, whole, loaded.name) for one in findings],
        held=asked([rule for rule in verdicts.held if rule in binding], options),
        broken=sorted({one.rule.id for one in findings}),
        not_exercised=asked([rule for rule in verdicts.not_exercised if rule in binding], options),
    )
    if options.format != "text" or options.quiet:
        report([run], options)
        return BROKEN if findings else OK
    shown = [one for one in whole if options.verbose or one.exchange == number]
    width, style = look(options)
    lines = timeline(shown, None, width, style, whole=True)
    emit("\n".join([*lines, "", _verdict_lines(run, width, style, options.verbose)]), options)
    return BROKEN if findings else OK


def _played(options: argparse.Namespace) -> tuple[target.Loaded, Scenario, Trace]:
    """Load the app and run the exchange, within a lifespan if the app takes part in one."""
    # What the app says is wanted here, but not among what a program reads.
    with contextlib.redirect_stdout(sys.stderr):
        loaded = target.load(options.app, options.factory, options.wsgi)
        exchange = _exchange(options)
        lifespan = Exchange(
            {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        )
        scenario = Scenario([lifespan, exchange])
        whole = campaigning.simulated(loaded.app, scenario, options.loop)
        if not any(
            one.kind == SEND
            and isinstance(one.data, dict)
            and one.data.get("type") == "lifespan.startup.complete"
            for one in whole
        ):
            scenario = Scenario([exchange])
            whole = campaigning.simulated(loaded.app, scenario, options.loop)
    return loaded, scenario, whole


def _traced(finding: Finding, scenario: Scenario, whole: Trace, name: str) -> Item:
    protocol = scenario.exchanges[finding.exchange].protocol
    return item_of(Found(finding, protocol, scenario, whole, caused_by=finding.caused_by), name, None)


def _verdict_lines(run: Run, width: int, style: styles.Style, verbose: bool) -> str:
    blocks = [text_report.finding(item, width, style, verbose) for item in run.findings]
    verdicts = text_report.verdicts(run, style) if verbose else ""
    counts = f"Rules: {len(run.held)} held, {len(run.broken)} broken, {len(run.not_exercised)} not exercised"
    return "\n".join([*blocks, verdicts + counts + ("." if verbose else " (-v lists them).") + "\n"])


def _exchange(options: argparse.Namespace) -> Exchange:
    path, _, query = options.path.partition("?")
    headers = [(b"host", b"localhost"), *(options.header or ())]
    body = options.body.encode()
    websocket = options.method.upper() == "WEBSOCKET"
    exchange = plain_request("GET" if websocket else options.method.upper(), path, body).exchanges[0]
    exchange.scope.update(
        path=unquote_to_bytes(path).decode("utf-8", "replace"),
        raw_path=path.encode("utf-8"),
        query_string=query.encode("utf-8"),
        headers=headers,
    )
    if websocket:
        del exchange.scope["method"]
        exchange.scope.update(type="websocket", scheme="ws", subprotocols=[])
        script = [Act("recv", 0, "event", {"type": "websocket.connect"})]
        if body:
            script.append(Act("send", 1, "event", {"type": "websocket.receive", "text": options.body}))
        exchange.script = [*script, Act("idle", 1, "disconnect", {"code": 1000, "reason": ""})]
    elif body and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(body)).encode()))
    return exchange


# --- replay ----------------------------------------------------------------------------------------


def replay(options: argparse.Namespace) -> int:
    """Run each seed again and compare with what it expects."""
    from asgisim.cli import replaying

    paths = [path for one in options.paths for path in seeds.find(one)]
    wire = [path for path in paths if wire_seeds.is_wire(path)]
    files = [(str(path), seeds.read(path)) for path in paths if path not in wire]
    with silence(not options.verbose):
        results = replaying.run(
            files, options.app, options.factory, options.wsgi, options.loop, options.edition
        )
    settings = asked_for(options)
    items: list[Item] = []
    gone: list[str] = []
    known = 0
    apps = list(dict.fromkeys(result.app for result in results))
    for result in results:
        known += len(result.known)
        gone += [f"{result.path}: {one.rule} is no longer broken" for one in result.gone]
        items += [
            item for item in replaying.items_of(result) if settings.wants(item.rule.id, item.rule.level)
        ]
    binding = _binding(options)
    held: set[str] = set()
    flaky: list[Item] = []
    if wire:
        from asgisim.cli import server_replay  # sockets need packages that the in-process side does without

        outcome = server_replay.run([(str(path), wire_seeds.read(path)) for path in wire], options)
        apps += outcome.names
        items += outcome.items
        flaky = outcome.flaky
        gone += outcome.gone
        known += outcome.known
        held = outcome.exercised
        binding |= held
    run = replaying.summary(results, items, ", ".join(apps), options.loop, binding)
    run.examples += len(wire)
    run.flaky = flaky
    run.held = sorted({*run.held, *held} - set(run.broken))
    run.not_exercised = sorted(set(run.not_exercised) - held)
    run.edition = str(options.edition or CURRENT)
    run.left_out = []
    report([run], options)
    tell([f'{line}: change what is expected to "clean", so that it stays so' for line in gone], options)
    if known:
        tell([f"{known} known break{'' if known == 1 else 's'} as expected."], options)
    return BROKEN if items else OK
