"""Pages of services and teams, and the search that finds any of them."""

from __future__ import annotations

from typing import Any

from fastapi.responses import HTMLResponse

from leadline.domains.budgets.overview_model import (
    FindNames,
    ListServices,
    ListTeams,
    ShowNeeds,
    ShowOverview,
    ShowService,
    ShowTeam,
)
from leadline.interfaces.web import phrases
from leadline.interfaces.web.overview import groups
from leadline.interfaces.web.visit import Visit


def show_services(visit: Visit) -> HTMLResponse:
    """Every service."""
    found = visit.read("service.list", ListServices(at=visit.asked.at))
    return visit.page("services", "Services", found=found, **_words(visit))


def show_service(visit: Visit) -> HTMLResponse:
    """One service: how it stands, its objectives, whom it promises, where its figures come from."""
    at, name = visit.asked.at, visit.name()
    detail = visit.read("service.show", ShowService(name=name, at=at))
    found = visit.read("overview.show", ShowOverview(at=at, service=name, after=visit.asked.after))
    needs = visit.read("needs.list", ShowNeeds(at=at, service=name))
    shown = {"detail": detail, "found": found, "needs": needs, "lede": phrases.lede(needs)}
    return visit.page("service", "Services", groups=groups(found.rows, visit.board.handbook), **shown, **_words(visit))


def show_teams(visit: Visit) -> HTMLResponse:
    """Every team."""
    return visit.page("teams", "Teams", found=visit.read("team.list", ListTeams(at=visit.asked.at)), **_words(visit))


def show_team(visit: Visit) -> HTMLResponse:
    """One team: how to reach it, what it owns, and what of that needs someone."""
    at, name = visit.asked.at, visit.name()
    team = visit.read("team.show", ShowTeam(name=name, at=at))
    needs = visit.read("needs.list", ShowNeeds(at=at, team=name))
    return visit.page("team", "Teams", team=team, needs=needs, lede=phrases.lede(needs), **_words(visit))


def search(visit: Visit) -> HTMLResponse:
    """What is called as was typed."""
    typed = visit.request.query_params.get("q", "")[:200]
    return visit.page("search", "Search", typed=typed, found=visit.read("names.find", FindNames(q=typed)))


def _words(visit: Visit) -> dict[str, Any]:
    handbook = visit.board.handbook
    return {
        "names": {name: each.display_name for name, each in handbook.services.items()},
        "teams": {name: each.display_name for name, each in handbook.teams.items()},
    }
