"""Writes the table of rules into docs/lint.md from the catalogue. Run it again when a rule comes or changes."""

from __future__ import annotations

from pathlib import Path

from leadline.domains.checking.catalogue import RULES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "lint.md"
BEGIN, END = "<!-- rules -->", "<!-- end of rules -->"


def table() -> str:
    """A row for each rule."""
    rows = [
        f"| `{rule.id}` | {rule.weight} | {'source' if rule.asks_source else 'handbook'} | {rule.title} {rule.reason} |"
        for rule in RULES.values()
    ]
    return "\n".join(("| rule | weight | asks | what it finds, and why that matters |", "|---|---|---|---|", *rows))


def with_table(text: str) -> str:
    """The page with its table as it must be."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
