"""Use cases of those who own objectives: services, teams, and finding any of them by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from leadline.domains.budgets.committing import applied, commitments
from leadline.domains.budgets.composing import below
from leadline.domains.budgets.loading import judge
from leadline.domains.budgets.overview_model import (
    CompositeOfService,
    FindNames,
    FoundName,
    FoundNames,
    ListServices,
    ListTeams,
    ServiceDetail,
    Services,
    ServiceSummary,
    ShowService,
    ShowTeam,
    SourceStatus,
    TeamDetail,
    Teams,
)
from leadline.domains.budgets.overviews import all_needs, counts_of, specs_of, status_of
from leadline.domains.budgets.revising import handbook_of
from leadline.domains.budgets.rules import instant
from leadline.handbook.specs import Handbook, Team
from leadline.handbook.wording import not_found
from leadline.ports.corrections import all_in_force
from leadline.ports.ledger import SIMULATED
from leadline.ports.operation import Context


def list_services(request: ListServices, context: Context) -> Services:
    """Every service, in the order of the handbook."""
    status = status_of(request.at, context)
    summaries = _summaries(handbook_of(request.at, context), request.at, context)
    return Services(at=status.at, services=tuple(summaries.values()))


def _summaries(handbook: Handbook, at: datetime | None, context: Context) -> dict[str, ServiceSummary]:
    by_service: dict[str, list[str]] = {}
    for slo in status_of(at, context).slos:
        by_service.setdefault(slo.service, []).append(slo.level)
    in_need = Counter(need.service for need in all_needs(at, context).needs)
    return {
        name: ServiceSummary(
            name=name,
            display_name=service.display_name,
            tier=service.tier,
            team=service.team,
            counts=dict(Counter(by_service.get(name, ()))),
            needs=in_need[name],
        )
        for name, service in handbook.services.items()
    }


def show_service(request: ShowService, context: Context) -> ServiceDetail:
    """What it promises, to whom, and where its figures come from."""
    handbook = handbook_of(request.at, context)
    if request.name not in handbook.services:
        raise not_found("service", request.name, list(handbook.services))
    service = handbook.services[request.name]
    status = status_of(request.at, context)
    at = int(status.at.timestamp())
    slos = [slo for slo in handbook.slos.values() if slo.service == service.name]
    corrections = applied(all_in_force(handbook, context.corrections).values(), slos, at)
    judge_these = partial(judge, handbook, context.ledger, at=at, recorded=context.corrections, applies_to="agreement")
    team = handbook.teams.get(service.team or "")
    levels = {slo.slo: slo for slo in status.slos}
    return ServiceDetail(
        at=status.at,
        summary=_summaries(handbook, request.at, context)[service.name],
        description=service.description,
        team_name=team.display_name if team else service.team or "",
        composites=tuple(
            CompositeOfService(
                name=name,
                display_name=composite.slo.display_name,
                level=levels[name].level,
                remaining=levels[name].budget.remaining,
            )
            for name, composite in handbook.composites.items()
            if any(slo.service == service.name for slo in below(handbook, composite))
        ),
        agreements=commitments(handbook, slos, corrections, judge_these),
        sources=tuple(_sources(handbook, service.name, at, context)),
    )


def _sources(handbook: Handbook, service: str, at: int, context: Context) -> Iterator[SourceStatus]:
    by_source: dict[str, set[str]] = {}
    for slo in handbook.slos.values():
        if slo.service == service:
            by_source.setdefault(slo.sli.source, set()).add(slo.sli.id)
    for name, slis in by_source.items():
        marks = context.ledger.watermarks(SIMULATED, sorted(slis)) | context.ledger.watermarks(name, sorted(slis))
        until = min((mark.end for mark in marks.values()), default=None) if slis <= set(marks) else None
        source = handbook.sources.get(name)
        yield SourceStatus(
            name=name,
            type=source.type if source else "",
            slis=len(slis),
            collected_until=None if until is None else instant(until),
            behind_seconds=None if until is None else max(0, at - until),
        )


def list_teams(request: ListTeams, context: Context) -> Teams:
    """Every team, in the order of the handbook."""
    handbook = handbook_of(request.at, context)
    teams = tuple(_team(handbook, team, request.at, context) for team in handbook.teams.values())
    return Teams(at=status_of(request.at, context).at, teams=teams)


def show_team(request: ShowTeam, context: Context) -> TeamDetail:
    """How to reach it, and how its services stand."""
    handbook = handbook_of(request.at, context)
    if request.name not in handbook.teams:
        raise not_found("team", request.name, list(handbook.teams))
    return _team(handbook, handbook.teams[request.name], request.at, context)


def _team(handbook: Handbook, team: Team, at: datetime | None, context: Context) -> TeamDetail:
    specs = specs_of(handbook)
    slos = [slo for slo in status_of(at, context).slos if specs[slo.slo].team == team.name]
    services = {slo.service for slo in slos}
    summaries = _summaries(handbook, at, context).values()
    return TeamDetail(
        name=team.name,
        display_name=team.display_name,
        contacts=dict(team.contacts),
        services=tuple(each for each in summaries if each.team == team.name or each.name in services),
        counts=counts_of(slos),
        needs=sum(need.team == team.name for need in all_needs(at, context).needs),
    )


def find_names(request: FindNames, context: Context) -> FoundNames:
    """Those whose name or id holds every word that was typed."""
    words = request.q.casefold().split()
    found = [each for each in _names(context.handbook) if _holds(each, words)]
    return FoundNames(found=tuple(found[: request.most]), total=len(found))


def _holds(name: FoundName, words: Iterable[str]) -> bool:
    text = f"{name.name} {name.display_name} {name.within}".casefold()
    return all(word in text for word in words)


def _names(handbook: Handbook) -> Iterator[FoundName]:
    for service in handbook.services.values():
        yield FoundName(kind="service", name=service.name, display_name=service.display_name, within=service.team or "")
    for team in handbook.teams.values():
        yield FoundName(kind="team", name=team.name, display_name=team.display_name, within="")
    for id_, slo in specs_of(handbook).items():
        yield FoundName(kind="objective", name=id_, display_name=slo.display_name or slo.name, within=slo.service)
