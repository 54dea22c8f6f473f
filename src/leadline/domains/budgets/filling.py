"""
How a sheet is filled: the columns of many objectives, read from the ledger a table at a time where that is possible.

Events of whole groups are added up in arrays; columns that count time slices, or less the events between two buckets,
are read as a history that is laid out anew reads them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from leadline.core.budgets import BudgetingMethod
from leadline.core.layout import table
from leadline.core.sheets import Hourly, Sheet
from leadline.core.slices import HOUR, STEP, Bools, Ints, SeriesKey, SliceTable
from leadline.core.windows import Span
from leadline.domains.budgets.loading import Column, read_columns
from leadline.ports.ledger import Ledger

_PIECE = 500
"""Columns that are read as objects at once."""


def is_plain(column: Column) -> bool:
    """Whether its slices are the sum of its series and nothing else."""
    return column.slo.terms.method is BudgetingMethod.OCCURRENCES and not column.between


def lasting(column: Column) -> tuple[object, ...]:
    """What the numbers of a column depend on; columns of which this is equal have equal numbers."""
    terms = column.slo.terms
    sliced = None
    if terms.method is not BudgetingMethod.OCCURRENCES:
        sliced = (terms.method, terms.slice_seconds, terms.slice_target, terms.on_no_traffic)
    return column.slo.series, column.keys, column.between, sliced


class Filler:
    """Fills a sheet whose columns these are."""

    def __init__(self, ledger: Ledger, sheet: Sheet, columns: Sequence[Column]) -> None:
        self._ledger, self._sheet, self._columns = ledger, sheet, columns

    def renew(self, touched: Mapping[int, Span]) -> None:
        """Read again what may have changed: for some columns, each with its span."""
        by_span: dict[Span, list[int]] = defaultdict(list)
        for place, span in touched.items():
            inside = Span(max(span.start, self._sheet.start), min(span.end, self._sheet.end))
            if inside.start < inside.end:
                by_span[inside].append(place)
        for span, places in by_span.items():
            hours = range(span.start // HOUR * HOUR, span.end, HOUR)
            is_quick = len(hours) <= 2 and all(self._is_kept_whole(hour) for hour in hours)
            plain = [place for place in places if is_quick and is_plain(self._columns[place])]
            for hour in hours if plain else ():
                self._put_slices(plain, max(span.start, hour), min(span.end, hour + HOUR))
            self.read_hours([place for place in places if not is_quick or not is_plain(self._columns[place])], span)

    def read_hours(self, places: Sequence[int], span: Span) -> None:
        """Whole hours of some columns, with the slices that the sheet keeps of them."""
        by_span: dict[Span, list[int]] = defaultdict(list)
        for place in places:
            by_span[self._widened(place, span)].append(place)
        for wide, chosen in by_span.items():
            hours = [hour for hour in sorted(self._sheet.detail) if wide.start <= hour < wide.end]
            for first in range(0, len(chosen), _PIECE):
                self._read_piece(chosen[first : first + _PIECE], wide, hours)

    def keep_detail(self, hour: int, places: Sequence[int] | None) -> None:
        """Keep the slices of an hour, of some columns or of all."""
        every = range(len(self._columns)) if places is None else places
        bad, total = (np.zeros((HOUR // STEP, len(every)), np.int64) for _ in range(2))
        standing = {place: number for number, place in enumerate(every)}
        plain = [place for place in every if is_plain(self._columns[place])]
        if plain:
            at = np.array([standing[place] for place in plain])
            bad[:, at], total[:, at], _ = self._slices(plain, hour, hour + HOUR)
        by_span: dict[Span, list[int]] = defaultdict(list)
        for place in every:
            if not is_plain(self._columns[place]):
                by_span[self._widened(place, Span(hour, hour + HOUR))].append(place)
        for wide, chosen in by_span.items():
            _, found = read_columns(self._ledger, [self._columns[place] for place in chosen], wide, [hour])
            for place, dense in zip(chosen, found[hour], strict=True):
                bad[:, standing[place]], total[:, standing[place]] = dense.bad, dense.total
        columns = None if places is None else np.array(list(places), np.int64)
        self._sheet.put_detail(hour, columns, bad, total)

    def _is_kept_whole(self, hour: int) -> bool:
        kept = self._sheet.detail.get(hour)
        return kept is not None and kept.position is None

    def _put_slices(self, places: Sequence[int], start: int, end: int) -> None:
        self._sheet.put_slices(start, np.array(places, np.int64), *self._slices(places, start, end))

    def _slices(self, places: Sequence[int], start: int, end: int) -> tuple[Ints, Ints, Bools]:
        """Slices [slices, columns] of columns that are sums of their series."""
        columns = [self._columns[place] for place in places]
        found = self._ledger.read_table(list(dict.fromkeys(column.slo.series for column in columns)), start, end)
        return _added(found, columns, (end - start) // STEP)

    def _read_piece(self, places: Sequence[int], span: Span, hours: Sequence[int]) -> None:
        columns = [self._columns[place] for place in places]
        whole, detail = read_columns(self._ledger, columns, span, hours)
        at = np.array(places, np.int64)
        sums = {name: table(whole, name, span.start, span.seconds // HOUR) for name in Hourly.__slots__}
        self._sheet.put_hours(span.start, at, Hourly(**sums))
        for hour in hours:
            bad, total = (
                np.stack([getattr(dense, name) for dense in detail[hour]], axis=1) for name in ("bad", "total")
            )
            self._sheet.change_detail(hour, at, bad, total)

    def _widened(self, place: int, span: Span) -> Span:
        """Whole hours, and whole slices where these are longer than a step."""
        terms, length = self._columns[place].slo.terms, HOUR
        if terms.method is not BudgetingMethod.OCCURRENCES:
            length = math.lcm(HOUR, terms.slice_seconds)
        start, end = span.start // length * length, -(-span.end // length) * length
        return Span(max(start, self._sheet.start), min(end, self._sheet.end))


def _added(found: SliceTable, columns: Iterable[Column], count: int) -> tuple[Ints, Ints, Bools]:
    """The series of each column added up, [slices, columns]."""
    rows = {key: row for row, key in enumerate(found.keys)}
    parts = [[rows[key] for key in column.keys if key in rows] for column in columns]
    nothing = len(rows)  # a row of zeros for columns of which no series is there
    firsts = np.cumsum([0, *(len(part) or 1 for part in parts)])[:-1]
    order = np.array([row for part in parts for row in (part or [nothing])], np.int64)
    bad, total = (np.vstack([each, np.zeros((1, count), np.int64)])[order] for each in (found.bad, found.total))
    seen = np.vstack([found.seen, np.zeros((1, count), np.bool_)])[order]
    if len(order) > len(parts):
        bad, total = np.add.reduceat(bad, firsts), np.add.reduceat(total, firsts)
        seen = np.logical_or.reduceat(seen, firsts)
    return bad.T, total.T, seen.T


def places_by_series(columns: Sequence[Column]) -> dict[SeriesKey, list[int]]:
    """Which columns a series has a part in."""
    found: dict[SeriesKey, list[int]] = defaultdict(list)
    for place, column in enumerate(columns):
        for key in (*column.keys, *column.between):
            found[key].append(place)
    return found
