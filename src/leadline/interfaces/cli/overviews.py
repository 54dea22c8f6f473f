"""What the commands that overlook everything print."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadline.domains.budgets.overview_model import (
    FoundNames,
    Need,
    Needs,
    Overview,
    ServiceDetail,
    Services,
    ServiceSummary,
    TeamDetail,
    Teams,
)
from leadline.interfaces.cli import figures
from leadline.interfaces.cli.frame import as_text


def print_needs(found: Needs, console: Console) -> None:
    """A line for each, and how everything stands."""
    console.print(_tally(found.counts).append(f"  as of {as_text(found.at)}", "dim"), highlight=False)
    for need in found.needs:
        console.print(_need(need), highlight=False)
    if found.total > len(found.needs):
        console.print(Text(f"and {found.total - len(found.needs)} more, see --most", "dim"))


def _need(need: Need) -> Text:
    line = _level(need.level)
    line.append(f"  {', '.join(need.slos)}", "bold")
    line.append(f"  {figures.share(need.remaining)} left", "default")
    for limit in need.limits:
        told = f"  burns {figures.rate(limit.rate)} over {limit.window}, limit {figures.rate(limit.factor)}"
        line.append(told, "default")
    since = f"  since {as_text(need.since)}" if need.since else ""
    return line.append(f"{since}  {need.reason}".rstrip(), "dim")


def print_overview(found: Overview, console: Console) -> None:
    """A row for each objective."""
    table = _table("", "level", "SLI", "left", "5m", "1h", "1d")
    for row in found.rows:
        slo = row.status
        rates = [figures.rate(each.rate) + {"page": " ◆", "ticket": " ▲"}.get(each.mark, "") for each in row.burn]
        left = figures.share(slo.budget.remaining)
        table.add_row(f"{slo.service}  {slo.slo}", _level(slo.level), figures.ratio(slo.sli), left, *rates)
    console.print(table)
    if found.following is not None:
        told = f"{found.total:,} in all; go on with --after {found.following}"
        console.print(Text(told, "dim"), highlight=False)


def print_services(found: Services, console: Console) -> None:
    """A row for each service."""
    _print_summaries(found.services, console)


def _print_summaries(services: tuple[ServiceSummary, ...], console: Console) -> None:
    table = _table("service", "tier", "team", "objectives", "need someone")
    for each in services:
        tier = figures.NOTHING if each.tier is None else str(each.tier)
        table.add_row(each.name, tier, each.team or figures.NOTHING, _tally(each.counts), str(each.needs))
    console.print(table)


def print_service(found: ServiceDetail, console: Console) -> None:
    """How it stands, where its figures come from, and whom it promises what."""
    _print_summaries((found.summary,), console)
    for source in found.sources:
        until = "never wholly collected" if source.collected_until is None else as_text(source.collected_until)
        console.print(f"source {source.name}  {figures.counted(source.slis, 'SLI')}  known until {until}")
    for each in found.composites:
        console.print(f"part of {each.name}  {each.level}  {figures.share(each.remaining)} left", highlight=False)
    for promised in found.agreements:
        console.print(f"agreement {promised.agreement} {promised.commitment}  {promised.state}", highlight=False)


def print_teams(found: Teams, console: Console) -> None:
    """A row for each team."""
    table = _table("team", "services", "objectives", "need someone")
    for team in found.teams:
        table.add_row(team.name, ", ".join(each.name for each in team.services), _tally(team.counts), str(team.needs))
    console.print(table)


def print_team(found: TeamDetail, console: Console) -> None:
    """How to reach it, and its services."""
    console.print(Text(found.display_name, "bold"))
    for way, where in found.contacts.items():
        console.print(f"{way}: {where}", highlight=False)
    _print_summaries(found.services, console)


def print_names(found: FoundNames, console: Console) -> None:
    """A line for each."""
    for each in found.found:
        within = f"  {each.within}" if each.within else ""
        console.print(f"{each.kind:<9} {each.name}  {each.display_name}{within}", highlight=False)
    if found.total > len(found.found):
        console.print(Text(f"and {found.total - len(found.found)} more", "dim"))


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _level(level: str) -> Text:
    return Text(f"{figures.LEVEL_SIGNS[level]} {level}", figures.LEVEL_STYLES[level])


def _tally(counts: Mapping[str, int]) -> Text:
    """How many stand at each level."""
    told = Text()
    for level, number in counts.items():
        told.append(f"{figures.LEVEL_SIGNS[level]} {number} {level}", figures.LEVEL_STYLES[level]).append("  ")
    told.rstrip()
    return told or Text("no objective", "dim")
