"""The commands of permits and duties: what people let through, and what is asked of them."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.interfaces.cli.entry_commands import add_entry_commands
from leadline.interfaces.cli.frame import use_cases
from leadline.interfaces.cli.gate_commands import (
    ChangeOption,
    OfServiceOption,
    RefOption,
    ServiceOption,
    add_gate_commands,
)
from leadline.interfaces.cli.options import PLAIN, Place, at_a_place

exception_app = typer.Typer(help="Changes that somebody lets through although the policy does not.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps
glass_app = typer.Typer(help="Changes that two people let through in an emergency.", **PLAIN)  # type: ignore[arg-type] # as above
permit_app = typer.Typer(help="Approvals, exceptions and broken glasses.", **PLAIN)  # type: ignore[arg-type] # as above
duty_app = typer.Typer(help="What levels and permits ask people to do.", **PLAIN)  # type: ignore[arg-type] # as above

_WhoOption = Annotated[
    str | None, typer.Option("--who", help="Who says so (default: who asks; a token speaks for itself alone).")
]
_ReasonOption = Annotated[str, typer.Option("--reason", help="Why.")]
_PermitArgument = Annotated[int, typer.Argument(metavar="ID", help="Number of the permit.")]


def add_release_commands(app: typer.Typer) -> None:
    """Give the program its commands of changes, incidents, the gate, permits and duties."""
    add_entry_commands(app)
    add_gate_commands(app)
    app.command("approve")(approve)
    app.add_typer(exception_app, name="exception")
    app.add_typer(glass_app, name="break-glass")
    app.add_typer(permit_app, name="permit")
    app.add_typer(duty_app, name="duty")


@at_a_place
def approve(
    place: Place,
    decision: Annotated[int, typer.Argument(metavar="DECISION", help="Number that the gate told.")],
    role: Annotated[
        str | None, typer.Option("--role", help="In which role (default: a wanted one that you hold).")
    ] = None,
    checked: Annotated[
        list[str] | None, typer.Option("--checked", metavar="ITEM", help="Item of the checklist seen to, or all.")
    ] = None,
    expires: Annotated[str, typer.Option("--expires", metavar="24h", help="How long it holds, at most 7d.")] = "24h",
    note: Annotated[str, typer.Option("--note", help="What else is to be said.")] = "",
    who: _WhoOption = None,
) -> None:
    """Approve a change that the gate has asked approvals for. Exits 4 for one's own change, or without the role."""
    from leadline.interfaces.cli import permits

    with use_cases(place) as run:
        permits.approve(
            run, decision=decision, role=role, checked=tuple(checked or ()), expires=expires, note=note, who=who,
            as_json=place.as_json,
        )  # fmt: skip


@exception_app.command("grant")
@at_a_place
def exception_grant(
    place: Place,
    service: ServiceOption,
    change: ChangeOption,
    grounds: Annotated[str, typer.Option("--grounds", help="One of the policy's, such as security.")],
    reason: _ReasonOption,
    ref: RefOption = "",
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="24h", help="How long it holds (default: the policy's).")
    ] = None,
    who: _WhoOption = None,
) -> None:
    """Let a change through although the policy does not. Exits 4 without the role that the level asks for."""
    from leadline.interfaces.cli import permits

    with use_cases(place) as run:
        permits.grant_exception(
            run, service=service, change=change, ref=ref, grounds=grounds, reason=reason, expires=expires, who=who,
            as_json=place.as_json,
        )  # fmt: skip


@glass_app.command("open")
@at_a_place
def glass_open(
    place: Place,
    service: ServiceOption,
    change: ChangeOption,
    reason: _ReasonOption,
    ref: RefOption = "",
    who: _WhoOption = None,
) -> None:
    """Break the glass for a change; it holds once a second person has confirmed it."""
    from leadline.interfaces.cli import permits

    with use_cases(place) as run:
        permits.break_glass(run, service=service, change=change, ref=ref, reason=reason, who=who, as_json=place.as_json)


@glass_app.command("confirm")
@at_a_place
def glass_confirm(place: Place, id: _PermitArgument, who: _WhoOption = None) -> None:  # noqa: A002 - the operation's word
    """Confirm a broken glass, as the second person. Exits 4 for whoever broke it."""
    from leadline.interfaces.cli import permits

    with use_cases(place) as run:
        permits.confirm(run, id=id, who=who, as_json=place.as_json)


@permit_app.command("list")
@at_a_place
def permit_list(
    place: Place,
    service: OfServiceOption = None,
    all: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,  # noqa: A002 - the operation's word
) -> None:
    """List approvals, exceptions and broken glasses."""
    from leadline.interfaces.cli import permits

    with use_cases(place) as run:
        permits.show(run, service=service, all=all, as_json=place.as_json)


@permit_app.command("withdraw")
@at_a_place
def permit_withdraw(
    place: Place,
    id: _PermitArgument,  # noqa: A002 - the operation's word
    reason: _ReasonOption,
    who: _WhoOption = None,
) -> None:
    """Take back an approval, an exception or a broken glass. Exits 4 when there is none of that number."""
    from leadline.interfaces.cli import permits

    with use_cases(place) as run:
        permits.withdraw(run, id=id, reason=reason, who=who, as_json=place.as_json)


@duty_app.command("list")
@at_a_place
def duty_list(
    place: Place,
    service: OfServiceOption = None,
    done: Annotated[bool, typer.Option("--done", help="Those that are done.")] = False,
) -> None:
    """List what is to be done, by deadline."""
    from leadline.interfaces.cli import permits

    with use_cases(place) as run:
        permits.list_duties(run, service=service, done=done, as_json=place.as_json)


@duty_app.command("done")
@at_a_place
def duty_done(
    place: Place,
    id: Annotated[int, typer.Argument(metavar="ID", help="Number of the duty.")],  # noqa: A002 - the operation's word
    note: Annotated[str, typer.Option("--note", help="What came of it, or where it stands.")] = "",
    who: _WhoOption = None,
) -> None:
    """Say that a duty is done. Exits 4 when there is none of that number, or it was done already."""
    from leadline.interfaces.cli import permits

    with use_cases(place) as run:
        permits.finish_duty(run, id=id, note=note, who=who, as_json=place.as_json)
