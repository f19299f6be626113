"""``asgisim probe URL``: a hosted copy of the puppet, or of the contract app, put to the test."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from asgisim.cli import reporting, servers
from asgisim.cli.output import check, emit, look
from asgisim.cli.status import BROKEN, INTERRUPTED, OK, UsageError
from asgisim.probe.run import Probed, run
from asgisim.probe.target import CONTRACT, Place, ProbeError, Remote
from asgisim.report import json as json_report
from asgisim.report import text as text_report
from asgisim.report.model import Item, Run, Target
from asgisim.spec import CATALOGUE
from asgisim.spec.editions import CURRENT
from asgisim.spec.rules import By, Party


def probe(options: argparse.Namespace) -> int:
    """Play the set and report. Raises UsageError where the URL cannot be probed."""
    check(options)
    settings = reporting.asked_for(options)
    try:
        remote = Remote(Place(options.url, options.allow_remote), options.rate, options.count)
        done = run(remote, lambda rule: settings.wants(rule, CATALOGUE[rule].level), _progress(options))
    except ProbeError as error:
        raise UsageError(str(error)) from None
    finally:
        if _shows(options):
            sys.stderr.write("\r\x1b[K")
    made = _run_of(done, options)
    _report(done, made, options)
    if done.interrupted:
        return INTERRUPTED
    if not made.held and not made.broken:
        raise UsageError(f"{options.url}: nothing was exercised; look at --only and --count")
    return BROKEN if made.findings or done.broken else OK


def _shows(options: argparse.Namespace) -> bool:
    return sys.stderr.isatty() and not options.quiet


def _progress(options: argparse.Namespace) -> Any:
    if not _shows(options):
        return None

    def tell(name: str) -> None:
        sys.stderr.write(f"\r\x1b[K{options.url}: {name[:50]}")
        sys.stderr.flush()

    return tell


def _run_of(done: Probed, options: argparse.Namespace) -> Run:
    again = f"asgisim probe {options.url} --only"

    def items(founds: list[Any]) -> list[Item]:
        made = [servers.item(one, options.url, f"{again} {one.finding.rule.id}") for one in founds]
        return sorted(made, key=Item.order)

    binding = {
        id for id, rule in CATALOGUE.items() if rule.party is not Party.APP and rule.by is not By.DRIVE
    }
    findings = items(done.findings)
    broken = sorted({item.rule.id for item in findings})
    held = done.exercised & binding - set(broken)
    return Run(
        "probe",
        Target(None, options.url, "?"),
        str(CURRENT),
        examples=done.played,
        seconds=done.seconds,
        interrupted=done.interrupted,
        findings=findings,
        flaky=items(done.flaky),
        held=sorted(held),
        broken=broken,
        not_exercised=reporting.asked(sorted(binding - held - set(broken)), options),
        left_out=done.left_out,
    )


def _report(done: Probed, made: Run, options: argparse.Namespace) -> None:
    if options.format == "text":
        width, style = look(options)
        told = text_report.text(made, width, style, options.verbose, options.quiet)
        emit(_contract(done, options.quiet) + told, options)
    elif options.format == "json":
        import json

        data = json_report.data(made)
        data["app"] = done.kind
        data["contract"] = {"played": len(done.contract), "broken": done.broken}
        data["connections"] = done.connections
        emit(json.dumps(data, indent=2) + "\n", options)
    else:
        emit(reporting.rendered([made], options), options)


def _contract(done: Probed, quiet: bool) -> str:
    """What is not as the contract promises; in the text of a quiet run nothing else."""
    lines = [f"contract {name}: {wrong}" for name, wrongs in done.broken.items() for wrong in wrongs]
    if quiet:
        return "".join(f"{line}\n" for line in lines)
    lines += [""] if lines else []
    if done.kind == CONTRACT:
        kept = len(done.contract) - len(done.broken)
        lines.append(f"The contract app answers: {kept} of {len(done.contract)} contract cases as promised.")
    else:
        lines.append("The puppet answers.")
    return "\n".join(lines) + "\n"
