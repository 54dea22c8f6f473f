"""`leadline simulate`: fill the ledger from a scenario, keep it going, or tell what the scenario plants."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadline.core.slices import STEP
from leadline.domains.measurement.model import Collection, Plan, PlannedEffect, PlanSimulation, Simulate
from leadline.interfaces.cli import figures
from leadline.interfaces.cli.frame import CANNOT_TELL, answer_console, as_text, asked, complain
from leadline.interfaces.cli.slices import print_sli

Run = Callable[[str, Any], Any]


def until_next_minute() -> None:
    """Sleep until a new slice may be there."""
    time.sleep(STEP - time.time() % STEP)


def simulate(
    run: Run,
    *,
    scenario: str,
    days: int,
    at: datetime | None,
    story_at: datetime | None,
    force: bool,
    live: bool,
    as_json: bool,
    wait: Callable[[], None] = until_next_minute,
) -> None:
    """Simulate once; with `live`, again after each wait, until somebody interrupts."""
    request = asked(Simulate, scenario=scenario, days=days, at=at, story_at=story_at, force=force)
    found = _once(run, request, as_json=as_json)
    while live:
        wait()
        found = _once(run, request, as_json=as_json)
    if not found.is_complete:
        raise typer.Exit(CANNOT_TELL)


def _once(run: Run, request: Simulate, *, as_json: bool) -> Collection:
    found: Collection = run("slices.simulate", request)
    for warning in found.warnings:
        complain(f"warning: {warning}")
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        for sli in found.slis:
            print_sli(sli)
        typer.echo(f"{found.slices:,} simulated slices of {len(found.slis)} SLIs, up to {as_text(found.at)}")
    return found


def plan(run: Run, *, scenario: str, days: int, at: datetime | None, story_at: datetime | None, as_json: bool) -> None:
    """Tell what is planted."""
    found: Plan = run("slices.plan", asked(PlanSimulation, scenario=scenario, days=days, at=at, story_at=story_at))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        print_plan(found, answer_console())


def print_plan(found: Plan, console: Console) -> None:
    """A row for each series that something planted touches, in order of time."""
    span = f"from {as_text(found.start)} to {as_text(found.end)}"
    console.print(f"{found.scenario}: {len(found.events)} events {span}", highlight=False)
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in ("start", "minutes", "what", "shape", "series", "bad", "total", "unseen"):
        table.add_column(heading, justify="right" if heading in ("minutes", "bad", "total", "unseen") else "left")
    for event in found.events:
        minutes = (event.end - event.start).total_seconds() / STEP
        head = [as_text(event.start), figures.count(minutes), f"{event.kind} {event.name}", event.shape]
        for number, effect in enumerate(event.effects or (None,)):
            table.add_row(*(head if number == 0 else [""] * len(head)), *_cells(effect))
    console.print(table)


def _cells(effect: PlannedEffect | None) -> list[Text | str]:
    if effect is None:
        return [Text("touches no SLI", "dim"), "", "", ""]
    return [effect.series, _signed(effect.bad), _signed(effect.total), figures.count(effect.unseen)]


def _signed(value: float) -> str:
    return f"+{figures.count(value)}" if value > 0 else figures.count(value)
