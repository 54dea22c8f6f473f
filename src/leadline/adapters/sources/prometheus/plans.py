"""Queries on their way to the server: counters transformed, equal ones asked once, many to a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from leadline.core.slices import STEP
from leadline.errors import SourceError
from leadline.handbook.bucket_limits import with_either_spelling
from leadline.handbook.promql import CounterQueries, counter_queries, fill
from leadline.ports.source import SourceQuery
from leadline.units import format_duration

_GROUPED_WEIGHT = 10
_BATCH_LETTERS = 400_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How equal queries are asked: as they stand, or as a counter; or why they cannot be."""

    queries: tuple[SourceQuery, ...]
    text: str = ""
    counter: CounterQueries | None = None
    warnings: tuple[str, ...] = ()
    error: SourceError | None = None

    @property
    def query(self) -> SourceQuery:
        return self.queries[0]

    @property
    def weight(self) -> int:
        return _GROUPED_WEIGHT if self.query.group_by else 1

    @property
    def letters(self) -> int:
        return len(self.text) if self.counter is None else len(self.counter.simple) + len(self.counter.probe or "")


def alike(queries: Sequence[SourceQuery]) -> list[tuple[SourceQuery, ...]]:
    """Equal queries together."""
    equal: dict[tuple[str, bool, tuple[str, ...]], list[SourceQuery]] = {}
    for query in queries:
        equal.setdefault((query.text, query.counter, query.group_by), []).append(query)
    return [tuple(group) for group in equal.values()]


def as_asked(query: SourceQuery) -> str:
    """A query's text with its placeholders filled."""
    return with_either_spelling(filled(query.text))


def filled(text: str) -> str:
    return fill(text, format_duration(STEP))


def plans_of(queries: Sequence[SourceQuery]) -> list[Plan]:
    return [planned(group) for group in alike(queries)]


def planned(queries: tuple[SourceQuery, ...]) -> Plan:
    """How equal queries are asked."""
    query = queries[0]
    text = as_asked(query)
    if not query.counter:
        return Plan(queries, text)
    try:
        counter = counter_of(text, query.group_by)
    except ValueError as error:
        return Plan(queries, error=SourceError(f"{query.text}: {error}", retryable=False))
    return Plan(queries, text, counter, counter.warnings)


@lru_cache(maxsize=20_000)
def counter_of(text: str, group_by: tuple[str, ...]) -> CounterQueries:
    """Kept, since a backfill asks the same for each of its days."""
    return counter_queries(text, step_seconds=STEP, group_by=group_by)


def batches_of(plans: Sequence[Plan], most: int) -> list[list[Plan]]:
    """Plans that share a request: together at most `most` heavy, where a grouped query weighs more."""
    batches: list[list[Plan]] = [[]]
    weight = letters = 0
    for plan in plans:
        weight, letters = weight + plan.weight, letters + plan.letters
        if batches[-1] and (weight > most or letters > _BATCH_LETTERS):
            batches.append([])
            weight, letters = plan.weight, plan.letters
        batches[-1].append(plan)
    return [batch for batch in batches if batch]
