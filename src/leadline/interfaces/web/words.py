"""Instants and spans as the pages write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from leadline.adapters.charts.parts import NARROW

_HOURS_OF_TWO_DAYS = 48
_FORMS = {
    "time": "{0:%H:%M}",
    "day": "{0.day} {0:%b}",
    "short": "{0.day} {0:%b} {0:%H:%M}",
    "week": "{0:%a} {0.day} {0:%b} {0:%H:%M}",
    "long": "{0:%a} {0.day} {0:%b} {0:%Y} {0:%H:%M} {0:%Z}",
}

_PERIODS = {"m": "minute", "h": "hour", "d": "day", "w": "week", "M": "month", "Q": "quarter", "Y": "year"}
_WHOLE_FROM = 100
"""Counts from here on are told without a fraction."""


def stamp(instant: datetime, zone: ZoneInfo, form: str = "short") -> str:
    """An instant in the zone that the reader chose."""
    return _FORMS[form].format(instant.astimezone(zone)).replace(" ", NARROW)


def span(length: timedelta) -> str:
    """The two largest parts of a length of time."""
    minutes = int(abs(length) / timedelta(minutes=1))
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    first = next((place for place, (count, _) in enumerate(parts) if count), 2)
    written = [f"{count}{NARROW}{unit}" for count, unit in parts[first : first + 2] if count]
    return " ".join(written) or f"0{NARROW}min"


def days(length: timedelta) -> str:
    """A length of time to the hour, from a day on to the day."""
    hours = -(-length // timedelta(hours=1))
    return f"{hours}{NARROW}h" if hours < _HOURS_OF_TWO_DAYS else f"{round(hours / 24)}{NARROW}d"


def ago(instant: datetime, now: datetime) -> str:
    """How long before or after the page's instant."""
    return f"{span(now - instant)} ago" if instant <= now else f"in {span(instant - now)}"


def counted(number: int, what: str) -> str:
    """A number of things, with the word in the plural where there are several."""
    return f"{number:,}{NARROW}{what}" + ("" if number == 1 else "s")


def count(value: float) -> str:
    """A count with thousands commas."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def seconds(value: int) -> str:
    """A number of seconds as a span."""
    return span(timedelta(seconds=value))


def rounded(value: float) -> str:
    """A count that may have a fraction, cut to what a reader needs."""
    return f"{value:,.0f}" if value >= _WHOLE_FROM or float(value).is_integer() else f"{value:,.1f}"


def period(duration: str) -> str:
    r"""
    A window's length as people say it.

    >>> period("28d"), period("1M")
    ('28\xa0days', 'month')
    """
    number, unit = duration[:-1], duration[-1]
    word = _PERIODS.get(unit)
    if word is None or not number.isdecimal():
        return duration
    return word if number == "1" else f"{number}{NARROW}{word}s"
