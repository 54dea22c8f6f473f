"""`leadline change` and `leadline incident`: what they ask and what they print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from leadline.domains.releases.entry_model import (
    EndIncident,
    ListChanges,
    ListIncidents,
    RecordChange,
    RecordIncident,
    ShownChange,
    ShownChanges,
    ShownIncident,
    ShownIncidents,
)
from leadline.interfaces.cli.figures import counted
from leadline.interfaces.cli.frame import answer_console, as_text, asked

Run = Callable[[str, Any], Any]


def record_change(run: Run, *, as_json: bool, **wanted: object) -> None:
    made: ShownChange = run("changes.record", asked(RecordChange, **wanted))
    _told(made, f"change {made.id}: {made.kind} {made.ref} of {made.service}, {_times(made)}", as_json=as_json)


def list_changes(run: Run, *, as_json: bool, **wanted: object) -> None:
    found: ShownChanges = run("changes.list", asked(ListChanges, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    rows = [
        (str(each.id), each.service, each.kind, each.ref, _times(each), each.source, each.who, _fixes(each.fixes))
        for each in found.changes
    ]
    headings = ("id", "service", "kind", "ref", "when", "from", "who", "fixes")
    _table(found, counted(len(rows), "change"), headings, rows)


def record_incident(run: Run, *, as_json: bool, **wanted: object) -> None:
    made: ShownIncident = run("incidents.record", asked(RecordIncident, **wanted))
    _told(made, f"incident {made.id}: {made.title} ({made.severity}), {_times(made)}", as_json=as_json)


def list_incidents(run: Run, *, as_json: bool, **wanted: object) -> None:
    found: ShownIncidents = run("incidents.list", asked(ListIncidents, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    rows = [
        (str(each.id), each.severity.value, each.title, each.service, ", ".join(each.slos), _times(each), each.who)
        for each in found.incidents
    ]
    headings = ("id", "severity", "title", "service", "SLOs", "when", "who")
    _table(found, counted(len(rows), "incident"), headings, rows)


def end_incident(run: Run, *, as_json: bool, **wanted: object) -> None:
    ended: ShownIncident = run("incidents.end", asked(EndIncident, **wanted))
    _told(ended, f"incident {ended.id} is over, {_times(ended)}", as_json=as_json)


def _told(made: ShownChange | ShownIncident, line: str, *, as_json: bool) -> None:
    typer.echo(made.model_dump_json(indent=2) if as_json else line)


def _table(
    found: ShownChanges | ShownIncidents, count: str, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]
) -> None:
    console = answer_console()
    console.print(Text(f"{count}  {as_text(found.start)} to {as_text(found.end)}", "dim"), highlight=False)
    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def _fixes(numbers: tuple[int, ...]) -> str:
    return ", ".join(f"incident {number}" for number in numbers)


def _times(each: ShownChange | ShownIncident) -> str:
    start, end = each.started_at, each.finished_at
    if end is None:
        return f"since {as_text(start)}"
    last = f"{end:%H:%M}" if end.date() == start.date() else as_text(end).removesuffix(" UTC")
    return f"{start:%Y-%m-%d %H:%M} to {last} UTC"
