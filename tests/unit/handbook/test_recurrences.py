"""Recurring corrections: local times over changes of the clocks, limits, and only what a span needs."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.core.slices import HOUR
from leadline.core.windows import Span
from leadline.handbook.recurrences import (
    checked_rule,
    first_occurrence,
    instant_in,
    is_announced_in_time,
    occurrence_from,
    occurrences,
)
from leadline.handbook.specs import Correction, Place, Recurrence

BERLIN = ZoneInfo("Europe/Berlin")
SUNDAYS = "FREQ=WEEKLY;BYDAY=SU"


def seconds(text: str, zone: ZoneInfo | None = None) -> int:
    return int(instant_in(text, zone).timestamp())


def recurring(start: str, rule: str, hours: int = 2, until: str | None = None) -> Correction:
    first = seconds(start, BERLIN)
    recurrence = Recurrence(rule, BERLIN.key, None if until is None else seconds(until, BERLIN))
    return Correction(
        "x", (), (), first, first + hours * HOUR, "exclude", ("slo",), "why", "Ada", Place("c.yaml", 1), recurrence
    )


def starts(correction: Correction, begin: str, end: str) -> list[str]:
    found = occurrences(correction, Span(seconds(begin), seconds(end)))
    assert all(span.end - span.start == correction.end - correction.start for span in found)
    return [datetime.fromtimestamp(span.start, UTC).strftime("%m-%d %H:%M") for span in found]


def test_local_time_is_kept_over_the_gap_of_spring() -> None:
    # 2026-03-29: from 02:00 to 03:00 there is no local time; 02:30 is taken as 03:30, as RFC 5545 has it.
    sundays = recurring("2026-03-01T02:30", SUNDAYS)
    assert starts(sundays, "2026-03-20T00:00Z", "2026-04-07T00:00Z") == ["03-22 01:30", "03-29 01:30", "04-05 00:30"]


def test_local_time_is_kept_over_the_fold_of_autumn() -> None:
    # 2026-10-25: 02:30 comes twice; the first is taken.
    sundays = recurring("2026-03-01T02:30", SUNDAYS)
    assert starts(sundays, "2026-10-17T00:00Z", "2026-11-03T00:00Z") == ["10-18 00:30", "10-25 00:30", "11-01 01:30"]


def test_a_first_occurrence_in_the_second_of_two_equal_hours_keeps_its_instant() -> None:
    daily = recurring("2026-10-25T02:30:00+01:00", "FREQ=DAILY")
    assert starts(daily, "2026-10-24T00:00Z", "2026-10-27T00:00Z") == ["10-25 01:30", "10-26 01:30"]


def test_an_occurrence_that_began_before_the_span_is_in_it() -> None:
    sundays = recurring("2026-03-01T22:00", SUNDAYS, hours=6)
    assert starts(sundays, "2026-03-09T02:00Z", "2026-03-09T03:00Z") == ["03-08 21:00"]
    assert starts(sundays, "2026-03-09T03:00Z", "2026-03-09T04:00Z") == []


def test_a_rule_ends_with_until_and_with_count() -> None:
    assert starts(recurring("2026-03-01T02:00", SUNDAYS, until="2026-03-15T02:00"), "2026-01-01", "2027-01-01") == [
        "03-01 01:00", "03-08 01:00", "03-15 01:00",
    ]  # fmt: skip
    assert len(starts(recurring("2026-03-01T02:00", f"{SUNDAYS};COUNT=2"), "2026-01-01", "2027-01-01")) == 2


def test_a_start_that_the_rule_does_not_fit_is_no_occurrence() -> None:
    saturday = recurring("2026-02-28T02:00", SUNDAYS)
    first = first_occurrence(saturday)
    assert first is not None
    assert first.start == seconds("2026-03-01T01:00Z")


def test_the_occurrence_that_holds_comes_before_the_next_and_none_after_the_last() -> None:
    twice = recurring("2026-03-01T02:00", f"{SUNDAYS};COUNT=2")
    at = {text: occurrence_from(twice, seconds(text)) for text in ("2026-03-01T02:59Z", "2026-03-01T03:00Z")}
    assert at["2026-03-01T02:59Z"] == Span(seconds("2026-03-01T01:00Z"), seconds("2026-03-01T03:00Z"))
    assert at["2026-03-01T03:00Z"] == Span(seconds("2026-03-08T01:00Z"), seconds("2026-03-08T03:00Z"))
    assert occurrence_from(twice, seconds("2026-03-08T03:00Z")) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 700), st.integers(1, 60))
def test_sundays_are_those_of_the_calendar(first_day: int, days: int) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=first_day)
    end = begin + timedelta(days=days)
    expected = []
    for number in range(-1, days + 1):
        day = (begin + timedelta(days=number)).date()
        local = datetime(day.year, day.month, day.day, 4, tzinfo=BERLIN)  # no clock is ever changed at four
        if day.weekday() == calendar.SUNDAY and begin < local + timedelta(hours=2) and local < end:
            expected.append(int(local.timestamp()))
    found = occurrences(recurring("2025-01-05T04:00", SUNDAYS), Span(int(begin.timestamp()), int(end.timestamp())))
    assert [span.start for span in found] == expected


def test_a_rule_without_end_costs_only_the_span() -> None:
    daily = recurring("2026-03-01T02:00", "FREQ=DAILY")
    found = occurrences(daily, Span(seconds("2026-03-10"), seconds("2026-03-13")))
    assert len(found) == 3


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("", "not a recurrence rule; write one such as"),
        ("every sunday", "not a recurrence rule; write one such as"),
        ("BYDAY=SU", "FREQ is missing; write one such as"),
        ("FREQ=HOURLY", "FREQ is out of range; write DAILY, WEEKLY, MONTHLY or YEARLY"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is out of range; write it"),
        ("FREQ=DAILY;COUNT=10001", "COUNT is out of range; write a number from 1 to 10000"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY is out of range; write one such as"),
        ("FREQ=WEEKLY;BYDAY=1SU", "days of a month in a daily or weekly rule; write FREQ=MONTHLY"),
        ("FREQ=DAILY;BYMONTHDAY=31", "days of a month in a daily or weekly rule; write FREQ=MONTHLY"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH is out of range; write it"),
        ("FREQ=DAILY;BYHOUR=2", "BYHOUR is not taken in a rule; write the time of day in start"),
        ("FREQ=DAILY;UNTIL=20260301T000000Z", "UNTIL is not taken in a rule; write it as until:"),
        ("FREQ=DAILY;FREQ=DAILY", "a part of the rule is written twice; keep one"),
        ("FREQ=DAILY;EXDATE=1", "not a recurrence rule; write one such as"),
        ("FREQ=DAILY\nRRULE:FREQ=WEEKLY", "FREQ is out of range"),
    ],
)
def test_a_rule_that_is_not_taken_says_what_is(rule: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        checked_rule(rule)


@pytest.mark.parametrize("rule", [SUNDAYS, "FREQ=MONTHLY;BYDAY=1SU", "FREQ=MONTHLY;BYMONTHDAY=-1;INTERVAL=2"])
def test_a_rule_of_rfc_5545_is_taken_in_any_case_of_letters(rule: str) -> None:
    assert checked_rule(f" {rule.lower()} ") == rule


def test_the_first_sunday_and_the_last_day_of_a_month_are_found() -> None:
    assert starts(recurring("2026-03-01T04:00", "FREQ=MONTHLY;BYDAY=1SU"), "2026-03-01", "2026-06-01") == [
        "03-01 03:00", "04-05 02:00", "05-03 02:00",
    ]  # fmt: skip
    assert starts(recurring("2026-03-01T04:00", "FREQ=MONTHLY;BYMONTHDAY=-1"), "2026-03-01", "2026-06-01") == [
        "03-31 02:00", "04-30 02:00", "05-31 02:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-05T02:00", "2026-07-05T00:00:00+00:00"),
        ("2026-07-05T02:00:00Z", "2026-07-05T02:00:00+00:00"),
        ("2026-01-05T02:00", "2026-01-05T01:00:00+00:00"),
        ("1767268800", "2026-01-01T12:00:00+00:00"),
    ],
)
def test_an_instant_without_an_offset_is_local(text: str, expected: str) -> None:
    assert instant_in(text, BERLIN).isoformat() == expected


@pytest.mark.parametrize("text", ["1969-12-31T23:59:59Z", "2200-01-01", "soon", ""])
def test_an_instant_out_of_reach_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="instant"):
        instant_in(text, None)


@pytest.mark.parametrize(
    ("announced", "notice", "expected"), [(None, 0, True), (None, 24, False), (24, 24, True), (23, 24, False)]
)
def test_notice_is_counted_from_the_announcement(announced: int | None, notice: int, expected: bool) -> None:
    one = recurring("2026-03-01T02:00", SUNDAYS)
    announced_at = None if announced is None else one.start - announced * HOUR
    told = Correction(
        "x", (), (), one.start, one.end, "exclude", (), "", "", one.place, one.recurrence, announced_at, notice * HOUR
    )
    assert is_announced_in_time(told, one.start) is expected
    assert is_announced_in_time(told, one.start + 7 * 24 * HOUR) is (expected or announced is not None)
