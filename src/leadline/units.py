"""
Words that everyone uses, read once at the edge: "99.9%" and "28d" become a Decimal and a timedelta here.

Leaves out formatting for people, which belongs to the interfaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PART = re.compile(r"(\d+)([wdhms])", re.ASCII)
_DURATION = re.compile(r"(?:\d+[wdhms])+", re.ASCII)
_LONGEST_SECONDS = 100 * 366 * 86_400
_YEARS = range(1970, 2200)


@dataclass(frozen=True, slots=True)
class NoData:
    """A number that has no value, and why: neither "all is well" nor "all is lost"."""

    reason: str


def parse_duration(text: str) -> timedelta:
    """
    Read a duration such as `28d`, `1h30m` or `4w`.

    Raises:
        ValueError: not such a text, zero, or longer than a century; the message says what is accepted.

    >>> parse_duration("1h30m")
    datetime.timedelta(seconds=5400)
    """
    written = text.strip()
    if not _DURATION.fullmatch(written) or len(written) > 40:
        raise ValueError("not a duration; write whole numbers with w, d, h, m or s, such as 28d or 1h30m")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(written))
    if not 0 < seconds <= _LONGEST_SECONDS:
        raise ValueError("a duration must be longer than 0 and at most 100 years")
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta | int) -> str:
    """
    The shortest text that `parse_duration` reads back, days being the largest unit.

    >>> format_duration(timedelta(days=28)), format_duration(5400)
    ('28d', '1h30m')
    """
    rest = int(duration.total_seconds()) if isinstance(duration, timedelta) else duration
    text = ""
    for unit in "dhms":
        count, rest = divmod(rest, _UNITS[unit])
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def parse_ratio(text: str | float | Decimal) -> Decimal:
    """
    Read a share: `0.999`, `"0.999"` or `"99.9%"` is Decimal("0.999"), exactly as written.

    Raises:
        ValueError: not a finite number, or outside 0..1; the message names the likely meaning.
    """
    written = str(text).strip()
    percent = written.endswith("%")
    try:
        number = Decimal(written.removesuffix("%").strip())
    except InvalidOperation:
        raise ValueError("not a number; write a ratio such as 0.999, or a percentage such as 99.9%") from None
    if not number.is_finite():
        raise ValueError("not a finite number; write a ratio such as 0.999")
    ratio = number.scaleb(-2) if percent else number
    if 1 < ratio <= 100 and not percent:
        raise ValueError(f"a percentage was read where a ratio is wanted; did you mean {number.scaleb(-2)}?")
    if not 0 <= ratio <= 1:
        raise ValueError("a ratio must lie between 0 and 1")
    return ratio


def parse_instant(text: str) -> datetime:
    """
    Read an instant: ISO 8601 with or without offset (UTC when it has none), or epoch seconds.

    Raises:
        ValueError: neither; the message shows both forms.
    """
    written = text.strip()
    try:
        if re.fullmatch(r"\d{9,11}", written, re.ASCII):
            return datetime.fromtimestamp(int(written), UTC)
        instant = datetime.fromisoformat(written)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("not an instant; write 2026-03-01T12:00:00Z or epoch seconds") from None


def checked_instant(instant: datetime) -> datetime:
    """
    An instant around which windows and slices can be worked out.

    Raises:
        ValueError: it is before 1970 or too far ahead.

    >>> checked_instant(datetime(2026, 3, 1, tzinfo=UTC)).year
    2026
    """
    if instant.year not in _YEARS or instant.astimezone(UTC).year not in _YEARS:
        raise ValueError(f"an instant between {_YEARS.start} and {_YEARS.stop} is wanted")
    return instant
