"""
The commands, each a thin line from arguments to an operation.

What a command needs is imported when it runs: `leadline --help` answers before numpy or SQLAlchemy could be loaded.
"""

from __future__ import annotations

import gc
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from leadline import __version__
from leadline.interfaces.cli.access_commands import audit_app, token_app
from leadline.interfaces.cli.assistants import add_assistant_commands
from leadline.interfaces.cli.backtest_commands import add_backtest_commands
from leadline.interfaces.cli.checking_commands import add_checking_commands
from leadline.interfaces.cli.correction_commands import correct_app
from leadline.interfaces.cli.course_commands import add_course_commands
from leadline.interfaces.cli.file_commands import add_spec_commands, slices_app
from leadline.interfaces.cli.frame import CANNOT_TELL, OK, answer_console, complain, explained, use_cases
from leadline.interfaces.cli.notification_commands import notify_app
from leadline.interfaces.cli.options import (
    PLAIN,
    AtOption,
    DatabaseOption,
    HandbookOption,
    JsonOption,
    Place,
    at_a_place,
    instant,
)
from leadline.interfaces.cli.overview_commands import add_overview_commands
from leadline.interfaces.cli.permit_commands import add_release_commands
from leadline.interfaces.cli.record_commands import record_app
from leadline.interfaces.cli.rollback_commands import rollback_app
from leadline.units import parse_duration

app = typer.Typer(help="The SRE handbook that runs: right error budgets from one folder of YAML.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps
slo_app = typer.Typer(help="Objectives, one at a time.", **PLAIN)  # type: ignore[arg-type] # as above
for named, group in {
    "slo": slo_app, "slices": slices_app, "record": record_app, "correct": correct_app, "notify": notify_app,
    "rollback": rollback_app, "token": token_app, "audit": audit_app,
}.items():  # fmt: skip
    app.add_typer(group, name=named)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"leadline {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Serve as the place of options that stand before a subcommand."""


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("handbook")) -> None:
    """Write a starter handbook that measures a Prometheus on this machine."""
    from leadline.interfaces.cli import handbook

    with explained():
        handbook.init(folder)


@app.command()
def validate(handbook: HandbookOption = None, as_json: JsonOption = False) -> None:
    """Check every document; print every mistake with its place. Exits 2 on problems, 0 on warnings alone."""
    from leadline.interfaces.cli import handbook as commands

    with explained():
        commands.validate(handbook, as_json=as_json)


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(help="Kind of document, such as SLO; without it, the kinds are listed.")] = "",
) -> None:
    """Print the JSON Schema of a kind of document, for editors."""
    from leadline.interfaces.cli import handbook

    with explained():
        handbook.schema(kind)


def _since(text: str) -> datetime | timedelta:
    try:
        return parse_duration(text)
    except ValueError:
        return instant(text)


