"""Use cases of overviews: what needs someone now, and every objective in a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from leadline.core.budgets import LEVELS, Level
from leadline.core.burn_alerts import is_significant
from leadline.core.slices import HOUR
from leadline.domains.budgets import burn_down
from leadline.domains.budgets.composing import below, neutral, standings
from leadline.domains.budgets.course_model import CoursePoint
from leadline.domains.budgets.instants import judge_each
from leadline.domains.budgets.loading import Judged, judge
from leadline.domains.budgets.model import ShowStatus, SloStatus, Status
from leadline.domains.budgets.needs import Burning, burning, marks, needs
from leadline.domains.budgets.overview_model import (
    Need,
    NeedKind,
    Needs,
    Overview,
    OverviewRow,
    Promise,
    ShowNeeds,
    ShowOverview,
)
from leadline.domains.budgets.revising import handbook_of
from leadline.domains.budgets.rules import instant
from leadline.domains.budgets.service import show_status
from leadline.errors import Problem, SpecError
from leadline.handbook.specs import Composite, Handbook, Slo
from leadline.handbook.wording import nearest, not_found
from leadline.ports.operation import Context

DAYS = 28
"""How far back the course of a row reaches, a point a day."""


def status_of(at: datetime | None, context: Context) -> Status:
    """How every objective stands; a running server has it at hand."""
    request = ShowStatus(at=at)
    return context.memory.recall(("status.show", request.model_dump_json()), lambda: show_status(request, context))


def specs_of(handbook: Handbook) -> dict[str, Slo]:
    """Every objective by id, composites too."""
    return dict(handbook.slos) | {name: composite.slo for name, composite in handbook.composites.items()}


def counts_of(slos: Sequence[SloStatus]) -> dict[str, int]:
    """How many stand at each level."""
    counted = Counter(slo.level for slo in slos)
    return {level.value: counted[level.value] for level in Level if counted[level.value]}


def all_needs(at: datetime | None, context: Context) -> Needs:
    """Everything that needs someone, worked out once for all who ask."""
    return context.memory.recall(("needs of all", str(at)), lambda: _all_needs(at, context))


def _all_needs(at: datetime | None, context: Context) -> Needs:
    status, handbook = status_of(at, context), handbook_of(at, context)
    specs = specs_of(handbook)
    alerts = {slo.slo: alert for slo in status.slos if (alert := burning(slo, specs[slo.slo].alerts))}
    teams = {slo.slo: specs[slo.slo].team for slo in status.slos}
    found = needs(status.slos, teams, _significant(handbook, alerts, status, context))
    return Needs(
        at=status.at,
        needs=found if at else _dated(found, context),
        total=len(found),
        counts=counts_of(status.slos),
        objectives=len(status.slos),
        simulated=sum(slo.is_simulated for slo in status.slos),
    )


def _dated(found: Sequence[Need], context: Context) -> tuple[Need, ...]:
    """The same with since when each stands at its level; the first level known of it does not tell that."""
    latest = context.levels.latest()
    dated = []
    for need in found:
        changes = [latest[name] for name in need.slos if name in latest]
        stood = [change.at for change in changes if change.before and change.after == need.level]
        is_known = need.kind is not NeedKind.BURNING and len(stood) == len(need.slos)
        dated.append(need.model_copy(update={"since": instant(min(stood))}) if is_known else need)
    return tuple(dated)


def _significant(
    handbook: Handbook, alerts: Mapping[str, Burning], status: Status, context: Context
) -> dict[str, Burning]:
    """Alerts that are more than chance: of low traffic alone, a few bad events make any burn rate."""
    slos = [handbook.slos[name] for name in alerts if name in handbook.slos]
    kept = {name: alert for name, alert in alerts.items() if name not in handbook.slos}
    if not slos:
        return kept
    judged = judge(handbook, context.ledger, slos, int(status.at.timestamp()), context.corrections)
    figures = judged.figures
    for slo in slos:
        row, column = figures.burn_windows.index(alerts[slo.id].tier.longest.seconds), judged.index[slo.id, None]
        bad, total = int(figures.burn_bad[row, column]), int(figures.burn_total[row, column])
        if is_significant(int(bad * slo.sli.quantum), int(total * slo.sli.quantum), slo.terms.error_budget):
            kept[slo.id] = alerts[slo.id]
    return kept


def show_needs(request: ShowNeeds, context: Context) -> Needs:
    """What needs someone, most urgent first, of all or of one service or team."""
    every = all_needs(request.at, context)
    if request.service is None and request.team is None:
        return every.model_copy(update={"needs": every.needs[: request.most]})
    handbook = handbook_of(request.at, context)
    _known("service", request.service, handbook.services)
    _known("team", request.team, handbook.teams)
    specs = specs_of(handbook)

    def is_asked(service: str, team: str | None) -> bool:
        return request.service in (None, service) and request.team in (None, team)

    chosen = [slo for slo in status_of(request.at, context).slos if is_asked(slo.service, specs[slo.slo].team)]
    found = [need for need in every.needs if is_asked(need.service, need.team)]
    return Needs(
        at=every.at,
        needs=tuple(found[: request.most]),
        total=len(found),
        counts=counts_of(chosen),
        objectives=len(chosen),
        simulated=sum(slo.is_simulated for slo in chosen),
    )


def _known(kind: str, name: str | None, known: Mapping[str, object]) -> None:
    if name is not None and name not in known:
        raise not_found(kind, name, list(known))


def prepare(context: Context) -> None:
    """Work out what the first visitor of a turn asks for, under the keys by which it will be asked."""
    all_needs(None, context)
    first = ShowOverview()
    context.memory.recall(("overview.show", first.model_dump_json()), lambda: show_overview(first, context))


def show_overview(request: ShowOverview, context: Context) -> Overview:
    """A page of objectives by service."""
    handbook = handbook_of(request.at, context)
    _known("service", request.service, handbook.services)
    levels = [level.value for level in Level]
    if request.level and request.level not in levels:
        hint = nearest(request.level, levels)
        raise SpecError([Problem("request", 0, 0, "level", "no such level", request.level, hint)])
    status = status_of(request.at, context)
    places = {name: place for place, name in enumerate(handbook.services)}
    chosen = sorted(
        (slo for slo in status.slos if request.service in (None, slo.service) and request.level in ("", slo.level)),
        key=lambda slo: places.get(slo.service, len(places)),
    )
    end = request.after + request.most
    return Overview(
        at=status.at,
        rows=_rows(handbook, chosen[request.after : end], status, context),
        total=len(chosen),
        following=end if end < len(chosen) else None,
    )


def _rows(handbook: Handbook, slos: Sequence[SloStatus], status: Status, context: Context) -> tuple[OverviewRow, ...]:
    at, specs = int(status.at.timestamp()), specs_of(handbook)
    courses, recovering = _courses(handbook, slos, at, context)
    return tuple(
        OverviewRow(
            status=slo.model_copy(update={"groups": ()}),
            promise=promise_of(specs[slo.slo]),
            burn=marks(slo, specs[slo.slo].alerts),
            course=tuple(courses.get(slo.slo, ())),
            recovers_at=recovering.get(slo.slo),
        )
        for slo in slos
    )


def promise_of(slo: Slo) -> Promise:
    """What is promised, as the handbook says it."""
    limit = slo.limit
    return Promise(
        target=slo.target_text,
        op=limit.op if limit else None,
        value=limit.value if limit else None,
        low=limit.low if limit else None,
        high=limit.high if limit else None,
        between_failures=slo.annotations.get("leadline/mtbf") if slo.is_mtbf else None,
    )


def _courses(
    handbook: Handbook, slos: Sequence[SloStatus], at: int, context: Context
) -> tuple[dict[str, list[CoursePoint]], dict[str, datetime | None]]:
    """What was left day by day, and when what is depleted is back."""
    ats = sorted({at // HOUR * HOUR - day * 24 * HOUR for day in range(DAYS + 1)} | {at})
    each = partial(judge_each, handbook, context.ledger, ats=ats, recorded=context.corrections)
    bare = [_bare(handbook.slos[slo.slo]) for slo in slos if slo.slo in handbook.slos]
    courses: dict[str, list[CoursePoint]] = {slo.id: [] for slo in bare}
    judged: Judged | None = None
    for judged in each(slos=bare) if bare else ():
        for slo in bare:
            figures, place = judged.figures, judged.index[slo.id, None]
            remaining = float(figures.remaining[place]) if figures.has_consumed[place] else None
            courses[slo.id].append(_point(judged.at, remaining, LEVELS[figures.level[place]]))
    for slo_ in slos:
        if slo_.slo in handbook.composites:
            courses[slo_.slo] = _course_of_composite(handbook, handbook.composites[slo_.slo], ats, context)
    depleted = {slo.slo for slo in slos if slo.level == Level.DEPLETED.value}
    recovering = burn_down.recoveries(judged, [slo for slo in bare if slo.id in depleted]) if judged else {}
    return courses, recovering


def _bare(slo: Slo) -> Slo:
    return replace(slo, sli=replace(slo.sli, group_by=()))


def _course_of_composite(
    handbook: Handbook, composite: Composite, ats: Sequence[int], context: Context
) -> list[CoursePoint]:
    leaves = {slo.id: slo for slo in below(handbook, composite)}
    neutrals = [neutral(slo, composite.slo.terms.window) for slo in leaves.values()]
    stood = standings(handbook, composite, judge_each(handbook, context.ledger, neutrals, ats, context.corrections))
    return [_point(at, each.remaining, each.level) for at, each in zip(ats, stood, strict=True)]


def _point(at: int, remaining: float | None, level: Level) -> CoursePoint:
    return CoursePoint(at=instant(at), remaining=remaining, level=level.value)
