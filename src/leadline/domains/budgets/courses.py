"""
Use cases of courses: how the budget stood at many instants, what was counted between them, how fast it burned.

Every figure is the one that `slo.show` gives at its instant, with the objective that is in force at the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from leadline.core.ageing import Stretch, counted_between
from leadline.core.alert_tiers import AlertTier, windows_of
from leadline.core.burn_alerts import linear_exhaustion
from leadline.core.slices import HOUR, STEP
from leadline.core.subjects import budget_span
from leadline.domains.budgets.brackets import two_ends
from leadline.domains.budgets.composing import below, neutral, standings
from leadline.domains.budgets.course_model import (
    BurnPoint,
    CoursePoint,
    Grain,
    ObjectiveBurns,
    ShowBurns,
    ShowCourse,
    ShowSlices,
    SloBurns,
    SloCourse,
    SloSlices,
    StretchFigures,
    StretchState,
    Suspension,
    TierLimit,
    TierStanding,
)
from leadline.domains.budgets.instants import judge_each
from leadline.domains.budgets.loading import Judged
from leadline.domains.budgets.needs import action_of
from leadline.domains.budgets.revising import handbook_of, instant_of
from leadline.domains.budgets.rules import instant
from leadline.domains.budgets.service import named
from leadline.errors import Problem, SpecError
from leadline.handbook.specs import Composite, Handbook, Slo
from leadline.ports.operation import Context
from leadline.units import NoData, format_duration

POINTS = 240
"""About how many instants a course has."""
COMPOSITE_POINTS = 60
"""The same of a composite, each of whose instants is several evaluations."""
BURN_POINTS = 90
LONGEST_OF_SLICES = 48


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one request looks at."""

    at: int
    handbook: Handbook
    context: Context
    slos: Sequence[Slo]
    composites: Sequence[Composite]

    @staticmethod
    def of(name: str, at: datetime | None, context: Context) -> _Asked:
        handbook = handbook_of(at, context)
        slos, composites = named(handbook, [name])
        bare = [replace(slo, sli=replace(slo.sli, group_by=())) for slo in slos]
        return _Asked(instant_of(at, context), handbook, context, bare, composites)

    @property
    def name(self) -> str:
        return [*self.slos, *(composite.slo for composite in self.composites)][0].name

    def judged(
        self, slos: Sequence[Slo], ats: Sequence[int], burn_windows: Sequence[int] = (), cuts: Sequence[int] = ()
    ) -> Iterator[Judged]:
        ledger, recorded = self.context.ledger, self.context.corrections
        return judge_each(self.handbook, ledger, slos, ats, recorded, burn_windows=burn_windows, cuts=cuts)

    def of_composite(
        self, composite: Composite, ats: Sequence[int], burn_windows: Sequence[int] = ()
    ) -> Iterator[Judged]:
        leaves = {slo.id: slo for slo in below(self.handbook, composite)}
        neutrals = [neutral(slo, composite.slo.terms.window) for slo in leaves.values()]
        return self.judged(neutrals, ats, burn_windows)


