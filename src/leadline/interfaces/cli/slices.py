"""`leadline collect`, `record slice`, `slices import` and `slices export`: what they ask and what they print."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import typer

from leadline.domains.measurement.model import (
    Collect,
    Collected,
    Collection,
    ExportSlices,
    ImportSlices,
    Outcome,
    PushSlices,
    RecordSlice,
    Stored,
)
from leadline.errors import Problem, SpecError
from leadline.interfaces.cli.frame import CANNOT_TELL, as_text, asked, complain

Run = Callable[[str, Any], Any]


def collect(
    run: Run,
    *,
    since: datetime | timedelta | None,
    at: datetime | None,
    again: bool,
    slis: tuple[str, ...],
    as_json: bool,
) -> None:
    reach = (at or datetime.now(UTC)) - since if isinstance(since, timedelta) else since
    if as_json:
        found: Collection = run("slices.collect", asked(Collect, since=reach, at=at, again=again, slis=slis))
        typer.echo(found.model_dump_json(indent=2))
    else:
        found = collected(run, since=reach, at=at, again=again, slis=slis)
        count = sum(sli.outcome is not Outcome.SKIPPED for sli in found.slis)
        typer.echo(f"{found.slices:,} slices of {count} SLIs, up to {as_text(found.at)}")
    if not found.is_complete:
        raise typer.Exit(CANNOT_TELL)


def collected(run: Run, **wanted: object) -> Collection:
    """Collect, and say on stderr what failed or is doubtful."""
    found: Collection = run("slices.collect", asked(Collect, **wanted))
    for sli in found.slis:
        print_sli(sli)
    return found


def print_sli(sli: Collected) -> None:
    """Say what is to be known of one SLI's collection."""
    if sli.outcome in (Outcome.FAILED, Outcome.NO_SERIES):
        complain(f"{sli.sli} ({sli.source}): {sli.message}")
    elif sli.message and sli.outcome is not Outcome.SKIPPED:
        complain(f"{sli.sli} ({sli.source}): warning: {sli.message}")


def record(
    run: Run,
    *,
    sli: str,
    bad: float,
    total: float,
    start: datetime | None,
    labels: Sequence[str],
    writer: str,
    as_json: bool,
) -> None:
    named = dict(map(label, labels))
    request = asked(RecordSlice, sli=sli, bad=bad, total=total, start=start, labels=named, writer=writer)
    _stored(run("slices.record", request), "recorded", as_json=as_json)


def label(text: str) -> tuple[str, str]:
    """Name and value of a group's label."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise SpecError([Problem("--label", 0, 0, "", "not a label", text, "write name=value")])
    return name, value


def import_file(run: Run, file: Path, writer: str, *, as_json: bool) -> None:
    _stored(run("slices.import", ImportSlices(file=file, writer=writer)), f"imported from {file}", as_json=as_json)


def push_file(run: Run, file: Path, writer: str, *, as_json: bool) -> None:
    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    stored = run("slices.push", asked(PushSlices, content=content, writer=writer))
    _stored(stored, f"imported from {file}", as_json=as_json)


def export_file(
    run: Run, file: Path, slis: tuple[str, ...], start: datetime | None, end: datetime | None, *, as_json: bool
) -> None:
    stored: Stored = run("slices.export", ExportSlices(file=file, slis=slis, start=start, end=end))
    if str(file) != "-":
        _stored(stored, f"exported to {file}", as_json=as_json)
        return
    for warning in stored.warnings:
        complain(f"warning: {warning}")


def _stored(stored: Stored, what: str, *, as_json: bool) -> None:
    for warning in stored.warnings:
        complain(f"warning: {warning}")
    if as_json:
        typer.echo(stored.model_dump_json(indent=2))
    else:
        typer.echo(f"{stored.slices:,} slices of {stored.series} series {what}")
