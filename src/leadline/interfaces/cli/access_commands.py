"""The commands `leadline token …` and `leadline audit …`: who may, and who did."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.interfaces.cli.frame import use_cases
from leadline.interfaces.cli.options import PLAIN, Place, at_a_place

token_app = typer.Typer(help="Tokens: who may ask a server.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps
audit_app = typer.Typer(help="The audit: who asked for which write.", **PLAIN)  # type: ignore[arg-type] # as above


@token_app.command("create")
@at_a_place
def token_create(
    place: Place,
    role: Annotated[
        str, typer.Option("--role", help="viewer, responder, editor or admin; each may what those before may.")
    ],
    name: Annotated[str | None, typer.Option("--name", help="Whose it is (default: its role and id).")] = None,
    expires: Annotated[str, typer.Option("--expires", metavar="90d", help="How long it is good.")] = "90d",
) -> None:
    """Make a token and print it, this once. From the first one on a server asks everybody for theirs."""
    from leadline.interfaces.cli import access

    with use_cases(place, needs_handbook=False) as run:
        access.create(run, role=role, name=name, expires=expires, as_json=place.as_json)


@token_app.command("list")
@at_a_place
def token_list(
    place: Place, active: Annotated[bool, typer.Option("--active", help="Only those that open something now.")] = False
) -> None:
    """List the tokens that were made, without their secrets."""
    from leadline.interfaces.cli import access

    with use_cases(place, needs_handbook=False) as run:
        access.show(run, active=active, as_json=place.as_json)


@token_app.command("revoke")
@at_a_place
def token_revoke(
    place: Place,
    id: Annotated[str, typer.Argument(metavar="ID", help="Id of the token, as `token list` tells it.")],  # noqa: A002 - the operation's word
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
) -> None:
    """Take a token back, at once and for ever. Exits 4 when there is none of that id."""
    from leadline.interfaces.cli import access

    with use_cases(place, needs_handbook=False) as run:
        access.revoke(run, id=id, reason=reason, as_json=place.as_json)


@audit_app.command("list")
@at_a_place
def audit_list(
    place: Place,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many.")] = 100,
    before: Annotated[int | None, typer.Option("--before", min=1, help="Only those with smaller numbers.")] = None,
) -> None:
    """List the newest writes that somebody asked for, and how they ended."""
    from leadline.interfaces.cli import access

    with use_cases(place, needs_handbook=False) as run:
        access.audit(run, limit=limit, before=before, as_json=place.as_json)
