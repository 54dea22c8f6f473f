"""`leadline rollback …`: what the commands ask and what they print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from leadline.domains.rollbacks.model import (
    ApproveRollback,
    ListRollbacks,
    RejectRollback,
    ResumeRollbacks,
    RollbackDetails,
    RollbackList,
    RollbackRun,
    RollbackShown,
    RunRollback,
    ShowRollback,
    StopRollbacks,
    SwitchShown,
    Verified,
    VerifyRollback,
)
from leadline.interfaces.cli.frame import answer_console, as_text, asked, complain

Run = Callable[[str, Any], Any]


def show_all(run: Run, *, as_json: bool, **wanted: object) -> None:
    found: RollbackList = run("rollbacks.list", asked(ListRollbacks, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    if found.switch.is_stopped:
        complain(_switch(found.switch))
    if not found.rollbacks:
        typer.echo("no rollback")
        return
    table = _table("", "asked", "service", "change", "for", "state", "")
    for each in found.rollbacks:
        change = "" if each.change is None else f"{each.change} {each.ref}"
        cells = (str(each.id), as_text(each.asked_at), each.service, change, f"{each.slo} {each.tier}")
        table.add_row(*(Text(cell) for cell in (*cells, each.state.value, each.steps[-1].detail)))
    answer_console().print(table)


def show(run: Run, *, as_json: bool, **wanted: object) -> None:
    found: RollbackDetails = run("rollbacks.show", asked(ShowRollback, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    _print(found.rollback)
    typer.echo(f"signature {found.signature}" if found.signature else "not signed")


def verify(run: Run, *, as_json: bool, **wanted: object) -> None:
    found: Verified = run("rollbacks.verify", asked(VerifyRollback, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    elif found.is_valid:
        typer.echo(f"rollback {found.id} is what was signed")
    else:
        typer.echo(f"rollback {found.id} may not be relied on: {'; '.join(found.flaws)}")
    if not found.is_valid:
        raise typer.Exit(1)


def approve(run: Run, *, as_json: bool, **wanted: object) -> None:
    _tell(run("rollbacks.approve", asked(ApproveRollback, **wanted)), as_json=as_json)


def reject(run: Run, *, as_json: bool, **wanted: object) -> None:
    _tell(run("rollbacks.reject", asked(RejectRollback, **wanted)), as_json=as_json)


def run_now(run: Run, *, as_json: bool, **wanted: object) -> None:
    found: RollbackRun = run("rollbacks.run", asked(RunRollback, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        for line in (found.plan, f"held back: {found.held_by}" if found.held_by else ""):
            if line:
                typer.echo(line)
        if not wanted["dry_run"]:
            _print(found.rollback)
    if not wanted["dry_run"] and (found.held_by or found.rollback.state.value == "failed"):
        raise typer.Exit(1)


def stop(run: Run, *, as_json: bool, **wanted: object) -> None:
    _tell_switch(run("rollbacks.stop", asked(StopRollbacks, **wanted)), as_json=as_json)


def resume(run: Run, *, as_json: bool, **wanted: object) -> None:
    _tell_switch(run("rollbacks.resume", asked(ResumeRollbacks, **wanted)), as_json=as_json)


def _tell(found: RollbackShown, *, as_json: bool) -> None:
    typer.echo(found.model_dump_json(indent=2) if as_json else f"rollback {found.id} is {found.state.value}")


def _tell_switch(found: SwitchShown, *, as_json: bool) -> None:
    typer.echo(found.model_dump_json(indent=2) if as_json else _switch(found))


def _switch(found: SwitchShown) -> str:
    if not found.is_stopped:
        return "rollbacks may begin"
    return f"all rollbacks are stopped{f' by {found.who}' if found.who else ''}: {found.reason}"


def _print(each: RollbackShown) -> None:
    change = "nothing" if each.change is None else f"change {each.change} ({each.kind}, {each.ref})"
    typer.echo(f"rollback {each.id} of {each.service}: {change}, for {each.slo} ({each.tier}); {each.state.value}")
    typer.echo(f"policy {each.policy} ({each.mode})" if each.policy else "no RollbackPolicy names the service")
    table = _table("", "", "", "")
    for step in each.steps:
        table.add_row(*(Text(cell) for cell in (as_text(step.at), step.state.value, step.who, step.detail)))
    answer_console().print(table)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0), show_header=any(headings))
    for heading in headings:
        table.add_column(heading)
    return table
