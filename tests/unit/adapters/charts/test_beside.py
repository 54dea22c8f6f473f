"""What stands around a budget's line: burn rates on a log scale, corrections, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from leadline.adapters.charts.axes import TimeAxis
from leadline.adapters.charts.burn_rates import HEIGHT, Limit, Rates, burn_rates
from leadline.adapters.charts.lanes import Interval, Leaving, lanes

END = datetime(2026, 11, 23, 12, tzinfo=UTC)
AXIS = TimeAxis(END - timedelta(hours=3), END, ZoneInfo("UTC"))
FAST = [Limit("5m", 10.0)]


def rates(*values: float | None, limits: Sequence[Limit] = FAST) -> ET.Element:
    points = [
        Rates(END - timedelta(minutes=len(values) - 1 - number), {limit.window: value for limit in limits})
        for number, value in enumerate(values)
    ]
    return ET.fromstring(str(burn_rates(AXIS, points, limits, "Burn")))  # noqa: S314 - our own drawing


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in svg.iter() if name in (each.get("class") or "").split()]


def texts(svg: ET.Element) -> list[str]:
    return ["".join(each.itertext()).replace("\u00a0", " ") for each in svg.iter("text")]


def test_the_limit_is_a_line_with_its_factor_and_what_exceeds_it_is_filled() -> None:
    svg = rates(1.0, 20.0, 39.0)
    assert len(of_class(svg, "tier")) == len(of_class(svg, "over")) == 1
    assert {"10×", "39×"} <= set(texts(svg))


@pytest.mark.parametrize("value", [0.0, 1e-12, 1e6])
def test_what_burns_not_at_all_or_beyond_measure_stays_inside(value: float) -> None:
    [dot] = of_class(rates(value, value), "dot")
    assert 0 <= float(dot.get("cy", "")) <= HEIGHT


def test_no_burn_rate_now_is_a_dash_and_no_dot() -> None:
    svg = rates(1.0, 2.0, None)
    assert not of_class(svg, "dot")
    assert "–" in texts(svg)
    assert len(of_class(svg, "line--main")) == 1


def test_two_windows_have_two_lines_whose_names_do_not_touch() -> None:
    svg = rates(2.0, 2.0, limits=[Limit("1h", 5.0), Limit("6h", 2.0)])
    assert (len(of_class(svg, "line--main")), len(of_class(svg, "line--second"))) == (1, 1)
    ends = [float(each.get("y", "")) for each in of_class(svg, "ct--now")]
    assert abs(ends[0] - ends[1]) >= 13
    assert not of_class(svg, "over"), "both must hold, so neither is filled alone"


def test_nothing_measured_at_all_is_drawn_too() -> None:
    assert "nan" not in ET.tostring(rates(), encoding="unicode").lower()


def hour(begin: float, end: float) -> tuple[datetime, datetime]:
    return END - timedelta(hours=begin), END - timedelta(hours=end)


def test_a_lane_stands_for_what_there_is_and_none_for_what_there_is_not() -> None:
    works = [Interval(*hour(2, 1), "works", "<works>")]
    back = [Leaving(*hour(3, 2), 0.1, "tomorrow"), Leaving(*hour(2, 1), 0.2, "later")]
    both = lanes(AXIS, works, back, "Beside")
    assert both is not None
    assert "&lt;works&gt;" in both
    assert "+20.0" in both
    only = lanes(AXIS, works, [], "Beside")
    assert only is not None
    assert "Ages out" not in only
    assert lanes(AXIS, [], [], "Beside") is None
    assert lanes(AXIS, [Interval(*hour(9, 8), "before", "")], [Leaving(*hour(9, 8), 0.2, "")], "Beside") is None


def test_only_the_first_of_what_is_most_is_named() -> None:
    back = [Leaving(*hour(3 - step * 0.5, 2.5 - step * 0.5), 0.2, "") for step in range(5)]
    found = lanes(AXIS, [], back, "Beside")
    assert found is not None
    assert found.count("+20.0") == 1
