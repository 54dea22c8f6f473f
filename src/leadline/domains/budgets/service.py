"""Use cases of budgets: the status of objectives, and everything about one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from leadline.core.slices import STEP
from leadline.core.windows import floor_to_step
from leadline.domains.budgets import rules
from leadline.domains.budgets.loading import judge
from leadline.domains.budgets.model import ShowSlo, ShowStatus, SloDetail, Status
from leadline.handbook.specs import Handbook, RatioMeasure, Sli, Slo
from leadline.handbook.wording import not_found
from leadline.ports.operation import Context, Operation, Permission, Where


def show_status(request: ShowStatus, context: Context) -> Status:
    """Find, read, judge."""
    at = _at(request.at, context)
    slos = _chosen(context.handbook, request)
    judged = judge(context.handbook, context.ledger, slos, at)
    return Status(at=datetime.fromtimestamp(at, UTC), slos=tuple(rules.status(judged, slo) for slo in slos))


def show_slo(request: ShowSlo, context: Context) -> SloDetail:
    """Judge the objectives of one SLO and draw the way its budget went."""
    at = _at(request.at, context)
    slos = _named(context.handbook, [request.name])
    first = slos[0]
    with context.ledger.snapshot():
        judged = judge(context.handbook, context.ledger, slos, at)
        mark = context.ledger.watermarks(first.sli.source, [first.sli.id]).get(first.sli.id)
    return SloDetail(
        at=datetime.fromtimestamp(at, UTC),
        name=first.name,
        display_name=first.display_name,
        description=first.description,
        service=first.service,
        team=first.team,
        sli=first.sli.id,
        source=first.sli.source,
        queries=_queries(first.sli),
        budgeting=first.terms.method.value,
        place=f"{first.place.file}:{first.place.line}",
        objectives=tuple(rules.status(judged, slo) for slo in slos),
        burn_down={slo.id: rules.burn_down(judged, slo) for slo in slos},
        collected_until=datetime.fromtimestamp(mark.end, UTC) if mark else None,
        inconsistent_slices=mark.inconsistent_count if mark else 0,
    )


def _at(asked: datetime | None, context: Context) -> int:
    if asked is not None:
        return floor_to_step(asked.timestamp())
    settle = int(context.handbook.settle.total_seconds()) // STEP * STEP
    return floor_to_step(context.now().timestamp()) - settle


def _chosen(handbook: Handbook, request: ShowStatus) -> list[Slo]:
    if request.service is not None and request.service not in handbook.services:
        raise not_found("service", request.service, list(handbook.services))
    slos = _named(handbook, request.slos) if request.slos else list(handbook.slos.values())
    return [slo for slo in slos if request.service in (None, slo.service)]


def _named(handbook: Handbook, names: Sequence[str]) -> list[Slo]:
    """SLOs by id or by name; a name stands for all objectives of its document."""
    found: dict[str, Slo] = {}
    for name in names:
        matching = {slo.id: slo for slo in handbook.slos.values() if name in (slo.id, slo.name)}
        if not matching:
            raise not_found("SLO", name, list(handbook.slos))
        found |= matching
    return list(found.values())


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


_HERE = "leadline.domains.budgets"
OPERATIONS = (
    Operation(
        "status.show", "Judge objectives at one instant.",
        f"{_HERE}.model:ShowStatus", f"{_HERE}.model:Status", f"{_HERE}.service:show_status",
        Permission.VIEWER, Where.SERVER,
    ),
    Operation(
        "slo.show", "Show everything about one SLO.",
        f"{_HERE}.model:ShowSlo", f"{_HERE}.model:SloDetail", f"{_HERE}.service:show_slo",
        Permission.VIEWER, Where.SERVER,
    ),
)  # fmt: skip
