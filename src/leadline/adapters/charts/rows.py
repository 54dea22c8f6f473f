"""What stands in one row of a table: the budget's bar, and a line of what was left of it."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from leadline.adapters.charts.parts import Point, figure, line, scaled, share, tag
from leadline.adapters.charts.words import percent

LOWEST, HIGHEST = -0.40, 1.0
"""Shares of the budget between which every bar of every page runs."""
_BAR_HEIGHT = 16
_SPARK_HEIGHT = 26
_SPARK_LOWEST, _SPARK_HIGHEST = -0.12, 1.0


def budget_bar(remaining: float | None, level: str, title: str = "") -> Markup:
    """
    What is left, signed: right of the zero line is water under the keel, left of it is aground.

    Unknown is hatched, with the last number known as a tick; a value beyond the scale gets an arrow.
    """
    zero = _place(0)
    parts = [tag("rect", x=share(zero), y=5, width=share(1 - zero), height=6, class_="bar-track")]
    if level == "unknown" or remaining is None:
        parts.append(tag("rect", x=share(zero), y=4, width=share(1 - zero), height=8, class_="bar-unknown"))
        if remaining is not None:
            at = share(_place(remaining))
            parts.append(tag("line", x1=at, x2=at, y1=2, y2=14, class_="bar-last"))
        said = "Budget unknown" + (f", what is known says {percent(remaining)}" if remaining is not None else "")
    else:
        parts.append(_fill(remaining, level))
        said = f"{percent(remaining)} of the budget left"
    notches = [share(_place(notch)) for notch in (0.25, 0.5)]
    parts += [tag("line", x1=at, x2=at, y1=4, y2=12, class_="bar-tick") for at in notches]
    parts.append(tag("line", x1=share(zero), x2=share(zero), y1=0, y2=_BAR_HEIGHT, class_="bar-zero"))
    return figure(_BAR_HEIGHT, "".join(parts), title or said, "bar")


def _fill(remaining: float, level: str) -> str:
    zero, end = _place(0), _place(remaining)
    if remaining >= 0:
        width = share(max(end - zero, 0.002))
        return tag("rect", x=share(zero), y=4, width=width, height=8, class_=f"bar-fill bar-fill--{level}")
    bar = tag("rect", x=share(end), y=4, width=share(zero - end), height=8, class_="bar-fill bar-fill--depleted")
    return bar + (tag("path", d="M7 1 1 8l6 7z", class_="bar-off") if remaining < LOWEST else "")


def spark(series: Sequence[tuple[float, float | None]], level: str, title: str) -> Markup:
    """What was left over the window, (share of the window, share of the budget); every row has the same scale."""
    if not any(value is not None for _, value in series):
        return Markup("")
    runs: list[list[Point]] = [[]]
    for x, value in series:
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x, _height(value)))
    drawn = "".join(line(run, "spark-line") for run in runs)
    x, y = next(run[-1] for run in reversed(runs) if run)
    body = (
        tag("line", x1="0", x2="100%", y1=f"{_height(0):.1f}", y2=f"{_height(0):.1f}", class_="spark-zero")
        + scaled(_SPARK_HEIGHT, drawn)
        + tag("circle", cx=share(x), cy=f"{y:.1f}", r=2.5, class_=f"spark-dot spark-dot--{level}")
    )
    return figure(_SPARK_HEIGHT, body, title, "spark")


def _place(remaining: float) -> float:
    return (min(HIGHEST, max(LOWEST, remaining)) - LOWEST) / (HIGHEST - LOWEST)


def _height(remaining: float) -> float:
    within = min(_SPARK_HIGHEST, max(_SPARK_LOWEST, remaining))
    return 2 + (_SPARK_HIGHEST - within) / (_SPARK_HIGHEST - _SPARK_LOWEST) * (_SPARK_HEIGHT - 4)
