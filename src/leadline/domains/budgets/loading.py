"""
What the arithmetic needs, read from the ledger in as few questions as possible.

Hourly sums serve whole hours; only the hours that an edge cuts are read slice by slice. Objectives that budget time
slices need every slice and are turned into the same shape.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import numpy as np

from leadline.core.budgets import BudgetingMethod, Figures, Subject, Subjects, edges, evaluate, needed_span
from leadline.core.corrections import CorrectionMode, CorrectionSpan
from leadline.core.expectations import MEMORY
from leadline.core.history import History, detail_hours, merge_dense, merge_hours
from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, DenseSlices, HourSums, Labels, SeriesKey
from leadline.core.time_slices import time_slices
from leadline.core.windows import Span
from leadline.handbook.recurrences import concerns, is_announced_in_time, occurrences
from leadline.handbook.specs import BUCKETS, Correction, Handbook, RatioMeasure, Slo
from leadline.ports.corrections import Corrections, all_in_force
from leadline.ports.ledger import Extent, Ledger

BURN_WINDOWS = tuple(minutes * 60 for minutes in (5, 15, 30, 60, 120, 240, 360, 720, 1_440, 4_320))
"""Seconds over which burn rates are always known: those of the shipped alert tiers, 5 minutes to 3 days."""


def burn_windows(handbook: Handbook) -> tuple[int, ...]:
    """Seconds over which burn rates are known: the usual ones, and those that the handbook's strategies look at."""
    tiers = [tier for strategy in handbook.strategies.values() for tier in strategy.tiers]
    return tuple(sorted({*BURN_WINDOWS, *(limit.seconds for tier in tiers for limit in tier.limits)}))


Sums = TypeVar("Sums", HourSums, DenseSlices)

Corrected = Sequence[tuple[Correction, tuple[CorrectionSpan, ...]]]
"""Corrections of SLOs with their intervals."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the history: an objective, or one of its groups."""

    slo: Slo
    labels: Labels | None
    """None for the objective itself."""
    keys: tuple[SeriesKey, ...]
    subject: Subject
    between: tuple[SeriesKey, ...] = ()
    """Events to take away from the bad ones: the column then tells the better end of a limit between two buckets."""

    @property
    def is_group(self) -> bool:
        """False for an objective itself, and for the better end of anything."""
        return self.labels is not None and not self.between

    @property
    def slis(self) -> tuple[str, ...]:
        """Ids in the ledger."""
        return (self.slo.series, self.slo.sli.between) if self.between else (self.slo.series,)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Columns with their history and figures."""

    at: int
    columns: tuple[Column, ...]
    history: History
    figures: Figures
    index: Mapping[tuple[str, Labels | None], int] = field(default_factory=dict)
    better: Mapping[tuple[str, Labels | None], int] = field(default_factory=dict)
    """As `index`, of what is measured by two buckets: where its better end stands."""


class Shelf(Protocol):
    """What is at hand and need not be read from the ledger; None for what is not."""

    def extents(self, slis: Sequence[str]) -> Mapping[SeriesKey, Extent] | None:
        """As the ledger's."""

    def history(self, columns: Sequence[Column], span: Span, hours: Sequence[int]) -> History | None:
        """A history of these columns over a span, with the slices of these hours, all its own."""


class Kept(Protocol):
    """Where a shelf stands."""

    def held(self) -> AbstractContextManager[Shelf]:
        """The shelf, which nobody rearranges within the block."""


class NothingKept:
    """`Kept` and `Shelf` of a program that answers once: everything is read."""

    def held(self) -> AbstractContextManager[Shelf]:
        return nullcontext(self)

    def extents(self, slis: Sequence[str]) -> None: ...

    def history(self, columns: Sequence[Column], span: Span, hours: Sequence[int]) -> None: ...


NOTHING_KEPT = NothingKept()


