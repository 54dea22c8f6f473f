"""`leadline record downtime`, `failures`, `list` and `remove`: what they ask and what they print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from leadline.domains.measurement.model import (
    ListRecordings,
    RecordDowntime,
    Recorded,
    RecordFailures,
    RemovedRecording,
    RemoveRecording,
    ShownRecording,
    ShownRecordings,
)
from leadline.interfaces.cli.figures import counted
from leadline.interfaces.cli.frame import answer_console, as_text, asked, complain
from leadline.interfaces.cli.slices import label

Run = Callable[[str, Any], Any]


def downtime(run: Run, *, as_json: bool, **wanted: object) -> None:
    _recorded(run("record.downtime", asked(RecordDowntime, **wanted)), as_json=as_json)


def failures(run: Run, labels: Sequence[str], *, as_json: bool, **wanted: object) -> None:
    named = dict(map(label, labels))
    _recorded(run("record.failures", asked(RecordFailures, labels=named, **wanted)), as_json=as_json)


def _recorded(recorded: Recorded, *, as_json: bool) -> None:
    for warning in recorded.warnings:
        complain(f"warning: {warning}")
    if as_json:
        typer.echo(recorded.model_dump_json(indent=2))
    else:
        typer.echo(
            f"recording {recorded.id}: {recorded.bad:,.10g} bad events; {counted(recorded.slices, 'slice')} changed"
        )


def show(run: Run, *, removed: bool, as_json: bool) -> None:
    found: ShownRecordings = run("record.list", ListRecordings(removed=removed))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    console = answer_console()
    hidden = f", and {found.removed} removed (--removed)" if found.removed and not removed else ""
    console.print(Text(f"{counted(len(found.recordings), 'recording')}{hidden}", "dim"), highlight=False)
    if not found.recordings:
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    headings = ("id", "kind", "concerns", "interval", "what", "reason", "who", "recorded")
    for heading in (*headings, "removed") if removed else headings:
        table.add_column(heading)
    for each in found.recordings:
        cells = (
            str(each.id), each.kind, _concerned(each), _times(each), _what(each), each.reason, each.who,
            as_text(each.recorded_at), *((_gone(each),) if removed else ()),
        )  # fmt: skip
        table.add_row(*(Text(text, "dim" if each.removed_at else "") for text in cells))
    console.print(table)


def remove(run: Run, *, as_json: bool, **wanted: object) -> None:
    removed: RemovedRecording = run("record.remove", asked(RemoveRecording, **wanted))
    for warning in removed.warnings:
        complain(f"warning: {warning}")
    if as_json:
        typer.echo(removed.model_dump_json(indent=2))
    else:
        typer.echo(f"recording {removed.id} is removed; {counted(removed.slices, 'slice')} changed")


def _concerned(each: ShownRecording) -> str:
    labels = ",".join(f"{name}={value}" for name, value in each.labels.items())
    return f"{each.name} {labels}" if labels else each.name


def _times(each: ShownRecording) -> str:
    last = f"{each.end:%H:%M:%S}" if each.end.date() == each.start.date() else f"{each.end:%Y-%m-%d %H:%M:%S}"
    return f"{each.start:%Y-%m-%d %H:%M:%S} to {last} UTC".replace(":00 ", " ")


def _what(each: ShownRecording) -> str:
    if each.fraction is not None:
        return f"{each.fraction * 100:.10g} % down"
    return f"{each.bad:,} failed" + ("" if each.total is None else f" of {each.total:,}")


def _gone(each: ShownRecording) -> str:
    return "" if each.removed_at is None else f"{as_text(each.removed_at)} by {each.removed_by}: {each.removal_reason}"
