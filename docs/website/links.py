"""Where each file of the repository stands in the site, and links written for that place."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_ELSEWHERE = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "changelog.d/README.md": "contributing.md",
    "README.md": "index.md",
}
_LINK = re.compile(r"(?P<code>`+)(?P<inside>.+?)(?P=code)(?!`)|\]\((?P<target>[^)\s]+)\)")


def place_of(path: Path) -> str:
    """
    Where a file stands in the site.

    >>> place_of(DOCS / "adr" / "0001-record-decisions.md"), place_of(ROOT / "CONTRIBUTING.md")
    ('adr/0001-record-decisions.md', 'contributing.md')
    """
    name = path.relative_to(ROOT).as_posix()
    return _ELSEWHERE.get(name) or (name.removeprefix("docs/") if name.startswith("docs/") else f"files/{name}")


def relocated(text: str, source: Path, at: str) -> str:
    """
    The text with its links written for another place; links inside code, to other hosts and to headings stay.

    >>> relocated("[a](../CONTRIBUTING.md#tests), `[b](c.md)`", DOCS / "index.md", "reference/cli.md")
    '[a](../contributing.md#tests), `[b](c.md)`'
    """

    def moved(found: re.Match[str]) -> str:
        target = found["target"]
        if target is None or re.match(r"[a-z]+:", target):
            return found[0]
        path, _, heading = target.partition("#")
        goal = place_of((source.parent / path).resolve()) if path else place_of(source)
        if not path and goal == at:
            return found[0]
        way = posixpath.relpath(goal, posixpath.dirname(at) or ".")
        return f"]({way}{'#' if heading else ''}{heading})"

    return _LINK.sub(moved, text)


def linked_files(text: str, source: Path) -> set[Path]:
    """Files that are not pages and that the text links to or shows."""
    found = {
        (source.parent / each["target"].partition("#")[0]).resolve() for each in _LINK.finditer(text) if each["target"]
    }
    return {path for path in found if path.is_file() and path.suffix != ".md"}
