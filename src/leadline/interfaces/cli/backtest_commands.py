"""The command that looks back: `leadline backtest`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from leadline.interfaces.cli.frame import use_cases
from leadline.interfaces.cli.options import Place, at_a_place, instant


def add_backtest_commands(app: typer.Typer) -> None:
    """Add it to the program."""
    app.command("backtest")(backtest)


@at_a_place
def backtest(
    place: Place,
    slo: Annotated[
        list[str] | None, typer.Option("--slo", help="Only these SLOs, by commas; may be given several times.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All SLOs.")] = False,
    strategies: Annotated[
        list[str] | None,
        typer.Option("--strategy", help="Strategies to try, by commas (default: each objective's own)."),
    ] = None,
    objective: Annotated[
        list[str] | None,
        typer.Option("--objective", metavar="99,99.9", help="Objectives to try (default: what is promised)."),
    ] = None,
    start: Annotated[
        datetime | None, typer.Option("--from", parser=instant, metavar="INSTANT", help="From here on.")
    ] = None,
    end: Annotated[datetime | None, typer.Option("--to", parser=instant, metavar="INSTANT", help="Up to here.")] = None,
    days: Annotated[int, typer.Option("--days", help="How far back from the end, where --from is not given.")] = 28,
) -> None:
    """Tell which alerts strategies would have raised on the history. Exits 3 when no history is known."""
    with use_cases(place) as run:
        from leadline.interfaces.cli import backtests

        names = backtests.parts(slo)
        if bool(names) == every:
            raise typer.BadParameter("name SLOs with --slo, or write --all")
        asked = {"strategies": backtests.parts(strategies), "objectives": backtests.parts(objective)}
        code = backtests.backtest(
            run, {"slos": names, **asked, "start": start, "end": end, "days": days}, as_json=place.as_json
        )
        if code:
            raise typer.Exit(code)
