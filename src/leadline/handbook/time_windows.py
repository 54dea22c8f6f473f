"""Time windows of SLOs: rolling over whole steps, or periods of a calendar."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from leadline.core.windows import CalendarUnit, CalendarWindow, RollingWindow, Window
from leadline.handbook import documents
from leadline.handbook.reading import PathInside
from leadline.handbook.scalars import whole_steps, zone_named
from leadline.handbook.shaping import Written

_CALENDAR = re.compile(r"([1-9]\d{0,3})([dwMQY])", re.ASCII)
_LAST_DAY = 28


def window_of(written: Written, spec: documents.SLOSpec, default: Window | None, zone: ZoneInfo) -> Window | None:
    """The window of an SLO document, or a problem at its place."""
    path: PathInside = ("spec", "timeWindow")
    if not spec.time_window:
        if default is None:
            written.missing(path, "add timeWindow: [{duration: 28d, isRolling: true}]")
        return default
    window = spec.time_window[0]
    inside = (*path, 0)
    if window.calendar is not None:
        if window.is_rolling:
            hint = "take out calendar, or write isRolling: false"
            written.problem((*inside, "isRolling"), "a calendar window does not roll", "true", hint)
        return _calendar(written, window, inside, zone)
    found = _CALENDAR.fullmatch(window.duration)
    if window.is_rolling is False or (found and found[2] in "MQY"):
        hint = "add calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}, or write 28d and isRolling: true"
        value = window.duration
        written.missing((*inside, "calendar"), hint, f"a window of {value} without calendar")
        return None
    return rolling_window(written, (*inside, "duration"), window.duration)


def _calendar(
    written: Written, window: documents.TimeWindow, path: PathInside, zone: ZoneInfo
) -> CalendarWindow | None:
    calendar = window.calendar
    found = _CALENDAR.fullmatch(window.duration)
    if found is None or calendar is None:
        hint = "write whole d, w, M, Q or Y, such as 1M"
        written.problem((*path, "duration"), "not a calendar duration", window.duration, hint)
    inside = (*path, "calendar")
    if calendar is not None and calendar.time_zone is not None:
        zone = zone_named(written, (*inside, "timeZone"), calendar.time_zone) or zone
    anchor = _anchor(written, (*inside, "startTime"), calendar.start_time) if calendar is not None else None
    if found is None or anchor is None:
        return None
    unit = CalendarUnit(found[2])
    if unit not in (CalendarUnit.DAY, CalendarUnit.WEEK) and anchor.day > _LAST_DAY:
        hint = f"begin on a day that every month has, 1 to {_LAST_DAY}"
        written.problem((*inside, "startTime"), "not every month has this day", anchor.date().isoformat(), hint)
        return None
    return CalendarWindow(unit, int(found[1]), anchor.date(), zone, anchor.time())


def _anchor(written: Written, path: PathInside, text: str) -> datetime | None:
    try:
        start = datetime.fromisoformat(text.strip())
    except ValueError:
        written.problem(path, "not a date and time", text, "write 2026-01-01 00:00:00")
        return None
    if start.tzinfo is not None:
        written.problem(path, "a zone in startTime", text, "take it out and write timeZone beside it")
        return None
    if start.second or start.microsecond:
        hint = f"write {start.replace(second=0, microsecond=0)}; slices begin with the minute"
        written.problem(path, "not a whole minute", text, hint)
        return None
    return start


def rolling_window(written: Written, path: PathInside, text: str) -> RollingWindow | None:
    """A rolling window of whole steps."""
    seconds = whole_steps(written, path, text)
    return RollingWindow(seconds) if seconds is not None else None
