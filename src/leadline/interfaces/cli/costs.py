"""`leadline cost`: a table with bars, or the forms that other programs read."""

from __future__ import annotations

import os
from datetime import datetime

import typer
from rich.table import Table

from leadline.app import load_handbook
from leadline.domains.checking.cost_model import Cost, Reading, ShowCost
from leadline.domains.checking.costing import MOST_SAMPLES, cost_findings
from leadline.interfaces.cli.figures import counted
from leadline.interfaces.cli.findings import JSON, TEXT, as_exported, check_format
from leadline.interfaces.cli.frame import CANNOT_TELL, OK, answer_console, asked, complain, server_of, working
from leadline.interfaces.cli.options import Place
from leadline.settings import Settings

_CELLS = 20
_EIGHTHS = "▏▎▍▌▋▊▉█"
_SHOWN = 30


def cost(
    place: Place, *, live: bool, at: datetime | None, service: str | None, slos: tuple[str, ...], form: str,
    series: int, scrape: int,
) -> int:  # fmt: skip
    """Ask, print, and tell the exit code."""
    form = check_format(form, as_json=place.as_json)
    request = asked(ShowCost, live=live, at=at, service=service, slos=slos, series=series, scrape=scrape)
    with working(place) as run:
        found: Cost = run("handbook.cost", request)
    if form == JSON:
        typer.echo(found.model_dump_json(indent=2))
    elif form == TEXT:
        _print(found)
    else:
        typer.echo(as_exported(cost_findings(found, _places(place)), form))
    return CANNOT_TELL if found.unanswered else OK


def _places(place: Place) -> dict[str, tuple[str, int]]:
    """Where objectives stand; a server's handbook has no file here."""
    loaded = None if server_of(place) else load_handbook(Settings.of(os.environ, handbook=place.handbook))
    if loaded is None or loaded.handbook is None:
        return {}
    return {name: (slo.place.file, slo.place.line) for name, slo in loaded.handbook.slos.items()}


def _print(found: Cost) -> None:
    console = answer_console()
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("samples a minute", no_wrap=True)
    table.add_column("series", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for heading in ("windows over series", "recorded counts", "Leadline"):
        table.add_column(heading, justify="right", no_wrap=True)
    most = max((each.per_minute.raw for each in found.slos), default=0.0)
    for each in found.slos[:_SHOWN]:
        mark = "~" if each.is_assumed else ""
        bar = _bar(each.per_minute.raw / most if most else 0.0)
        table.add_row(f"{each.service}  {each.slo}", f"{mark}{each.series:,}", bar, *_figures(each.per_minute))
    table.add_section()
    for of in found.services:
        table.add_row(f"{of.service}: {counted(of.objectives, 'objective')}", "", "", *_figures(of.per_minute))
    console.print(table)
    if len(found.slos) > _SHOWN:
        console.print(f"and {counted(len(found.slos) - _SHOWN, 'objective')} more; --json tells all", style="dim")
    console.print(
        f"all: {' / '.join(_figures(found.per_minute))} samples a minute, "
        f"about {found.cores.raw:.3g} / {found.cores.recorded:.3g} / {found.cores.leadline:.3g} cores",
        highlight=False,
    )
    for each in found.slos:
        if max(each.windows.values()) > MOST_SAMPLES:
            console.print(f"{each.slo}: {each.advice}", highlight=False)
    for source in found.unanswered:
        complain(f"cannot tell: {source.source} did not answer: {source.why}")
    if not found.is_live and found.slos:
        complain("series and scrape interval are assumed (~); --live asks the sources")


def _figures(reading: Reading) -> tuple[str, str, str]:
    return tuple(f"{each:,.0f}" for each in (reading.raw, reading.recorded, reading.leadline))  # type: ignore[return-value] # of three


def _bar(share: float) -> str:
    """
    A bar of at most twenty cells, to an eighth of a cell.

    >>> _bar(0.5)
    '██████████'
    """
    eighths = max(round(share * _CELLS * 8), 1)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest - 1] if rest else "")
