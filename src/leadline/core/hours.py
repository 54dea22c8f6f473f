"""
Business hours: the part of the week in which an objective counts, as half-open spans of epoch seconds.

A slice is open when the wall clock of the zone reads business hours as it starts, whatever the clocks do that day: an
hour that comes twice is open twice, one that is skipped is not there. Leaves out what closed slices mean for a budget
(`core/open_time`) and how people write hours (`handbook/hours`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from leadline.core.corrections import union
from leadline.core.slices import STEP
from leadline.core.windows import Span, ceil_to_step, floor_to_step

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_SECONDS = 86_400
DAY_MINUTES = 1_440
_EPOCH_WEEKDAY = 3
"""1 January 1970 was a Thursday."""


@dataclass(frozen=True, slots=True)
class DailyHours:
    """One stretch of the wall clock on some days of the week."""

    days: tuple[int, ...]
    """0 is Monday; sorted, none twice."""
    begins: int
    ends: int
    """Minutes of the day, 0 <= begins < ends <= 1440; the end is not in it."""

    def __post_init__(self) -> None:
        if not self.days or not 0 <= self.begins < self.ends <= DAY_MINUTES:
            raise ValueError("hours are open on some day, and end after they begin")

    def __str__(self) -> str:
        return f"{_days(self.days)} {_clock(self.begins)}-{_clock(self.ends)}"


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When slices count, on the wall clock of a zone; stretches that overlap are one."""

    daily: tuple[DailyHours, ...]
    zone: ZoneInfo
    holidays: tuple[date, ...] = ()
    """Days of the zone's calendar that are closed from midnight to midnight."""

    def spans(self, within: Span) -> tuple[Span, ...]:
        """
        The open time of a span: sorted, disjoint, edges on the grid of steps.

        >>> hours = BusinessHours((DailyHours((0, 1, 2, 3, 4), 540, 1020),), ZoneInfo("UTC"))
        >>> hours.spans(Span(0, 2 * 86_400))  # 1970 began on a Thursday
        (Span(start=32400, end=61200), Span(start=118800, end=147600))
        """
        off = {day.toordinal() - date(1970, 1, 1).toordinal() for day in self.holidays}
        found: list[Span] = []
        for part, offset in self._constant(within):
            for day in range((part.start + offset) // DAY_SECONDS, (part.end + offset - 1) // DAY_SECONDS + 1):
                if day in off:
                    continue
                midnight, weekday = day * DAY_SECONDS - offset, (day + _EPOCH_WEEKDAY) % 7
                for daily in self.daily:
                    if weekday in daily.days:
                        start, end = (ceil_to_step(midnight + 60 * minute) for minute in (daily.begins, daily.ends))
                        found.append(Span(max(start, part.start), min(end, part.end)))
        return union(found)

    def _constant(self, within: Span) -> Iterator[tuple[Span, int]]:
        """Parts of a span in each of which the clocks stay as they are, with their offset from UTC in seconds."""
        start = ceil_to_step(within.start)
        edges = [*range(start, within.end, DAY_SECONDS), max(start, ceil_to_step(within.end))]
        for left, right in pairwise(edges):
            offset = self._offset(left)
            change = right if self._offset(right) == offset else self._change(left, right)
            yield Span(left, change), offset
            if change < right:
                yield Span(change, right), self._offset(change)

    def _change(self, low: int, high: int) -> int:
        """The first step with another offset than `low` has, which `high` has."""
        before = self._offset(low)
        while high - low > STEP:
            middle = floor_to_step((low + high) / 2)
            low, high = (middle, high) if self._offset(middle) == before else (low, middle)
        return high

    def _offset(self, at: int) -> int:
        away = datetime.fromtimestamp(at, self.zone).utcoffset()
        return 0 if away is None else int(away.total_seconds())

    def __str__(self) -> str:
        text = f"{', '.join(str(daily) for daily in self.daily)} {self.zone.key}"
        if not self.holidays:
            return text
        return f"{text} without {len(self.holidays)} holiday{'s' if len(self.holidays) > 1 else ''}"


def _days(days: tuple[int, ...]) -> str:
    """
    Days of the week, neighbours as a range.

    >>> _days((0, 1, 2, 5))
    'Mon-Wed, Sat'
    """
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
