"""The heat map: six steps, hatching where nobody knows, and days as long as the clocks make them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from leadline.adapters.charts.axes import TimeAxis
from leadline.adapters.charts.heat import LEGEND, STEPS, Cell, Column, heat_map, step_of

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def hours(start: datetime, count: int, step: int | None = 1) -> list[Cell]:
    return [Cell(start + HOUR * number, start + HOUR * (number + 1), step) for number in range(count)]


def drawn(cells: Sequence[Cell], columns: Sequence[Column] = (), *, is_daily: bool = True) -> ET.Element:
    axis = TimeAxis(cells[0].start, cells[-1].end, BERLIN)
    return ET.fromstring(str(heat_map(axis, cells, columns, "Burn", is_daily=is_daily)))  # noqa: S314 - our own drawing


def boxes(svg: ET.Element) -> list[tuple[float, float, float]]:
    """Left, top and width of each cell."""
    paths = "".join(each.get("d", "") for each in svg.iter("path"))
    return [(float(x), float(y), float(w)) for x, y, w in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)", paths)]


def test_there_are_six_steps_each_with_a_name() -> None:
    assert len(LEGEND) == len(STEPS) + 1 == 6
    assert [step_of(burn) for burn in (0.0, 0.0999, 0.1, 0.3, 1.0, 3.0, 9.999, 10.0, 1e9)] == [
        0,
        0,
        1,
        2,
        3,
        4,
        4,
        5,
        5,
    ]


def test_an_hour_that_comes_twice_is_two_half_cells_and_one_that_is_skipped_is_not_there() -> None:
    autumn = hours(datetime(2026, 10, 24, 22, tzinfo=UTC), 25)
    found = boxes(drawn(autumn))
    assert len(found) == 25
    twice = [box for box in found if box[1] == 12]
    assert len(twice) == 2, "two o'clock"
    assert twice[0][0] != twice[1][0]
    assert twice[0][2] == pytest.approx(found[0][2] / 2, abs=0.01)
    spring = boxes(drawn(hours(datetime(2026, 3, 28, 23, tzinfo=UTC), 23)))
    assert [box[1] for box in spring] == [6.0 * hour for hour in range(24) if hour != 2]


def test_no_data_is_hatched_no_traffic_is_empty_and_planned_works_are_their_own() -> None:
    start = datetime(2026, 11, 2, 23, tzinfo=UTC)
    cells = [
        Cell(start, start + HOUR, None, is_unknown=True),
        Cell(start + HOUR, start + 2 * HOUR, None),
        Cell(start + 2 * HOUR, start + 3 * HOUR, None, is_out=True),
        Cell(start + 3 * HOUR, start + 4 * HOUR, 5),
    ]
    svg = drawn(cells)
    assert [each.get("class") for each in svg.iter("rect")] == ["hatch"]
    assert sorted(each.get("class", "") for each in svg.iter("path")) == ["heat heat--5", "heat heat--out"]


def test_minutes_stand_below_each_other_in_their_hour() -> None:
    start = datetime(2026, 11, 2, 10, tzinfo=UTC)
    minute = timedelta(minutes=1)
    cells = [Cell(start + minute * number, start + minute * (number + 1), 0) for number in range(120)]
    found = boxes(drawn(cells, is_daily=False))
    assert len({x for x, _, _ in found}) == 2
    assert len({y for _, y, _ in found}) == 60


def test_a_day_is_a_plain_link_that_says_where_it_leads() -> None:
    cells = hours(datetime(2026, 11, 2, 23, tzinfo=UTC), 24)
    svg = drawn(cells, [Column(cells[0].start, cells[-1].end, "?at=<now>", 'Mon: 3 "bad"')])
    [link] = svg.iter("a")
    assert (link.get("href"), link.get("aria-label")) == ("?at=<now>", 'Mon: 3 "bad"')
    assert svg.get("role") == "group", "a picture would hide its links"
    assert drawn(cells).get("role") == "img"
