"""`leadline backtest`: what it asks and what it prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import typer
from rich.table import Table

from leadline.domains.backtests.model import Backtest, BacktestRun, RunBacktest
from leadline.interfaces.cli.frame import CANNOT_TELL, OK, answer_console, as_text, asked, complain

_CELLS = 56
_SHOWN = 12


def parts(typed: Sequence[str] | None) -> tuple[str, ...]:
    """What was typed by commas, several times or both."""
    return tuple(part.strip() for text in typed or () for part in text.split(",") if part.strip())


def backtest(run: Callable[[str, Any], Any], wanted: Mapping[str, object], *, as_json: bool) -> int:
    """Ask, print, and tell the exit code."""
    found: Backtest = run("backtest.run", asked(RunBacktest, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        _print(found)
    for name in found.without_history:
        complain(f"{name}: no slice is known")
    return OK if found.runs else CANNOT_TELL


def _print(found: Backtest) -> None:
    if not found.runs:
        return
    console = answer_console()
    console.print(f"{as_text(found.start)} to {as_text(found.end)}", highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("SLO", "strategy"):
        table.add_column(name)
    for name in ("objective", "attained", "spent", "pages", "a month", "tickets", "precision", "recall", "P50", "P90"):
        table.add_column(name, justify="right")
    for run in found.runs:
        table.add_row(*_cells(run))
    console.print(table)
    for run in found.runs:
        _print_episodes(run, found, console)


def _cells(run: BacktestRun) -> list[str]:
    return [
        run.slo,
        run.strategy,
        f"{100 * run.objective:.6g} %",
        "—" if run.attained is None else f"{100 * run.attained:.4f} %",
        _percent(run.budget_spent),
        str(run.pages),
        f"{run.pages_per_month:.1f}",
        str(run.tickets),
        _percent(run.precision),
        _percent(run.recall),
        _length(run.detection_p50_seconds),
        _length(run.detection_p90_seconds),
    ]


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:.1f} %"


def _length(seconds: float | None) -> str:
    return "—" if seconds is None else f"{seconds / 60:.0f} min"


def _print_episodes(run: BacktestRun, found: Backtest, console: Any) -> None:
    console.print(f"\n{run.slo}, {run.strategy}, {100 * run.objective:.6g} %", highlight=False)
    for why in run.left_out:
        console.print(f"  left out: {why}", highlight=False)
    if run.never_detected:
        console.print(f"  {run.never_detected} of {run.incidents} incidents met no page", highlight=False)
    if run.known < 1:
        console.print(f"  {100 * run.known:.1f} % of the time could be told", highlight=False)
    if not run.episodes:
        console.print("  no alert", highlight=False)
        return
    console.print(f"  pages {_line(run, found, 'page')}", highlight=False)
    for each in run.episodes[:_SHOWN]:
        end = "open" if each.end is None else f"{(each.end - each.start) / timedelta(minutes=1):.0f} min"
        burn = "" if each.burn is None else f", burn {each.burn:.1f}"
        spent = "" if each.budget_spent is None else f", {100 * each.budget_spent:.1f} % of the budget spent"
        met = "" if each.incident is None else f", incident {each.incident}"
        text = f"  {as_text(each.start)}  {each.severity} {each.tier}: {end}{burn}{spent}{met}"
        console.print(text, highlight=False)
    count = len(run.episodes) - _SHOWN
    if count > 0:
        console.print(f"  and {count} more; --json tells all", highlight=False)


def _line(run: BacktestRun, found: Backtest, severity: str) -> str:
    """When alerts were open, from left to right."""
    cells = ["·"] * _CELLS
    length = (found.end - found.start) / _CELLS
    for each in run.episodes:
        if each.severity == severity:
            first = _cell(each.start, found, length)
            last = _cell(each.end or found.end, found, length)
            cells[first : last + 1] = ["█"] * (last + 1 - first)
    return "".join(cells)


def _cell(at: datetime, found: Backtest, length: timedelta) -> int:
    return min(int((at - found.start) / length), _CELLS - 1)
