"""The commands `leadline record …`: what people know and no source says."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from leadline.interfaces.cli.frame import use_cases
from leadline.interfaces.cli.options import PLAIN, DatabaseOption, HandbookOption, JsonOption, instant

record_app = typer.Typer(help="Write down what people know.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps


@record_app.command("slice")
def record_slice(
    sli: Annotated[str, typer.Argument(help="Id of the SLI.")],
    bad: Annotated[float, typer.Option("--bad", help="Bad events.")],
    total: Annotated[float, typer.Option("--total", help="All events.")],
    start: Annotated[
        datetime | None,
        typer.Option(
            "--start", parser=instant, metavar="INSTANT", help="Start of the slice (default: the last minute)."
        ),
    ] = None,
    label: Annotated[list[str] | None, typer.Option("--label", help="Group, as name=value; may be repeated.")] = None,
    writer: Annotated[str, typer.Option("--writer", help="Under whose name; the same writer replaces.")] = "record",
    handbook: HandbookOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one slice of an SLI whose slices are pushed."""
    from leadline.interfaces.cli import slices

    with use_cases(handbook, database) as run:
        slices.record(
            run, sli=sli, bad=bad, total=total, start=start, labels=label or [], writer=writer, as_json=as_json
        )
