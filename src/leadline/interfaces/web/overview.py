"""The overview: what needs someone, and objectives by service in the handbook's order: places are remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from fastapi.responses import HTMLResponse

from leadline.domains.budgets.overview_model import Needs, Overview, OverviewRow, ShowNeeds, ShowOverview
from leadline.handbook.specs import Handbook, Service
from leadline.interfaces.web import phrases
from leadline.interfaces.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Group:
    """One service's objectives."""

    service: Service
    team: str
    rows: tuple[OverviewRow, ...]


def show(visit: Visit) -> HTMLResponse:
    """What needs someone, then all objectives."""
    return _shown(visit, "Overview")


def show_objectives(visit: Visit) -> HTMLResponse:
    """All objectives."""
    return _shown(visit, "Objectives")


def _shown(visit: Visit, section: str) -> HTMLResponse:
    asked = visit.asked
    needs: Needs = visit.read("needs.list", ShowNeeds(at=asked.at, service=asked.service or None))
    found: Overview = visit.read(
        "overview.show",
        ShowOverview(at=asked.at, service=asked.service or None, level=asked.level, after=asked.after),
    )
    return visit.page(
        "overview",
        section,
        needs=needs,
        found=found,
        groups=groups(found.rows, visit.board.handbook),
        lede=phrases.lede(needs),
        names={name: each.display_name for name, each in visit.board.handbook.services.items()},
        teams={name: each.display_name for name, each in visit.board.handbook.teams.items()},
        is_silent=bool(needs.objectives) and needs.counts == {"unknown": needs.objectives}
        and phrases.is_silent(tuple(row.status for row in found.rows)),
    )  # fmt: skip


def groups(rows: Sequence[OverviewRow], handbook: Handbook) -> list[Group]:
    """Rows by service, as they come."""
    made = []
    for name, of in groupby(rows, key=lambda row: row.status.service):
        service = handbook.services[name]
        team = handbook.teams.get(service.team or "")
        made.append(Group(service, team.display_name if team else service.team or "", tuple(of)))
    return made
