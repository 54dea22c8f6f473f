"""The commands that overlook everything: what needs someone, objectives in rows, services, teams, names."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.interfaces.cli.frame import answer_console, use_cases
from leadline.interfaces.cli.options import PLAIN, AtOption, Place, at_a_place

service_app = typer.Typer(help="Services: what each promises, and where its figures come from.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps
team_app = typer.Typer(help="Teams: what each owns, and how to reach it.", **PLAIN)  # type: ignore[arg-type] # as above

_ServiceOption = Annotated[str | None, typer.Option("--service", help="Only this service.")]
_MOST = "How many are shown."


def add_overview_commands(app: typer.Typer) -> None:
    """Add them to the program."""
    app.command("needs")(_needs)
    app.command("overview")(_overview)
    app.command("find")(_find)
    app.add_typer(service_app, name="service")
    app.add_typer(team_app, name="team")


def _answer(place: Place, operation: str, model: str, printer: str, **fields: object) -> None:
    """Ask an operation, and print what it says in the way that was asked for."""
    with use_cases(place) as run:
        from leadline.domains.budgets import overview_model
        from leadline.interfaces.cli import overviews

        found = run(operation, getattr(overview_model, model)(**fields))
        if place.as_json:
            typer.echo(found.model_dump_json(indent=2))
        else:
            getattr(overviews, printer)(found, answer_console())


@at_a_place
def _needs(
    place: Place,
    service: _ServiceOption = None,
    team: Annotated[str | None, typer.Option("--team", help="Only what this team owns.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=100, help=_MOST)] = 10,
    at: AtOption = None,
) -> None:
    """Show what needs someone now, most urgent first."""
    _answer(place, "needs.list", "ShowNeeds", "print_needs", service=service, team=team, most=most, at=at)


@at_a_place
def _overview(
    place: Place,
    service: _ServiceOption = None,
    level: Annotated[str, typer.Option("--level", help="Only those that stand at this level.")] = "",
    after: Annotated[int, typer.Option("--after", min=0, help="How many to pass over.")] = 0,
    most: Annotated[int, typer.Option("--most", min=1, max=100, help=_MOST)] = 100,
    at: AtOption = None,
) -> None:
    """Show objectives by service with burn rates and what was left day by day."""
    _answer(
        place, "overview.show", "ShowOverview", "print_overview",
        service=service, level=level, after=after, most=most, at=at,
    )  # fmt: skip


@at_a_place
def _find(
    place: Place,
    q: Annotated[str, typer.Argument(metavar="WORDS", help="Words of a name or id.")],
    most: Annotated[int, typer.Option("--most", min=1, max=100, help=_MOST)] = 20,
) -> None:
    """Find objectives, services and teams by name."""
    _answer(place, "names.find", "FindNames", "print_names", q=q, most=most)


@service_app.command("list")
@at_a_place
def _services(place: Place, at: AtOption = None) -> None:
    """Show the services and how their objectives stand."""
    _answer(place, "service.list", "ListServices", "print_services", at=at)


@service_app.command("show")
@at_a_place
def _service(
    place: Place, name: Annotated[str, typer.Argument(help="Name of the service.")], at: AtOption = None
) -> None:
    """Show one service: whom it promises what, and where its figures come from."""
    _answer(place, "service.show", "ShowService", "print_service", name=name, at=at)


@team_app.command("list")
@at_a_place
def _teams(place: Place, at: AtOption = None) -> None:
    """Show the teams and how the objectives of their services stand."""
    _answer(place, "team.list", "ListTeams", "print_teams", at=at)


@team_app.command("show")
@at_a_place
def _team(place: Place, name: Annotated[str, typer.Argument(help="Name of the team.")], at: AtOption = None) -> None:
    """Show one team: its services, and how to reach it."""
    _answer(place, "team.show", "ShowTeam", "print_team", name=name, at=at)
