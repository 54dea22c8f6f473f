"""`leadline token create`, `list`, `revoke` and `leadline audit list`: what they ask and what they print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from leadline.domains.access.model import (
    AuditTrail,
    CreatedToken,
    CreateToken,
    ListAudit,
    ListTokens,
    RevokeToken,
    ShownToken,
    ShownTokens,
)
from leadline.interfaces.cli.frame import answer_console, as_text, asked, complain

Run = Callable[[str, Any], Any]


def create(run: Run, *, as_json: bool, **wanted: object) -> None:
    made: CreatedToken = run("tokens.create", asked(CreateToken, **wanted))
    if as_json:
        typer.echo(made.model_dump_json(indent=2))
        return
    complain(f"{made.name} ({made.role.value}, id {made.id}) is good until {as_text(made.expires_at)}")
    complain("keep it now; it is not told again")
    typer.echo(made.token)


def show(run: Run, *, active: bool, as_json: bool) -> None:
    found: ShownTokens = run("tokens.list", ListTokens(active=active))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    if not found.tokens:
        typer.echo("no token")
        return
    headings = ("id", "name", "role", "state", "expires", "made", "by", "revoked")
    _print(headings, [
        (each.id, each.name, each.role.value, each.state.value, as_text(each.expires_at), as_text(each.created_at),
         each.created_by, _revoked(each))
        for each in found.tokens
    ])  # fmt: skip


def revoke(run: Run, *, as_json: bool, **wanted: object) -> None:
    revoked = run("tokens.revoke", asked(RevokeToken, **wanted))
    typer.echo(revoked.model_dump_json(indent=2) if as_json else f"{revoked.id} ({revoked.name}) is revoked")


def audit(run: Run, *, limit: int, before: int | None, as_json: bool) -> None:
    found: AuditTrail = run("audit.list", ListAudit(limit=limit, before=before))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    if not found.writes:
        typer.echo("no write")
        return
    _print(("", "when", "who", "by", "operation", "outcome", "request"), [
        (str(each.id), as_text(each.at), each.who, each.via, each.operation, each.outcome or "no end is known",
         each.request)
        for each in found.writes
    ])  # fmt: skip
    if found.next is not None:
        complain(f"there are more: --before {found.next}")


def _print(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    answer_console().print(table)


def _revoked(token: ShownToken) -> str:
    if token.revoked_at is None:
        return ""
    why = f": {token.reason}" if token.reason else ""
    return f"{as_text(token.revoked_at)} by {token.revoked_by}{why}"
