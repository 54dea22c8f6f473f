"""The commands of the gate: ask it, see what it decided and why, and what may be changed now."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.interfaces.cli.frame import use_cases
from leadline.interfaces.cli.options import PLAIN, AtOption, Place, at_a_place

decision_app = typer.Typer(help="Answers of the gate.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps
policy_app = typer.Typer(help="Policies of the error budget.", **PLAIN)  # type: ignore[arg-type] # as above

ServiceOption = Annotated[str, typer.Option("--service", help="Name of the service.")]
OfServiceOption = Annotated[str | None, typer.Option("--service", help="Only this service.")]
ChangeOption = Annotated[
    str, typer.Option("--change", metavar="KIND", help="Kind of change, as the policy names it, such as feature.")
]
RefOption = Annotated[str, typer.Option("--ref", help="What is changed to: a commit, a version, a ticket.")]
_NumberArgument = Annotated[int, typer.Argument(metavar="ID", help="Number of the decision.")]


def add_gate_commands(app: typer.Typer) -> None:
    """Give the program its commands of the gate."""
    app.command("gate")(gate)
    app.add_typer(decision_app, name="decision")
    app.add_typer(policy_app, name="policy")


@at_a_place
def gate(
    place: Place,
    service: ServiceOption,
    change: ChangeOption,
    ref: RefOption = "",
    author: Annotated[
        str | None, typer.Option("--author", help="Whose change it is (default: who asks); he cannot approve it.")
    ] = None,
    fixes: Annotated[
        list[int] | None, typer.Option("--fixes", metavar="ID", help="Number of an open incident that it is to end.")
    ] = None,
) -> None:
    """Ask whether a change may be made now. Exits 0 allowed, 1 denied, 3 cannot tell, 4 no such service, 5 approval."""
    from leadline.interfaces.cli import gating

    with use_cases(place) as run:
        gating.ask(
            run, service=service, change=change, ref=ref, author=author, fixes=tuple(fixes or ()),
            as_json=place.as_json,
        )  # fmt: skip


@decision_app.command("list")
@at_a_place
def decision_list(
    place: Place,
    service: OfServiceOption = None,
    most: Annotated[int, typer.Option("--most", min=1, max=1000, help="The newest so many.")] = 50,
    before: Annotated[int | None, typer.Option("--before", metavar="ID", help="Only those of a lower number.")] = None,
) -> None:
    """List the newest answers of the gate."""
    from leadline.interfaces.cli import gating

    with use_cases(place) as run:
        gating.list_decisions(run, service=service, most=most, before=before, as_json=place.as_json)


@decision_app.command("show")
@at_a_place
def decision_show(place: Place, id: _NumberArgument) -> None:  # noqa: A002 - the operation's word
    """Show one answer of the gate, with its reasons. Exits 4 when there is none of that number."""
    from leadline.interfaces.cli import gating

    with use_cases(place) as run:
        gating.show_decision(run, id=id, as_json=place.as_json)


@decision_app.command("verify")
@at_a_place
def decision_verify(
    place: Place,
    id: Annotated[  # noqa: A002 - the operation's word
        int | None, typer.Argument(metavar="ID", help="Number of the decision (default: the newest ones).")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    most: Annotated[int, typer.Option("--most", min=1, max=100_000, help="How many of the newest.")] = 10_000,
) -> None:
    """Recompute answers from their recorded inputs. Exits 1 when one does not come out again, bit for bit."""
    from leadline.interfaces.cli import gating

    if all_ and id is not None:
        raise typer.BadParameter("name one decision, or take --all")
    with use_cases(place) as run:
        gating.verify(run, id=id, most=100_000 if all_ else most, as_json=place.as_json)


@policy_app.command("show")
@at_a_place
def policy_show(
    place: Place, name: Annotated[str | None, typer.Argument(help="Name of the policy (default: all).")] = None
) -> None:
    """Show policies as they hold: rules, roles, freezes. Exits 4 when there is none of that name."""
    from leadline.interfaces.cli import gating

    with use_cases(place) as run:
        gating.show_policies(run, name=name, as_json=place.as_json)


@policy_app.command("matrix")
@at_a_place
def policy_matrix(place: Place, service: OfServiceOption = None, at: AtOption = None) -> None:
    """Show which kinds of change may be made now, service by service; nothing is recorded."""
    from leadline.interfaces.cli import gating

    with use_cases(place) as run:
        gating.show_matrix(run, service=service, at=at, as_json=place.as_json)
