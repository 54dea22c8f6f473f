"""`leadline approve`, `exception`, `break-glass`, `permit` and `duty`: what they ask and what they print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from leadline.domains.releases.permit_model import (
    Approve,
    BreakGlass,
    ConfirmPermit,
    FinishDuty,
    GrantException,
    ListDuties,
    ListPermits,
    ShownDuties,
    ShownDuty,
    ShownPermit,
    ShownPermits,
    WithdrawPermit,
)
from leadline.interfaces.cli.frame import answer_console, as_text, asked

Run = Callable[[str, Any], Any]


def approve(run: Run, *, as_json: bool, **wanted: object) -> None:
    _tell(run("permits.approve", asked(Approve, **wanted)), as_json=as_json)


def grant_exception(run: Run, *, as_json: bool, **wanted: object) -> None:
    _tell(run("permits.except", asked(GrantException, **wanted)), as_json=as_json)


def break_glass(run: Run, *, as_json: bool, **wanted: object) -> None:
    _tell(run("permits.break", asked(BreakGlass, **wanted)), as_json=as_json)


def confirm(run: Run, *, as_json: bool, **wanted: object) -> None:
    _tell(run("permits.confirm", asked(ConfirmPermit, **wanted)), as_json=as_json)


def withdraw(run: Run, *, as_json: bool, **wanted: object) -> None:
    _tell(run("permits.withdraw", asked(WithdrawPermit, **wanted)), as_json=as_json)


def show(run: Run, *, as_json: bool, **wanted: object) -> None:
    found: ShownPermits = run("permits.list", asked(ListPermits, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    rows = [
        (str(each.id), _form(each), each.service, each.change, each.ref, each.role, each.who, _state(each), each.reason)
        for each in found.permits
    ]
    _print(("id", "form", "service", "change", "ref", "role", "who", "state", "reason"), rows, "no permit")


def list_duties(run: Run, *, as_json: bool, **wanted: object) -> None:
    found: ShownDuties = run("duties.list", asked(ListDuties, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    rows = [
        (str(each.id), each.service, each.level, each.text, ", ".join(each.by), _when(each), each.note)
        for each in found.duties
    ]
    _print(("id", "service", "level", "what", "by", "due", "note"), rows, "no duty")


def finish_duty(run: Run, *, as_json: bool, **wanted: object) -> None:
    done: ShownDuty = run("duties.finish", asked(FinishDuty, **wanted))
    typer.echo(done.model_dump_json(indent=2) if as_json else f"duty {done.id} is done: {done.text}")


def _tell(permit: ShownPermit, *, as_json: bool) -> None:
    if as_json:
        typer.echo(permit.model_dump_json(indent=2))
        return
    role = f" as {permit.role}" if permit.role else ""
    typer.echo(f"{_form(permit)} {permit.id} by {permit.who}{role}: {permit.change} {permit.ref} of {permit.service}")
    typer.echo(f"  {_state(permit)}")
    if permit.next:
        typer.echo(f"  next: {permit.next}")


def _form(permit: ShownPermit) -> str:
    return permit.form.value.replace("_", " ")


def _state(permit: ShownPermit) -> str:
    if permit.withdrawn_by:
        return f"taken back by {permit.withdrawn_by}: {permit.withdrawal}"
    until = as_text(permit.expires_at)
    if permit.holds:
        return f"holds until {until}"
    return f"waits for a second person, until {until}" if permit.next else f"ran out {until}"


def _when(duty: ShownDuty) -> str:
    if duty.done_at is not None:
        return f"done {as_text(duty.done_at)} by {duty.done_by}"
    return f"overdue since {as_text(duty.due_at)}" if duty.is_overdue else as_text(duty.due_at)


def _print(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], nothing: str) -> None:
    if not rows:
        typer.echo(nothing)
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*map(Text, row))
    answer_console().print(table)
