"""Limits of buckets in the text of a query: one number may be spelt in two ways."""

from __future__ import annotations

import re

_LE_OR_OTHER_TEXT = re.compile(
    r"""
    \b le \s* = \s* (?P<quote>["'`]) (?P<whole>[0-9]+) (?:\.0)? (?P=quote)
    | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*` | \#[^\n]*
    """,
    re.VERBOSE | re.DOTALL,
)


def with_either_spelling(query: str) -> str:
    """
    The query with each `le="1"` or `le="1.0"` matching both, as Prometheus 3 and OpenMetrics write the latter.

    All else is kept to the letter; the syntax tree is not printed, as the parser prints strings without escapes.

    >>> with_either_spelling('sum(x_bucket{le="1"})')
    'sum(x_bucket{le=~"1([.]0)?"})'
    """
    return _LE_OR_OTHER_TEXT.sub(lambda match: f'le=~"{match["whole"]}([.]0)?"' if match["whole"] else match[0], query)
