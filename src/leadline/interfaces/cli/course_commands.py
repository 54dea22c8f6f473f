"""The commands that tell how one SLO's budget went: its course, slices, burn rates and levels."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from leadline.interfaces.cli.frame import answer_console, use_cases
from leadline.interfaces.cli.options import AtOption, Place, at_a_place

_NameArgument = Annotated[str, typer.Argument(help="Name of the SLO.")]
_HoursOption = Annotated[int, typer.Option("--hours", min=1, max=672, help="How far back.")]


def add_course_commands(app: typer.Typer) -> None:
    """Add them to the commands on one objective."""
    app.command("course")(_course)
    app.command("slices")(_slices)
    app.command("burns")(_burns)
    app.command("levels")(_levels)


@at_a_place
def _course(place: Place, name: _NameArgument, hours: _HoursOption = 672, at: AtOption = None) -> None:
    """Show how the budget stood at steps of a stretch of time."""
    with use_cases(place) as run:
        from leadline.domains.budgets.course_model import ShowCourse

        found = run("slo.course", ShowCourse(name=name, at=at, hours=hours))
        if place.as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        from leadline.interfaces.cli import courses

        courses.print_course(found, answer_console())


@at_a_place
def _slices(
    place: Place,
    name: _NameArgument,
    hours: _HoursOption = 24,
    grain: Annotated[Literal["hour", "slice"], typer.Option("--grain", help="Slices for at most 48 hours.")] = "hour",
    at: AtOption = None,
) -> None:
    """Show what was counted in each hour, or each slice, of a stretch of time."""
    with use_cases(place) as run:
        from leadline.domains.budgets.course_model import ShowSlices

        found = run("slo.slices", ShowSlices.model_validate({"name": name, "at": at, "hours": hours, "grain": grain}))
        if place.as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        from leadline.interfaces.cli import courses

        courses.print_slices(found, answer_console())


@at_a_place
def _burns(
    place: Place,
    name: _NameArgument,
    minutes: Annotated[int, typer.Option("--minutes", min=10, max=720, help="How far back.")] = 180,
    at: AtOption = None,
) -> None:
    """Show the burn rates of the last hours against what the alerts of the tier ask."""
    with use_cases(place) as run:
        from leadline.domains.budgets.course_model import ShowBurns

        found = run("slo.burns", ShowBurns(name=name, at=at, minutes=minutes))
        if place.as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        from leadline.interfaces.cli import courses

        courses.print_burns(found, answer_console())


@at_a_place
def _levels(
    place: Place,
    name: _NameArgument,
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many changes of each objective are shown.")] = 20,
) -> None:
    """Show since when one SLO stands as it does, and how it stood before, as the turns of a server found it."""
    with use_cases(place) as run:
        from leadline.domains.budgets.levels import ShowLevels

        found = run("slo.levels", ShowLevels(name=name, most=most))
        if place.as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        from leadline.interfaces.cli import levels

        levels.print_levels(found, answer_console())
