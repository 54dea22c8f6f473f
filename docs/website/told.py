"""What pages already say of a command, a setting, a kind or an annotation; the reference takes it over as it stands."""

from __future__ import annotations

import re

from website.links import DOCS, relocated


def cells(name: str, *, of: str, at: str) -> list[str]:
    """
    The row of a table that is about something, cell by cell.

    Args:
        name: a page of `docs/`, such as `operating`.
        of: what the first cell names, alone or beside others.
        at: the page of the site that takes the row over; links are written for it.

    Raises:
        LookupError: the page has no such row.
    """
    source = DOCS / f"{name}.md"
    for line in source.read_text(encoding="utf-8").splitlines():
        if not line.startswith("| "):
            continue
        row = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        named = [each.strip("`") for each in row[0].split(", ")]
        if any(each == of or each.startswith(f"{of} ") for each in named):
            return [relocated(cell, source, at) for cell in row]
    raise LookupError(f"docs/{name}.md: no table has a row about {of}; write one")
