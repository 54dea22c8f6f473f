"""
What a query reads, by the way in which Prometheus counts samples: one a series for an instant, all of a range's for a
range, and as often as a subquery looks.

Pure. How many series a selector finds, and how far apart their samples are, is told by who asks the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache

import promql_parser as parser

from leadline.core.slices import STEP
from leadline.handbook.counters import counter_queries
from leadline.handbook.promql import fill
from leadline.handbook.syntax import Selector, milliseconds, parsed
from leadline.ports.source import SourceQuery
from leadline.units import format_duration

_LOOKS_SECONDS = 60
"""Step of a subquery that names none: the usual evaluation interval."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a source holds of a selector."""

    series: int
    scrape_seconds: float


@dataclass(frozen=True, slots=True)
class Read:
    """One selector of a query."""

    selector: str
    range_seconds: float
    """0: the newest sample alone."""
    times: float
    """How often it is looked at, inside subqueries."""

    def samples(self, size: Size) -> float:
        each = self.range_seconds / size.scrape_seconds if self.range_seconds else 1.0
        return size.series * each * self.times


@lru_cache(maxsize=8192)
def reads(text: str) -> tuple[Read, ...]:
    """
    Every selector of a query, as often as it stands there; nothing of what is not PromQL.

    >>> [(read.selector, read.range_seconds, read.times) for read in reads("sum(rate(x[5m])) / y")]
    [('x', 300.0, 1.0), ('y', 0.0, 1.0)]
    >>> [(read.range_seconds, read.times) for read in reads("max_over_time(rate(x[5m])[1h:1m])")]
    [(300.0, 60.0)]
    """
    found: list[Read] = []
    times: list[float] = [1.0]
    inside: list[float] = []

    def enter(node: parser.Expr) -> None:
        if isinstance(node, parser.SubqueryExpr):
            length = node.range or timedelta(0)
            step = node.step.total_seconds() if node.step is not None else _LOOKS_SECONDS
            times.append(times[-1] * max(length / timedelta(seconds=step), 1))
        elif isinstance(node, parser.MatrixSelector):
            one = Selector.of(node.vector_selector).series
            found.append(Read(one, milliseconds(node.range) / 1000, times[-1]))
            inside.append(1)
        elif isinstance(node, parser.VectorSelector) and not inside:
            found.append(Read(Selector.of(node).series, 0.0, times[-1]))

    def leave(node: parser.Expr) -> None:
        if isinstance(node, parser.SubqueryExpr):
            times.pop()
        elif isinstance(node, parser.MatrixSelector):
            inside.pop()

    try:
        parser.walk(parsed(text), enter, leave)
    except ValueError:
        return ()
    return tuple(found)


def samples_of(text: str, sizes: Mapping[str, Size]) -> float:
    """Samples that one evaluation of a query reads."""
    return sum(read.samples(sizes[read.selector]) for read in reads(text) if read.selector in sizes)


def series_of(query: SourceQuery) -> tuple[str, ...]:
    """The selectors of a query of the handbook, each once."""
    return tuple(dict.fromkeys(read.selector for read in reads(_filled(query))))


def collecting(query: SourceQuery) -> str:
    """What Leadline asks each minute for a query: where it counts, and where counting may be wrong."""
    text = _filled(query)
    if not query.counter:
        return text
    try:
        asked = counter_queries(text, STEP, query.group_by)
    except ValueError:
        return text
    return asked.simple if asked.probe is None else f"({asked.simple}) or ({asked.probe})"


def over_window(query: SourceQuery, sizes: Mapping[str, Size], seconds: int) -> float:
    """Samples that one evaluation over a window reads from the series themselves."""
    return sum(float(Fraction(seconds) / Fraction(size.scrape_seconds)) * size.series for size in _own(query, sizes))


def _own(query: SourceQuery, sizes: Mapping[str, Size]) -> list[Size]:
    return [sizes[selector] for selector in series_of(query) if selector in sizes]


def _filled(query: SourceQuery) -> str:
    return fill(query.text, format_duration(STEP))
