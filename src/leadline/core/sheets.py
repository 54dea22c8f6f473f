"""
Sheets: a history that is kept and brought up to date, instead of being laid out anew for each evaluation.

The numbers stand as in `core/history`, cumulative and time first, with room for hours to come; what is written into an
hour moves the sums of all later rows. Leaves out where slices come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.core.history import History
from leadline.core.layout import LOW_BITS, Detail, Masks
from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, Bools, Ints
from leadline.core.windows import Span

SPARE_HOURS = 48
"""Rows for hours to come; when they are used up the rows move to the front."""


@dataclass(frozen=True, slots=True, eq=False)
class Hourly:
    """Hourly sums of some columns, [hours, columns] each."""

    bad: Ints
    total: Ints
    seen: Masks
    traffic: Masks


class Sheet:
    """Hourly sums of `width` columns over [start, end), with the slices of some hours; begins with nothing seen."""

    def __init__(self, span: Span, width: int) -> None:
        self.start, self.end, self.width = span.start, span.end, width
        self._first = 0
        self._room = span.seconds // HOUR + SPARE_HOURS
        self._sums: dict[str, NDArray[Any]] = {
            **{name: np.zeros((self._room + 1, width), np.int64) for name in ("bad", "total")},
            **{name: np.zeros((self._room + 1, width), np.int32) for name in ("seen_count", "traffic_count")},
        }
        self._masks: dict[str, Masks] = {name: np.zeros((self._room, width), np.uint64) for name in ("seen", "traffic")}
        self.detail: dict[int, Detail] = {}

    @property
    def history(self) -> History:
        """The whole as it stands; what is put in later shows through."""
        return self._history(slice(None), self.start, self.detail)

    def column_copies(self, columns: Ints, start: int, hours: Sequence[int]) -> History | None:
        """Some columns from `start` on, copied; None when the slices of one of these hours are not here."""
        detail: dict[int, Detail] = {}
        for hour in hours:
            kept = self.detail.get(hour)
            if start < self.start or kept is None:
                return None
            places = columns if kept.position is None else kept.position[columns]
            if (places < 0).any():
                return None
            detail[hour] = Detail(kept.bad[:, places], kept.total[:, places], None)
        return None if start < self.start else self._history(columns, start, detail)

    def _history(self, columns: Ints | slice, start: int, detail: dict[int, Detail]) -> History:
        first, last = self._row(start), self._row(self.end)
        sums = {name: table[first : last + 1, columns] for name, table in self._sums.items()}
        if first > self._first:
            sums = {name: table - table[0] for name, table in sums.items()}
        masks = {name: table[first:last, columns] for name, table in self._masks.items()}
        return History(
            start,
            self.end,
            sums["bad"],
            sums["total"],
            sums["seen_count"],
            sums["traffic_count"],
            masks["seen"],
            masks["traffic"],
            detail,
        )

    def extend(self, end: int) -> None:
        """Add hours of which nothing is known."""
        last = self._row(self.end)
        added = (end - self.end) // HOUR
        if last + added > self._room:
            self._move_to_front(added)
            last = self._row(self.end)
        for sums in self._sums.values():
            sums[last + 1 : last + added + 1] = sums[last]
        for masks in self._masks.values():
            masks[last : last + added] = 0
        self.end = end

    def forget_before(self, start: int) -> None:
        """Let go of the hours before `start`."""
        if start <= self.start:
            return
        first, last = self._row(start), self._row(self.end)
        for sums in self._sums.values():
            sums[first : last + 1] -= sums[first].copy()
        self._first, self.start = first, start
        for hour in [hour for hour in self.detail if hour < start]:
            del self.detail[hour]

    def put_hours(self, start: int, columns: Ints, hours: Hourly) -> None:
        """Make the sums of whole hours from `start` on, all of them on the sheet, these."""
        first = self._row(start)
        last = first + len(hours.bad)
        for name, masks in (("seen", hours.seen), ("traffic", hours.traffic)):
            self._masks[name][first:last, columns] = masks
        new = {
            "bad": hours.bad,
            "total": hours.total,
            "seen_count": np.bitwise_count(hours.seen).astype(np.int32),
            "traffic_count": np.bitwise_count(hours.traffic).astype(np.int32),
        }
        for name, values in new.items():
            sums = self._sums[name]
            running = np.cumsum(values - np.diff(sums[first : last + 1, columns], axis=0), axis=0, dtype=sums.dtype)
            sums[first + 1 : last + 1, columns] += running
            sums[last + 1 : self._row(self.end) + 1, columns] += running[-1]

    def put_detail(self, hour: int, columns: Ints | None, bad: Ints, total: Ints) -> None:
        """Keep the slices of an hour, [60, columns]; of all columns when `columns` is None."""
        position = None
        if columns is not None:
            position = np.full(self.width, -1, np.int64)
            position[columns] = np.arange(len(columns))
        self.detail[hour] = Detail(_running(bad), _running(total), position)

    def change_detail(self, hour: int, columns: Ints, bad: Ints, total: Ints) -> None:
        """Make the slices of an hour that is kept, [60, columns], these, for those of the columns that it keeps."""
        kept = self.detail[hour]
        places = columns if kept.position is None else kept.position[columns]
        is_kept = places >= 0
        for table, values in ((kept.bad, bad), (kept.total, total)):
            table[:, places[is_kept]] = _running(values[:, is_kept])

    def put_slices(self, start: int, columns: Ints, bad: Ints, total: Ints, seen: Bools) -> None:
        """Make these slices from `start` on, [slices, columns], within an hour whose slices are kept of all columns."""
        hour = start // HOUR * HOUR
        row, minute, kept = self._row(hour), (start - hour) // STEP, self.detail[hour]
        every: Ints | slice = slice(None) if len(columns) == self.width else columns
        last = self._row(self.end)
        for name, table, values in (("bad", kept.bad, bad), ("total", kept.total, total)):
            part = table[minute : minute + len(values) + 1, every]
            running = np.cumsum(values - np.diff(part, axis=0), axis=0)
            table[minute + 1 : minute + len(values) + 1, every] += running
            table[minute + len(values) + 1 :, every] += running[-1]
            self._sums[name][row + 1 : last + 1, every] += running[-1]
        changed = LOW_BITS[minute + len(bad)] & ~LOW_BITS[minute]
        for name, flags in (("seen", seen), ("traffic", seen & (total > 0))):
            before = self._masks[name][row, every]
            bits = np.left_shift(
                flags.astype(np.uint64), np.arange(minute, minute + len(flags), dtype=np.uint64)[:, None]
            )
            after = (before & ~changed) | np.bitwise_or.reduce(bits, axis=0)
            gained = np.bitwise_count(after).astype(np.int32) - np.bitwise_count(before)
            self._masks[name][row, every] = after
            self._sums[f"{name}_count"][row + 1 : last + 1, every] += gained

    def take_over(self, other: Sheet, here: Ints, there: Ints) -> None:
        """Copy columns of a sheet over the same time, with the slices of hours that it keeps of all columns."""
        first, last = self._row(self.start), self._row(self.end)
        begin, end = other._row(self.start), other._row(self.end)
        for name, sums in self._sums.items():
            sums[first : last + 1, here] = other._sums[name][begin : end + 1, there]
        for name, masks in self._masks.items():
            masks[first:last, here] = other._masks[name][begin:end, there]

    def _row(self, at: int) -> int:
        return self._first + (at - self.start) // HOUR

    def _move_to_front(self, added: int) -> None:
        count = (self.end - self.start) // HOUR
        room = max(self._room, count + added + SPARE_HOURS)
        for tables, rows in ((self._sums, 1), (self._masks, 0)):
            for name, table in tables.items():
                moved = table if room == self._room else np.zeros((room + rows, self.width), table.dtype)
                moved[: count + rows] = table[self._first : self._first + count + rows]
                tables[name] = moved
        self._first, self._room = 0, room


def _running(slices: Ints) -> Ints:
    sums = np.zeros((SLICES_PER_HOUR + 1, slices.shape[1]), np.int64)
    np.cumsum(slices, axis=0, out=sums[1:])
    return sums
