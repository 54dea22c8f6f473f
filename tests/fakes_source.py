"""An honest stand-in for a source: it holds samples as a scraper saw them and knows what each query means."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from leadline.core.slices import STEP, Labels
from leadline.errors import SourceError
from leadline.ports.source import Answer, Floats, SourceQuery

LOOKBACK = 300


@dataclass(frozen=True)
class Metric:
    """Samples, (epoch seconds, value) in order, for each set of labels."""

    samples: Mapping[Labels, Sequence[tuple[int, float]]] = field(default_factory=dict)


class MemorySource:
    """A `Source` that answers the queries it was given metrics for, and refuses all others."""

    def __init__(self, metrics: Mapping[str, Metric]) -> None:
        self._metrics = metrics
        self.closed_count = 0

    def check(self) -> None:
        """Memory is always there."""

    def answer(
        self, queries: Sequence[SourceQuery], start: int, end: int, *, progress: Callable[[int], None]
    ) -> Iterator[Answer]:
        for query in queries:
            metric = self._metrics.get(query.text)
            progress((end - start) // STEP)
            if metric is None:
                yield Answer(query, {}, SourceError(f"cannot be parsed: {query.text}", retryable=False))
            else:
                yield Answer(query, self._groups(metric, query, range(start + STEP, end + STEP, STEP)))

    def close(self) -> None:
        self.closed_count += 1

    def _groups(self, metric: Metric, query: SourceQuery, ends: range) -> dict[Labels, Floats]:
        groups: dict[Labels, Floats] = {}
        for labels, samples in metric.samples.items():
            seen = np.array([_seen(samples, end) for end in ends])
            if query.counter:
                seen = seen - np.array([_seen(samples, end - STEP) for end in ends])
            group = tuple((name, text) for name, text in labels if name in query.group_by)
            both = np.stack([groups.get(group, np.full(len(ends), np.nan)), seen])
            groups[group] = np.where(np.isnan(both).all(axis=0), np.nan, np.nansum(both, axis=0))
        return {group: values for group, values in groups.items() if not np.isnan(values).all()}


def _seen(samples: Sequence[tuple[int, float]], at: int) -> float:
    position = bisect_right(samples, (at, float("inf"))) - 1
    return samples[position][1] if position >= 0 and samples[position][0] >= at - LOOKBACK else float("nan")
