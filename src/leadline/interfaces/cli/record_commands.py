"""The commands `leadline record …`: what people know and no source says."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from leadline.interfaces.cli.frame import signature, use_cases
from leadline.interfaces.cli.options import (
    PLAIN,
    Place,
    WhoOption,
    at_a_place,
    instant,
)
from leadline.units import parse_ratio

record_app = typer.Typer(help="Write down what people know.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps


@record_app.command("slice")
@at_a_place
def record_slice(
    place: Place,
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
) -> None:
    """Write one slice of an SLI whose slices are pushed."""
    from leadline.interfaces.cli import slices

    with use_cases(place) as run:
        slices.record(
            run, sli=sli, bad=bad, total=total, start=start, labels=label or [], writer=writer, as_json=place.as_json
        )


_FromOption = Annotated[datetime, typer.Option("--from", parser=instant, metavar="INSTANT", help="When it began.")]
_ToOption = Annotated[datetime, typer.Option("--to", parser=instant, metavar="INSTANT", help="When it was over.")]
_ReasonOption = Annotated[str, typer.Option("--reason", help="Why, or from where it is known.")]


@record_app.command("downtime")
@at_a_place
def record_downtime(
    place: Place,
    slo: Annotated[str, typer.Argument(help="Name of the SLO.")],
    start: _FromOption,
    end: _ToOption,
    fraction: Annotated[str, typer.Option("--fraction", help="Share of the events that failed, 0.3 or 30%.")] = "1",
    reason: _ReasonOption = "",
    who: WhoOption = None,
) -> None:
    """Write down an outage, whole or in part; recordings that overlap unite."""
    from leadline.interfaces.cli import recordings

    try:
        share = parse_ratio(fraction)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fraction") from error
    with use_cases(place) as run:
        recordings.downtime(
            run,
            slo=slo,
            start=start,
            end=end,
            fraction=share,
            reason=reason,
            who=signature(place, who),
            as_json=place.as_json,
        )


@record_app.command("failures")
@at_a_place
def record_failures(
    place: Place,
    sli: Annotated[str, typer.Argument(help="Id of the SLI.")],
    bad: Annotated[int, typer.Option("--bad", help="How many events failed.")],
    start: _FromOption,
    end: _ToOption,
    total: Annotated[
        int | None, typer.Option("--total", help="All events of that time, where no other writer tells them.")
    ] = None,
    label: Annotated[list[str] | None, typer.Option("--label", help="Group, as name=value; may be repeated.")] = None,
    reason: _ReasonOption = "",
    who: WhoOption = None,
) -> None:
    """Write down how many events failed, spread over the slices of an interval."""
    from leadline.interfaces.cli import recordings

    with use_cases(place) as run:
        recordings.failures(
            run, label or [], sli=sli, bad=bad, total=total, start=start, end=end, reason=reason,
            who=signature(place, who), as_json=place.as_json,
        )  # fmt: skip


@record_app.command("list")
@at_a_place
def record_list(
    place: Place,
    removed: Annotated[bool, typer.Option("--removed", help="Also what was removed, with who and why.")] = False,
) -> None:
    """List recorded downtime and failures."""
    from leadline.interfaces.cli import recordings

    with use_cases(place) as run:
        recordings.show(run, removed=removed, as_json=place.as_json)


@record_app.command("remove")
@at_a_place
def record_remove(
    place: Place,
    id: Annotated[int, typer.Argument(metavar="ID", help="Number of the recording.")],  # noqa: A002 - the operation's word
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    who: WhoOption = None,
) -> None:
    """Take back what was recorded; the record keeps both. Exits 4 when there is none of that number."""
    from leadline.interfaces.cli import recordings

    with use_cases(place) as run:
        recordings.remove(run, id=id, reason=reason, who=signature(place, who), as_json=place.as_json)
