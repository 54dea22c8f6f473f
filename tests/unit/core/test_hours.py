"""Business hours against the clock on the wall, minute by minute, and what an objective within them counts."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.core.budgets import BudgetingMethod, BudgetTerms, Level, OnNoData, Subject
from leadline.core.corrections import CorrectionMode, CorrectionSpan
from leadline.core.hours import BusinessHours, DailyHours
from leadline.core.windows import CalendarUnit, CalendarWindow, RollingWindow, Span
from made_histories import figures_of, first_of, judge

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY, WEEK = 3600, 86_400, 7 * 86_400
WORKDAYS = (0, 1, 2, 3, 4)
OFFICE = BusinessHours((DailyHours(WORKDAYS, 540, 1020),), BERLIN)
"""Mon-Fri 09:00-17:00: 480 slices a day, 2,400 a week."""
TERMS = BudgetTerms(Decimal("0.99"), Fraction(1, 100), RollingWindow(timedelta(days=7)), hours=OFFICE)
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
         "America/Sao_Paulo", "Africa/Casablanca")  # fmt: skip


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp())


MONDAY = at("2026-06-29")
Slices = dict[int, tuple[int, int]]


def is_open(hours: BusinessHours, instant: int) -> bool:
    """Read the wall clock and the calendar."""
    wall = datetime.fromtimestamp(instant, hours.zone)
    minute = wall.hour * 60 + wall.minute
    works = any(wall.weekday() in daily.days and daily.begins <= minute < daily.ends for daily in hours.daily)
    return works and wall.date() not in hours.holidays


def steady(start: int, end: int, *, bad_closed: int = 0, bad_open: int = 0) -> Slices:
    """100 events a minute."""
    return {slice_: (bad_open if is_open(OFFICE, slice_) else bad_closed, 100) for slice_ in range(start, end, 60)}


def subject(slices: Slices, terms: BudgetTerms = TERMS, *corrections: CorrectionSpan) -> Subject:
    return Subject(terms, first_of(slices), corrections)


@st.composite
def any_hours(draw: st.DrawFn) -> BusinessHours:
    daily = []
    for _ in range(draw(st.integers(1, 3))):
        days = tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1))))
        begins, ends = sorted(
            draw(st.sets(st.integers(0, 1440) | st.sampled_from((0, 120, 150, 180, 1440)), min_size=2, max_size=2))
        )
        daily.append(DailyHours(days, begins, ends))
    return BusinessHours(tuple(daily), ZoneInfo(draw(st.sampled_from(ZONES))))


@settings(max_examples=60, deadline=None)
@given(any_hours(), st.integers(2010, 2035), st.integers(0, 365 * 1440), st.integers(0, 6 * 1440), st.booleans())
def test_open_time_is_what_the_wall_clock_says_minute_by_minute(
    hours: BusinessHours, year: int, minute: int, length: int, has_holiday: bool
) -> None:
    start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) + 60 * minute
    if has_holiday:
        middle = datetime.fromtimestamp(start + 30 * length, hours.zone).date()
        hours = replace(hours, holidays=(middle,))
    span = Span(start, start + 60 * length)
    found = hours.spans(span)
    held = {each for one in found for each in range(one.start, one.end, 60)}
    assert held == {each for each in range(span.start, span.end, 60) if is_open(hours, each)}
    assert all(left.end < right.start for left, right in pairwise(found))


def test_two_hundred_random_masks_equal_a_check_of_every_minute_around_a_change_of_the_clocks() -> None:
    dice = random.Random(745)
    for _ in range(200):
        zone = ZoneInfo(dice.choice(ZONES))
        change = change_of_the_clocks(zone, dice.randint(2012, 2036))
        days = tuple(sorted(dice.sample(range(7), dice.randint(4, 7))))
        begins, ends = sorted(dice.sample([0, 60, 90, 119, 120, 121, 150, 179, 180, 181, 240, 600, 1380, 1440], 2))
        hours = BusinessHours((DailyHours(days, begins, ends),), zone)
        span = Span(change - 26 * HOUR, change + 26 * HOUR)
        held = {each for one in hours.spans(span) for each in range(one.start, one.end, 60)}
        assert held == {each for each in range(span.start, span.end, 60) if is_open(hours, each)}, hours


def change_of_the_clocks(zone: ZoneInfo, year: int) -> int:
    """The first hour of a year in which the offset is another; new year where there is none."""
    start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    offsets = [datetime.fromtimestamp(start + HOUR * hour, zone).utcoffset() for hour in range(365 * 24)]
    return next((start + HOUR * hour for hour, offset in enumerate(offsets) if offset != offsets[0]), start)


def test_an_hour_that_comes_twice_is_open_twice_and_one_that_is_skipped_never() -> None:
    night = BusinessHours((DailyHours((6,), 120, 180),), BERLIN)  # Sundays, 02:00 to 03:00
    lengths = [sum(one.seconds for one in night.spans(Span(at(day), at(day) + DAY))) // 60
               for day in ("2026-03-22", "2026-03-29", "2026-10-25")]  # fmt: skip
    assert lengths == [60, 0, 120]


def test_a_berlin_march_within_business_hours_has_22_working_days() -> None:
    month = CalendarWindow(CalendarUnit.MONTH, 1, date(2026, 1, 1), BERLIN).span(at("2026-03-10"))
    assert sum(one.slices for one in OFFICE.spans(month)) == 22 * 480
    christmas = replace(OFFICE, holidays=(date(2026, 3, 25), date(2026, 3, 28)))
    assert sum(one.slices for one in christmas.spans(month)) == 21 * 480, "28 March is a Saturday"


def test_what_happens_while_closed_spends_nothing() -> None:
    slices = steady(MONDAY - 5 * WEEK, MONDAY, bad_closed=100)
    for bad in (0, 1):
        slices[at("2026-06-24T10:00")] = (60 * bad, 100)
        evaluation = judge(slices, subject(slices), MONDAY)
        # 2,400 open slices of 100 events allow 2,400 bad ones.
        assert (evaluation.bad, evaluation.total) == (60 * bad, 240_000)
        assert evaluation.allowed_bad == pytest.approx(2400)
        assert evaluation.remaining == pytest.approx(1 - 60 * bad / 2400)
        assert evaluation.coverage == 1
        assert evaluation.level is Level.HEALTHY


def test_a_source_that_is_silent_at_night_is_neither_blind_nor_stale() -> None:
    slices = {each: counts for each, counts in steady(MONDAY - 5 * WEEK, MONDAY + DAY).items() if is_open(OFFICE, each)}
    for now in ("2026-06-29T08:59", "2026-06-29T09:00", "2026-06-29T09:05", "2026-06-28T03:00"):
        seen = {each: counts for each, counts in slices.items() if each < at(now)}
        evaluation = judge(seen, subject(seen), at(now))
        assert (evaluation.level, evaluation.coverage) == (Level.HEALTHY, 1.0), now
    always = judge(slices, subject(slices, replace(TERMS, hours=None)), MONDAY)
    assert always.level is Level.UNKNOWN


def test_age_is_counted_in_open_slices() -> None:
    friday = at("2026-06-26T16:55")
    slices = steady(MONDAY - 5 * WEEK, friday)
    # Five minutes of Friday are missing, and as many of Monday as are lived.
    for minutes, level in ((5, Level.HEALTHY), (6, Level.UNKNOWN)):
        evaluation = judge(slices, subject(slices), at("2026-06-29T09:00") + 60 * minutes)
        assert evaluation.level is level
    assert "newest slice is 11 min of business hours old" in evaluation.reason


def test_a_window_that_hours_empty_has_no_coverage_and_is_not_unknown() -> None:
    slices = steady(MONDAY - 5 * WEEK, MONDAY)
    evaluation = judge(slices, subject(slices, replace(TERMS, window=RollingWindow(timedelta(days=1)))), MONDAY)
    assert (evaluation.coverage, evaluation.remaining, evaluation.sli) == (None, None, None)
    assert evaluation.level is Level.HEALTHY
    assert evaluation.reason == "nothing was counted: no slice lies in business hours"
    assert evaluation.burn == {HOUR: None}, "the tier is suspended"


def test_missing_slices_are_bad_in_open_time_alone() -> None:
    gap = (at("2026-06-25T12:00"), at("2026-06-26T10:00"))  # five open hours, then one
    slices = {each: counts for each, counts in steady(MONDAY - 5 * WEEK, MONDAY).items() if not gap[0] <= each < gap[1]}
    strict = judge(slices, subject(slices, replace(TERMS, on_no_data=OnNoData.BAD)), MONDAY)
    assert (strict.bad, strict.total, strict.coverage) == (360 * 100, 240_000, 1.0)
    unknown = judge(slices, subject(slices), MONDAY)
    assert (unknown.bad, unknown.total) == (0, 204_000)
    assert unknown.coverage == pytest.approx(2040 / 2400)


def test_a_time_slice_that_is_closed_allows_nothing() -> None:
    terms = replace(TERMS, method=BudgetingMethod.TIMESLICES, slice_target=Decimal("0.9"), slice_seconds=300)
    slices = steady(MONDAY - 5 * WEEK, MONDAY, bad_closed=100)
    evaluation = judge(slices, subject(slices, terms), MONDAY)
    assert (evaluation.bad, evaluation.total, evaluation.remaining) == (0, 480, 1.0)
    assert evaluation.allowed_bad == pytest.approx(4.8)


@pytest.mark.parametrize(("now", "lived"), [("2026-06-01", 0), ("2026-06-15", 10), ("2026-07-01T00:00", 0)])
def test_a_new_month_expects_the_traffic_of_its_open_slices_alone(now: str, lived: int) -> None:
    month = CalendarWindow(CalendarUnit.MONTH, 1, date(2026, 1, 1), BERLIN)
    slices = steady(at("2026-04-20"), at(now), bad_closed=100)
    evaluation = judge(slices, subject(slices, replace(TERMS, window=month)), at(now))
    # June 2026 has 22 working days, July 23.
    days = 23 if now.startswith("2026-07") else 22
    assert evaluation.allowed_bad == pytest.approx(days * 480)
    assert (evaluation.total, evaluation.remaining) == (lived * 48_000, 1.0)


def test_a_young_objective_is_promised_the_open_time_before_its_birth() -> None:
    slices = steady(at("2026-06-25"), MONDAY)
    evaluation = judge(slices, subject(slices), MONDAY)
    assert evaluation.total == 2 * 48_000
    assert evaluation.allowed_bad == pytest.approx(2400)


def test_what_is_excluded_and_closed_at_once_is_left_out_once() -> None:
    slices = steady(MONDAY - 5 * WEEK, MONDAY, bad_open=1)
    # From Thursday 16:00 to Friday 10:00: two hours are open.
    hole = CorrectionSpan(Span(at("2026-06-25T16:00"), at("2026-06-26T10:00")), CorrectionMode.EXCLUDE)
    evaluation = judge(slices, subject(slices, TERMS, hole), MONDAY)
    assert (evaluation.bad, evaluation.total, evaluation.coverage) == (2280, 228_000, 1.0)
    assert evaluation.raw is not None
    assert (evaluation.raw.bad, evaluation.raw.total, evaluation.raw.coverage) == (2400, 240_000, 1.0)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 5 * 480 - 1), st.integers(1, 100), st.integers(0, 1440 * 7 - 1))
def test_more_bad_events_never_leave_more_and_closed_ones_change_nothing(place: int, bad: int, minute: int) -> None:
    slices = steady(MONDAY - 2 * WEEK, MONDAY)
    before = judge(slices, subject(slices), MONDAY)
    slot = MONDAY - WEEK + 60 * minute
    slices[slot] = (bad, 100)
    after = judge(slices, subject(slices), MONDAY)
    assert before.remaining is not None
    assert after.remaining is not None
    if is_open(OFFICE, slot):
        assert after.remaining < before.remaining
    else:
        assert after == before
    worse = slices | {MONDAY - WEEK + 9 * HOUR + DAY * (place // 480) + 60 * (place % 480): (100, 100)}
    assert (judge(worse, subject(worse), MONDAY).remaining or 0) < after.remaining


def test_several_windows_and_objectives_of_one_history_are_each_right() -> None:
    slices = steady(MONDAY - 10 * WEEK, MONDAY, bad_closed=2, bad_open=1)
    month = CalendarWindow(CalendarUnit.MONTH, 1, date(2026, 1, 1), BERLIN)
    tight = replace(TERMS, target=Decimal("0.95"), error_budget=Fraction(1, 20))
    four_weeks = replace(tight, hours=None, window=RollingWindow(timedelta(days=28)))
    always, by_month = replace(TERMS, hours=None), replace(TERMS, window=month)
    several = [TERMS, always, tight, replace(always, window=month), by_month, four_weeks]
    figures = figures_of([slices] * 6, [subject(slices, terms) for terms in several], MONDAY, (HOUR,))
    found = [figures.evaluation(place) for place in range(6)]
    # A week has 10,080 slices, of which 2,400 are open with 1 bad event each; 1 to 28 June have 20 working days.
    week, june = 2400 + 2 * 7680, 9600 + 2 * (28 * 1440 - 9600)
    assert [each.bad for each in found] == [2400, week, 2400, june, 9600, june]
    assert [each.allowed_bad for each in found] == pytest.approx([2400, 10_080, 12_000, 43_200, 10_560, 201_600])
    assert found == [judge(slices, subject(slices, terms), MONDAY) for terms in several]
