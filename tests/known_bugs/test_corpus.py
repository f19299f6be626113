"""The corpus: every bug is an entry or has a reason, and the page says so."""

from __future__ import annotations

from tests.known_bugs import corpus


def test_every_bug_is_in_or_has_a_reason() -> None:
    known = corpus.entries()
    assert [row.id for row in corpus.read() if row.id not in known and not corpus.reason(row)] == []


def test_no_reason_stands_for_what_is_in() -> None:
    known = corpus.entries()
    assert [row.id for row in corpus.read() if row.id in known and row.why] == []


def test_every_entry_is_of_the_corpus() -> None:
    assert corpus.entries().keys() - {row.id for row in corpus.read()} == set()


def test_the_page_is_of_today() -> None:
    assert corpus.PAGE.read_text("utf-8") == corpus.render(corpus.read(), corpus.entries())
