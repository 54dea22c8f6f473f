"""The axis of time: days and hours of the reader's zone, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from leadline.adapters.charts.axes import TimeAxis

BERLIN = ZoneInfo("Europe/Berlin")
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)
"""The clocks of Berlin go back at 01:00 UTC."""
SPRING = datetime(2026, 3, 29, tzinfo=UTC)


def axis(end: datetime, days: float, zone: ZoneInfo = BERLIN) -> TimeAxis:
    return TimeAxis(end - timedelta(days=days), end, zone)


def test_days_begin_at_midnight_of_the_zone_on_both_sides_of_a_change_of_clocks() -> None:
    begins = axis(AUTUMN + timedelta(days=2), 3.5).midnights()
    assert [f"{each:%d %H:%M}" for each in begins] == ["23 22:00", "24 22:00", "25 23:00", "26 23:00"]
    assert begins[2] - begins[1] == timedelta(hours=25)


@pytest.mark.parametrize("change", [AUTUMN, SPRING])
def test_hours_of_a_day_on_which_clocks_change_are_told_as_the_wall_clock_reads(change: datetime) -> None:
    texts = [tick.text for tick in axis(change + timedelta(hours=6), 0.3).ticks()]
    expected = {AUTUMN: ["02:00", "02:00", "03:00"], SPRING: ["01:00", "03:00", "04:00"]}[change]
    assert [text for text in texts if text in {"01:00", "02:00", "03:00", "04:00"}][-len(expected) - 1 :][
        : len(expected)
    ] or texts
    assert any(texts[place : place + 3] == expected for place in range(len(texts)))


def test_four_weeks_are_marked_on_mondays_and_a_week_on_every_day() -> None:
    monday = datetime(2026, 11, 23, 12, tzinfo=UTC)
    weeks = axis(monday, 28, ZoneInfo("UTC")).ticks()
    assert [tick.day + tick.text for tick in weeks] == ["Mon 2 Nov", "Mon 9 Nov", "Mon 16 Nov", "Mon 23 Nov"]
    assert weeks[-1].place == pytest.approx(1 - 0.5 / 28)
    assert len(axis(monday, 7, ZoneInfo("UTC")).ticks()) == 7


def test_no_label_stands_where_the_word_at_the_edge_stands() -> None:
    monday = datetime(2026, 11, 23, 1, tzinfo=UTC)
    drawn = axis(monday, 28, ZoneInfo("UTC")).labels(10)
    assert "16 Nov" in drawn
    assert "23 Nov" not in drawn
    assert drawn.endswith(">now</text>")


def test_an_instant_outside_is_drawn_at_the_edge() -> None:
    whole = axis(AUTUMN, 1)
    assert [whole.place(AUTUMN + timedelta(days=days)) for days in (-9, -0.5, 9)] == [0.0, 0.5, 1.0]
