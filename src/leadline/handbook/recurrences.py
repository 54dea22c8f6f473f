"""
Corrections that recur: reading a rule of RFC 5545, and the occurrences that a span of time needs.

A rule repeats a local time of day. On the day on which the clocks go forward a time that does not exist is taken with
the offset before the change, and on the day on which they go back the first of two equal times is taken, both as
RFC 5545 has it; an occurrence always lasts as long as the first. Rules finer than a day are refused, so that no span
holds more occurrences than days. Leaves out what a correction does to the slices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from leadline.core.windows import Span
from leadline.handbook.specs import Correction, Recurrence, Slo
from leadline.units import checked_instant, parse_instant

MOST_OCCURRENCES = 10_000
"""Largest COUNT: 27 years of days."""

_DAY = "(?:MO|TU|WE|TH|FR|SA|SU)"
_OFTEN = ("DAILY", "WEEKLY")
_FORMS = {
    "FREQ": "DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": r"[1-9]\d{0,2}",
    "COUNT": r"[1-9]\d{0,3}|10000",
    "WKST": _DAY,
    "BYDAY": rf"(?:[+-]?[1-5])?{_DAY}(?:,(?:[+-]?[1-5])?{_DAY})*",
    "BYMONTH": r"(?:[1-9]|1[0-2])(?:,(?:[1-9]|1[0-2]))*",
    "BYMONTHDAY": r"-?(?:[1-9]|[12]\d|3[01])(?:,-?(?:[1-9]|[12]\d|3[01]))*",
    "BYSETPOS": r"-?[1-9]\d?(?:,-?[1-9]\d?)*",
}
_ONLY_SELDOM = ("BYMONTHDAY", "BYSETPOS")
"""Parts that a daily or weekly rule cannot have."""
_ELSEWHERE = {
    "UNTIL": "write it as until: 2026-12-31T00:00:00Z",
    "BYHOUR": "write the time of day in start",
    "BYMINUTE": "write the time of day in start",
    "BYSECOND": "write the time of day in start",
}


def checked_rule(text: str) -> str:
    """
    A recurrence rule, its parts in capitals.

    Raises:
        ValueError: not a rule that is taken; the message says what is.

    >>> checked_rule("freq=weekly;byday=su")
    'FREQ=WEEKLY;BYDAY=SU'
    """
    rule = text.strip().upper()
    parts = [part.partition("=") for part in rule.split(";")]
    read = {key: value for key, _, value in parts}
    if len(read) < len(parts):
        raise ValueError("a part of the rule is written twice; keep one")
    for key, _, value in parts:
        if key in _ELSEWHERE:
            raise ValueError(f"{key} is not taken in a rule; {_ELSEWHERE[key]}")
        if key not in _FORMS:
            raise ValueError("not a recurrence rule; write one such as FREQ=WEEKLY;BYDAY=SU")
        if not re.fullmatch(_FORMS[key], value, re.ASCII):
            raise ValueError(f"{key} is out of range; {_hint(key)}")
    if "FREQ" not in read:
        raise ValueError("FREQ is missing; write one such as FREQ=WEEKLY;BYDAY=SU")
    if read["FREQ"] in _OFTEN and (any(key in read for key in _ONLY_SELDOM) or re.search(r"\d", read.get("BYDAY", ""))):
        raise ValueError("days of a month in a daily or weekly rule; write FREQ=MONTHLY")
    return rule


def _hint(key: str) -> str:
    if key == "FREQ":
        return "write DAILY, WEEKLY, MONTHLY or YEARLY"
    if key == "COUNT":
        return f"write a number from 1 to {MOST_OCCURRENCES}"
    return "write one such as FREQ=MONTHLY;BYDAY=1SU" if key == "BYDAY" else "write it as RFC 5545 has it"


def instant_in(text: str, zone: ZoneInfo | None) -> datetime:
    """
    An instant; without an offset it is local time of the zone, and UTC where there is none.

    Raises:
        ValueError: not an instant.

    >>> instant_in("2026-07-05T02:00", ZoneInfo("Europe/Berlin"))
    datetime.datetime(2026, 7, 5, 0, 0, tzinfo=datetime.timezone.utc)
    """
    found = parse_instant(text)
    if zone is not None and not text.strip().isdigit() and datetime.fromisoformat(text.strip()).tzinfo is None:
        found = found.replace(tzinfo=zone).astimezone(UTC)
    return checked_instant(found)


def first_occurrence(correction: Correction) -> Span | None:
    """The first time it holds; None for a rule that no day fits."""
    return next(_occurrences(correction, correction.start), None)


@lru_cache(maxsize=1024)
def occurrences(correction: Correction, within: Span) -> tuple[Span, ...]:
    """
    The times at which a correction holds that have a part in a span, in order; nothing beyond the span is worked out.

    Example: one that repeats each Sunday has four or five in any month.
    """
    found: list[Span] = []
    for span in _occurrences(correction, within.start):
        if span.start >= within.end:
            break
        if span.end > within.start:
            found.append(span)
    return tuple(found)


def occurrence_from(correction: Correction, at: int) -> Span | None:
    """The occurrence that holds at an instant, else the next; None when there is none any more."""
    return next((span for span in _occurrences(correction, at) if span.end > at), None)


def concerns(correction: Correction, slo: Slo) -> bool:
    """Whether a correction names this objective, all objectives of its document, or its service."""
    return slo.name in correction.slos or slo.id in correction.slos or slo.service in correction.services


def is_announced_in_time(correction: Correction, start: int) -> bool:
    """Whether the occurrence that begins at `start` was announced as long before as `notice` asks."""
    if not correction.notice_seconds:
        return True
    return correction.announced_at is not None and correction.announced_at + correction.notice_seconds <= start


def _occurrences(correction: Correction, after: int) -> Iterator[Span]:
    """Occurrences in order, from at least the last that begins before `after` less one's length."""
    length, recurrence = correction.end - correction.start, correction.recurrence
    if recurrence is None:
        yield Span(correction.start, correction.end)
        return
    zone = ZoneInfo(recurrence.zone)
    first = datetime.fromtimestamp(correction.start, zone).replace(tzinfo=None)
    low = max(first, datetime.fromtimestamp(max(0, after - length), zone).replace(tzinfo=None) - timedelta(days=1))
    for local in _rule(recurrence, first).xafter(low, inc=True):
        # The first keeps its own instant: where the clocks go back, its local time alone would not tell which it is.
        start = correction.start if local == first else int(local.replace(tzinfo=zone).timestamp())
        if recurrence.until is not None and start > recurrence.until:
            return
        yield Span(start, start + length)


def _rule(recurrence: Recurrence, first: datetime) -> rrule:
    rule = rrulestr(recurrence.rule, dtstart=first)
    if not isinstance(rule, rrule):
        raise TypeError(f"one rule is wanted: {recurrence.rule}")
    return rule
