"""
A source: what brings the raw numbers of SLIs.

A source answers queries on the grid of steps and knows nothing of budgets. What an absent answer means, clamping and
rounding into slices are decided once for all sources, in `domains/measurement`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from leadline.core.slices import Labels
from leadline.errors import SourceError

Floats = NDArray[np.float64]
SIMULATION = "simulation"
"""Type of the DataSource that stands in for all others while a handbook is simulated."""


class Role(StrEnum):
    """What the answer to a query stands for in its SLI."""

    BAD = "bad"
    GOOD = "good"
    TOTAL = "total"
    VALUE = "value"
    """A gauge or a raw ratio, read at the end of each slice."""
    FAILURES = "failures"
    """Failures beside up-minutes, for a mean time between failures."""
    DEMAND = "demand"
    """Condition `onlyWhen`: the slice counts where an answer is there and is not 0."""


@dataclass(frozen=True, slots=True)
class SourceQuery:
    """One query of one SLI."""

    sli: str
    role: Role
    text: str
    """In the source's own language, as the handbook has it; placeholders are not yet filled."""
    counter: bool
    """True: the query names counters and the answer wanted is their increase within each slice."""
    group_by: tuple[str, ...] = ()
    may_be_between: bool = False
    """A limit between two buckets of a histogram may be answered by both of them, `Answer.between`."""


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """
    Numbers of a query whose limit lies between two buckets: `Answer.groups` has the lower bucket's, this the upper's.

    NaN where these two buckets were not asked, which may be everywhere but in some steps.
    """

    limit: str
    lower: str
    upper: str
    groups: Mapping[Labels, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """
    One query's numbers on [start, end): for each group an array with one float64 a slice.

    NaN says that nothing was there, which is not zero. With `error` set there are no numbers.
    """

    query: SourceQuery
    groups: dict[Labels, Floats]
    error: SourceError | None = None
    warnings: tuple[str, ...] = ()
    known_until: int | None = None
    """Epoch seconds from which on the source does not know yet, and is asked again; None where NaN is final."""
    between: tuple[Between, ...] = ()
    """Of a query that may be between: what the upper buckets say."""


class Source(Protocol):
    """Answers queries for every step of a span of time."""

    def check(self) -> None:
        """Raise `SourceError` within 10 s when the source cannot be reached or refuses."""

    def answer(
        self, queries: Sequence[SourceQuery], start: int, end: int, *, progress: Callable[[int], None]
    ) -> Iterator[Answer]:
        """
        One `Answer` for each query, in any order, for slices with start in [start, end), multiples of STEP.

        The value of a slice covers (start, start + STEP] for counters and is read at start + STEP for gauges.
        `progress` is called with the number of query-slices done since its last call.
        """

    def close(self) -> None:
        """Give back connections."""
