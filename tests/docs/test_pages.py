"""The documentation is true: links lead somewhere, what pages say to type prints what they say."""

from __future__ import annotations

import doctest
import re
import signal
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest

from pages import Block, Follower, anchors, blocks, links, matches, needs, pages, steps
from tree import ROOT, name_of

README = ROOT / "README.md"
"""Its commands set up and test everything: CI types them, not a test."""
CONSOLE_PAGES = [page for page in pages() if page != README and any(b.info == "console" for b in blocks(page))]
WITHOUT_SERVERS = [page for page in CONSOLE_PAGES if not needs(page)]
WITH_PROMETHEUS = [page for page in CONSOLE_PAGES if needs(page)]
DESIGN_WORDS = {
    "handbook", "service", "team", "tier", "SLI", "SLO", "agreement", "slice", "state of a slice", "ledger", "entry",
    "window", "budget", "burn rate", "level", "policy", "decision", "statement",
}  # fmt: skip


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_a_page_opens_with_its_title(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if page.parent.name != "changelog.d" and text:
        assert text.startswith("# ")


@pytest.mark.parametrize("page", WITHOUT_SERVERS, ids=name_of)
def test_what_a_page_says_to_type_prints_what_it_says(page: Path, tmp_path: Path) -> None:
    assert Follower(page, tmp_path, {}).follow() > 0


@pytest.mark.node_exporter
@pytest.mark.parametrize("page", WITH_PROMETHEUS, ids=name_of)
def test_a_page_about_a_real_prometheus_prints_what_it_says(
    page: Path, tmp_path: Path, watched_prometheus: dict[str, str]
) -> None:
    assert Follower(page, tmp_path, watched_prometheus).follow() > 0


@pytest.mark.parametrize(
    "page", [page for page in pages() if any(b.info == "pycon" for b in blocks(page))], ids=name_of
)
def test_arithmetic_in_a_page_comes_out_as_it_says(page: Path) -> None:
    text = "\n\n".join("\n".join(block.lines) for block in blocks(page) if block.info == "pycon")
    printed: list[str] = []
    example = doctest.DocTestParser().get_doctest(text, {}, name_of(page), str(page), 0)
    outcome = doctest.DocTestRunner(verbose=False).run(example, out=printed.append)
    assert outcome.attempted > 0
    assert outcome.failed == 0, "".join(printed)


def test_every_page_of_docs_can_be_reached_from_the_index() -> None:
    seen, todo = set(), [ROOT / "docs" / "index.md"]
    while todo:
        page = todo.pop()
        if page in seen:
            continue
        seen.add(page)
        targets = [(page.parent / unquote(link).partition("#")[0]).resolve() for link in links(page) if ":" not in link]
        todo += [target for target in targets if target.suffix == ".md" and target.exists()]
    assert [name_of(page) for page in ROOT.glob("docs/**/*.md") if page not in seen] == []


def test_the_glossary_has_every_word_once() -> None:
    rows = re.findall(
        r"^\| \*\*(.+?)\*\* \|", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(rows) == len(set(rows))
    assert DESIGN_WORDS - {word for row in rows for word in row.split(", ")} == set()


def test_the_changelog_has_a_place_for_what_is_not_released_and_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "\n## Unreleased\n" in text
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f'__version__ = "{version}"' in (ROOT / "src" / "leadline" / "__init__.py").read_text(encoding="utf-8")


def test_decisions_are_numbered_without_holes_and_have_the_same_parts() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        headings = re.findall(r"^## (.+)$", record.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings[:3] == ["Context", "Decision", "Consequences"], record.name


@pytest.mark.parametrize(
    ("expected", "printed", "is_match"),
    [
        (("a", "b"), "a\nb\n", True),
        (("a", "..."), "a\nb\nc\n", True),
        (("...", "c"), "a\nb\nc\n", True),
        (("a ... c",), "a b c\n", True),
        (("a",), "a\nb\n", False),
        (("a ... c",), "a\nc\n", False),
        ((), "a\n", False),
        ((), "", True),
        (("a.c",), "abc\n", False),
    ],
)
def test_a_difference_in_what_is_printed_is_seen(expected: tuple[str, ...], printed: str, is_match: bool) -> None:
    assert matches(expected, printed) is is_match


def test_a_program_that_stays_is_waited_for_and_ended(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    stays = "$ sh -c 'echo ready; exec sleep 600' &\nready"
    page.write_text(f"```console\n{stays}\n```\n")
    follower = Follower(page, tmp_path, {})
    assert follower.follow() == 1
    assert [program.returncode for program in follower._staying] == [-signal.SIGTERM]
    page.write_text("```console\n$ sh -c 'echo broken; exit 3' &\nready\n```\n")
    with pytest.raises(AssertionError, match="ended with 3\nbroken"):
        Follower(page, tmp_path, {}).follow()


def test_a_page_is_read_as_a_person_reads_it(tmp_path: Path) -> None:
    page = ROOT / "docs" / "index.md"
    block = Block("console", ("$ printf 'a\\nb\\n' \\", ">   | cat", "a", "b", "$ false", "$ echo $?", "1"), 1, None)
    assert [step.command for step in steps(block)] == ["printf 'a\\nb\\n' | cat", "false", "echo $?"]
    follower = Follower(page, tmp_path, {})
    todo = list(steps(block))
    follower._take(todo[0], may_fail=False)
    follower._take(todo[1], may_fail=True)
    follower._take(todo[2], may_fail=False)
    with pytest.raises(AssertionError, match="exit code 1"):
        follower._take(todo[1], may_fail=False)
