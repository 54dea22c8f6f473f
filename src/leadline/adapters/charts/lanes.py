"""Lanes beside a budget on its axis of time: intervals that corrections change, and what comes back as it ages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from leadline.adapters.charts.axes import TimeAxis
from leadline.adapters.charts.parts import figure, glyph, label, share, spoken, tag
from leadline.adapters.charts.words import number

ROW = 26
_LEAST_PART = 0.002
_TEXT_ROOM = 0.12
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Interval:
    """Something that went on from `start` to `end`."""

    start: datetime
    end: datetime
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """What was lost in [start, end) and comes back later."""

    start: datetime
    end: datetime
    points: float
    """Share of the budget."""
    hint: str


def lanes(axis: TimeAxis, corrections: Sequence[Interval], leaving: Sequence[Leaving], title: str) -> Markup | None:
    """One lane for each of the two that has something; None where neither has."""
    rows = [(name, drawn) for name, drawn in (
        ("Correction", _corrections(axis, corrections)), ("Ages out", _leaving(axis, leaving))
    ) if drawn]  # fmt: skip
    if not rows:
        return None
    height = ROW * len(rows)
    parts = [axis.grid(height)]
    for place, (name, drawn) in enumerate(rows):
        y = ROW * place
        parts.append(tag("line", x1="0", x2="100%", y1=y + 0.5, y2=y + 0.5, class_="grid"))
        parts.append(label("100%", y + ROW / 2, name, "ct ct--end", dx=16, dy="0.32em"))
        parts.append(tag("svg", drawn, y=y, width="100%", height=ROW, overflow="visible"))
    parts.append(tag("line", x1="0", x2="100%", y1=height - 0.5, y2=height - 0.5, class_="grid"))
    return figure(height, "".join(parts), title)


def _corrections(axis: TimeAxis, intervals: Sequence[Interval]) -> str:
    parts = []
    until = 0.0
    for each in sorted(intervals, key=lambda one: one.start):
        if each.end <= axis.start or each.start >= axis.end:
            continue
        left, right = axis.place(each.start), axis.place(each.end)
        drawn = tag(
            "rect", x=share(left), y=6, width=share(max(right - left, _LEAST_PART)), height=14, class_="lane-correction"
        )
        drawn += glyph("c-maintenance", share(left), 6, "cause--maintenance")
        if left >= until:
            is_late = left > 1 - _TEXT_ROOM
            side = "ct ct--lane ct--before" if is_late else "ct ct--lane ct--crowd"
            drawn += label(share(left), ROW / 2, each.text, side, dx=-11 if is_late else 11, dy="0.32em")
            until = left + _TEXT_ROOM
        parts.append(tag("g", spoken(each.hint) + drawn))
    return "".join(parts)


def _leaving(axis: TimeAxis, leaving: Sequence[Leaving]) -> str:
    shown = [each for each in leaving if each.end > axis.start and each.start < axis.end and each.points > 0]
    most = max((each.points for each in shown), default=0.0)
    named = next((each for each in shown if each.points == most), None)
    parts = []
    for each in shown:
        left, right = axis.place(each.start), axis.place(each.end)
        tall = max(1.0, each.points / most * (ROW - 6))
        bar = tag(
            "rect", x=share(left), y=f"{ROW - 1 - tall:.1f}", width=share(max(right - left - 0.002, _LEAST_PART)),
            height=f"{tall:.1f}", class_="lane-leaving",
        )  # fmt: skip
        if each is named:
            is_late = left > _HALF
            side, shift = ("ct ct--lane ct--before", -4) if is_late else ("ct ct--lane", 4)
            at = left if is_late else right
            bar += label(share(at), ROW / 2, f"+{number(each.points * 100)}", side, dx=shift, dy="0.32em")
        parts.append(tag("g", spoken(each.hint) + bar))
    return "".join(parts)
