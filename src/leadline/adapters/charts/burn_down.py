"""What was left of a budget, instant by instant, with the levels beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from leadline.adapters.charts.axes import TimeAxis
from leadline.adapters.charts.parts import Point, area, figure, label, line, scaled, share, tag
from leadline.adapters.charts.words import percent

HEIGHT = 232
DEEPEST = -0.6
"""A budget overspent further than this is drawn at the floor, with its number."""
_ROOM = 0.06
_LINE = 13.0
"""Height of a line of text."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The budget at one instant."""

    at: datetime
    remaining: float | None
    level: str


@dataclass(frozen=True, slots=True)
class _Scale:
    lowest: float
    highest: float

    @staticmethod
    def of(values: Sequence[float], thresholds: Sequence[float]) -> _Scale:
        """Zero is always in view, and so is the threshold above what is drawn."""
        top = max([*values, 0.0])
        above = min([each for each in thresholds if each >= top], default=top)
        low = min([*values, 0.0])
        return _Scale(max(DEEPEST, low) - _ROOM, min(max(top, above), 1.0) + _ROOM)

    def y(self, remaining: float) -> float:
        within = min(self.highest, max(self.lowest, remaining))
        return 6 + (self.highest - within) / (self.highest - self.lowest) * (HEIGHT - 12)


def burn_down(axis: TimeAxis, points: Sequence[Standing], thresholds: tuple[float, float, float], title: str) -> Markup:
    """
    The line of what was left, hatched where nobody knows.

    Args:
        points: in order of time; a point without a number breaks the line.
        thresholds: shares of the budget above which it is healthy, warning, critical.
        title: what the drawing says, in words.
    """
    scale = _Scale.of([point.remaining for point in points if point.remaining is not None], thresholds)
    runs = _runs(axis, points, scale)
    zero = scale.y(0)
    water = "".join(
        area([(x, min(y, zero)) for x, y in run], [(run[0][0], zero), (run[-1][0], zero)], "water") for run in runs
    )
    ink = "".join(line(run, "line line--main") for run in runs)
    body = (
        axis.grid(HEIGHT)
        + _ground(scale, thresholds)
        + scaled(HEIGHT, water + ink)
        + _stretches(axis, points, scale)
        + _levels(scale, thresholds, next((each.remaining for each in reversed(points)), None))
        + _words(axis, points, scale)
    )
    return figure(HEIGHT, body, title)


def _runs(axis: TimeAxis, points: Sequence[Standing], scale: _Scale) -> list[list[Point]]:
    runs: list[list[Point]] = [[]]
    for point in points:
        if point.remaining is None:
            runs.append([])
        else:
            runs[-1].append((axis.place(point.at), scale.y(point.remaining)))
    return [run for run in runs if run]


def _ground(scale: _Scale, thresholds: Sequence[float]) -> str:
    """Thresholds, the zero line, and the field below it."""
    zero = scale.y(0)
    parts = [tag("rect", x=0, width="100%", y=f"{zero:.1f}", height=f"{HEIGHT - zero:.1f}", class_="ground")]
    marks = [(each, "threshold", "0.32em") for each in thresholds if each < scale.highest] + [(0.0, "zero", "0.8em")]
    below = DEEPEST / 2
    if scale.lowest < below:
        marks.append((below, "threshold", "0.32em"))
    for value, kind, shift in marks:
        y = f"{scale.y(value):.1f}"
        parts.append(tag("line", x1="0", x2="100%", y1=y, y2=y, class_=kind))
        parts.append(label("0", scale.y(value), percent(value, 0) if value else "0", "ct ct--y", dx=-8, dy=shift))
    return "".join(parts)


def _stretches(axis: TimeAxis, points: Sequence[Standing], scale: _Scale) -> str:
    """Hatching where the level was unknown; a bar on the ground where all was lost and no number says how much."""
    parts = []
    for before, point in zip([None, *points], points, strict=False):
        left = axis.place((before or point).at)
        width = max(axis.place(point.at) - left, 0.0)
        if point.level == "unknown":
            top, tall, kind = 6.0, HEIGHT - 12, "hatch"
        elif point.level == "depleted" and point.remaining is None:
            top, tall, kind = scale.y(0) - 2, 5, "mark--depleted"
        else:
            continue
        shape = {"x": share(left), "width": share(max(width, 0.002)), "y": f"{top:.1f}", "height": f"{tall:g}"}
        parts.append(tag("rect", "", **shape, class_=kind))
    return "".join(parts)


def _levels(scale: _Scale, thresholds: tuple[float, float, float], now: float | None) -> str:
    """The strip on the right edge, with the name of each level that has room beside the number of now."""
    healthy, warning, critical = thresholds
    bands = (
        ("healthy", scale.highest, healthy),
        ("warning", healthy, warning),
        ("critical", warning, critical),
        ("depleted", critical, scale.lowest),
    )
    parts = []
    for name, top, bottom in bands:
        upper, lower = scale.y(top), scale.y(bottom)
        if lower - upper < 1.5:
            continue
        mark = tag("rect", x=6, y=0.5, width=3, height=f"{lower - upper - 1:.1f}", class_=f"mark--{name}")
        held = tag("svg", mark, x="100%", y=f"{upper:.1f}", width=10, height=f"{lower - upper:.1f}", overflow="visible")
        parts.append(held)
        is_free = now is None or abs(scale.y(now) - (upper + lower) / 2) > _LINE
        if lower - upper > _LINE and is_free:
            parts.append(label("100%", (upper + lower) / 2, name.capitalize(), "ct ct--end", dx=16, dy="0.32em"))
    return "".join(parts)


def _words(axis: TimeAxis, points: Sequence[Standing], scale: _Scale) -> str:
    """Numbers at both ends and at the lowest point."""
    known = [(point, point.remaining) for point in points if point.remaining is not None]
    if not known:
        return label("50%", HEIGHT / 2, "No budget can be told here", "ct ct--mid ct--halo")
    (first, begun), (last, ended) = known[0], known[-1]
    parts = []
    if first is not last:
        parts.append(
            label(share(axis.place(first.at)), _clear(scale.y(begun) - 8), percent(begun), "ct ct--halo", dx=4)
        )
    low, least = min(known, key=lambda each: each[1])
    x = axis.place(low.at)
    if least < min(begun, ended) - 0.02:
        side = {"class": "ct ct--halo ct--before", "dx": -6} if x > 0.8 else {"class": "ct ct--halo", "dx": 6}
        y = scale.y(least) + 15
        text = f"low {percent(least)}"
        parts.append(label(share(x), min(y, HEIGHT - 4), text, str(side["class"]), dx=side["dx"]))
    parts.append(_now(axis, points[-1], points[-1].remaining, scale))
    return "".join(parts)


def _now(axis: TimeAxis, last: Standing, remaining: float | None, scale: _Scale) -> str:
    if remaining is None:
        is_unknown = last.level == "unknown"
        return label("99%", HEIGHT / 2, "? unknown", "ct ct--halo ct--before ct--strong") if is_unknown else ""
    x, y = share(axis.place(last.at)), scale.y(remaining)
    dot = tag("circle", cx=x, cy=f"{y:.1f}", r=4, class_=f"dot mark--{last.level}")
    if last.level == "unknown":
        return dot + label("100%", y, f"? {percent(remaining)}", "ct ct--end ct--now", dx=16, dy="0.32em")
    return dot + label("100%", y, percent(remaining), "ct ct--end ct--now ct--halo", dx=16, dy="0.32em")


def _clear(y: float) -> float:
    return max(12.0, y)
