"""
When a correction holds, read from text: for a Correction of the handbook, and for one that is written down later.

Mistakes are told by key to whoever asked, who knows the place. Leaves out what a correction concerns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadline.core.slices import STEP
from leadline.core.windows import Span, ceil_to_step
from leadline.handbook.recurrences import checked_rule, first_occurrence, instant_in
from leadline.handbook.specs import Correction, Place, Recurrence
from leadline.units import parse_duration

LONGEST_RECURRING_SECONDS = 366 * 86_400
"""Whatever holds longer each time would hold as often at once as it recurs in that time."""
Tell = Callable[[str, str, object, str], None]
"""Takes key, what is wrong, the value read, and the way out."""


class WrittenTimes(Protocol):
    """The keys that say when a correction holds, as text."""

    @property
    def start(self) -> str: ...
    @property
    def end(self) -> str | None: ...
    @property
    def duration(self) -> str | None: ...
    @property
    def recurrence(self) -> str | None: ...
    @property
    def zone(self) -> str | None: ...
    @property
    def until(self) -> str | None: ...
    @property
    def announced_at(self) -> str | None: ...
    @property
    def notice(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Times:
    """When a correction holds."""

    span: Span
    """The first occurrence, on the grid of steps."""
    recurrence: Recurrence | None = None
    announced_at: int | None = None
    notice_seconds: int = 0


def read_times(written: WrittenTimes, tell: Tell) -> Times:
    """When it holds; where something was told, the times are only a placeholder."""
    zone = _zone(written, tell)
    start = _instant("start", written.start, zone, tell)
    end = _end(written, start, zone, tell)
    announced = _instant("announcedAt", written.announced_at, zone, tell)
    notice = _seconds("notice", written.notice, tell)
    if start is None or end is None:
        _recurrence(written, 0, zone, tell)
        return Times(Span(0, STEP))
    span = Span(ceil_to_step(start.timestamp()), ceil_to_step(end))
    key, text = ("end", written.end) if written.end is not None else ("duration", written.duration)
    if span.end <= span.start:
        tell(key, "no slice starts within", text, "write whole minutes; a slice belongs to where it starts")
        return Times(Span(0, STEP))
    if written.recurrence is not None and span.seconds > LONGEST_RECURRING_SECONDS:
        hint = "write how long it holds each time, a year at most"
        tell(key, "too long for something that recurs", text, hint)
        return Times(Span(0, STEP))
    times = Times(
        span,
        _recurrence(written, span.start, zone, tell),
        None if announced is None else int(announced.timestamp()),
        notice or 0,
    )
    if times.recurrence is not None and first_occurrence(_bare(times)) is None:
        tell("recurrence", "it never occurs", written.recurrence, "write days that there are, and until after them")
    return times


def _bare(times: Times) -> Correction:
    return Correction(
        "", (), (), times.span.start, times.span.end, "exclude", (), "", "", Place("", 0), times.recurrence
    )


def _zone(written: WrittenTimes, tell: Tell) -> ZoneInfo | None:
    if written.zone is None:
        if written.recurrence is not None:
            tell("zone", "missing key", "", "add zone: Europe/Berlin, or zone: UTC")
        return None
    try:
        return ZoneInfo(written.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        tell("zone", "no such time zone", written.zone, "write a name of the IANA database, such as Europe/Berlin")
        return None


def _end(written: WrittenTimes, start: datetime | None, zone: ZoneInfo | None, tell: Tell) -> float | None:
    if written.end is not None and written.duration is not None:
        tell("duration", "both end and duration", written.duration, "keep one")
    elif written.duration is not None:
        seconds = _seconds("duration", written.duration, tell)
        return None if start is None or seconds is None else start.timestamp() + seconds
    elif written.end is None:
        tell("end", "missing key", "", "add end: …, or duration: 2h")
    else:
        end = _instant("end", written.end, zone, tell)
        if end is not None and start is not None and end <= start:
            tell("end", "ends before it starts", written.end, f"write an instant after {written.start}")
        elif end is not None:
            return end.timestamp()
    return None


def _recurrence(written: WrittenTimes, start: int, zone: ZoneInfo | None, tell: Tell) -> Recurrence | None:
    until = _instant("until", written.until, zone, tell)
    if written.recurrence is None:
        if written.until is not None:
            tell("until", "until without recurrence", written.until, "add recurrence: FREQ=WEEKLY;BYDAY=SU")
        return None
    try:
        rule = checked_rule(written.recurrence)
    except ValueError as error:
        _tell(error, "recurrence", written.recurrence, tell)
        return None
    if until is not None and until.timestamp() < start:
        tell("until", "before it starts", written.until, f"write an instant after {written.start}")
        return None
    if zone is None or (until is None and written.until is not None):
        return None
    return Recurrence(rule, zone.key, None if until is None else int(until.timestamp()))


def _instant(key: str, text: str | None, zone: ZoneInfo | None, tell: Tell) -> datetime | None:
    if text is None:
        return None
    try:
        return instant_in(text, zone)
    except (ValueError, OverflowError) as error:
        _tell(error, key, text, tell)
        return None


def _seconds(key: str, text: str | None, tell: Tell) -> int | None:
    if text is None:
        return None
    try:
        return int(parse_duration(text).total_seconds())
    except ValueError as error:
        _tell(error, key, text, tell)
        return None


def _tell(error: Exception, key: str, text: str, tell: Tell) -> None:
    what, _, hint = str(error).partition("; ")
    tell(key, what, text, hint or "write one such as 2026-03-01T12:00:00Z")
