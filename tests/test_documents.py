"""What the pages show is what comes: commands, their output, files, links."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from asgisim.spec import CATALOGUE
from tests import documents
from tests.documents import ELSEWHERE, PAGES, ROOT, SLOW, blocks, play

WRITTEN = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if not {"_build", "rules", "project"} & set(path.parts)  # made, not written
)

SHOWN = [
    name for name in WRITTEN if name.startswith(("README.md", "docs/index", "docs/tutorial", "docs/how-to"))
]


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
    for name in sorted(set(WRITTEN) - set(PAGES) - set(SLOW) - set(ELSEWHERE)):
        kinds = {block.kind for block in blocks((ROOT / name).read_text("utf-8"))}
        assert not kinds & {"console", "sh", "bash"}, name


def test_every_fence_is_understood() -> None:
    for name in WRITTEN:
        text = (ROOT / name).read_text("utf-8")
        assert len(re.findall(r"(?m)^ *```", text)) == 2 * len(list(blocks(text))), name
        for block in blocks(text):
            assert "<!--" not in block.body, f"{name}: a mark within a block"


def test_no_command_hides_in_an_indented_block() -> None:
    for name in SHOWN:
        text = re.sub(r"(?ms)^```.*?^```$", "", (ROOT / name).read_text("utf-8"))
        assert not re.search(r"(?m)\n\n(?: {4}|\t)(?:\$ )?(?:asgisim|pytest|python|pip|make)\b", text), name


@pytest.mark.parametrize("name", SHOWN)
def test_code_on_a_page_for_users_is_run(name: str) -> None:
    """It is a file that commands then use, or the page's own test takes it from there."""
    if name in ELSEWHERE:
        assert Path(name).name in (ROOT / ELSEWHERE[name]).read_text("utf-8")
        return
    for block in blocks((ROOT / name).read_text("utf-8")):
        if block.kind == "python":
            assert "file" in block.marks or "not run" in block.marks, f"{name}: {block.body[:80]}"
        assert block.marks.get("not run", "a reason"), name


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


def built(builder: str, folder: Path) -> Path:
    """The documents as Sphinx builds them, without a warning."""
    pytest.importorskip("sphinx")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-b", builder]
    done = subprocess.run(
        [*command, "-d", str(folder / "trees"), str(ROOT / "docs"), str(folder / "out")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    return folder / "out"


def test_documents_are_read_without_a_warning(tmp_path: Path) -> None:
    built("dummy", tmp_path)


class Page(HTMLParser):
    """The links of a page, the places that one may link to, and what it loads by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.loads.append(given["href"])
        elif tag in ("script", "img", "iframe") and "src" in given:
            self.loads.append(given["src"])


@pytest.mark.slow
def test_built_documents_are_whole_and_need_no_network(tmp_path: Path) -> None:
    folder = built("html", tmp_path)
    pages = {path: Page(path.read_text("utf-8")) for path in folder.rglob("*.html")}
    assert [rule for rule in CATALOGUE if folder / f"reference/rules/{rule}.html" not in pages] == []
    broken = []
    for path, page in pages.items():
        for link in (*page.links, *page.loads):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.loads:
                    broken.append((path.name, link))
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = target in pages
            if not target.exists() or (
                parts.fragment and known and parts.fragment not in pages[target].places
            ):
                broken.append((path.name, link))
    assert broken == []
