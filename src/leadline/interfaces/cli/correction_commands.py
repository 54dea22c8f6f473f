"""The commands `leadline correct …`: intervals that count otherwise than measured."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.interfaces.cli.frame import signature, use_cases
from leadline.interfaces.cli.options import (
    PLAIN,
    AtOption,
    Place,
    WhoOption,
    at_a_place,
)

correct_app = typer.Typer(help="Corrections: intervals that count otherwise than measured.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps


@correct_app.command("add")
@at_a_place
def correct_add(
    place: Place,
    slo: Annotated[list[str] | None, typer.Argument(help="Names of SLOs.")] = None,
    service: Annotated[
        list[str] | None, typer.Option("--service", help="All SLOs of this service; may be given several times.")
    ] = None,
    start: Annotated[
        str, typer.Option("--from", metavar="INSTANT", help="Where it begins; local time of --zone without an offset.")
    ] = "",
    end: Annotated[str | None, typer.Option("--to", metavar="INSTANT", help="Where it ends.")] = None,
    duration: Annotated[str | None, typer.Option("--for", metavar="2h", help="Or how long it lasts.")] = None,
    recurrence: Annotated[
        str | None, typer.Option("--rrule", metavar="RULE", help="RFC 5545, such as FREQ=WEEKLY;BYDAY=SU.")
    ] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="IANA zone of local times, such as Europe/Berlin.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="INSTANT", help="When it recurs for the last time.")
    ] = None,
    mode: Annotated[str, typer.Option("--mode", help="exclude, good or bad.")] = "exclude",
    applies_to: Annotated[
        list[str] | None, typer.Option("--applies-to", help="agreement (the default), slo, or each once.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    approver: Annotated[str, typer.Option("--approver", help="Who has approved it.")] = "",
    announced_at: Annotated[
        str | None, typer.Option("--announced-at", metavar="INSTANT", help="When it was announced.")
    ] = None,
    notice: Annotated[
        str | None, typer.Option("--notice", metavar="24h", help="How long ahead it must be announced.")
    ] = None,
) -> None:
    """Record a correction of SLOs or services, once or recurring. Exits 4 when one of them is not there."""
    from leadline.interfaces.cli import corrections

    with use_cases(place) as run:
        corrections.add(
            run,
            {
                "slos": tuple(slo or ()), "services": tuple(service or ()),
                "start": start, "end": end, "duration": duration, "recurrence": recurrence, "zone": zone,
                "until": until, "mode": mode, "applies_to": tuple(applies_to or ("agreement",)), "reason": reason,
                "approver": approver, "announced_at": announced_at, "notice": notice,
            },
            as_json=place.as_json,
        )  # fmt: skip


@correct_app.command("list")
@at_a_place
def correct_list(
    place: Place,
    active: Annotated[bool, typer.Option("--active", help="Only those that hold at the instant.")] = False,
    removed: Annotated[
        bool, typer.Option("--removed", help="Also those that were recorded and removed, with who and why.")
    ] = False,
    alertmanager: Annotated[
        bool, typer.Option("--alertmanager", help="Print maintenance as silences of Alertmanager's API v2.")
    ] = False,
    metrics: Annotated[
        bool, typer.Option("--metrics", help="Print maintenance as a metric in Prometheus' text format.")
    ] = False,
    at: AtOption = None,
) -> None:
    """List corrections, those of the handbook and those recorded."""
    from leadline.interfaces.cli import corrections

    if alertmanager + metrics + place.as_json > 1:
        raise typer.BadParameter("take one of --json, --alertmanager and --metrics")
    if removed and (alertmanager or metrics):
        raise typer.BadParameter("what was removed silences nobody; take --removed out")
    with use_cases(place) as run:
        if alertmanager or metrics:
            tell = corrections.silences if alertmanager else corrections.metrics
            tell(run, at=at, active=active, as_json=place.as_json)
        else:
            corrections.show(run, at=at, active=active, removed=removed, as_json=place.as_json)


@correct_app.command("remove")
@at_a_place
def correct_remove(
    place: Place,
    name: Annotated[str, typer.Argument(help="Name of the correction, such as recorded:1.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    who: WhoOption = None,
) -> None:
    """Take back a recorded correction; the record keeps both. Exits 4 when there is none of that name."""
    from leadline.interfaces.cli import corrections

    with use_cases(place) as run:
        corrections.remove(run, name=name, reason=reason, who=signature(place, who), as_json=place.as_json)
