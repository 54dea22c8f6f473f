"""`leadline status`: the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadline.domains.budgets.model import SloStatus, Status
from leadline.interfaces.cli import figures
from leadline.interfaces.cli.frame import BROKEN, CANNOT_TELL, OK, as_text

_WORST_FIRST = ("depleted", "critical", "warning", "unknown", "healthy")


def exit_code(status: Status) -> int:
    """1 when a budget is depleted, else 3 when one is unknown."""
    levels = {slo.level for slo in status.slos}
    return BROKEN if "depleted" in levels else CANNOT_TELL if "unknown" in levels else OK


def print_status(status: Status, console: Console) -> None:
    """The answer first, then a row for each objective, by service, in the order of the handbook."""
    console.print(_headline(status), highlight=False)
    services: dict[str, list[SloStatus]] = {}
    for slo in status.slos:
        services.setdefault(slo.service, []).append(slo)
    if not services:
        return
    columns = _columns(console.width)
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("")
    for column in columns:
        table.add_column(column.heading, justify=column.justify, no_wrap=True)
    for service, slos in services.items():
        table.add_row(Text(service, "bold"))
        for slo in slos:
            table.add_row(f"  {slo.slo}", *(column.cell(slo) for column in columns))
    console.print(table)
    for hours in dict.fromkeys(slo.window.hours for slo in status.slos if slo.window.hours is not None):
        names = ", ".join(slo.slo for slo in status.slos if slo.window.hours == hours)
        console.print(Text(f"business hours alone ({hours}): {names}", "dim"), highlight=False)
    if simulated := sum(slo.is_simulated for slo in status.slos):
        of = "every objective" if simulated == len(status.slos) else figures.counted(simulated, "objective")
        console.print(Text(f"slices of {of} are simulated", "dim"), highlight=False)
    for slo in status.slos:
        if told := slo.short_reason:
            sign = Text(f"{figures.LEVEL_SIGNS[slo.level]} {slo.slo}", figures.LEVEL_STYLES[slo.level])
            console.print(sign.append(f"  {told}", "not bold default on default"), highlight=False)


def _headline(status: Status) -> Text:
    counts = Counter(slo.level for slo in status.slos)
    text = Text()
    for level in _WORST_FIRST:
        if counts[level]:
            text.append(f"{figures.LEVEL_SIGNS[level]} {counts[level]} {level}", figures.LEVEL_STYLES[level])
            text.append("  ")
    if not status.slos:
        text.append("no objective  ")
    return text.append(f"as of {as_text(status.at)}", "dim")


def level(slo: SloStatus) -> Text:
    return Text(f"{figures.LEVEL_SIGNS[slo.level]} {slo.level}", figures.LEVEL_STYLES[slo.level])


def _bar(slo: SloStatus) -> Text:
    style = figures.LEVEL_STYLES[slo.level].replace("bold white on ", "")
    return Text(figures.bar(slo.budget.remaining), style)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the table, and the narrowest terminal that shows it."""

    heading: str
    justify: Literal["left", "right"]
    cell: Callable[[SloStatus], Text | str]
    least_width: int = 0


_COLUMNS = (
    _Column("level", "left", level),
    _Column("SLI", "right", lambda slo: figures.ratio(slo.sli)),
    _Column("objective", "right", lambda slo: figures.target(slo.objective)),
    _Column("", "left", _bar, 100),
    _Column("left", "right", lambda slo: figures.share(slo.budget.remaining)),
    _Column("burn 1h", "right", lambda slo: figures.rate(slo.burn.get("1h"))),
    _Column("long burn", "right", lambda slo: figures.rate_over(slo.burn_windows[-1], slo.burn), 92),
    _Column("bad", "right", lambda slo: figures.share_of(slo.bad, slo.total), 130),
    _Column("coverage", "right", lambda slo: figures.coverage(slo.coverage), 110),
)


def _columns(width: int) -> list[_Column]:
    return [column for column in _COLUMNS if width >= column.least_width]
