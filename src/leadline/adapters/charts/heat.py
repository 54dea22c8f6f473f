"""
A heat map of slices: how fast the budget burned, in six steps.

Columns are days and rows hours of the day, or columns are hours and rows their minutes. Both follow the wall clock of
the reader's zone; an hour that comes twice is two half cells, one that is skipped is not there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from leadline.adapters.charts.axes import TimeAxis, beginning
from leadline.adapters.charts.parts import label, scaled, share, spoken, tag

STEPS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Burn rates at which the next step begins."""
LEGEND = ("below 0.1×", "to 0.3×", "to 1×", "to 3×", "to 10×", "10× and more")
_ROWS_HEIGHT = 144
_AXIS_HEIGHT = 24
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour or slice."""

    start: datetime
    end: datetime
    step: int | None
    """0 to 5; None where there is no burn rate."""
    is_unknown: bool = False
    """Hatched: nobody knows. Otherwise a cell without a step stays empty."""
    is_out: bool = False
    """Outlined: taken out by a correction."""


@dataclass(frozen=True, slots=True)
class Column:
    """A day or hour that leads somewhere."""

    start: datetime
    end: datetime
    link: str
    title: str


def step_of(burn: float) -> int:
    """
    Which of six steps a burn rate is drawn in.

    >>> [step_of(burn) for burn in (0, 0.1, 1, 9.99, 10)]
    [0, 1, 3, 4, 5]
    """
    return sum(burn >= limit for limit in STEPS)


def heat_map(axis: TimeAxis, cells: Sequence[Cell], columns: Sequence[Column], title: str, *, is_daily: bool) -> Markup:
    """The map, with a link on each column that has one; `is_daily`: days by hours, else hours by minutes."""
    paths: dict[str, list[str]] = defaultdict(list)
    hatched = []
    for cell in cells:
        x, width, y, height = _place(axis, cell, is_daily=is_daily)
        if width <= 0:
            continue
        if cell.is_unknown:
            hatched.append(
                tag("rect", x=share(x), width=share(width * 0.97), y=f"{y:.2f}", height=f"{height:.2f}", class_="hatch")
            )
        elif cell.step is not None or cell.is_out:
            kind = "heat--out" if cell.is_out else f"heat--{cell.step}"
            across = width * 970
            paths[kind].append(f"M{x * 1000:.2f} {y:.2f}h{across:.2f}v{height:.2f}h-{across:.2f}z")
    drawn = "".join(tag("path", class_=f"heat {kind}", d="".join(d)) for kind, d in sorted(paths.items()))
    body = spoken(title) + scaled(_ROWS_HEIGHT, drawn) + "".join(hatched) + _row_labels(is_daily=is_daily)
    body += axis.labels(_ROWS_HEIGHT + 17) + "".join(_links(axis, columns))
    role = "group" if columns else "img"
    return Markup(  # noqa: S704 - every text in it was escaped by `label`, `spoken` or `tag`
        tag(
            "svg",
            body,
            class_="plot-svg",
            width="100%",
            height=_ROWS_HEIGHT + _AXIS_HEIGHT,
            role=role,
            aria_label=title,
        )
    )


def _place(axis: TimeAxis, cell: Cell, *, is_daily: bool) -> tuple[float, float, float, float]:
    """Left, width, top and height of a cell."""
    local = cell.start.astimezone(axis.zone)
    if is_daily:
        day = local.date()
        left, right = beginning(day, axis.zone), beginning(day + timedelta(days=1), axis.zone)
        row = _ROWS_HEIGHT / 24
        y, height = local.hour * row, row - 1
    else:
        left = local.replace(minute=0, second=0, microsecond=0)
        right = (left.astimezone(axis.start.tzinfo) + _HOUR).astimezone(axis.zone)
        row = _ROWS_HEIGHT / 60
        y, height = local.minute * row, (cell.end - cell.start) / timedelta(minutes=1) * row - 0.4
    x0, x1 = axis.place(left), axis.place(right)
    width = x1 - x0
    if is_daily and _comes_twice(local):
        width /= 2
        x0 += width * local.fold
    return x0, width, y, height


def _comes_twice(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _row_labels(*, is_daily: bool) -> str:
    if is_daily:
        row = _ROWS_HEIGHT / 24
        marks = [(hour * row + row / 2, f"{hour:02d}:00") for hour in (0, 6, 12, 18)]
    else:
        row = _ROWS_HEIGHT / 60
        marks = [(minute * row + 3, f":{minute:02d}") for minute in (0, 15, 30, 45)]
    return "".join(label("0", y, text, "ct ct--y", dx=-8, dy="0.32em") for y, text in marks)


def _links(axis: TimeAxis, columns: Sequence[Column]) -> Iterator[str]:
    for each in columns:
        left, right = axis.place(each.start), axis.place(each.end)
        if right > left:
            area = tag("rect", x=share(left), y=0, width=share(right - left), height=_ROWS_HEIGHT, class_="heat-day")
            yield tag("a", spoken(each.title) + area, href=each.link, aria_label=each.title)
