"""
A thousand calendar windows, against calendar arithmetic of dateutil and a search for the instant of each reset.

The computation below knows our window only by its inputs: unit, count, first day, time of day and zone. It walks from
period to period with `relativedelta`, and tries every quarter of an hour as an offset of the wall clock at a reset.
"""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta

from leadline.core.windows import CalendarUnit, CalendarWindow, Span

ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "America/Sao_Paulo",
    "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland",
    "Pacific/Chatham", "Pacific/Apia", "Africa/Casablanca", "Africa/Cairo", "America/Havana", "Asia/Beirut",
)  # fmt: skip
PERIOD = {
    CalendarUnit.DAY: relativedelta(days=1),
    CalendarUnit.WEEK: relativedelta(weeks=1),
    CalendarUnit.MONTH: relativedelta(months=1),
    CalendarUnit.QUARTER: relativedelta(months=3),
    CalendarUnit.YEAR: relativedelta(years=1),
}
DICE = random.Random(743)


def reset_at(wall: datetime, zone: ZoneInfo) -> int:
    """
    The first instant at which a clock of the zone shows this time or, on its day, has passed over it.

    A clock that is put forward over it shows the time as much later, as it would without being put forward.
    """
    near = wall.replace(tzinfo=UTC).timestamp()
    shown = [
        int(at)
        for offset in range(-15 * 60, 15 * 60 + 1, 15)
        for at in [near - 60 * offset]
        if datetime.fromtimestamp(at, zone).replace(tzinfo=None) == wall
    ]
    if shown:
        return min(shown)
    before = int(near) - 36 * 3600
    offset = datetime.fromtimestamp(before, zone).utcoffset()
    assert offset is not None
    return int((wall - offset).replace(tzinfo=UTC).timestamp())


def period_of(window: CalendarWindow, at: int) -> Span:
    """Walk over the periods, forwards or backwards, until one holds the instant."""
    first, length = datetime.combine(window.anchor, window.begins), PERIOD[window.unit]
    wall = datetime.fromtimestamp(at, window.zone).replace(tzinfo=None)
    rough = (wall - first).days // {"d": 1, "w": 7, "M": 31, "Q": 92, "Y": 366}[window.unit.value]
    number = (rough // window.count - 2) * window.count
    while True:
        start, end = (reset_at(first + length * each, window.zone) for each in (number, number + window.count))
        if start <= at < end:
            return Span(start, end)
        number += window.count if at >= end else -window.count


def drawn() -> tuple[CalendarWindow, int]:
    """A window and an instant, every other one within minutes of a reset."""
    unit, zone = DICE.choice(list(CalendarUnit)), ZoneInfo(DICE.choice(ZONES))
    anchor = date(DICE.randint(2015, 2028), DICE.randint(1, 12), DICE.randint(1, 28))
    begins = DICE.choice((time(), time(), time(), time(2, 30), time(6), time(DICE.randint(0, 23), DICE.randint(0, 59))))
    window = CalendarWindow(unit, DICE.choice((1, 1, 1, 2, 3)), anchor, zone, begins)
    at = DICE.randrange(1_451_606_400, 1_830_297_600, 60)
    return window, at


CASES = [drawn() for _ in range(1000)]


def test_a_thousand_random_calendar_windows_equal_an_independent_computation() -> None:
    for window, at in CASES:
        assert window.span(at) == period_of(window, at), (window, at)


def test_each_of_them_resets_at_its_exact_minute() -> None:
    for window, at in CASES:
        truth = period_of(window, at)
        assert window.span(truth.start) == truth, (window, at)
        assert window.span(truth.end - 60) == truth, (window, at)
        assert window.span(truth.end).start == truth.end, (window, at)
        assert window.span(truth.start - 60).end == truth.start, (window, at)


def test_the_thousand_windows_hold_every_unit_and_many_changes_of_the_clocks() -> None:
    units = {unit: sum(window.unit is unit for window, _ in CASES) for unit in CalendarUnit}
    assert min(units.values()) > 150
    lengths = [window.span(at).seconds for window, at in CASES]
    # Summer time begins, or ends, within the period.
    assert sum(seconds % 86_400 in (3600, 1800, 82_800, 84_600) for seconds in lengths) > 100


@pytest.mark.parametrize(("month", "hours"), [(3, 743), (10, 745)])
def test_a_berlin_march_has_743_hours_and_october_745(month: int, hours: int) -> None:
    window = CalendarWindow(CalendarUnit.MONTH, 1, date(2020, 1, 1), ZoneInfo("Europe/Berlin"))
    for year in range(2016, 2037):
        span = window.span(int(datetime(year, month, 15, 12, tzinfo=UTC).timestamp()))
        assert span.seconds == hours * 3600
        assert span.slices == hours * 60


def test_a_month_is_neither_28_nor_30_days() -> None:
    window = CalendarWindow(CalendarUnit.MONTH, 1, date(2026, 1, 1), ZoneInfo("UTC"))
    days = [
        window.span(int(datetime(2026, month, 9, tzinfo=UTC).timestamp())).seconds // 86_400 for month in range(1, 13)
    ]
    assert days == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    leap = window.span(int(datetime(2028, 2, 9, tzinfo=UTC).timestamp()))
    assert timedelta(seconds=leap.seconds) == timedelta(days=29)
