"""The overview: objectives by service, in the handbook's order, so that places are remembered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from fastapi.responses import HTMLResponse

from leadline.core.budgets import Level
from leadline.domains.budgets.model import ShowStatus, SloStatus, Status
from leadline.handbook.specs import Handbook, Service
from leadline.interfaces.web.asking import Asked
from leadline.interfaces.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Group:
    """One service's objectives."""

    service: Service
    team: str
    slos: tuple[SloStatus, ...]


def show(visit: Visit) -> HTMLResponse:
    """The overview at the instant asked for."""
    status: Status = visit.read("status.show", ShowStatus(at=visit.asked.at))
    return visit.page("overview", "Overview", status=status, **figures(status, visit.board.handbook, visit.asked))


def figures(status: Status, handbook: Handbook, asked: Asked) -> dict[str, Any]:
    """What the template shows."""
    counts = Counter(slo.level for slo in status.slos)
    groups = []
    for service in handbook.services.values():
        chosen = tuple(slo for slo in status.slos if slo.service == service.name and asked.level in {"", slo.level})
        if chosen:
            team = handbook.teams.get(service.team or "")
            groups.append(Group(service, team.display_name if team else "", chosen))
    return {
        "groups": groups,
        "counts": [(level.value, counts[level.value]) for level in Level if counts[level.value]],
        "names": {slo.id: slo.display_name for slo in handbook.slos.values()},
    }