def judge(  # noqa: PLR0917 - what is judged, and by what
    handbook: Handbook,
    ledger: Ledger,
    slos: Sequence[Slo],
    at: int,
    recorded: Corrections,
    applies_to: str = "slo",
    kept: Kept = NOTHING_KEPT,
) -> Judged:
    """
    Read what these objectives need and evaluate them at `at` (epoch seconds, a step boundary).

    `applies_to` says whose corrections hold; those of an `agreement` only where they were announced in time.
    """
    windows = burn_windows(handbook)
    with ledger.snapshot(), kept.held() as shelf:
        corrected = corrected_spans(all_in_force(handbook, recorded).values(), slos, at, applies_to)
        names = series_names(slos)
        columns = columns_of(corrected, slos, shelf.extents(names) or ledger.extents(names))
        subjects = Subjects.of([column.subject for column in columns])
        span = needed_span(subjects, at, windows)
        cuts = {edge for column in columns for edge in edges(column.subject, at, windows)}
        hours = detail_hours(edge for edge in cuts if span.start <= edge <= span.end)
        history = shelf.history(columns, span, hours) or History.of(
            span.start, span.end, *read_columns(ledger, columns, span, hours)
        )
    return judged_of(at, columns, history, evaluate(history, subjects, at, windows))


def judged_of(at: int, columns: Sequence[Column], history: History, figures: Figures) -> Judged:
    """Figures, with where each column stands."""
    index, better = (
        {
            (column.slo.id, column.labels): number
            for number, column in enumerate(columns)
            if bool(column.between) is is_better
        }
        for is_better in (False, True)
    )
    return Judged(at, tuple(columns), history, figures, index, better)


def series_names(slos: Sequence[Slo]) -> list[str]:
    return [name for slo in slos for name in ((slo.series, slo.sli.between) if _has_ends(slo) else (slo.series,))]


def _has_ends(slo: Slo) -> bool:
    """Whether its slices can have been measured by two buckets."""
    return slo.series == slo.sli.id and isinstance(slo.sli.measure, RatioMeasure)


def columns_of(corrected: Corrected, slos: Sequence[Slo], extents: Mapping[SeriesKey, Extent]) -> tuple[Column, ...]:
    by_sli: dict[str, list[SeriesKey]] = defaultdict(list)
    for key in sorted(extents):
        by_sli[key.sli].append(key)
    columns: list[Column] = []
    for slo in slos:
        keys = tuple(by_sli[slo.series])
        corrections = _corrections(corrected, slo)
        birth = min((extents[key].first for key in keys), default=None)
        columns.append(Column(slo, None, keys, Subject(slo.terms, birth, corrections)))
        if slo.sli.group_by:
            columns += [
                Column(slo, key.labels, (key,), Subject(slo.terms, extents[key].first, corrections)) for key in keys
            ]
        if _has_ends(slo) and (between := by_sli[slo.sli.between]):
            columns += _better([column for column in columns if column.slo is slo], between)
    return tuple(columns)


def _better(columns: Sequence[Column], between: Sequence[SeriesKey]) -> Iterator[Column]:
    """The same columns again, less the events between two buckets of their groups."""
    for column in columns:
        keys = tuple(key for key in between if column.labels is None or group_of(key) == column.labels)
        if keys:
            yield replace(column, between=keys)


def group_of(between: SeriesKey) -> Labels:
    """The group of events between two buckets."""
    return tuple((name, value) for name, value in between.labels if name != BUCKETS)


def corrected_spans(
    corrections: Iterable[Correction], slos: Sequence[Slo], at: int, applies_to: str, since: int | None = None
) -> Corrected:
    """
    What corrects SLOs in the time that judging these can ask for: the past they read, and periods to their end.

    With `since`, judging them at any instant from then to `at`.
    """
    windows, first = {slo.terms.window for slo in slos}, at if since is None else since
    reach = Span(
        min([first, *(window.span(first).start for window in windows)]) - MEMORY,
        max([at, *(window.span(at).end for window in windows)]) + HOUR,
    )
    return [
        (correction, tuple(CorrectionSpan(span, CorrectionMode(correction.mode)) for span in spans))
        for correction in corrections
        if applies_to in correction.applies_to and (spans := _counting(correction, reach, applies_to))
    ]


