"""Pieces of Markdown, written by the generated pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_CODE = re.compile(r"(`[^`]+`)")
_ACTIVE = re.compile(r"([\\*_<>\[\]{}$#|])")


def plain(text: str) -> str:
    """Words of the code as they stand, whatever they would mean in Markdown; `code` stays code."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(part if part.startswith("`") else _ACTIVE.sub(r"\\\1", part) for part in parts)


def code(text: str) -> str:
    """Text as code in a line."""
    return f"`{text}`" if "`" not in text else f"`` {text} ``"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first cells do not fold, or nothing where there is no row; a bar inside a cell does not end it."""
    lines = ["| " + " | ".join(re.sub(r"(?<!\\)\|", r"\\|", cell) for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["{.reference}", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *lines])


def fenced(language: str, text: str) -> str:
    """A block of code."""
    return f"```{language}\n{text.strip()}\n```"


def contents(caption: str, places: Sequence[str]) -> str:
    """Pages below this one, for the navigation."""
    return "\n".join(["```{toctree}", ":hidden:", *([f":caption: {caption}"] if caption else []), "", *places, "```"])


def page(*parts: str) -> str:
    """Parts with an empty line between; empty ones are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def anchor(heading: str) -> str:
    """What a link to a heading ends in."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