def _instants(at: int, seconds: int, points: int) -> list[int]:
    """About so many instants that lie on round minutes or hours, and the two ends."""
    grain = HOUR if seconds >= points * HOUR / 2 else STEP
    stride = max(grain, -(-seconds // points // grain) * grain)
    start = at - seconds
    return sorted({start, *range(-(-start // stride) * stride, at, stride), at})


def show_course(request: ShowCourse, context: Context) -> SloCourse:
    """Judge each objective at steps of the stretch."""
    asked = _Asked.of(request.name, request.at, context)
    seconds = request.hours * HOUR
    objectives: dict[str, list[CoursePoint]] = {slo.id: [] for slo in asked.slos}
    if asked.slos:
        for judged in asked.judged(asked.slos, _instants(asked.at, seconds, POINTS)):
            for slo in asked.slos:
                objectives[slo.id].append(_point(judged, slo))
    for composite in asked.composites:
        ats = _instants(asked.at, seconds, COMPOSITE_POINTS)
        stood = standings(asked.handbook, composite, asked.of_composite(composite, ats))
        objectives[composite.slo.id] = [
            CoursePoint(at=instant(at), remaining=each.remaining, level=each.level.value)
            for at, each in zip(ats, stood, strict=True)
        ]
    return SloCourse(
        at=instant(asked.at),
        name=asked.name,
        start=instant(asked.at - seconds),
        objectives={name: tuple(points) for name, points in objectives.items()},
    )


def _point(judged: Judged, slo: Slo) -> CoursePoint:
    found = judged.figures.evaluation(judged.index[slo.id, None])
    level = two_ends(judged, slo.id, None, slo.unit).get("level", found.level.value)
    return CoursePoint(at=instant(judged.at), remaining=found.remaining, level=level)


def show_slices(request: ShowSlices, context: Context) -> SloSlices:
    """Count each hour or slice of the stretch."""
    if request.grain is Grain.SLICE and request.hours > LONGEST_OF_SLICES:
        hint = f"ask for at most {LONGEST_OF_SLICES} hours, or for each hour"
        problem = Problem("request", 0, 0, "hours", "too far back for each slice", str(request.hours), hint)
        raise SpecError([problem])
    asked = _Asked.of(request.name, request.at, context)
    start = asked.at - request.hours * HOUR
    objectives = {}
    for slo in asked.slos:
        ends = _edges(slo, start, asked.at, request.grain)
        [judged] = asked.judged([slo], [asked.at], cuts=ends)
        column = judged.index[slo.id, None]
        subject = judged.columns[column].subject
        stretches = counted_between(judged.history, subject, column, asked.at, ends)
        objectives[slo.id] = tuple(_figures(slo, stretch) for stretch in stretches)
    return SloSlices(at=instant(asked.at), name=asked.name, start=instant(start), objectives=objectives)


def _edges(slo: Slo, start: int, at: int, grain: Grain) -> list[int]:
    """Where hours or slices begin, and the two ends; a slice longer than a step is one stretch."""
    length = HOUR
    if grain is Grain.SLICE:
        length = STEP if slo.terms.slice_seconds is None else max(STEP, slo.terms.slice_seconds)
    return sorted({start, *range(-(-start // length) * length, at, length), at})


def _figures(slo: Slo, stretch: Stretch) -> StretchFigures:
    of = slo.unit
    state = _state(stretch)
    burn = None
    if state is StretchState.MEASURED and (slo.terms.error_budget or not stretch.bad):
        share = stretch.bad / stretch.total
        burn = float(share / slo.terms.error_budget) if slo.terms.error_budget else 0.0
    return StretchFigures(
        start=instant(stretch.span.start),
        end=instant(stretch.span.end),
        state=state,
        bad=_number(stretch.bad * of),
        total=_number(stretch.total * of),
        seen=stretch.seen,
        expected=stretch.expected,
        burn=burn,
        corrected=bool(stretch.excluded) or stretch.bad != stretch.raw_bad or stretch.total != stretch.raw_total,
    )


def _state(stretch: Stretch) -> StretchState:
    if not stretch.expected:
        return StretchState.EXCLUDED if stretch.excluded else StretchState.NOT_EXPECTED
    if 2 * stretch.seen < stretch.expected:
        return StretchState.NO_DATA
    return StretchState.MEASURED if stretch.total else StretchState.NO_TRAFFIC


def _number(count: Fraction) -> int | float:
    return count.numerator if count.denominator == 1 else float(count)


@dataclass(frozen=True, slots=True)
class _Moment:
    """One instant."""

    burn: Mapping[int, float | None]
    """By window."""
    has_failed: Mapping[int, bool | None]
    """Whether something failed in a window; None where nothing was counted; empty for a composite."""
    suspended: Mapping[int, Suspension]
    """Windows without an expected slice; none of a composite."""


def show_burns(request: ShowBurns, context: Context) -> SloBurns:
    """Judge each objective at steps of the last hours, over the windows of its tier alone."""
    asked = _Asked.of(request.name, request.at, context)
    ats = _instants(asked.at, request.minutes * 60, BURN_POINTS)
    objectives = {}
    for slo in asked.slos:
        each = list(asked.judged([slo], ats, windows_of(slo.alerts)))
        remaining = each[-1].figures.evaluation(each[-1].index[slo.id, None]).remaining
        objectives[slo.id] = _burns(slo, ats, [_moment(judged, slo) for judged in each], remaining)
    for composite in asked.composites:
        windows = windows_of(composite.slo.alerts)
        stood = list(standings(asked.handbook, composite, asked.of_composite(composite, ats, windows)))
        moments = [_Moment(one.burn, {}, {}) for one in stood]
        objectives[composite.slo.id] = _burns(composite.slo, ats, moments, stood[-1].remaining)
    return SloBurns(at=instant(asked.at), name=asked.name, objectives=objectives)


def _moment(judged: Judged, slo: Slo) -> _Moment:
    place, figures = judged.index[slo.id, None], judged.figures
    failed = {
        seconds: bool(figures.burn_bad[row, place] > 0) if figures.burn_total[row, place] > 0 else None
        for row, seconds in enumerate(figures.burn_windows)
    }
    suspended = {
        seconds: Suspension.HOURS if figures.burn_closed[row, place] else Suspension.CORRECTION
        for row, seconds in enumerate(figures.burn_windows)
        if figures.burn_closed[row, place] or figures.burn_excluded[row, place]
    }
    return _Moment(figures.evaluation(place).burn, failed, suspended)


def _burns(slo: Slo, ats: Sequence[int], moments: Sequence[_Moment], remaining: float | None) -> ObjectiveBurns:
    points = tuple(
        BurnPoint(at=instant(at), burn={format_duration(seconds): rate for seconds, rate in each.burn.items()})
        for at, each in zip(ats, moments, strict=True)
    )
    conditions = tuple(_standing(slo, tier, ats, moments) for tier in slo.alerts)
    gone = _gone_at(slo, ats[-1], moments[-1].burn.get(HOUR), remaining)
    return ObjectiveBurns(
        points=points,
        conditions=conditions,
        gone_at=None if isinstance(gone, NoData) else instant(int(gone)),
        gone_reason=gone.reason if isinstance(gone, NoData) else "",
    )


def _gone_at(slo: Slo, at: int, burn: float | None, remaining: float | None) -> Fraction | NoData:
    """The simplest of projections: as in the last hour, from now on, with nothing ageing out."""
    if remaining is None or burn is None:
        return NoData("there is no burn rate of the last hour, or no budget")
    window = budget_span(slo.terms.window, at, STEP)
    gone = linear_exhaustion(at, Fraction(remaining), Fraction(burn), window.seconds)
    if isinstance(gone, NoData):
        return NoData("nothing burned in the last hour")
    if gone - at > window.seconds:
        return NoData(f"at the burn of the last hour it lasts longer than the window of {slo.terms.window}")
    return gone


def _standing(slo: Slo, tier: AlertTier, ats: Sequence[int], moments: Sequence[_Moment]) -> TierStanding:
    met = [_is_met(slo, tier, each) for each in moments]
    since = None
    for at, holds in zip(ats, met, strict=True):
        since = (at if since is None else since) if holds else None
    limits = tuple(
        TierLimit(window=format_duration(limit.seconds), factor=float(limit.factor)) for limit in tier.limits
    )
    return TierStanding(
        limits=limits,
        action=action_of(tier),
        is_reachable=slo.is_mtbf or not slo.terms.error_budget or tier.is_reachable(slo.terms.error_budget),
        is_met=met[-1],
        suspended=next(
            (why for seconds in tier.windows if (why := moments[-1].suspended.get(seconds)) is not None), None
        ),
        met_since=None if since is None else instant(since),
    )


def _is_met(slo: Slo, tier: AlertTier, moment: _Moment) -> bool | None:
    """
    Whether every burn rate exceeds its factor; a rate within 1e-9 of it is equal, and does not.

    Where nothing may fail there is no burn rate: any failure in the short window meets the condition.
    """
    if any(seconds in moment.suspended for seconds in tier.windows):
        return None
    if not slo.terms.error_budget and moment.has_failed:
        return moment.has_failed[tier.shortest.seconds]
    rates = [(moment.burn.get(limit.seconds), limit.factor) for limit in tier.limits]
    if any(rate is None for rate, _ in rates):
        return None
    return all(rate is not None and rate > float(factor) * (1 + 1e-9) for rate, factor in rates)
