"""Corrections and commitments to others, as `leadline slo show` prints them."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from leadline.domains.budgets.model import AppliedCorrection, CommitmentStatus, SloDetail
from leadline.interfaces.cli import figures

SHOWN = 10
_STYLES = {"kept": "green", "broken": "bold red", "unknown": "magenta"}


def print_commitments(slo: SloDetail, console: Console) -> None:
    """Which intervals were corrected, why and by whom; and what became of what is committed to others."""
    newest = slo.corrections[-SHOWN:]
    if newest:
        console.print()
    if len(newest) < len(slo.corrections):
        console.print(Text(f"{len(slo.corrections) - SHOWN} earlier corrections, see --json", "dim"))
    for each in newest:
        console.print(_correction(each), highlight=False)
    if slo.agreements:
        console.print()
    for commitment in slo.agreements:
        _print_commitment(commitment, console)


def _correction(each: AppliedCorrection) -> str:
    late = "" if each.is_announced_in_time else ", announced late: agreements count it as measured"
    return (
        f"correction {each.name}: {each.mode} from {each.start:%Y-%m-%d %H:%M} to {each.end:%Y-%m-%d %H:%M} UTC, "
        f"for {', '.join(each.applies_to)}{late}; {each.reason} (approved by {each.approver})"
    )


def _print_commitment(each: CommitmentStatus, console: Console) -> None:
    wanted = "" if each.target is None else f" against {figures.target(each.target)}"
    console.print(
        Text.assemble(
            f"agreement {each.agreement}, {each.commitment}: ",
            (each.state, _STYLES[each.state]),
            f"  SLI {figures.ratio(each.sli)}{wanted} for {each.party}; "
            f"{figures.count(each.bad)} bad of {figures.count(each.total)}",
        )
    )
    if each.reason:
        console.print(Text(f"  {each.reason}", "dim"))
    for name in each.late:
        console.print(Text(f"  {name} was announced too late and does not count here", "dim"))
