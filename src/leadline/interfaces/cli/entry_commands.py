"""The commands `leadline change …` and `leadline incident …`: what happened to services."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from leadline.interfaces.cli.frame import signature, use_cases
from leadline.interfaces.cli.options import PLAIN, Place, WhoOption, at_a_place, instant

change_app = typer.Typer(help="Changes, such as deployments.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps
incident_app = typer.Typer(help="Incidents.", **PLAIN)  # type: ignore[arg-type] # as above

ServiceOption = Annotated[str, typer.Option("--service", help="Name of the service.")]
KindOption = Annotated[str, typer.Option("--kind", help="Kind of change, as the policy names it, such as feature.")]
_OfServiceOption = Annotated[str | None, typer.Option("--service", help="Only this service.")]
_StartedOption = Annotated[
    datetime | None, typer.Option("--started", parser=instant, metavar="INSTANT", help="When it began (default: now).")
]
_FinishedOption = Annotated[
    datetime | None, typer.Option("--finished", parser=instant, metavar="INSTANT", help="When it was over.")
]
_FromOption = Annotated[datetime | None, typer.Option("--from", parser=instant, metavar="INSTANT", help="From here.")]
_ToOption = Annotated[datetime | None, typer.Option("--to", parser=instant, metavar="INSTANT", help="Until here.")]


def add_entry_commands(app: typer.Typer) -> None:
    """Give the program its commands of changes and incidents."""
    app.add_typer(change_app, name="change")
    app.add_typer(incident_app, name="incident")


@change_app.command("record")
@at_a_place
def change_record(
    place: Place,
    service: ServiceOption,
    kind: KindOption,
    ref: Annotated[str, typer.Option("--ref", help="What was changed to: a commit, a version, a ticket.")],
    started: _StartedOption = None,
    finished: _FinishedOption = None,
    fixes: Annotated[
        list[int] | None, typer.Option("--fixes", metavar="ID", help="Number of an incident that it is to end.")
    ] = None,
    source: Annotated[str, typer.Option("--source", help="Who tells it, such as jenkins.")] = "cli",
    who: WhoOption = None,
) -> None:
    """Write down a change; with --finished alone, the end of the one under way. Exits 4 without such a service."""
    from leadline.interfaces.cli import entries

    with use_cases(place) as run:
        entries.record_change(
            run, service=service, kind=kind, ref=ref, started=started, finished=finished, fixes=tuple(fixes or ()),
            source=source, who=signature(place, who), as_json=place.as_json,
        )  # fmt: skip


@change_app.command("list")
@at_a_place
def change_list(
    place: Place,
    service: _OfServiceOption = None,
    start: _FromOption = None,
    end: _ToOption = None,
    most: Annotated[int, typer.Option("--most", min=1, max=1000, help="The newest so many.")] = 100,
) -> None:
    """List the changes that began in a time, by default the last week."""
    from leadline.interfaces.cli import entries

    with use_cases(place) as run:
        entries.list_changes(run, service=service, start=start, end=end, most=most, as_json=place.as_json)


@incident_app.command("record")
@at_a_place
def incident_record(
    place: Place,
    title: Annotated[str, typer.Argument(help="What is wrong, in a few words.")],
    service: ServiceOption,
    slo: Annotated[
        list[str] | None, typer.Option("--slo", help="An SLO that it concerns (default: all of the service).")
    ] = None,
    severity: Annotated[str, typer.Option("--severity", help="sev-1, sev-2, sev-3 or sev-4.")] = "sev-3",
    started: _StartedOption = None,
    finished: _FinishedOption = None,
    who: WhoOption = None,
) -> None:
    """Write down an incident, open until its end is told. Exits 4 without such a service or SLO."""
    from leadline.interfaces.cli import entries

    with use_cases(place) as run:
        entries.record_incident(
            run, title=title, service=service, slos=tuple(slo or ()), severity=severity, started=started,
            finished=finished, who=signature(place, who), as_json=place.as_json,
        )  # fmt: skip


@incident_app.command("list")
@at_a_place
def incident_list(
    place: Place,
    service: _OfServiceOption = None,
    start: _FromOption = None,
    end: _ToOption = None,
    open: Annotated[bool, typer.Option("--open", help="Only those that are not over.")] = False,  # noqa: A002 - the operation's word
) -> None:
    """List the incidents that held in a time, by default the last four weeks."""
    from leadline.interfaces.cli import entries

    with use_cases(place) as run:
        entries.list_incidents(run, service=service, start=start, end=end, open=open, as_json=place.as_json)


@incident_app.command("end")
@at_a_place
def incident_end(
    place: Place,
    id: Annotated[int, typer.Argument(metavar="ID", help="Number of the incident.")],  # noqa: A002 - the operation's word
    finished: _FinishedOption = None,
    who: WhoOption = None,
) -> None:
    """Say that an incident is over. Exits 4 when there is none of that number, or it is over already."""
    from leadline.interfaces.cli import entries

    with use_cases(place) as run:
        entries.end_incident(run, id=id, finished=finished, who=signature(place, who), as_json=place.as_json)
