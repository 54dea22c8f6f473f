"""The commands that check: `leadline lint`, `leadline diff` and `leadline cost`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadline.interfaces.cli.alert_commands import alerts_app
from leadline.interfaces.cli.frame import explained
from leadline.interfaces.cli.options import AtOption, Place, at_a_place

_FormatOption = Annotated[str, typer.Option("--format", metavar="text", help="text, json, sarif or junit.")]


def add_checking_commands(app: typer.Typer) -> None:
    """Add them to the program."""
    app.command("lint")(lint)
    app.command("diff")(diff)
    app.command("cost")(cost)
    app.add_typer(alerts_app, name="alerts")


@at_a_place
def lint(
    place: Place,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the sources too: metrics, labels, buckets, traffic.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 on warnings as well.")] = False,
    rules: Annotated[bool, typer.Option("--rules", help="List every rule, and why it is one.")] = False,
    rule_files: Annotated[
        Path | None,
        typer.Option("--rule-files", metavar="PATH", help="Look at these files of Prometheus rules as well."),
    ] = None,
    service: Annotated[str | None, typer.Option("--service", help="Only this service.")] = None,
    slo: Annotated[list[str] | None, typer.Option("--slo", help="Only this SLO; may be given several times.")] = None,
    form: _FormatOption = "text",
    at: AtOption = None,
) -> None:
    """Look for what is unwise in a handbook. Exits 1 on an error, 3 when a source did not answer."""
    with explained():
        from leadline.interfaces.cli import linting

        if rules:
            linting.print_rules(as_json=place.as_json)
            return
        asked = linting.Asked(live=live, strict=strict, rule_files=rule_files, form=form)
        code = linting.lint(place, asked, at=at, service=service, slos=tuple(slo or ()))
        if code:
            raise typer.Exit(code)


@at_a_place
def diff(
    place: Place,
    before: Annotated[str, typer.Argument(help="Folder of the handbook before, or a revision of git such as main.")],
    after: Annotated[Path | None, typer.Argument(help="Folder after (default: the handbook).")] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="text", help="text, json, markdown, sarif or junit.")
    ] = "text",
    fail_on: Annotated[
        list[str] | None,
        typer.Option("--fail-on", metavar="worse", help="Exit 1 on worse, removed or unknown; may be given again."),
    ] = None,
    at: AtOption = None,
) -> None:
    """Compare two handbooks: what was changed, and what that does to every budget."""
    with explained():
        from leadline.interfaces.cli import comparing

        code = comparing.diff(place, before, after, at=at, form=form, fail_on=fail_on or [])
        if code:
            raise typer.Exit(code)


@at_a_place
def cost(
    place: Place,
    live: Annotated[bool, typer.Option("--live", help="Ask the sources how many series there are.")] = False,
    service: Annotated[str | None, typer.Option("--service", help="Only this service.")] = None,
    slo: Annotated[list[str] | None, typer.Option("--slo", help="Only this SLO; may be given several times.")] = None,
    series: Annotated[int, typer.Option("--series", help="Series of a selector, where the source is not asked.")] = 1,
    scrape: Annotated[int, typer.Option("--scrape", help="Seconds between samples, where it is not asked.")] = 30,
    form: _FormatOption = "text",
    at: AtOption = None,
) -> None:
    """Tell what the queries of objectives read from their sources. Exits 3 when one did not answer."""
    with explained():
        from leadline.interfaces.cli import costs

        slos = tuple(slo or ())
        code = costs.cost(place, live=live, at=at, service=service, slos=slos, form=form, series=series, scrape=scrape)
        if code:
            raise typer.Exit(code)
