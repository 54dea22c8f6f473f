"""The commands `leadline rollback …`: changes that are undone, and what became of that."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.interfaces.cli.frame import signature, use_cases
from leadline.interfaces.cli.options import PLAIN, Place, WhoOption, at_a_place

rollback_app = typer.Typer(help="Rollbacks of changes that began before an alert did.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps

_IdArgument = Annotated[int, typer.Argument(metavar="ID", min=1, help="Number of the rollback.")]
_ReasonOption = Annotated[str, typer.Option("--reason", help="Why.")]


@rollback_app.command("list")
@at_a_place
def rollback_list(
    place: Place,
    service: Annotated[str, typer.Option("--service", help="Only this service.")] = "",
    most: Annotated[int, typer.Option("--most", min=1, max=1000, help="The newest so many.")] = 100,
) -> None:
    """List the newest rollbacks, and whether they are stopped."""
    from leadline.interfaces.cli import rollbacks

    with use_cases(place) as run:
        rollbacks.show_all(run, service=service, most=most, as_json=place.as_json)


@rollback_app.command("show")
@at_a_place
def rollback_show(place: Place, id: _IdArgument) -> None:  # noqa: A002 - the operation's word, here and below
    """Show one rollback and each of its steps."""
    from leadline.interfaces.cli import rollbacks

    with use_cases(place) as run:
        rollbacks.show(run, id=id, as_json=place.as_json)


@rollback_app.command("verify")
@at_a_place
def rollback_verify(place: Place, id: _IdArgument) -> None:  # noqa: A002 - as above
    """Check that a request is what was signed. Exits 1 when it is not."""
    from leadline.interfaces.cli import rollbacks

    with use_cases(place) as run:
        rollbacks.verify(run, id=id, as_json=place.as_json)


@rollback_app.command("approve")
@at_a_place
def rollback_approve(
    place: Place,
    id: _IdArgument,  # noqa: A002 - as above
    reason: _ReasonOption = "",
    who: WhoOption = None,
) -> None:
    """Let one begin that waits: the leading server runs it at its next turn. Exits 4 when it may not begin."""
    from leadline.interfaces.cli import rollbacks

    with use_cases(place) as run:
        rollbacks.approve(run, id=id, reason=reason, who=signature(place, who), as_json=place.as_json)


@rollback_app.command("reject")
@at_a_place
def rollback_reject(
    place: Place,
    id: _IdArgument,  # noqa: A002 - as above
    reason: _ReasonOption,
    who: WhoOption = None,
) -> None:
    """Say that a change is not rolled back. Exits 4 when it has begun already."""
    from leadline.interfaces.cli import rollbacks

    with use_cases(place) as run:
        rollbacks.reject(run, id=id, reason=reason, who=signature(place, who), as_json=place.as_json)


@rollback_app.command("run")
@at_a_place
def rollback_run(
    place: Place,
    id: _IdArgument,  # noqa: A002 - as above
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done, and do nothing.")] = False,
) -> None:
    """Run one that is due, now and here. Exits 4 when it is not due, 1 when it failed or may not begin."""
    from leadline.interfaces.cli import rollbacks

    with use_cases(place) as run:
        rollbacks.run_now(run, id=id, dry_run=dry_run, as_json=place.as_json)


@rollback_app.command("stop")
@at_a_place
def rollback_stop(place: Place, reason: _ReasonOption, who: WhoOption = None) -> None:
    """Let no rollback begin until they are resumed; what runs already goes on."""
    from leadline.interfaces.cli import rollbacks

    with use_cases(place) as run:
        rollbacks.stop(run, reason=reason, who=signature(place, who), as_json=place.as_json)


@rollback_app.command("resume")
@at_a_place
def rollback_resume(place: Place, reason: _ReasonOption, who: WhoOption = None) -> None:
    """Let rollbacks begin again."""
    from leadline.interfaces.cli import rollbacks

    with use_cases(place) as run:
        rollbacks.resume(run, reason=reason, who=signature(place, who), as_json=place.as_json)
