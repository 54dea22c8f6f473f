"""`leadline correct add`, `list` and `remove`: what they ask and what they print."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from leadline.domains.corrections.model import (
    AddCorrection,
    ListCorrections,
    Maintenance,
    RemoveCorrection,
    ShowMaintenance,
    ShownCorrection,
    ShownCorrections,
    ShowSilences,
    Silences,
)
from leadline.interfaces import maintenance_metric
from leadline.interfaces.cli.frame import answer_console, as_text, asked, complain
from leadline.units import format_duration

Run = Callable[[str, Any], Any]


def add(run: Run, typed: Mapping[str, object], *, as_json: bool) -> None:
    made: ShownCorrection = run("corrections.add", asked(AddCorrection, **typed))
    if not made.is_announced_in_time:
        notice = format_duration(made.notice_seconds)
        complain(
            f"{made.name} is announced less than {notice} ahead; agreements count {as_text(made.start)} as measured"
        )
    if as_json:
        typer.echo(made.model_dump_json(indent=2))
    else:
        typer.echo(f"{made.name}: {made.mode} {_concerned(made)}, {_times(made)}, for {', '.join(made.applies_to)}")


def show(run: Run, *, at: datetime | None, active: bool, as_json: bool, removed: bool = False) -> None:
    found: ShownCorrections = run("corrections.list", ListCorrections(at=at, active=active, removed=removed))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    console = answer_console()
    console.print(Text(f"{_count(len(found.corrections))}  as of {as_text(found.at)}", "dim"), highlight=False)
    if not found.corrections:
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    headings = ("correction", "state", "interval", "mode", "concerns", "for", "reason", "approver", "place")
    for heading in (*headings, "removed") if removed else headings:
        table.add_column(heading)
    for each in found.corrections:
        late = "" if each.is_announced_in_time else " (announced late)"
        table.add_row(
            *(Text(text) for text in (
                each.name, each.state.value, _times(each), each.mode, _concerned(each),
                f"{', '.join(each.applies_to)}{late}", each.reason, each.approver, each.place,
                *((_gone(each),) if removed else ()),
            ))
        )  # fmt: skip
    console.print(table)


def remove(run: Run, *, as_json: bool, **wanted: object) -> None:
    removed = run("corrections.remove", asked(RemoveCorrection, **wanted))
    typer.echo(removed.model_dump_json(indent=2) if as_json else f"{removed.name} is removed")


def silences(run: Run, *, at: datetime | None, active: bool, as_json: bool) -> None:  # noqa: ARG001 - one shape for each way to list
    found: Silences = run("corrections.silences", ShowSilences(at=at, active=active))
    typer.echo(json.dumps([each.model_dump(mode="json", by_alias=True) for each in found.silences], indent=2))


def metrics(run: Run, *, at: datetime | None, active: bool, as_json: bool) -> None:  # noqa: ARG001 - as above
    found: Maintenance = run("corrections.maintenance", ShowMaintenance(at=at, active=active))
    typer.echo(f"# HELP {maintenance_metric.NAME} {maintenance_metric.MEANING}")
    typer.echo(f"# TYPE {maintenance_metric.NAME} gauge")
    for values, holds in maintenance_metric.rows(found):
        pairs = zip(maintenance_metric.LABELS, values, strict=True)
        text = ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs)
        typer.echo(f"{maintenance_metric.NAME}{{{text}}} {int(holds)}")


def _gone(each: ShownCorrection) -> str:
    if each.removed_at is None:
        return ""
    by = f" by {each.removed_by}" if each.removed_by else ""
    return f"{as_text(each.removed_at)}{by}: {each.removal_reason}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _count(count: int) -> str:
    return "no correction" if not count else "1 correction" if count == 1 else f"{count} corrections"


def _concerned(each: ShownCorrection) -> str:
    return ", ".join((*each.services, *each.slos))


def _times(each: ShownCorrection) -> str:
    last = f"{each.end:%H:%M}" if each.end.date() == each.start.date() else f"{each.end:%Y-%m-%d %H:%M}"
    again = f", {each.recurrence} {each.zone}" if each.recurrence else ""
    until = f" until {as_text(each.until)}" if each.until else ""
    return f"{each.start:%Y-%m-%d %H:%M} to {last} UTC{again}{until}"
