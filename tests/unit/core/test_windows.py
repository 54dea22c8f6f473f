from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from leadline.core.windows import CalendarUnit, CalendarWindow, RollingWindow, Span, floor_to_step

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
