"""`leadline slo levels`: the levels of one SLO on a terminal, newest first."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from leadline.domains.budgets.levels import ObjectiveLevels, SloLevels
from leadline.interfaces.cli import figures
from leadline.interfaces.cli.frame import as_text


def print_levels(levels: SloLevels, console: Console) -> None:
    """How each objective stands, since when, and what was before."""
    for objective in levels.objectives:
        _print_objective(objective, console)


def _print_objective(objective: ObjectiveLevels, console: Console) -> None:
    line = Text(objective.slo, "bold")
    if objective.level is None or objective.since is None:
        console.print(line.append(f"  {objective.reason}", "not bold dim"))
        return
    since = "at least since" if objective.is_at_least_since else "since"
    line.append("  ").append_text(_level(objective.level)).append(f"  {since} {as_text(objective.since)}", "not bold")
    console.print(line)
    for step in objective.changes:
        told = Text(f"  {as_text(step.at)}  ", "dim")
        if step.before is not None:
            told.append_text(_level(step.before)).append(" → ", "dim")
        told.append_text(_level(step.after))
        console.print(told.append(f"  {step.reason}" if step.reason else "", "dim"))


def _level(level: str) -> Text:
    return Text(f"{figures.LEVEL_SIGNS[level]} {level}", figures.LEVEL_STYLES[level])
