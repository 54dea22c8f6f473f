"""Use cases of budgets: the status of objectives, and everything about one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from leadline.domains.budgets import burn_down, rules
from leadline.domains.budgets.committing import applied, commitments
from leadline.domains.budgets.composing import below, over_their_windows, statuses
from leadline.domains.budgets.loading import NOTHING_KEPT, Judged, judge
from leadline.domains.budgets.model import ShowSlo, ShowStatus, SloDetail, SloStatus, Status
from leadline.domains.budgets.revising import handbook_of, instant_of
from leadline.domains.budgets.watching import FOUND, WARNINGS, Found
from leadline.handbook.specs import Composite, Handbook, RatioMeasure, Sli, Slo
from leadline.handbook.wording import not_found
from leadline.ports.corrections import all_in_force
from leadline.ports.ledger import SIMULATED
from leadline.ports.operation import Context


def show_status(request: ShowStatus, context: Context) -> Status:
    """Find, read, judge."""
    at = instant_of(request.at, context)
    handbook = handbook_of(request.at, context)
    slos, composites = _chosen(handbook, request)
    judge_these = _judging(handbook, context, at)
    with context.ledger.snapshot():
        judged = _of_the_turn(handbook, context, at) or judge_these(slos)
        whole = statuses(handbook, composites, judge_these)
        simulated = _simulated(handbook, context)
    shown = (*(rules.status(judged, slo) for slo in slos), *whole)
    return Status(
        at=datetime.fromtimestamp(at, UTC),
        slos=tuple(_marked(slo, simulated) for slo in shown),
        warnings=context.memory.known(WARNINGS) or (),
    )


def show_slo(request: ShowSlo, context: Context) -> SloDetail:
    """Judge the objectives of one SLO and draw the way its budget went."""
    at = instant_of(request.at, context)
    handbook = handbook_of(request.at, context)
    slos, composites = named(handbook, [request.name])
    first = [*slos, *(composite.slo for composite in composites)][0]
    judge_these = _judging(handbook, context, at)
    with context.ledger.snapshot():
        judged = _of_the_turn(handbook, context, at) or judge_these(slos)
        whole = statuses(handbook, composites, judge_these)
        simulated = _simulated(handbook, context)
        lines = {
            composite.slo.id: burn_down.composite_line(handbook, over, composite)
            for composite, over in over_their_windows(handbook, composites, judge_these)
        }
        mark = context.ledger.watermarks(first.sli.source, [first.sli.id]).get(first.sli.id)
        corrections = applied(all_in_force(handbook, context.corrections).values(), slos, at)
        agreements = commitments(handbook, slos, corrections, partial(judge_these, applies_to="agreement"))
    return SloDetail(
        at=datetime.fromtimestamp(at, UTC),
        name=first.name,
        display_name=first.display_name,
        description=first.description,
        service=first.service,
        team=first.team,
        sli=first.sli.id if first.sli.source else "",
        source=first.sli.source,
        queries=_queries(first.sli),
        budgeting=first.terms.method.value,
        place=f"{first.place.file}:{first.place.line}",
        objectives=tuple(_marked(each, simulated) for each in (*(rules.status(judged, slo) for slo in slos), *whole)),
        burn_down={slo.id: burn_down.line(judged, slo) for slo in slos} | lines,
        outlook={slo.id: burn_down.outlook(judged, slo) for slo in slos},
        corrections=corrections,
        agreements=agreements,
        collected_until=datetime.fromtimestamp(mark.end, UTC) if mark else None,
        inconsistent_slices=mark.inconsistent_count if mark else 0,
    )


def _judging(handbook: Handbook, context: Context, at: int) -> Callable[..., Judged]:
    """Judges SLOs at an instant, from what a running server has at hand or from the ledger."""
    kept = context.memory.known(FOUND) or NOTHING_KEPT
    return partial(judge, handbook, context.ledger, at=at, recorded=context.corrections, kept=kept)


def _of_the_turn(handbook: Handbook, context: Context, at: int) -> Judged | None:
    """Every objective as the turn has judged it, where that is what is asked for."""
    found: Found | None = context.memory.known(FOUND)
    return found.judged if found and found.handbook is handbook and found.judged.at == at else None


def _simulated(handbook: Handbook, context: Context) -> frozenset[str]:
    """Ids of the SLOs and composites whose slices were simulated into this database."""
    marked = context.ledger.watermarks(SIMULATED, list(handbook.slis))
    measured = {slo.id for slo in handbook.slos.values() if slo.sli.id in marked}
    made = {
        name
        for name, composite in handbook.composites.items()
        if any(slo.id in measured for slo in below(handbook, composite))
    }
    return frozenset(measured | made)


def _marked(slo: SloStatus, simulated: frozenset[str]) -> SloStatus:
    return slo.model_copy(update={"is_simulated": slo.slo in simulated})


def _chosen(handbook: Handbook, request: ShowStatus) -> tuple[list[Slo], list[Composite]]:
    if request.service is not None and request.service not in handbook.services:
        raise not_found("service", request.service, list(handbook.services))
    slos, composites = list(handbook.slos.values()), list(handbook.composites.values())
    if request.slos:
        slos, composites = named(handbook, request.slos)
    return (
        [slo for slo in slos if request.service in (None, slo.service)],
        [composite for composite in composites if request.service in (None, composite.slo.service)],
    )


def named(handbook: Handbook, names: Sequence[str]) -> tuple[list[Slo], list[Composite]]:
    """SLOs and composites by id or by name; a name stands for all objectives of its document."""
    found: dict[str, Slo] = {}
    composites: dict[str, Composite] = {}
    for name in names:
        matching = {slo.id: slo for slo in handbook.slos.values() if name in (slo.id, slo.name)}
        made = {id_: one for id_, one in handbook.composites.items() if name in (id_, one.slo.name)}
        if not matching and not made:
            raise not_found("SLO", name, [*handbook.slos, *handbook.composites])
        found |= matching
        composites |= made
    return list(found.values()), list(composites.values())


def _queries(sli: Sli) -> dict[str, str]:
    """What is asked of the source, by the part it plays."""
    measure = sli.measure
    if measure is None:
        return {}
    if isinstance(measure, RatioMeasure):
        named = {"bad": measure.bad, "good": measure.good, "total": measure.total, "failures": sli.failures}
    else:
        named = {"value": measure.query}
    asked = {role: query.text for role, query in named.items() if query is not None}
    return asked | ({"only when": sli.only_when} if sli.only_when is not None else {})
