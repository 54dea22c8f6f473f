"""`leadline slo show`: one SLO on a terminal, with the way its budget went."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadline.domains.budgets.model import (
    BurnDownPoint,
    CompositeFigures,
    GroupStatus,
    Outlook,
    SloDetail,
    SloStatus,
)
from leadline.interfaces.cli import figures
from leadline.interfaces.cli.commitments import print_commitments
from leadline.interfaces.cli.frame import as_text
from leadline.interfaces.cli.status import level

CHART_ROWS = 8
GROUPS_SHOWN = 20
"""Groups with the least budget left; there may be a thousand."""
_EIGHTHS = " ▁▂▃▄▅▆▇█"


def print_slo(slo: SloDetail, console: Console) -> None:
    """Answer, chart, burn rates, groups, definition: in the order in which they are asked."""
    console.print(
        Text.assemble((slo.display_name or slo.name, "bold"), f"  {slo.service}", ("  " + as_text(slo.at), "dim"))
    )
    if slo.description:
        console.print(Text(slo.description, "dim"))
    for objective in slo.objectives:
        console.print()
        _print_objective(objective, slo.burn_down[objective.slo], slo.outlook.get(objective.slo), console)
    print_commitments(slo, console)
    console.print()
    _print_definition(slo, console)


def _print_objective(
    slo: SloStatus, points: Sequence[BurnDownPoint], outlook: Outlook | None, console: Console
) -> None:
    budget = slo.budget
    console.print(
        Text.assemble(
            level(slo),
            f"  {figures.share(budget.remaining)} of the budget left",
            f"  SLI {figures.ratio(slo.sli)} against {figures.target(slo.objective)} over {slo.window.duration}",
        )
    )
    if slo.window.hours is not None:
        console.print(Text(f"counts business hours alone: {slo.window.hours}", "dim"))
    if slo.reason:
        console.print(Text(slo.reason, "magenta" if slo.level == "unknown" else "dim"))
    if slo.is_simulated:
        console.print(Text("its slices are simulated", "dim"))
    if slo.composite is not None:
        _print_composite(slo, slo.composite, console)
    else:
        _print_counts(slo, console)
    console.print()
    for line in chart(points, console.width):
        console.print(line)
    console.print()
    console.print(_burns(slo))
    if outlook is not None:
        for told in _outlook(outlook):
            console.print(told, highlight=False)
    if slo.groups:
        console.print(_groups(slo))


def _print_counts(slo: SloStatus, console: Console) -> None:
    budget = slo.budget
    console.print(
        f"{figures.count(slo.bad)} bad of {figures.count(slo.total)}, {figures.count(budget.allowed_bad)} allowed; "
        f"coverage {figures.coverage(slo.coverage)}",
        highlight=False,
    )
    if slo.raw is not None:
        console.print(
            f"as measured, before corrections: {figures.count(slo.raw.bad)} bad of {figures.count(slo.raw.total)}, "
            f"{figures.share(slo.raw.budget.remaining)} left",
            highlight=False,
        )


def _print_composite(slo: SloStatus, composite: CompositeFigures, console: Console) -> None:
    """Components with what each brings in."""
    if slo.raw is not None:
        text = f"as measured, before corrections: {figures.share(slo.raw.budget.remaining)} left"
        console.print(text, highlight=False)
    console.print(Text(f"{composite.kind} composite, a missing component is {composite.on_missing}", "dim"))
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    for heading in ("component", "weight", "level", "SLI", "budget left", "coverage"):
        table.add_column(heading)
    for part in composite.components:
        table.add_row(
            part.slo,
            figures.count(part.weight),
            Text(f"{figures.LEVEL_SIGNS[part.level]} {part.level}", figures.LEVEL_STYLES[part.level]),
            figures.ratio(None if part.error is None else 1 - part.error),
            figures.share(part.remaining),
            figures.coverage(part.coverage),
        )
    console.print(table)


def chart(points: Sequence[BurnDownPoint], width: int) -> list[Text]:
    """
    The budget left over the window, as columns from the empty budget up; overspending hangs below it.

    `·` stands for time in which nothing was seen.
    """
    known = [point.remaining for point in points if point.remaining is not None]
    if not known:
        return [Text("no burn-down: the budget has no value", "dim")]
    points = points[-max(10, width - 12) :]
    height = 1 / CHART_ROWS
    while -min(0.0, *known) / height > CHART_ROWS / 2:
        height *= 2
    below = math.ceil(-min(0.0, *known) / height)
    lines = []
    for row in range(round(1 / height) or 1, -below, -1):
        line = Text(f"{min(1.0, row * height) * 100:>7,.0f} % ", "dim")
        for point in points:
            line.append(_cell(point, row, height), _style(point))
        lines.append(line)
    first, last = f"{points[0].at:%d %b %H:%M}", f"{points[-1].at:%d %b %H:%M}"
    lines.append(Text(" " * 10 + first + " " * max(1, len(points) - len(first) - len(last)) + last, "dim"))
    return lines


def _cell(point: BurnDownPoint, row: int, height: float) -> str:
    """The part of a column between (row - 1) and row times the height."""
    if point.remaining is None or not point.seen:
        return "·"
    if row > 0:
        return _EIGHTHS[max(0, min(8, math.floor((point.remaining / height - row + 1) * 8)))]
    return "▀" if row >= point.remaining / height > row - 0.5 else "█" if point.remaining / height < row else " "


def _style(point: BurnDownPoint) -> str:
    if point.remaining is None or not point.seen:
        return "magenta"
    if point.remaining <= 0.05:
        return "red"
    return "yellow" if point.remaining <= 0.5 else "green"


def _burns(slo: SloStatus) -> Text:
    text = Text("burn rate", "dim")
    for window in slo.burn_windows:
        text.append(f"  {window} ", "dim").append(figures.rate(slo.burn.get(window)))
    return text


def _outlook(outlook: Outlook) -> list[Text]:
    """What comes back, and when; nothing where no bad event is in the window."""
    if not outlook.ageing:
        return []
    most = max(outlook.ageing, key=lambda day: day.bad)
    ages_out = Text("ages out", "dim").append(
        f"  {figures.count(outlook.ages_out_next_day)} bad in 24h; most, {figures.count(most.bad)}, "
        f"in the day to {as_text(most.end)}",
        "not dim",
    )
    told = [ages_out]
    if outlook.recovers_at is not None:
        back = Text(f"recovers at {as_text(outlook.recovers_at)}", "bold")
        told.append(back.append("  if nothing further fails and traffic stays as expected", "not bold dim"))
    return told


def _groups(slo: SloStatus) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    for heading in ("group", "level", "SLI", "budget left", "bad of total"):
        table.add_column(heading)
    worst_first = sorted(slo.groups, key=_left)
    for group in worst_first[:GROUPS_SHOWN]:
        table.add_row(
            ", ".join(f"{name}={value}" for name, value in group.labels.items()),
            Text(f"{figures.LEVEL_SIGNS[group.level]} {group.level}", figures.LEVEL_STYLES[group.level]),
            figures.ratio(group.sli),
            figures.share(group.budget.remaining),
            f"{figures.count(group.bad)} of {figures.count(group.total)}",
        )
    if len(worst_first) > GROUPS_SHOWN:
        table.add_row(Text(f"and {len(worst_first) - GROUPS_SHOWN} more, see --json", "dim"))
    return table


def _left(group: GroupStatus) -> float:
    """What is left of a group's budget; one without a number stands first, for nobody knows."""
    return -math.inf if group.budget.remaining is None else group.budget.remaining


def _print_definition(slo: SloDetail, console: Console) -> None:
    measured = f", SLI {slo.sli} from {slo.source}, budgeted by {slo.budgeting}" if slo.source else ""
    console.print(Text(f"defined in {slo.place}{measured}", "dim"))
    for role, query in slo.queries.items():
        console.print(Text(f"  {role}: {query}", "dim"), soft_wrap=True)
    if slo.collected_until is not None:
        console.print(Text(f"collected until {as_text(slo.collected_until)}", "dim"))
    if slo.inconsistent_slices:
        console.print(
            Text(f"in {slo.inconsistent_slices} slices the source said bad > total; they were clamped", "magenta")
        )
