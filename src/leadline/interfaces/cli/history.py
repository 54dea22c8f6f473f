"""`leadline slo history`: the revisions of one SLO on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from leadline.domains.budgets.model import RevisedValue, SloHistory, SloRevision
from leadline.interfaces.cli import figures
from leadline.interfaces.cli.frame import as_text
from leadline.interfaces.cli.status import level


def print_history(history: SloHistory, console: Console) -> None:
    """Oldest first: when, what changed, and what would be left of the budget under it."""
    console.print(Text.assemble((history.name, "bold"), (f"  budgets as of {as_text(history.at)}", "dim")))
    for revision in history.revisions:
        console.print()
        _print_revision(revision, console)


def _print_revision(revision: SloRevision, console: Console) -> None:
    marks = ("  in force" if revision.is_in_force else "") + ("" if revision.is_recorded else "  not yet recorded")
    seen, effective = as_text(revision.seen_at), as_text(revision.effective_at)
    console.print(Text.assemble((f"revision {revision.number}", "bold"), f"  effective from {effective}", marks))
    if seen != effective:
        console.print(Text(f"  seen {seen}", "dim"))
    for change in revision.changes:
        console.print(Text(f"  {_told(change)}"))
    for objective in revision.objectives:
        console.print(
            Text.assemble(
                "  ",
                level(objective),
                f"  {objective.slo}: {figures.share(objective.budget.remaining)} of the budget left,",
                f" SLI {figures.ratio(objective.sli)} against {figures.target(objective.objective)}",
                f" over {objective.window.duration}",
            )
        )
    if revision.reason:
        console.print(Text(f"  no budget under it: {revision.reason}", "dim"))


def _told(change: RevisedValue) -> str:
    if change.before is None:
        return f"{change.key}: {change.after} added"
    if change.after is None:
        return f"{change.key}: {change.before} removed"
    return f"{change.key}: {change.before} → {change.after}"
