"""The order in which the site shows its pages. A page without a place here stands at the end of the how-to pages."""

from __future__ import annotations

from collections.abc import Iterable

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Tutorial", ("demo", "walkthrough")),
    ("Concepts", ("concepts", "composites", "revisions", "glossary")),
    (
        "How to",
        (
            "handbook",
            "sources",
            "operating",
            "backtest",
            "alerts",
            "lint",
            "diff",
            "rules",
            "cost",
            "serving",
            "pages",
            "objective-page",
            "access",
            "recording",
            "corrections",
            "simulator",
            "migration",
        ),
    ),
    (
        "Reference",
        (
            "reference/cli",
            "reference/api",
            "reference/api-shapes",
            "reference/operations",
            "reference/kinds",
            "reference/outcomes",
            "metrics",
            "benchmarks",
        ),
    ),
    ("A whole practice", ("virtengine",)),
    ("Project", ("contributing", "adr/index", "changelog")),
)
_REST = "How to"
_ROOT = "index"


def sections(pages: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """
    Captions with the pages below them, of the pages that there are.

    >>> sections(["walkthrough", "new-feature", "handbook"])
    (('Tutorial', ('walkthrough',)), ('How to', ('handbook', 'new-feature')))
    """
    there = set(pages)
    placed = {page for _, named in SECTIONS for page in named}
    rest = tuple(sorted(page for page in there - placed if "/" not in page and page != _ROOT))
    found = (
        (caption, (*(page for page in named if page in there), *(rest if caption == _REST else ())))
        for caption, named in SECTIONS
    )
    return tuple((caption, named) for caption, named in found if named)
