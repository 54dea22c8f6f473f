"""What the text of a query says about its selectors: bucket boundaries, metric names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import promql_parser
from promql_parser import Expr, Matcher, MatchOp, VectorSelector

from leadline.core.slices import STEP
from leadline.handbook.promql import fill
from leadline.units import format_duration

_LIMIT_OR_OTHER_TEXT = re.compile(
    r"""
    \b (?P<head> le \s* = \s* ) (?P<quote>["'`]) (?P<limit>[^"'`\\\n]*) (?P=quote)
    | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*` | \#[^\n]*
    """,
    re.VERBOSE | re.DOTALL,
)
_SIGNS = ((MatchOp.Equal, "="), (MatchOp.NotEqual, "!="), (MatchOp.Re, "=~"), (MatchOp.NotRe, "!~"))
"""Pairs, as the parser's operators cannot be keys."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """A matcher `le="text"` and the selector around it, without that matcher, as PromQL."""

    text: str
    selector: str


def with_limit(query: str, limit: str, other: str) -> str:
    """
    The query with each `le` of one value at another; all else is kept to the letter.

    >>> with_limit('sum(x_bucket{le="0.3"})', "0.3", "0.25")
    'sum(x_bucket{le="0.25"})'
    """
    return _LIMIT_OR_OTHER_TEXT.sub(
        lambda match: f'{match["head"]}"{other}"' if match["limit"] == limit else match[0], query
    )


def boundaries(query: str) -> tuple[Boundary, ...]:
    """Each `le` that a query names exactly; none when it cannot be parsed."""
    found: dict[Boundary, None] = {}
    for selector in _selectors(query):
        matchers = list(selector.matchers.matchers)
        for matcher in matchers:
            if matcher.name == "le" and matcher.op == MatchOp.Equal and matcher.value != "+Inf":
                rest = ",".join(_text(other) for other in matchers if other.name != "le")
                if selector.name or rest:
                    found[Boundary(matcher.value, f"{selector.name or ''}{{{rest}}}")] = None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class PlainSelector:
    """A selector of a query without its range, offset and `@`."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...]
    """Label, sign and value of each, besides the metric's name."""

    @property
    def text(self) -> str:
        return self.without("")

    @property
    def limit(self) -> str | None:
        """The value of an exact `le`."""
        return next(
            (value for name, sign, value in self.matchers if (name, sign) == ("le", "=") and value != "+Inf"), None
        )

    def without(self, label: str) -> str:
        """The same with all matchers but those of one label."""
        return self.only(matcher for matcher in self.matchers if matcher[0] != label)

    def only(self, matchers: Iterable[tuple[str, str, str]]) -> str:
        """The metric with these matchers."""
        inside = ",".join(f"{name}{sign}{quoted(value)}" for name, sign, value in matchers)
        return f"{self.metric}{{{inside}}}" if inside or not self.metric else self.metric


def plain_selectors(query: str) -> tuple[PlainSelector, ...]:
    """Each selector of a query once; none when it cannot be parsed."""
    found: dict[PlainSelector, None] = {}
    for one in _selectors(fill(query, format_duration(STEP))):
        signs = [
            (matcher.name, next(sign for op, sign in _SIGNS if op == matcher.op), matcher.value)
            for matcher in one.matchers.matchers
        ]
        metric = one.name or next((value for name, sign, value in signs if (name, sign) == ("__name__", "=")), "")
        rest = tuple(matcher for matcher in signs if not metric or matcher[0] != "__name__")
        found[PlainSelector(metric, rest)] = None
    return tuple(found)


def metric_names(query: str) -> tuple[str, ...]:
    """Names of the metrics that a query reads, in order of appearance."""
    return tuple(dict.fromkeys(selector.name for selector in _selectors(query) if selector.name))


def quoted(text: str) -> str:
    """A string literal of PromQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _text(matcher: Matcher) -> str:
    sign = next(sign for op, sign in _SIGNS if op == matcher.op)
    return f"{matcher.name}{sign}{quoted(matcher.value)}"


def _selectors(query: str) -> Iterator[VectorSelector]:
    found: list[VectorSelector] = []

    def visit(node: Expr) -> bool:
        if isinstance(node, VectorSelector):
            found.append(node)
        return True

    try:
        promql_parser.walk(promql_parser.parse(query), visit)
    except ValueError:
        return
    yield from found
