"""What each command that looks for findings says of them: those asked for, the report, the exit status."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
from collections.abc import Iterable, Sequence

from asgisim.cli import keeping
from asgisim.cli.output import emit, look, say
from asgisim.cli.status import BROKEN, INTERRUPTED, OK, UsageError
from asgisim.fuzz.findings import Found
from asgisim.fuzz.settings import Settings
from asgisim.model import seeds
from asgisim.model.scenario import Scenario
from asgisim.report import text as text_report
from asgisim.report.model import Item, Run
from asgisim.report.style import visible
from asgisim.spec.rules import Level


def asked_for(options: argparse.Namespace) -> Settings:
    """Settings that want the findings of --only, --ignore and --level."""
    return Settings(
        only=tuple(options.only or ()), ignore=tuple(options.ignore or ()), level=Level(options.level)
    )


def asked(rules: Iterable[str], options: argparse.Namespace) -> list[str]:
    """The rules that --only and --ignore leave; verdicts have no --level."""
    only, ignore = tuple(options.only or ()), tuple(options.ignore or ())
    return [
        rule
        for rule in rules
        if (not only or rule.startswith(only)) and not (ignore and rule.startswith(ignore))
    ]


def asked_of(paths: Iterable[str], headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """The routes and headers that were asked for, as words of a command line."""
    words = [word for path in paths for word in ("--path", path)]
    for name, value in headers:
        words += ["--header", shlex.quote(f"{name.decode('latin-1')}: {value.decode('latin-1')}")]
    return words


def item_of(found: Found, target: str, replay: str | None) -> Item:
    """A finding of a run in process as the reports take it. replay: the command that shows it again."""
    finding = found.finding
    return Item(
        found.id(target),
        finding.rule,
        finding.party.value,
        found.protocol,
        finding.detail,
        found.trace,
        finding.step,
        found.scenario.to_json(),
        found.count,
        finding.exchange,
        finding.state,
        finding.where,
        found.caused_by,
        replay,
    )


def saved(item: Item, target: str, folder: str) -> Item:
    """Write a seed that expects what is right: it fails until the app is mended, then guards it."""
    path = keeping.path_of(folder, item.id)
    note = f"found by asgisim: {item.line()}"
    seeds.write(path, seeds.Seed(Scenario.from_json(item.scenario), target, (), note, item.rule.id))
    return dataclasses.replace(item, seed_file=path, replay=keeping.again(path))


def status(runs: Sequence[Run], narrowed: str) -> int:
    """The exit status. narrowed: the options to look at where nothing was exercised: that is a UsageError."""
    if any(run.interrupted for run in runs):
        return INTERRUPTED
    for run in runs:
        if not run.held and not run.broken:
            raise UsageError(f"{run.target.name}: nothing was exercised; look at {narrowed}")
    return BROKEN if any(run.findings for run in runs) else OK


def report(runs: Sequence[Run], options: argparse.Namespace) -> None:
    """Write the report where it belongs."""
    emit(rendered(runs, options), options)


def rendered(runs: Sequence[Run], options: argparse.Namespace) -> str:
    """The report in the form of --format."""
    if options.format == "text":
        width, style = look(options)
        return "\n".join(text_report.text(run, width, style, options.verbose, options.quiet) for run in runs)
    from asgisim.report import github, html, junit, markdown, sarif
    from asgisim.report import json as json_report

    if options.format == "json" and len(runs) > 1:
        return json.dumps({"runs": [json_report.data(run) for run in runs]}, indent=2) + "\n"
    if options.format == "json":
        return json_report.text(runs[0])
    if options.format == "html":
        return html.text(runs)
    forms = {"junit": junit.text, "sarif": sarif.text, "github": github.text, "markdown": markdown.text}
    return forms[options.format](runs)


def tell(lines: Sequence[str], options: argparse.Namespace) -> None:
    """Say something below the report, where the report is text and that is not a file's."""
    if options.format == "text" and not options.quiet:
        for line in lines:
            say(f"{visible(line)}\n")
