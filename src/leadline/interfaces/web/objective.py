"""The page of one objective: what is left, where it went, how fast it goes, what is promised and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi.responses import HTMLResponse

from leadline.adapters.charts.heat import LEGEND
from leadline.adapters.charts.words import target
from leadline.domains.budgets.course_model import (
    CoursePoint,
    ShowBurns,
    ShowCourse,
    ShowSlices,
    SloBurns,
    SloCourse,
    SloSlices,
)
from leadline.domains.budgets.levels import ObjectiveLevels, ShowLevels, SloLevels
from leadline.domains.budgets.model import GroupStatus, ShowHistory, ShowSlo, SloDetail, SloHistory, SloStatus
from leadline.handbook.specs import Handbook, Slo
from leadline.interfaces.web import objective_charts, objective_words
from leadline.interfaces.web.asking import Asked
from leadline.interfaces.web.visit import Visit

PAGE = 20
"""Groups on one page."""
_ORDER = ("depleted", "critical", "warning", "unknown", "healthy")
"""Most urgent first."""
_WORST = -1e18
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Groups:
    """One page of the groups, worst first."""

    shown: tuple[GroupStatus, ...]
    count: int
    first: int
    before: str | None
    """Query of the page before and of the next one."""
    after: str | None


def show(visit: Visit) -> HTMLResponse:
    """The objective at the instant asked for."""
    asked, handbook = visit.asked, visit.board.handbook
    detail: SloDetail = visit.read("slo.show", ShowSlo(name=visit.name(), at=asked.at))
    status = detail.objectives[0]
    slo = _every(handbook)[status.slo]
    history: SloHistory = visit.read("slo.history", ShowHistory(name=detail.name, at=asked.at))
    levels: SloLevels = visit.read("slo.levels", ShowLevels(name=status.slo, most=1))
    is_unknown = status.level == "unknown"
    return visit.page(
        "objective",
        "Objectives",
        detail=detail,
        s=status,
        slo=slo,
        outlook=detail.outlook.get(status.slo),
        tabs=_tabs(handbook, detail, asked),
        promise=objective_words.promise(slo, is_composite=status.composite is not None),
        team=_team(handbook, detail.team),
        left=objective_words.left(status, slo),
        burn_note=objective_words.burn_of_window(status, slo),
        remedy=objective_words.remedy(detail, status, visit.board.now) if is_unknown else "",
        since=_since(levels, asked),
        groups=_groups(status, asked),
        definition=_definition(slo, detail),
        history=tuple(reversed(history.revisions)),
        specs=_every(handbook),
        between=objective_words.between_failures(status, slo),
        **_went(visit, slo, detail),
        **_rates(visit, slo),
    )


def _went(visit: Visit, slo: Slo, detail: SloDetail) -> dict[str, Any]:
    """Where the budget went over the range of the page."""
    asked, hours = visit.asked, int(visit.asked.reach / _HOUR)
    grain = objective_charts.grain_of(asked)
    course: SloCourse = visit.read("slo.course", ShowCourse(name=slo.id, at=asked.at, hours=hours))
    slices: SloSlices = visit.read("slo.slices", ShowSlices(name=slo.id, at=asked.at, hours=hours, grain=grain))
    points, stretches = course.objectives[slo.id], slices.objectives.get(slo.id)
    outlook, status = detail.outlook.get(slo.id), detail.objectives[0]
    return {
        "missing": None if stretches is None else sum(each.expected - each.seen for each in stretches),
        "last_known": next((point for point in reversed(points) if point.level != "unknown"), None),
        "stretch": _begin(points),
        "went": objective_charts.went(asked, slo, status, points, stretches, outlook, detail.corrections),
        "heat_legend": tuple(enumerate(LEGEND)),
    }


def _rates(visit: Visit, slo: Slo) -> dict[str, Any]:
    """How fast the budget burned in the last hours."""
    burns: SloBurns = visit.read("slo.burns", ShowBurns(name=slo.id, at=visit.asked.at))
    rates = burns.objectives[slo.id]
    head, rows = objective_charts.burn_rows(rates, visit.asked)
    return {
        "rates": rates,
        "tiers": objective_charts.tiers(rates, visit.asked, slo),
        "tier_finding": objective_words.tier_finding(rates),
        "burn_head": head,
        "burn_rows": rows,
    }


def _every(handbook: Handbook) -> dict[str, Slo]:
    return {**handbook.slos, **{name: each.slo for name, each in handbook.composites.items()}}


def _team(handbook: Handbook, name: str | None) -> str:
    team = handbook.teams.get(name or "")
    return (team.display_name or team.name) if team else (name or "")


def _tabs(handbook: Handbook, detail: SloDetail, asked: Asked) -> tuple[tuple[str, str, str], ...]:
    """The objectives of one document: id, what each promises, address."""
    of = [slo for slo in _every(handbook).values() if slo.name == detail.name]
    return tuple((slo.id, slo.target_text, f"/slos/{slo.id}{asked.instant}") for slo in of) if len(of) > 1 else ()


def _since(levels: SloLevels, asked: Asked) -> ObjectiveLevels | None:
    """Since when it stands so, of now alone; the first level that a turn ever found may be older than that turn."""
    if asked.at is not None or not levels.objectives:
        return None
    newest = levels.objectives[0]
    return newest if newest.changes and newest.changes[0].before is not None else None


def _begin(points: Sequence[CoursePoint]) -> datetime | None:
    """First instant of the course from which on it stands as it does now; None where that is all of it."""
    other = [number for number, point in enumerate(points) if point.level != points[-1].level]
    return points[other[-1] + 1].at if other else None


def _groups(status: SloStatus, asked: Asked) -> Groups | None:
    if not status.groups:
        return None
    ordered = sorted(
        status.groups,
        key=lambda each: (_ORDER.index(each.level), _WORST if each.budget.remaining is None else each.budget.remaining),
    )
    first = asked.after if asked.after < len(ordered) else 0
    return Groups(
        shown=tuple(ordered[first : first + PAGE]),
        count=len(ordered),
        first=first,
        before=asked.query(after=str(first - PAGE) if first > PAGE else "") + "#groups" if first else None,
        after=asked.query(after=str(first + PAGE)) + "#groups" if first + PAGE < len(ordered) else None,
    )


def _definition(slo: Slo, detail: SloDetail) -> tuple[tuple[str, str, bool], ...]:
    """Word, what stands there, whether it is code."""
    terms = slo.terms
    rows = [(role.capitalize(), text, True) for role, text in detail.queries.items()]
    if slo.limit is not None:
        rows.append(("Good when", str(slo.limit), True))
    if detail.source:
        rows.append(("Source", f"{detail.source}, SLI {detail.sli}", False))
    if slo.sli.group_by:
        rows.append(("Groups", ", ".join(slo.sli.group_by), False))
    rows.append(("Budgeting", detail.budgeting, False))
    rows.append(("No traffic", _NO_TRAFFIC[terms.on_no_traffic.value], False))
    coverage = target(float(terms.min_coverage))
    rows.append(("No data", _NO_DATA[terms.on_no_data.value].format(coverage=coverage), False))
    rows.append(("Written in", detail.place, True))
    return tuple(rows)


_NO_TRAFFIC = {"exclude": "counts on neither side", "good": "counts as good", "bad": "counts as bad"}
_NO_DATA = {
    "unknown": "missing; unknown below {coverage} coverage",
    "bad": "counts as bad, at the expected traffic",
    "exclude": "counts on neither side",
}