def _counting(correction: Correction, reach: Span, applies_to: str) -> list[Span]:
    found = occurrences(correction, reach)
    return [span for span in found if applies_to == "slo" or is_announced_in_time(correction, span.start)]


def _corrections(corrected: Corrected, slo: Slo) -> tuple[CorrectionSpan, ...]:
    return tuple(span for correction, spans in corrected if concerns(correction, slo) for span in spans)


def read_columns(
    ledger: Ledger, columns: Sequence[Column], span: Span, hours: Sequence[int]
) -> tuple[list[HourSums], dict[int, list[DenseSlices]]]:
    """Hourly sums of columns over whole hours, and the slices of some hours of these."""
    summed = [column for column in columns if column.slo.terms.method is BudgetingMethod.OCCURRENCES]
    slis = sorted({name for column in summed for name in column.slis})
    sums = ledger.read_hours(slis, span.start, span.end) if slis else {}
    slices = {hour: dense for run in _runs(hours) for hour, dense in _read_detail(ledger, slis, run).items()}
    whole: list[HourSums] = []
    detail: dict[int, list[DenseSlices]] = {hour: [] for hour in hours}
    for column in columns:
        if column.slo.terms.method is BudgetingMethod.OCCURRENCES:
            merged = merge_hours([sums[key] for key in column.keys if key in sums] or [_no_hours(span)])
            whole.append(_less(merged, [sums[key] for key in column.between if key in sums]))
            for hour in hours:
                found = slices[hour]
                parts = [found[key] for key in column.keys if key in found]
                steps = merge_dense(parts or [_no_slices(hour, SLICES_PER_HOUR)])
                detail[hour].append(_less(steps, [found[key] for key in column.between if key in found]))
        else:
            sums_of_column, dense = _time_slices(ledger, column, span)
            whole.append(sums_of_column)
            for hour in hours:
                detail[hour].append(_part(dense, hour))
    return whole, detail


def _less(sums: Sums, between: Sequence[Sums]) -> Sums:
    """The sums without the bad events that are bad by the worse of two buckets alone."""
    for part in between:
        sums = replace(sums, bad=np.maximum(sums.bad - part.bad, 0))
    return sums


def _runs(hours: Sequence[int]) -> list[Span]:
    """Neighbouring hours joined, so that one question reads them."""
    runs: list[Span] = []
    for hour in hours:
        if runs and runs[-1].end == hour:
            runs[-1] = Span(runs[-1].start, hour + HOUR)
        else:
            runs.append(Span(hour, hour + HOUR))
    return runs


def _read_detail(ledger: Ledger, slis: Sequence[str], run: Span) -> dict[int, dict[SeriesKey, DenseSlices]]:
    found = ledger.read(slis, run.start, run.end) if slis else {}
    return {hour: {key: _part(dense, hour) for key, dense in found.items()} for hour in range(run.start, run.end, HOUR)}


def _time_slices(ledger: Ledger, column: Column, span: Span) -> tuple[HourSums, DenseSlices]:
    found = ledger.read(column.slis, span.start, span.end)
    parts = [found[key] for key in column.keys if key in found]
    dense = merge_dense(parts or [_no_slices(span.start, span.slices)])
    dense = _less(dense, [found[key] for key in column.between if key in found])
    return time_slices(dense, column.slo.terms)


def _part(dense: DenseSlices, hour: int) -> DenseSlices:
    first = (hour - dense.start) // STEP
    chosen = slice(first, first + SLICES_PER_HOUR)
    return DenseSlices(hour, dense.bad[chosen], dense.total[chosen], dense.seen[chosen])


def _no_slices(start: int, count: int) -> DenseSlices:
    nothing = np.zeros(count, dtype=np.int64)
    return DenseSlices(start, nothing, nothing, np.zeros(count, dtype=np.bool_))


def _no_hours(span: Span) -> HourSums:
    count = span.seconds // HOUR
    nothing, unseen = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.uint64)
    return HourSums(span.start, nothing, nothing, unseen, unseen)
