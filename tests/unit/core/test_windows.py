from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.core.windows import CalendarUnit, CalendarWindow, RollingWindow, Span, ceil_to_step, floor_to_step

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = 3600, 86_400


def instant(text: str, zone: ZoneInfo = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def period(unit: CalendarUnit, at: str, count: int = 1, anchor: date = date(2026, 1, 1)) -> Span:
    return CalendarWindow(unit, count, anchor, BERLIN).span(instant(at))


@pytest.mark.parametrize(("month", "hours"), [(1, 744), (2, 672), (3, 743), (4, 720), (10, 745), (11, 720)])
def test_a_month_in_berlin_has_the_hours_of_its_clock(month: int, hours: int) -> None:
    # Summer time begins on 2026-03-29 and ends on 2026-10-25.
    assert period(CalendarUnit.MONTH, f"2026-{month:02d}-15").seconds == hours * HOUR


def test_a_month_is_not_thirty_days() -> None:
    assert period(CalendarUnit.MONTH, "2026-07-01") == Span(instant("2026-07-01"), instant("2026-08-01"))
    assert period(CalendarUnit.MONTH, "2026-07-01").seconds == 31 * DAY


def test_a_period_changes_at_midnight_of_its_zone() -> None:
    june, july = instant("2026-06-01"), instant("2026-07-01")
    window = CalendarWindow(CalendarUnit.MONTH, 1, date(2026, 1, 1), BERLIN)
    assert window.span(july - 60) == Span(june, july)
    assert window.span(july).start == july
    # 22:00 UTC
    assert july % DAY == 22 * HOUR


def test_a_period_may_begin_within_a_day() -> None:
    noon = time(12, 30)
    month = CalendarWindow(CalendarUnit.MONTH, 1, date(2026, 1, 21), BERLIN, noon)
    march, april = instant("2026-03-21T12:30"), instant("2026-04-21T12:30")
    assert month.span(march) == month.span(april - 60) == Span(march, april)
    assert month.span(march - 60).end == march
    # Summer time begins on 2026-03-29: one hour less than 31 days.
    assert april - march == 31 * DAY - HOUR
    days = CalendarWindow(CalendarUnit.DAY, 2, date(2026, 6, 1), BERLIN, noon)
    assert days.span(instant("2026-06-03T12:29")) == Span(instant("2026-06-01T12:30"), instant("2026-06-03T12:30"))


def test_a_period_whose_beginning_the_clocks_skip_or_repeat_leaves_no_gap() -> None:
    # On 2026-03-29 there is no 02:30 in Berlin, and the period begins at 03:30; on 2026-10-25 there are two.
    day = CalendarWindow(CalendarUnit.DAY, 1, date(2026, 1, 1), BERLIN, time(2, 30))
    skipped = instant("2026-03-29T03:30")
    assert day.span(skipped - 60) == Span(instant("2026-03-28T02:30"), skipped)
    assert day.span(skipped) == Span(skipped, instant("2026-03-30T02:30"))
    repeated = instant("2026-10-25T02:30")
    assert day.span(repeated) == day.span(repeated + HOUR) == Span(repeated, repeated + 25 * HOUR)
    assert day.span(repeated - 60).end == repeated


WINDOWS = st.tuples(
    st.sampled_from(list(CalendarUnit)),
    st.integers(1, 5),
    st.dates(date(2020, 1, 1), date(2027, 12, 28)).filter(lambda day: day.day <= 28),
    st.integers(0, 1439),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]).map(ZoneInfo),
).map(lambda drawn: CalendarWindow(*drawn[:3], drawn[4], time(drawn[3] // 60, drawn[3] % 60)))


@given(WINDOWS, st.integers(1_600_000_000, 1_900_000_000))
def test_every_instant_lies_in_one_period_and_periods_follow_each_other(window: CalendarWindow, at: int) -> None:
    span = window.span(at)
    assert span.start <= at < span.end
    assert window.span(span.start) == window.span(span.end - 1) == span
    assert window.span(span.start - 1).end == span.start
    assert window.span(span.end).start == span.end


def test_quarters_and_years() -> None:
    assert period(CalendarUnit.QUARTER, "2026-05-20") == Span(instant("2026-04-01"), instant("2026-07-01"))
    assert period(CalendarUnit.YEAR, "2026-12-31T23:59") == Span(instant("2026-01-01"), instant("2027-01-01"))
    fiscal = period(CalendarUnit.YEAR, "2026-09-30", anchor=date(2020, 10, 1))
    assert fiscal == Span(instant("2025-10-01"), instant("2026-10-01"))


def test_days_and_weeks_count_from_the_anchor() -> None:
    # 2026-06-29 is a Monday.
    assert period(CalendarUnit.WEEK, "2026-06-28T12:00", anchor=date(2026, 1, 5)) == Span(
        instant("2026-06-22"), instant("2026-06-29")
    )
    assert period(CalendarUnit.DAY, "2026-03-29T12:00").seconds == 23 * HOUR
    assert period(CalendarUnit.DAY, "2026-06-10", count=2, anchor=date(2026, 6, 1)) == Span(
        instant("2026-06-09"), instant("2026-06-11")
    )


def test_periods_before_the_anchor_exist() -> None:
    assert period(CalendarUnit.MONTH, "2025-12-24", count=2) == Span(instant("2025-11-01"), instant("2026-01-01"))
    assert period(CalendarUnit.MONTH, "2026-02-10", anchor=date(2026, 6, 15)) == Span(
        instant("2026-01-15"), instant("2026-02-15")
    )


def test_a_rolling_window_ends_at_the_instant() -> None:
    assert RollingWindow(timedelta(days=28)).span(10**9) == Span(10**9 - 28 * DAY, 10**9)
    assert str(RollingWindow(timedelta(days=28))) == "28d"
    assert str(CalendarWindow(CalendarUnit.QUARTER, 1, date(2026, 1, 1), BERLIN)) == "1Q"


def test_spans_count_whole_slices() -> None:
    assert (Span(0, 3600).slices, Span(60, 0).seconds, Span(0, 119).slices) == (60, 0, 1)


def test_an_instant_is_floored_to_its_slice() -> None:
    assert [floor_to_step(at) for at in (0, 59.9, 60, 119, -1)] == [0, 0, 60, 60, -60]


def test_the_next_slice_is_the_first_that_starts_at_an_instant_or_after_it() -> None:
    assert [ceil_to_step(at) for at in (0, 0.1, 59.9, 60, 61, -1, -60)] == [0, 60, 60, 60, 120, 0, -60]
