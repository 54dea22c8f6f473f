"""Burn rates of the last hours against what one alert of the tier asks, on a log scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from leadline.adapters.charts.axes import TimeAxis
from leadline.adapters.charts.parts import Point, area, figure, label, line, scaled, tag
from leadline.adapters.charts.words import times

HEIGHT = 104
LOWEST = 0.05
"""What burns slower, or not at all, is drawn at the floor."""
_LEAST_TOP = 20.0
_LABEL_GAP = 13.0


@dataclass(frozen=True, slots=True)
class Limit:
    """One window of an alert, and its factor."""

    window: str
    factor: float


@dataclass(frozen=True, slots=True)
class Rates:
    """Burn rates by window at one instant; None where there is none."""

    at: datetime
    burn: Mapping[str, float | None]


def burn_rates(axis: TimeAxis, rates: Sequence[Rates], limits: Sequence[Limit], title: str) -> Markup:
    """One line for each window, the first in ink; what is above the limit of an alert of one window is filled."""
    found = [rate for each in rates for limit in limits if (rate := each.burn.get(limit.window)) is not None]
    top = max([_LEAST_TOP, *(limit.factor * 2 for limit in limits), *(rate * 1.3 for rate in found)])
    lines, ends = [], []
    for number, limit in enumerate(limits):
        runs = _runs(axis, rates, limit.window, top)
        if len(limits) == 1:
            edge = _y(limit.factor, top)
            lines += [
                area([(x, min(y, edge)) for x, y in run], [(run[0][0], edge), (run[-1][0], edge)], "over")
                for run in runs
            ]
        lines += [line(run, "line line--second" if number else "line line--main") for run in runs]
        ends.append((rates[-1].burn.get(limit.window) if rates else None, limit.window))
    body = axis.grid(HEIGHT) + axis.labels(HEIGHT + 15, room=0.16) + _scale(top)
    body += scaled(HEIGHT, "".join(lines)) + _limits(limits, top) + _ends(ends, top)
    return figure(HEIGHT + 20, body, title)


def _y(rate: float, top: float) -> float:
    within = min(top, max(LOWEST, rate))
    return 6 + math.log10(top / within) / math.log10(top / LOWEST) * (HEIGHT - 12)


def _runs(axis: TimeAxis, rates: Sequence[Rates], window: str, top: float) -> list[list[Point]]:
    runs: list[list[Point]] = [[]]
    for each in rates:
        rate = each.burn.get(window)
        if rate is None:
            runs.append([])
        else:
            runs[-1].append((axis.place(each.at), _y(rate, top)))
    return [run for run in runs if run]


def _scale(top: float) -> str:
    parts = []
    for value in (0.1, 1.0, 10.0, 100.0, 1000.0):
        if value < top:
            y = _y(value, top)
            parts.append(tag("line", x1="0", x2="100%", y1=f"{y:.1f}", y2=f"{y:.1f}", class_="grid"))
            parts.append(label("0", y, f"{value:g}×", "ct ct--y", dx=-6, dy="0.32em"))
    return "".join(parts)


def _limits(limits: Sequence[Limit], top: float) -> str:
    parts = []
    highest = max((limit.factor for limit in limits), default=0.0)
    for number, limit in enumerate(limits):
        y = _y(limit.factor, top)
        text = f"{limit.factor:g}× over {limit.window}" if len(limits) > 1 else f"{limit.factor:g}×"
        parts.append(
            tag(
                "line",
                x1="0",
                x2="100%",
                y1=f"{y:.1f}",
                y2=f"{y:.1f}",
                class_="tier" + (" tier--second" if number else ""),
            )
        )
        is_under = number > 0 and limit.factor <= highest
        parts.append(label("0", y + (13 if is_under else -4), text, "ct ct--halo ct--tier", dx=4))
    return "".join(parts)


def _ends(ends: Sequence[tuple[float | None, str]], top: float) -> str:
    """The newest rate of each window; labels that would touch are moved apart."""
    parts: list[str] = []
    taken: list[float] = []
    for rate, window in ends:
        y = HEIGHT / 2 if rate is None else _y(rate, top)
        if rate is not None:
            parts.append(tag("circle", cx="100%", cy=f"{y:.1f}", r=3, class_="dot dot--ink"))
        for other in taken:
            if abs(y - other) < _LABEL_GAP:
                y = other + _LABEL_GAP if other < HEIGHT / 2 else other - _LABEL_GAP
        taken.append(y)
        text = times(rate) + (f" {window}" if len(ends) > 1 else "")
        parts.append(label("100%", y, text, "ct ct--end ct--now", dx=8, dy="0.32em"))
    return "".join(parts)
