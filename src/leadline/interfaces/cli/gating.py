"""`leadline gate`, `leadline decision` and `leadline policy`: what they ask and what they print."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from leadline.domains.releases.model import (
    AskGate,
    ListDecisions,
    ListedDecisions,
    Matrix,
    MatrixCell,
    ShowDecision,
    ShowMatrix,
    ShownDecision,
    ShownPolicies,
    ShownPolicy,
    ShownReason,
    ShowPolicies,
    Verified,
    VerifyDecisions,
)
from leadline.interfaces.cli.frame import BROKEN, answer_console, as_text, asked, complain

if TYPE_CHECKING:
    from rich.table import Table

Run = Callable[[str, Any], Any]
_SAID = {"allow": "allowed", "approve": "approval needed", "unknown": "cannot tell", "deny": "denied"}
_MOST = 3
"""So many reasons of one that is allowed are told."""
_SHORT = {"allow": "yes", "approve": "ask", "unknown": "?", "deny": "no"}


def ask(run: Run, *, as_json: bool, **wanted: object) -> None:
    answer: ShownDecision = run("gate.ask", asked(AskGate, **wanted))
    _print(answer, as_json=as_json)
    for warning in answer.warnings:
        complain(f"warning: {warning}")
    if answer.exit_code:
        raise typer.Exit(answer.exit_code)


def show_decision(run: Run, *, as_json: bool, **wanted: object) -> None:
    _print(run("decisions.show", asked(ShowDecision, **wanted)), as_json=as_json)


def _print(answer: ShownDecision, *, as_json: bool) -> None:
    if as_json:
        typer.echo(answer.model_dump_json(indent=2))
        return
    ref = f" {answer.ref}" if answer.ref else ""
    said = _SAID[answer.outcome]
    typer.echo(f"{said}: {answer.change}{ref} of {answer.service}, which is {answer.level} (decision {answer.id})")
    for reason in _shown(answer):
        typer.echo(f"  {_SAID[reason.outcome]}: {reason.text}")
    if hidden := len(answer.reasons) - len(_shown(answer)):
        typer.echo(f"  and {hidden} more that allow it")
    if answer.needs:
        typer.echo(f"  still wanted: {', '.join(answer.needs)}")
    if answer.checklist and answer.needs:
        typer.echo(f"  to be seen to: {', '.join(answer.checklist)}")
    typer.echo(f"  by the policy {answer.policy}, which fails {answer.on_unknown}; as of {as_text(answer.judged_at)}")
    if answer.next:
        typer.echo(f"  next: {answer.next}")


def _shown(answer: ShownDecision) -> list[ShownReason]:
    """Everything that speaks against it; of one that is allowed, first what speaks for it."""
    against = [each for each in answer.reasons if each.outcome != "allow"]
    pro = [each for each in answer.reasons if each.outcome == "allow"]
    return [*pro[:_MOST], *against] if answer.outcome == "allow" else against


def list_decisions(run: Run, *, as_json: bool, **wanted: object) -> None:
    found: ListedDecisions = run("decisions.list", asked(ListDecisions, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    if not found.decisions:
        typer.echo("no decision yet")
        return
    table = _table("id", "when", "service", "change", "ref", "outcome", "level", "author", "why")
    for each in found.decisions:
        table.add_row(
            str(each.id), as_text(each.at), each.service, each.change, each.ref, _SAID[each.outcome], each.level,
            each.author, each.reason,
        )  # fmt: skip
    answer_console().print(table)


def verify(run: Run, *, as_json: bool, **wanted: object) -> None:
    found: Verified = run("decisions.verify", asked(VerifyDecisions, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        count = "1 decision" if found.checked == 1 else f"{found.checked} decisions"
        typer.echo(f"{count} recomputed, {len(found.deviations)} deviate")
        for each in found.deviations:
            typer.echo(f"  decision {each.id}: {each.reason}")
    if found.deviations:
        raise typer.Exit(BROKEN)


def show_matrix(run: Run, *, service: str | None, at: datetime | None, as_json: bool) -> None:
    found: Matrix = run("gate.matrix", ShowMatrix(service=service, at=at))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    table = _table("change", *(row.service for row in found.rows))
    table.add_row("", *(row.level for row in found.rows), style="dim")
    by_row = [{cell.change: cell for cell in row.cells} for row in found.rows]
    for change in found.changes:
        table.add_row(change, *(_cell(cells.get(change)) for cells in by_row))
    answer_console().print(table)


def _cell(cell: MatrixCell | None) -> str:
    if cell is None:
        return "no"
    return f"ask {', '.join(cell.needs)}" if cell.needs else _SHORT[cell.outcome]


def show_policies(run: Run, *, as_json: bool, **wanted: object) -> None:
    found: ShownPolicies = run("policies.show", asked(ShowPolicies, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    for policy in found.policies:
        _print_policy(policy)


def _print_policy(policy: ShownPolicy) -> None:
    of = ", ".join(policy.services) or "no service"
    typer.echo(f"{policy.name} ({policy.place}): fails {policy.on_unknown}; for {of}")
    levels = list(dict.fromkeys(level for rules in policy.rules.values() for level in rules))
    table = _table("change", *levels)
    for change, rules in policy.rules.items():
        table.add_row(change, *(rules.get(level, "") for level in levels))
    answer_console().print(table)
    for role, who in policy.roles.items():
        typer.echo(f"  role {role}: {', '.join(who)}")
    for name, items in (("freeze", policy.freezes), ("calendar", policy.calendars)):
        for item in items:
            typer.echo(f"  {name} {item}")
    if policy.checklist:
        typer.echo(f"  checklist at {', '.join(policy.checklist_at)}: {', '.join(policy.checklist)}")


def _table(*headings: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading)
    return table
