"""What the pages show is what comes: commands, their output, files, links."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests import documents
from tests.documents import PAGES, ROOT, SLOW, blocks, play

WRITTEN = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if "_build" not in path.parts
)


def holds(name: str, folder: Path) -> None:
    commands = list(play((ROOT / name).read_text("utf-8"), folder))
    assert commands
    for one in commands:
        assert one.holds(), f"{name}: {one.line} ends with {one.status} and prints\n{one.printed}"


@pytest.mark.parametrize("name", PAGES)
def test_page_holds(name: str, tmp_path: Path) -> None:
    holds(name, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_slow_page_holds(name: str, tmp_path: Path) -> None:
    holds(name, tmp_path)


def test_comparison_bites() -> None:
    assert documents.same("a\n...\nb 12 examples in 0.1 s.\n", "a\nx\ny\nb 7 examples in 3.0 s.\n")
    assert not documents.same("a\n...\nb\n", "a\nx\nc\n")
    assert not documents.same("a\n", "a\nb\n")
    assert not documents.same(
        "Rules: 3 held, 2 broken, 1 not exercised", "Rules: 3 held, 1 broken, 1 not exercised"
    )


def test_every_command_is_on_a_page_that_is_run() -> None:
    others = {"docs/how-to/test-client.md", "docs/how-to/serve.md"}  # run by the tests of their code
    for name in sorted(set(WRITTEN) - set(PAGES) - set(SLOW) - others):
        kinds = {block.kind for block in blocks((ROOT / name).read_text("utf-8"))}
        assert not kinds & {"console", "sh", "bash"}, name


def test_python_and_toml_blocks_can_be_read() -> None:
    for name in WRITTEN:
        for block in blocks((ROOT / name).read_text("utf-8")):
            if block.kind == "python":
                compile(block.body, name, "exec")
            elif block.kind == "toml":
                tomllib.loads(block.body)


def test_no_page_is_longer_than_a_person_reads() -> None:
    for name in WRITTEN:
        assert (ROOT / name).read_text("utf-8").count("\n") <= 600, name


LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("name", WRITTEN)
def test_links_lead_somewhere(name: str) -> None:
    text = re.sub(r"(?ms)^```.*?^```$", "", (ROOT / name).read_text("utf-8"))
    for link in LINK.findall(text):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), f"{name}: {link}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{name}: {link}"


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.*)$", path.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def test_no_file_is_longer_than_600_lines() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py", "*.md"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a checkout of git")
    for name in listed.stdout.split():
        if (ROOT / name).is_file():
            assert (ROOT / name).read_text("utf-8").count("\n") <= 600, name
