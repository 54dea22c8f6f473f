"""
Windows of time over which an objective is promised, as half-open spans of epoch seconds.

Rolling windows end at the instant of evaluation; calendar windows are periods of a zone and are still partly
unlived until they end. Leaves out business hours (they only empty a window) and what happened inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from leadline.core.slices import STEP
from leadline.units import format_duration


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """[start, end) in epoch seconds."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        return max(0, self.end - self.start)

    @property
    def slices(self) -> int:
        return self.seconds // STEP


def floor_to_step(seconds: float) -> int:
    """The last step boundary at or before an instant (epoch seconds)."""
    return int(seconds // STEP) * STEP


def ceil_to_step(seconds: float) -> int:
    """
    The first step boundary at or after an instant (epoch seconds).

    The slices that start in [start, end) are those of [ceil_to_step(start), ceil_to_step(end)).

    >>> ceil_to_step(60), ceil_to_step(60.5)
    (60, 120)
    """
    return -int(-seconds // STEP) * STEP


@dataclass(frozen=True, slots=True)
class RollingWindow:
    """The last `duration` before the instant; always wholly lived, except before the birth of the SLO."""

    duration: timedelta

    kind = "rolling"

    def span(self, at: int) -> Span:
        return Span(at - int(self.duration.total_seconds()), at)

    def __str__(self) -> str:
        return format_duration(self.duration)


class CalendarUnit(StrEnum):
    """Periods of the calendar; OpenSLO writes them d, w, M, Q, Y."""

    DAY = "d"
    WEEK = "w"
    MONTH = "M"
    QUARTER = "Q"
    YEAR = "Y"


_MONTHS = {CalendarUnit.MONTH: 1, CalendarUnit.QUARTER: 3, CalendarUnit.YEAR: 12}
_DAYS = {CalendarUnit.DAY: 1, CalendarUnit.WEEK: 7}


@dataclass(frozen=True, slots=True)
class CalendarWindow:
    """The period of `count` units that holds the instant, counted from `anchor` at `begins` o'clock in `zone`."""

    unit: CalendarUnit
    count: int
    anchor: date
    zone: ZoneInfo
    begins: time = time()
    """Time of day, in whole steps; where the clocks skip it, the period begins as much later."""

    kind = "calendar"

    def span(self, at: int) -> Span:
        """
        The period that holds `at`; a period that ends exactly at `at` counts as the one evaluated only from its end on.

        >>> berlin = CalendarWindow(CalendarUnit.MONTH, 1, date(2026, 1, 1), ZoneInfo("Europe/Berlin"))
        >>> at = int(datetime(2026, 3, 10, tzinfo=berlin.zone).timestamp())
        >>> berlin.span(at).seconds // 3600
        743
        """
        first = self._first_day(datetime.fromtimestamp(at, self.zone).date())
        if at < self._beginning(first):
            first = self._first_day(first - timedelta(days=1))
        return Span(self._beginning(first), self._beginning(self._next(first)))

    def _first_day(self, day: date) -> date:
        if self.unit in _DAYS:
            length = _DAYS[self.unit] * self.count
            return day - timedelta(days=(day - self.anchor).days % length)
        length = _MONTHS[self.unit] * self.count
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        months -= months % length
        if day < self._month_after(months):
            months -= length
        return self._month_after(months)

    def _month_after(self, months: int) -> date:
        year, month = divmod(self.anchor.year * 12 + self.anchor.month - 1 + months, 12)
        return date(year, month + 1, min(self.anchor.day, 28))

    def _next(self, first: date) -> date:
        if self.unit in _DAYS:
            return first + timedelta(days=_DAYS[self.unit] * self.count)
        months = (first.year - self.anchor.year) * 12 + first.month - self.anchor.month
        return self._month_after(months + _MONTHS[self.unit] * self.count)

    def _beginning(self, day: date) -> int:
        return int(datetime.combine(day, self.begins, self.zone).timestamp())

    def __str__(self) -> str:
        return f"{self.count}{self.unit.value}"


Window = RollingWindow | CalendarWindow