@app.command()
@at_a_place
def collect(
    place: Place,
    since: Annotated[
        datetime | None,
        typer.Option("--since", parser=_since, metavar="28d", help="Reach back so far, or to this instant."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Ask again for what was collected before.")] = False,
    sli: Annotated[list[str] | None, typer.Option("--sli", help="Only this SLI; may be given several times.")] = None,
    at: AtOption = None,
) -> None:
    """Ask the sources once for every slice not yet known. Exits 3 when a query failed or an SLI had no series."""
    from leadline.interfaces.cli import slices

    with use_cases(place) as run:
        slices.collect(run, since=since, at=at, again=again, slis=tuple(sli or ()), as_json=place.as_json)


@app.command()
@at_a_place
def simulate(
    place: Place,
    scenario: Annotated[str, typer.Option("--scenario", help="Which Simulation, where the handbook has several.")] = "",
    days: Annotated[int, typer.Option("--days", help="How far to reach back.", min=1, max=400)] = 60,
    plan: Annotated[bool, typer.Option("--plan", help="Tell what is planted, and write nothing.")] = False,
    story_at: Annotated[
        datetime | None,
        typer.Option("--story-at", parser=instant, metavar="INSTANT", help="Tell the scenario's story from here."),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Go on, minute by minute, until interrupted.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write beside slices that were not simulated.")] = False,
    at: AtOption = None,
) -> None:
    """Fill the ledger from a scenario of the handbook, as if every source had answered."""
    from leadline.interfaces.cli import simulation

    if live and (plan or at is not None):
        raise typer.BadParameter("--live goes on from now; take --plan and --at out")
    with use_cases(place) as run:
        if plan:
            simulation.plan(run, scenario=scenario, days=days, at=at, story_at=story_at, as_json=place.as_json)
        else:
            simulation.simulate(
                run,
                scenario=scenario,
                days=days,
                at=at,
                story_at=story_at,
                force=force,
                live=live,
                as_json=place.as_json,
            )


@app.command()
@at_a_place
def status(
    place: Place,
    slo: Annotated[list[str] | None, typer.Option("--slo", help="Only this SLO; may be given several times.")] = None,
    service: Annotated[str | None, typer.Option("--service", help="Only this service.")] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 1 when a budget is depleted, else 3 when one is unknown.")
    ] = False,
    collect_first: Annotated[
        bool, typer.Option("--collect", help="Collect first, in one turn; exits 3 when that was incomplete.")
    ] = False,
    at: AtOption = None,
) -> None:
    """Show what is left of every error budget."""
    with use_cases(place) as run:
        from leadline.domains.budgets.model import ShowStatus
        from leadline.interfaces.cli import status as table

        is_complete = True
        if collect_first:
            from leadline.interfaces.cli.slices import collected

            is_complete = collected(run, at=at).is_complete
        found = run("status.show", ShowStatus(at=at, slos=tuple(slo or ()), service=service))
        if place.as_json:
            typer.echo(found.model_dump_json(indent=2))
        else:
            table.print_status(found, answer_console())
            for warning in found.warnings:
                complain(warning)
        code = table.exit_code(found) if exit_code else OK
        if code or not is_complete:
            raise typer.Exit(code or CANNOT_TELL)


@app.command()
def up(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port; 0 takes a free one.")] = 8321,
    simulate: Annotated[
        str | None,
        typer.Option("--simulate", metavar="SCENARIO", help="Let this Simulation answer instead of the sources."),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option("--public-url", metavar="URL", help="How users reach it, where that is through a proxy."),
    ] = None,
    handbook: HandbookOption = None,
    database: DatabaseOption = None,
) -> None:
    """Serve: collect and judge once a minute; pages, API and metrics."""
    from leadline.interfaces.cli import serving

    with explained():
        serving.up(handbook, database, host=host, port=port, scenario=simulate, public_url=public_url)


@app.command()
def demo(
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port; 0 takes a free one.")] = 8321,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Where handbook and database are kept (default: your state folder).")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Begin anew, with an empty database.")] = False,
) -> None:
    """Serve the shipped VirtEngine practice with simulated traffic, whatever else is set up here."""
    from leadline.interfaces.cli import demo as serving

    with explained():
        serving.demo(folder, port=port, reset=reset)


@slo_app.command("show")
@at_a_place
def slo_show(
    place: Place,
    name: Annotated[str, typer.Argument(help="Name of the SLO.")],
    at: AtOption = None,
) -> None:
    """Show one SLO: its figures, how its budget went, burn rates, groups and definition."""
    with use_cases(place) as run:
        from leadline.domains.budgets.model import ShowSlo

        found = run("slo.show", ShowSlo(name=name, at=at))
        if place.as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        from leadline.interfaces.cli import slo

        slo.print_slo(found, answer_console())


@slo_app.command("history")
@at_a_place
def slo_history(
    place: Place,
    name: Annotated[str, typer.Argument(help="Name of the SLO.")],
    at: AtOption = None,
) -> None:
    """Show every revision of one SLO: since when it holds, what it changed, and the budget under it."""
    with use_cases(place) as run:
        from leadline.domains.budgets.model import ShowHistory

        found = run("slo.history", ShowHistory(name=name, at=at))
        if place.as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        from leadline.interfaces.cli import history

        history.print_history(found, answer_console())


add_course_commands(slo_app)
add_spec_commands(app)
add_assistant_commands(app)
add_overview_commands(app)
add_release_commands(app)
add_checking_commands(app)
add_backtest_commands(app)

_OBJECTS_BETWEEN_COLLECTIONS = 200_000
"""A command ends before cyclic garbage matters; looking for it more often costs a tenth of the time."""


def main() -> None:
    """Entry point of the `leadline` program."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    # Numpy starts a thread on every core for linear algebra, of which there is none here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Pydantic looks for plug-ins in every package that is installed; httpx brings a command line, and Rich with it.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # None keeps a module from being imported
    try:
        app()
    finally:
        gc.freeze()  # the interpreter would look for garbage in all that was imported, as its last act


if __name__ == "__main__":
    main()
