"""The line of a budget: whole, gapped, overspent a hundred times, unknown, or with nothing to draw."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from leadline.adapters.charts.axes import TimeAxis
from leadline.adapters.charts.burn_down import HEIGHT, Standing, burn_down

END = datetime(2026, 11, 23, 12, tzinfo=UTC)
AXIS = TimeAxis(END - timedelta(days=28), END, ZoneInfo("UTC"))
LEVELS = (0.5, 0.25, 0.05)


def drawn(*values: tuple[float | None, str], title: str = "Budget") -> ET.Element:
    step = timedelta(days=28) / max(1, len(values) - 1)
    points = [
        Standing(END - step * (len(values) - 1 - number), value, level) for number, (value, level) in enumerate(values)
    ]
    return ET.fromstring(str(burn_down(AXIS, points, LEVELS, title)))  # noqa: S314 - our own drawing


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in svg.iter() if name in (each.get("class") or "").split()]


def texts(svg: ET.Element) -> list[str]:
    return ["".join(each.itertext()).replace("\u00a0", " ") for each in svg.iter("text")]


def heights(path: ET.Element) -> list[float]:
    return [float(pair.split()[1]) for pair in re.split("[ML]", path.get("d", "").rstrip("Z"))[1:]]


def test_the_line_falls_as_the_budget_is_spent_and_says_its_ends() -> None:
    svg = drawn((0.9, "healthy"), (0.6, "healthy"), (0.2, "critical"))
    [ink] = of_class(svg, "line--main")
    assert heights(ink) == sorted(heights(ink))
    assert {"90.0 %", "20.0 %"} <= set(texts(svg))
    [dot] = of_class(svg, "dot")
    assert "mark--critical" in (dot.get("class") or "").split()


def test_a_budget_overspent_forty_times_stays_inside_with_its_number() -> None:
    svg = drawn((0.4, "warning"), (-40.0, "depleted"))
    [ink] = of_class(svg, "line--main")
    assert all(0 <= y <= HEIGHT for y in heights(ink))
    assert "−4,000.0 %" in texts(svg)
    zero = float(of_class(svg, "zero")[0].get("y1", ""))
    assert all(y <= zero + 0.1 for y in heights(of_class(svg, "water")[0])), "there is no water below the ground"


def test_zero_and_the_next_threshold_are_always_in_view() -> None:
    svg = drawn((0.04, "depleted"), (0.03, "depleted"))
    assert 0 < float(of_class(svg, "zero")[0].get("y1", "")) < HEIGHT
    assert "5 %" in texts(svg)


def test_a_point_without_a_number_breaks_the_line() -> None:
    svg = drawn((0.9, "healthy"), (0.8, "healthy"), (None, "unknown"), (0.7, "healthy"), (0.6, "healthy"))
    assert len(of_class(svg, "line--main")) == 2
    assert len(of_class(svg, "hatch")) == 1


def test_what_is_unknown_now_is_hatched_and_marked_and_not_shown_as_healthy() -> None:
    svg = drawn((0.9, "healthy"), (0.9, "unknown"), (0.9, "unknown"))
    assert len(of_class(svg, "hatch")) == 2
    assert "? 90.0 %" in texts(svg)
    assert not of_class(svg, "mark--healthy")[1:], "but for the strip of levels"


def test_a_broken_zero_tolerance_is_a_bar_on_the_ground_and_no_number() -> None:
    svg = drawn((1.0, "healthy"), (1.0, "healthy"), (None, "depleted"), (None, "depleted"))
    assert [each.get("class") for each in svg.iter("rect")].count("mark--depleted") == 3, "two stretches and the strip"
    assert "Depleted" in texts(svg)
    assert "0.0 %" not in texts(svg)
    assert not of_class(svg, "dot")


@pytest.mark.parametrize("values", [[], [(None, "unknown")], [(0.5, "warning")]])
def test_nothing_to_draw_and_a_single_point_are_drawn_without_a_line(values: list[tuple[float | None, str]]) -> None:
    svg = drawn(*values)
    assert not of_class(svg, "line--main")
    assert "nan" not in ET.tostring(svg, encoding="unicode").lower()


def test_what_it_says_is_escaped() -> None:
    assert "<b>" not in str(burn_down(AXIS, [], LEVELS, "<b>&"))
    title = next(drawn(title="<b>&").iter("title"))
    assert title.text == "<b>&"
