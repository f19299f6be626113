"""Lifespan: legal lives are silent, and each mistake is told once, by its own rule."""

from __future__ import annotations

import pytest

from tests.spec.told import faults, notes, report

UP = "lifespan\n> lifespan.startup\n< lifespan.startup.complete\n"

LEGAL = {
    "a whole life": f"{UP}> lifespan.shutdown\n< lifespan.shutdown.complete\nreturn",
    "a shutdown that fails": f"{UP}> lifespan.shutdown\n< lifespan.shutdown.failed\nraise OSError",
    "a startup that fails, and returns": "lifespan\n> lifespan.startup\n< lifespan.startup.failed\nreturn",
    "a startup that fails, and raises": """
        lifespan
        > lifespan.startup
        < lifespan.startup.failed message='no database'
        raise RuntimeError text='no database', own=False""",
    "a startup that fails, and waits": "lifespan\n> lifespan.startup\n< lifespan.startup.failed\n?",
    "an app without lifespan": "lifespan\nraise AssertionError text='http only', own=False",
    "a scope without state": f"lifespan, state=absent\n{UP.partition(chr(10))[2]}> lifespan.shutdown\n"
    "< lifespan.shutdown.complete\nreturn",
    "an app that is cancelled": f"{UP}?\ncancel 'x'\n< lifespan.shutdown.failed\nraise CancelledError",
    "a server that never shuts down": f"{UP}?\ncancel 'the server stops'\nraise CancelledError",
}


@pytest.mark.parametrize("name", LEGAL)
def test_legal_lives_are_silent(name: str) -> None:
    found = report(LEGAL[name])
    assert [finding.line() for finding in found.findings + found.notes] == []


def test_raising_on_startup_is_no_fault() -> None:
    # The documented way out of an app that knows no lifespan; whether it meant to stop the server is asked.
    text = "lifespan\n> lifespan.startup\nraise RuntimeError text='x', own=False"
    assert (faults(text), notes(text)) == ([], ["lifespan.exception.use-failed"])


@pytest.mark.parametrize(
    "text", ["lifespan\nreturn", f"{UP}return", f"{UP}raise RuntimeError text='x', own=False"]
)
def test_leaving_early_is_a_note(text: str) -> None:
    assert (faults(text), notes(text)) == ([], ["lifespan.app.stays"])


MISTAKES = {
    "a silent return": ("lifespan\n> lifespan.startup\nreturn", "lifespan.startup.answered"),
    "a state that is not empty": (
        f"lifespan, state={{'a': 1}}\n{UP.partition(chr(10))[2]}?",
        "lifespan.scope.state.empty",
    ),
    "a second complete": (f"{UP}< lifespan.startup.complete\n?", "lifespan.startup.answer-once"),
    "complete and failed": (f"{UP}< lifespan.startup.failed\n?", "lifespan.startup.answer-once"),
    "a shutdown answer during startup": (
        "lifespan\n> lifespan.startup\n< lifespan.shutdown.complete\n< lifespan.startup.complete\n?",
        "lifespan.shutdown.answer-after-event",
    ),
    "an answer before startup": (
        "lifespan\n< lifespan.startup.complete\n> lifespan.startup\n?",
        "lifespan.startup.answer-after-event",
    ),
    "no shutdown answer": (f"{UP}> lifespan.shutdown\nreturn", "lifespan.shutdown.answered"),
    "a shutdown that raises": (
        f"{UP}> lifespan.shutdown\nraise RuntimeError text='x', own=False",
        "lifespan.shutdown.answered",
    ),
    "two shutdown answers": (
        f"{UP}> lifespan.shutdown\n< lifespan.shutdown.complete\n< lifespan.shutdown.failed\nreturn",
        "lifespan.shutdown.answer-once",
    ),
    "shutdown after failed": (
        "lifespan\n> lifespan.startup\n< lifespan.startup.failed\n> lifespan.shutdown\n"
        "< lifespan.shutdown.complete\nreturn",
        "lifespan.shutdown.after-startup",
    ),
    "shutdown first": ("lifespan\n> lifespan.shutdown\nraise OSError", "lifespan.startup.first"),
    "shutdown twice": (f"{UP}> lifespan.shutdown\n> lifespan.shutdown\n?", "lifespan.shutdown.once"),
    "an event after a raise": (
        "lifespan\nraise OSError\n> lifespan.startup",
        "lifespan.exception.no-more-events",
    ),
    "an HTTP version on the lifespan": (
        "lifespan, asgi={'version': '3.0', 'spec_version': '2.4'}\nraise OSError",
        "lifespan.scope.asgi.spec-version",
    ),
    "an HTTP event given": (f"{UP}> http.request\n?", "lifespan.receive.types"),
    "an unknown event sent": (f"{UP}< lifespan.startup.done\n?", "lifespan.send.types"),
    "a message that is no str": (
        "lifespan\n> lifespan.startup\n< lifespan.startup.failed message=b'x'\nreturn",
        "lifespan.startup.failed.message.type",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_once_by_its_own_rule(name: str) -> None:
    text, rule = MISTAKES[name]
    assert faults(text) == [rule]


def test_a_hang_has_the_name_of_what_is_due() -> None:
    hang = "fact robust.hang detail='waits', where=[]"
    assert faults(f"{UP}> lifespan.shutdown\n< lifespan.shutdown.complete\n{hang}") == [
        "lifespan.shutdown.app-returns"
    ]
    assert faults(f"{UP}> lifespan.shutdown\n{hang}") == ["robust.hang"]


def test_a_server_that_took_a_misplaced_complete_is_not_blamed_for_shutdown() -> None:
    text = "lifespan\n< lifespan.startup.complete\n> lifespan.startup\n> lifespan.shutdown\nraise OSError"
    parties = {finding.party.value for finding in report(text).findings}
    assert parties == {"app"}
