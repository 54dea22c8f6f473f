"""The changelog: what was released, and the notes of what was not."""

from __future__ import annotations

from website.links import ROOT, relocated
from website.markdown import page

AT = "changelog.md"
_ORDER = ("added", "changed", "fixed", "removed")


def changelog_page() -> str:
    """`CHANGELOG.md` with the notes of `changelog.d/` under "Unreleased"."""
    whole = ROOT / "CHANGELOG.md"
    text = relocated(whole.read_text(encoding="utf-8"), whole, AT)
    head, title, rest = text.partition("## Unreleased\n")
    _, found, released = rest.partition("\n## ")
    return page(head, title, *(_notes(sort) for sort in _ORDER), f"## {released}" if found else "")


def _notes(sort: str) -> str:
    notes = [
        "- " + " ".join(relocated(path.read_text(encoding="utf-8"), path, AT).split())
        for path in sorted((ROOT / "changelog.d").glob(f"*.{sort}.md"))
    ]
    return "\n".join([f"### {sort.capitalize()}", "", *notes]) if notes else ""
