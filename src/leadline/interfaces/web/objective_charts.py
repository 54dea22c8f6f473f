"""From the answers of operations to the charts of an objective's page, and the tables behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from markupsafe import Markup

from leadline.adapters.charts.axes import TimeAxis
from leadline.adapters.charts.burn_down import Standing, burn_down
from leadline.adapters.charts.burn_rates import Limit, Rates, burn_rates
from leadline.adapters.charts.heat import Cell, Column, heat_map, step_of
from leadline.adapters.charts.lanes import Interval, Leaving, lanes
from leadline.adapters.charts.parts import NARROW
from leadline.adapters.charts.words import number, percent, times
from leadline.domains.budgets.course_model import (
    CoursePoint,
    Grain,
    ObjectiveBurns,
    StretchFigures,
    StretchState,
    TierStanding,
)
from leadline.domains.budgets.model import AppliedCorrection, Outlook, SloStatus
from leadline.handbook.specs import Slo
from leadline.interfaces.web import objective_words, words
from leadline.interfaces.web.asking import Asked

_DAILY_FROM = timedelta(hours=48)
_DAY = timedelta(days=1)
_MOST_CELLS = 5
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Went:
    """The figure that shows where the budget went, on one axis of time."""

    burn_down: Markup
    burn_down_finding: str
    lanes: Markup | None
    lanes_finding: str
    heat: Markup | None
    """None for a composite, which has no slices of its own."""
    heat_finding: str
    noun: str
    """What one cell covers."""
    rows: tuple[Row, ...]
    head: Row


@dataclass(frozen=True, slots=True)
class Tier:
    """One alert of the tier."""

    title: str
    state: TierStanding
    chart: Markup | None
    """None where nothing may fail: there is no burn rate then."""


def axis_of(asked: Asked, at: datetime) -> TimeAxis:
    end = "now" if asked.at is None else words.stamp(at, asked.zone, "time")
    return TimeAxis(at - asked.reach, at, asked.zone, end)


def grain_of(asked: Asked) -> Grain:
    """Hours for days, slices for hours."""
    return Grain.HOUR if asked.reach >= _DAILY_FROM else Grain.SLICE


def went(  # noqa: PLR0917 - all that one figure is made of
    asked: Asked,
    slo: Slo,
    status: SloStatus,
    course: tuple[CoursePoint, ...],
    stretches: tuple[StretchFigures, ...] | None,
    outlook: Outlook | None,
    corrections: Sequence[AppliedCorrection],
) -> Went:
    """Burn-down, lanes and heat map over the range of the page."""
    axis = axis_of(asked, course[-1].at)
    thresholds = slo.terms.thresholds
    levels = float(thresholds.healthy), float(thresholds.warning), float(thresholds.critical)
    finding = objective_words.course_finding(course, asked)
    leaving = _leaving(slo, status, outlook, asked)
    intervals = [_interval(each, asked) for each in corrections if "slo" in each.applies_to]
    noun = "hour" if grain_of(asked) is Grain.HOUR else "slice"
    return Went(
        burn_down=burn_down(
            axis,
            [Standing(point.at, point.remaining, point.level) for point in course],
            levels,
            f"Budget left over the last {words.period(asked.span)}: {finding}",
        ),
        burn_down_finding=finding,
        lanes=lanes(axis, intervals, leaving, "Corrections, and what comes back as it leaves the window"),
        lanes_finding=_lanes_finding(leaving, intervals),
        heat=None if stretches is None else _heat(axis, stretches, asked, slo),
        heat_finding="" if stretches is None else objective_words.heat_finding(stretches, asked, noun),
        noun=noun,
        rows=tuple(_rows(course, stretches or (), asked)),
        head=("Until", "Budget left", "Level", "Bad", "Total", "Missing slices")
        if stretches
        else ("Until", "Budget left", "Level"),
    )


def _heat(axis: TimeAxis, stretches: tuple[StretchFigures, ...], asked: Asked, slo: Slo) -> Markup:
    is_daily = grain_of(asked) is Grain.HOUR
    noun = "hour" if is_daily else "slice"
    title = f"Burn rate of each {noun}: {objective_words.heat_finding(stretches, asked, noun)}"
    cells = [_cell(each, slo) for each in stretches]
    return heat_map(axis, cells, list(_columns(axis, stretches, asked)) if is_daily else [], title, is_daily=is_daily)


def _cell(each: StretchFigures, slo: Slo) -> Cell:
    step = None
    if each.burn is not None:
        step = step_of(each.burn)
    elif each.bad and not slo.terms.error_budget:
        step = _MOST_CELLS
    is_unknown, is_out = each.state is StretchState.NO_DATA, each.state is StretchState.EXCLUDED
    return Cell(each.start, each.end, step, is_unknown=is_unknown, is_out=is_out)


def _columns(axis: TimeAxis, stretches: tuple[StretchFigures, ...], asked: Asked) -> Iterator[Column]:
    """A link on each day, to the day alone."""
    edges = [axis.start, *axis.midnights(), axis.end]
    for start, end in pairwise(edges):
        inside = [each for each in stretches if start <= each.start < end]
        day = start.astimezone(axis.zone)
        link = asked.query(range="24h", at="" if end == axis.end and asked.at is None else f"{end:%Y-%m-%d %H:%M}")
        yield Column(start, end, link, f"{day:%a} {day.day} {day:%b}: {_day_in_words(inside)}; show this day")


def _day_in_words(inside: Sequence[StretchFigures]) -> str:
    burning = [each.burn for each in inside if each.burn is not None]
    bad, missing = sum(each.bad for each in inside), sum(each.expected - each.seen for each in inside)
    said = f"{words.count(bad)} bad"
    if burning:
        said += f", worst hour {times(max(burning))}"
    return said + (f", {words.counted(missing, 'slice')} missing" if missing else "")


def _interval(each: AppliedCorrection, asked: Asked) -> Interval:
    said = f"{each.name}: {each.mode}, {words.stamp(each.start, asked.zone)} to {words.stamp(each.end, asked.zone)}"
    return Interval(each.start, each.end, each.name, f"{said}. {each.reason}".strip())


def _leaving(slo: Slo, status: SloStatus, outlook: Outlook | None, asked: Asked) -> list[Leaving]:
    """What will leave a rolling window, drawn where it was lost."""
    allowed = status.budget.allowed_bad
    if outlook is None or not allowed or slo.terms.window.kind != "rolling" or grain_of(asked) is Grain.SLICE:
        return []
    length = status.window.end - status.window.start
    found = []
    for each in outlook.ageing:
        points = each.bad / allowed
        when = words.stamp(each.end, asked.zone, "day")
        hint = f"by {when}: +{number(points * 100)}{NARROW}pp"
        found.append(Leaving(each.start - length, each.end - length, points, hint))
    return found


def _lanes_finding(leaving: Sequence[Leaving], intervals: Sequence[Interval]) -> str:
    said = []
    if intervals:
        said.append(words.counted(len(intervals), "correction"))
    if leaving:
        most = max(leaving, key=lambda each: each.points)
        said.append(f"bars: what comes back as it leaves the window, most of it {most.hint}")
    return "; ".join(said)


def _rows(course: Sequence[CoursePoint], stretches: Sequence[StretchFigures], asked: Asked) -> Iterator[Row]:
    """The same numbers, about thirty lines of them."""
    stride = max(1, len(course) // 28)
    chosen = [*course[::-1][::stride]][::-1]
    before = course[0].at
    for point in chosen:
        row: Row = (words.stamp(point.at, asked.zone), percent(point.remaining), point.level)
        if stretches:
            inside = [each for each in stretches if before <= each.start < point.at]
            missing = sum(each.expected - each.seen for each in inside)
            bad, total = sum(each.bad for each in inside), sum(each.total for each in inside)
            row += (words.count(bad), words.count(total), f"{missing:,}")
        yield row
        before = point.at


def tiers(burns: ObjectiveBurns, asked: Asked, slo: Slo) -> tuple[Tier, ...]:
    """A small chart for each alert of the tier."""
    points = [Rates(point.at, point.burn) for point in burns.points]
    end = "now" if asked.at is None else ""
    axis = TimeAxis(points[0].at, points[-1].at, asked.zone, end)
    found = []
    for each in burns.conditions:
        if not slo.terms.error_budget:
            found.append(Tier(f"any failure within {each.limits[0].window}", each, None))
            continue
        title = objective_words.condition(each)
        limits = [Limit(limit.window, limit.factor) for limit in each.limits]
        newest = ", ".join(times(burns.points[-1].burn.get(limit.window)) for limit in each.limits)
        found.append(Tier(title, each, burn_rates(axis, points, limits, f"{title}: now {newest}")))
    return tuple(found)


def burn_rows(burns: ObjectiveBurns, asked: Asked) -> tuple[Row, tuple[Row, ...]]:
    """Head and lines of the table behind the burn rates."""
    windows = tuple(burns.points[-1].burn)
    rows = [
        (words.stamp(point.at, asked.zone, "time"), *(times(point.burn[window]) for window in windows))
        for point in burns.points[::-1][::10]
    ]
    return ("At", *windows), tuple(rows)
