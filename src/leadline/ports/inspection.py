"""
Inspection: what a source that can be looked into tells about the queries asked of it, apart from their numbers.

A source that can is a `Source` with `look` beside; what it tells is judged in `domains/checking`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from leadline.errors import SourceError
from leadline.handbook.specs import Limit
from leadline.ports.source import SourceQuery


@dataclass(frozen=True, slots=True)
class Look:
    """A query that is to be looked at."""

    query: SourceQuery
    window_seconds: int
    """How far back its budget reaches."""
    limits: tuple[Limit, ...] = ()
    """Of a gauge: what its objectives compare it with."""


@dataclass(frozen=True, slots=True)
class UnmatchedLabel:
    """A matcher that no series of its metric has."""

    name: str
    matcher: str
    """As written, such as `code="200"`."""
    is_label_known: bool
    """Some series of the metric has the label, with another value."""
    near: str
    """The value or label that was probably meant; empty where none is near."""


@dataclass(frozen=True, slots=True)
class BucketSight:
    """A limit that a histogram does not have as it is written."""

    limit: str
    lower: str
    """The nearest bucket below; empty where there is none."""
    upper: str
    spelling: str
    """How the histogram writes this very limit; empty where it has none."""


@dataclass(frozen=True, slots=True)
class SelectorSight:
    """One selector of a query, as the source knows it."""

    selector: str
    metric: str
    series: int
    """How many series it selects at the instant."""
    is_metric_known: bool
    near_metric: str = ""
    has_samples: bool = True
    """Some series of the metric, whatever its labels, has a sample of the last day."""
    unmatched: tuple[UnmatchedLabel, ...] = ()
    bucket: BucketSight | None = None
    scrape_seconds: float | None = None
    """How far apart samples are; None where that cannot be told."""
    first_seen_at: int | None = None
    """When it was there first, of looks about 28 times in the window; epoch seconds."""
    week_first_at: int | None = None
    """When it was there first in the last seven days, of looks every hour."""
    last_seen_at: int | None = None
    """When it was there last, of looks every five minutes of the last day."""
    day_coverage: float = 0.0
    """Share of the last day's looks at which it was there."""
    falls: int = 0
    """How often its most restless series fell within the last hour."""
    born_above_zero: int = 0
    """Series born within the last day whose first value was not 0."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One query, as the source knows it; with `error` set, what is not told is not known."""

    query: SourceQuery
    selectors: tuple[SelectorSight, ...] = ()
    groups: int = 0
    """Groups that groupBy makes."""
    events: float | None = None
    """Events of the last seven days; None where there were none to be seen, or the query has a window of its own."""
    between: tuple[float | None, float | None] | None = None
    """The same for the buckets on both sides of a limit."""
    good_shares: Mapping[Limit, float] = field(default_factory=dict)
    """Of a gauge: the share of the last seven days' looks that was good."""
    mean: float | None = None
    """Of a ratio that somebody else computed: its mean over the last seven days."""
    error: SourceError | None = None


@runtime_checkable
class Inspector(Protocol):
    """A source that can be looked into."""

    def look(self, looks: Sequence[Look], at: int, *, progress: Callable[[int], None]) -> Iterator[Sight]:
        """One `Sight` for each look, at one instant; `progress` is called with the number of queries done."""

    def sizes(self, selectors: Sequence[str], at: int) -> Mapping[str, tuple[int, float]]:
        """Series of each selector, and seconds from sample to sample; those with few samples are left out."""

    def oldest(self, at: int, window_seconds: int) -> int | None:
        """When the source's own samples begin, looking back so far, epoch seconds; None when it cannot tell."""
