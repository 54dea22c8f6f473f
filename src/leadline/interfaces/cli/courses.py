"""`leadline slo course`, `slices` and `burns` on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadline.domains.budgets.course_model import SloBurns, SloCourse, SloSlices, StretchState, TierStanding
from leadline.interfaces.cli import figures
from leadline.interfaces.cli.frame import as_text

_SAID = {
    StretchState.NO_DATA: "no data",
    StretchState.NO_TRAFFIC: "no traffic",
    StretchState.EXCLUDED: "excluded by a correction",
    StretchState.NOT_EXPECTED: "not expected",
}


def print_course(course: SloCourse, console: Console) -> None:
    """Instants down the page; instants at which nothing changed on the terminal's grain are left out."""
    for name, points in course.objectives.items():
        console.print(Text(name, "bold"))
        table = _table("at", "level", "budget left")
        before: tuple[str, str] | None = None
        for point in points:
            shown = (point.level, figures.share(point.remaining))
            if shown != before or point is points[-1]:
                table.add_row(as_text(point.at), figures.LEVEL_SIGNS[point.level] + " " + point.level, shown[1])
            before = shown
        console.print(table)


def print_slices(slices: SloSlices, console: Console) -> None:
    """Stretches down the page, or that a composite has none."""
    if not slices.objectives:
        console.print(f"{slices.name} is a composite: its slices are those of its components")
    for name, stretches in slices.objectives.items():
        console.print(Text(name, "bold"))
        table = _table("from", "burn", "bad", "total", "seen", "")
        for each in stretches:
            told = _SAID.get(each.state, "") or ("corrected" if each.corrected else "")
            seen = f"{each.seen} of {each.expected}"
            table.add_row(
                as_text(each.start),
                figures.rate(each.burn),
                figures.count(each.bad),
                figures.count(each.total),
                seen,
                told,
            )
        console.print(table)


def print_burns(burns: SloBurns, console: Console) -> None:
    """What each condition of the tier asks, and what is burned now."""
    for name, found in burns.objectives.items():
        console.print(Text(name, "bold"))
        table = _table("alert", "now", "", "what it does")
        now = found.points[-1].burn
        for condition in found.conditions:
            asked = " and ".join(f"{limit.factor:g}x over {limit.window}" for limit in condition.limits)
            rates = ", ".join(figures.rate(now[limit.window]) for limit in condition.limits)
            table.add_row(asked, rates, _standing(condition), condition.action)
        console.print(table)


def _standing(condition: TierStanding) -> str:
    if not condition.is_reachable:
        return "cannot be exceeded"
    if condition.suspended is not None:
        return f"suspended ({condition.suspended.value})"
    if condition.is_met is None:
        return "? cannot tell"
    return f"exceeded since {as_text(condition.met_since)}" if condition.met_since else "below"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(
            column, justify="right" if column in {"burn", "bad", "total", "seen", "budget left"} else "left"
        )
    return table
