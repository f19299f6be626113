"""The rules as `asgisim rules` tells them: a table, or a page for each."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from asgisim.report.style import Style, plain
from asgisim.report.timeline import timeline
from asgisim.spec import CATALOGUE
from asgisim.spec.rules import By, Rule


def choose(ids: Sequence[str]) -> list[Rule]:
    """The rules that are named, or begin with what is named; all of them without a name. Sorted."""
    exact = [CATALOGUE[id] for id in ids if id in CATALOGUE]
    if ids and len(exact) == len(ids):
        return exact
    wanted = tuple(ids)
    return [rule for id, rule in sorted(CATALOGUE.items()) if not wanted or id.startswith(wanted)]


def table(rules: Sequence[Rule], width: int = 80) -> str:
    """A line for each rule: its id, whom it binds, its level, and as much of the sentence as fits."""
    lines = []
    for rule in rules:
        line = f"{rule.id} ({rule.party.value}, {rule.level.value}): {rule.says}"
        lines.append(line if len(line) <= width else f"{line[: width - 3]}...")
    number = f"{len(rules)} rule{'' if len(rules) == 1 else 's'}"
    return "\n".join([*lines, f"{number}; asgisim rules ID tells one in full."]) + "\n"


def page(rule: Rule, width: int = 80, style: Style = plain) -> str:
    """One rule in full, with a trace that keeps it and one that breaks it, where there are such."""
    lines = [
        style("rule", rule.id),
        "",
        *textwrap.wrap(rule.says, width, initial_indent="  ", subsequent_indent="  "),
        "",
    ]
    rows = [
        ("Binds", {"both": "the app and the server"}.get(rule.party.value, f"the {rule.party.value}")),
        ("Level", rule.level.value + (" (advice: breaking it is no fault)" if rule.advisory else "")),
        ("Since", rule.since),
        ("Spec", "a rule of asgisim's own" if rule.by is By.DRIVE else rule.url or rule.section),
        ("Mend", rule.hint),
    ]
    for name, words in rows:
        if words:
            first, *rest = [words] if name == "Spec" else textwrap.wrap(words, width - 10)
            lines.append(f"  {style('label', name)}{' ' * (8 - len(name))}{first}")
            lines += [" " * 10 + line for line in rest]
    example = examples().get(rule.id)
    if example is not None:
        lines += ["", "  Kept:", *timeline(example.keeps.steps, None, width, style)]
        lines += ["", "  Broken:", *timeline(example.breaks.steps, None, width, style)]
    return "\n".join(lines) + "\n"


def as_json(rules: Sequence[Rule]) -> str:
    """The rules as a JSON list, with their examples as traces."""
    known = examples()
    data: list[dict[str, Any]] = []
    for rule in rules:
        example = known.get(rule.id)
        data.append(
            {
                "id": rule.id,
                "party": rule.party.value,
                "level": rule.level.value,
                "since": rule.since,
                "section": rule.section,
                "url": rule.url,
                "says": rule.says,
                "hint": rule.hint,
                "by": rule.by.value,
                "advisory": rule.advisory,
                "keeps": None if example is None else example.keeps.to_json(),
                "breaks": None if example is None else example.breaks.to_json(),
            }
        )
    return json.dumps(data, indent=2) + "\n"


def examples() -> Mapping[str, Any]:
    """For each rule that has them, a trace that keeps it and one that breaks only it."""
    from asgisim.examples import EXAMPLES

    return EXAMPLES
