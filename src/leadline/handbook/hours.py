"""
Business hours as people write them: `business`, or days and times such as `Mon-Fri 09:00-17:00 Europe/Berlin`.

`business` are the workingHours of the Handbook document, with its holidays; hours that an SLO writes itself have none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from leadline.core.hours import DAY_MINUTES, DAYS, BusinessHours, DailyHours
from leadline.core.open_time import OpenTime
from leadline.core.windows import Span
from leadline.handbook import practice
from leadline.handbook.reading import PathInside
from leadline.handbook.scalars import zone_called, zone_named
from leadline.handbook.shaping import Written

BUSINESS = "business"
_FORM = 'write "Mon-Fri 09:00-17:00 Europe/Berlin", or business for the workingHours of the Handbook'
_TIMES = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_YEAR = Span(1_767_225_600, 1_798_761_600)
"""2026, to see whether anything is open at all."""
ANNOTATION: PathInside = ("metadata", "annotations", "leadline/hours")


@dataclass(frozen=True, slots=True)
class WrittenHours:
    """What an annotation says."""

    daily: tuple[DailyHours, ...]
    """None of them: `business`."""
    zone: ZoneInfo | None
    """None: the handbook's."""


def read_hours(text: str) -> WrittenHours:
    """
    Hours as an annotation has them.

    >>> str(read_hours("Mon-Fri 09:00-17:00, Sat, Sun 10:00-12:30").daily[1])
    'Sat-Sun 10:00-12:30'

    Raises:
        ValueError: with what is wrong and the way out.
    """
    if text.strip() == BUSINESS:
        return WrittenHours((), None)
    found: list[DailyHours] = []
    days: set[int] = set()
    zone: ZoneInfo | None = None
    for item in text.split(","):
        if zone is not None:
            raise ValueError("a zone in the midst; write it once, at the end")
        first, *rest = item.split() or [""]
        days |= _days(first)
        if rest:
            begins, ends = _times(rest[0])
            found.append(DailyHours(tuple(sorted(days)), begins, ends))
            days = set()
        if len(rest) > 1:
            zone = zone_called(" ".join(rest[1:]))
    if days:
        raise ValueError(f"days without times; {_FORM}")
    return WrittenHours(tuple(found), zone)


def _days(text: str) -> set[int]:
    """`Mon`, or `Mon-Fri`; `Sat-Mon` goes over the end of the week."""
    names = text.split("-")
    for name in names:
        if name not in DAYS:
            meant = [day for day in DAYS if name[:3].capitalize() in (day, day[:2])]
            hint = f"did you mean {meant[0]}?" if meant else _FORM
            raise ValueError(f"not a day of the week; {hint}")
    if len(names) > 2:
        raise ValueError(f"not business hours; {_FORM}")
    first, last = DAYS.index(names[0]), DAYS.index(names[-1])
    return {day % 7 for day in range(first, last + (7 if last < first else 0) + 1)}


def _times(text: str) -> tuple[int, int]:
    found = _TIMES.fullmatch(text)
    if found is None or int(found[2]) > 59 or int(found[4]) > 59:
        raise ValueError("not times of a day; write 09:00-17:00")
    begins, ends = 60 * int(found[1]) + int(found[2]), 60 * int(found[3]) + int(found[4])
    if begins >= DAY_MINUTES or ends > DAY_MINUTES:
        raise ValueError("not times of a day; write 09:00-17:00, and 24:00 for midnight at the end")
    if ends <= begins:
        over = "a night is two stretches, such as Mon-Fri 22:00-24:00, Tue-Sat 00:00-06:00"
        raise ValueError(f"the hours end before they begin; {over}")
    return begins, ends


def hours_of(
    written: Written, wanted: WrittenHours | None, business: BusinessHours | None, zone: ZoneInfo, *, is_broken: bool
) -> BusinessHours | None:
    """The hours of an SLO; `is_broken`: the workingHours of the Handbook cannot be read, which was told."""
    if wanted is None:
        return None
    if wanted.daily:
        return BusinessHours(wanted.daily, wanted.zone or zone)
    if business is None and not is_broken:
        hint = "add workingHours to the Handbook document, or write Mon-Fri 09:00-17:00 Europe/Berlin"
        written.problem(ANNOTATION, "the handbook has no workingHours", BUSINESS, hint)
    return business


def begins_within(hours: BusinessHours, slice_seconds: int) -> bool:
    """Whether a time slice of this length ever begins within the hours."""
    return bool(OpenTime.of(hours, _YEAR, slice_seconds).before[-1])


def working_hours(written: Written, hours: practice.WorkingHours, zone: ZoneInfo) -> BusinessHours | None:
    """The workingHours of a Handbook document, or problems at their places."""
    path: PathInside = ("spec", "workingHours")
    own = zone if hours.zone is None else zone_named(written, (*path, "zone"), hours.zone)
    holidays = [_holiday(written, (*path, "holidays", place), text) for place, text in enumerate(hours.holidays)]
    closed = tuple(sorted({day for day in holidays if day is not None}))
    if hours.end <= hours.start:
        written.problem((*path, "end"), "ends before it starts", hours.end, f"write after {hours.start}")
        return None
    if own is None or len(closed) < len(set(hours.holidays)) or written.is_doubtful(path):
        return None
    begins, ends = (60 * int(text[:2]) + int(text[3:]) for text in (hours.start, hours.end))
    days = tuple(sorted({DAYS.index(day[:3].capitalize()) for day in hours.days}))
    return BusinessHours((DailyHours(days, begins, ends),), own, closed)


def _holiday(written: Written, path: PathInside, text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        written.problem(path, "not a date", text, "write 2026-12-25")
        return None
