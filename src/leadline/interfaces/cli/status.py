"""`leadline status`: the table."""

from __future__ import annotations

from collections import Counter

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
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("")
    for heading in ("level", "SLI", "objective", "budget left", "", "burn 1h", "burn 1d", "bad", "coverage"):
        table.add_column(heading, justify="left" if heading in ("level", "budget left") else "right", no_wrap=True)
    for service, slos in services.items():
        table.add_row(Text(service, "bold"))
        for slo in slos:
            table.add_row(*_row(slo))
            if slo.reason:
                table.add_row(Text(f"    {slo.reason}", "dim"))
    console.print(table)


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


def _row(slo: SloStatus) -> tuple[Text | str, ...]:
    left = slo.budget.remaining
    return (
        f"  {slo.slo}",
        level(slo),
        figures.ratio(slo.sli),
        figures.target(slo.objective),
        Text(figures.bar(left), figures.LEVEL_STYLES[slo.level].replace("bold white on ", "")),
        figures.share(left),
        figures.rate(slo.burn.get("1h")),
        figures.rate(slo.burn.get("1d")),
        f"{figures.count(slo.bad)} of {figures.count(slo.total)}",
        figures.coverage(slo.coverage),
    )
