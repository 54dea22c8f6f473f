"""`leadline alerts list` and `show`: what they ask and what they print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from leadline.domains.alerting.model import Alerts, AlertShown, AlertWindow, ListAlerts, ShowAlert
from leadline.interfaces.cli.frame import answer_console, as_text, asked

Run = Callable[[str, Any], Any]


def show_all(run: Run, *, as_json: bool, **wanted: object) -> None:
    found: Alerts = run("alerts.list", asked(ListAlerts, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    firing = ", ".join(f"{count} {severity.value}" for severity, count in found.firing.items() if count)
    typer.echo(f"firing: {firing or (f'cannot tell: {found.reason}' if found.reason else 'none')}")
    if not found.alerts:
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in ("", "since", "service", "of", "tier", "severity", "state", ""):
        table.add_column(heading)
    for each in found.alerts:
        cells = (str(each.id), as_text(each.fired_at or each.began_at), each.service, each.subject, each.tier)
        table.add_row(*(Text(cell) for cell in (*cells, each.severity.value, _state(each), _said(each))))
    answer_console().print(table)


def show(run: Run, *, as_json: bool, **wanted: object) -> None:
    each: AlertShown = run("alerts.show", asked(ShowAlert, **wanted))
    if as_json:
        typer.echo(each.model_dump_json(indent=2))
        return
    does = "" if each.action.value == "none" else f", asks for a {each.action.value}"
    typer.echo(f"alert {each.id} of {each.service}: {each.subject} {each.tier} ({each.severity.value}{does})")
    typer.echo(f"{_state(each)}{f': {each.why}' if each.why else ''}")
    instants = {"began": each.began_at, "fired": each.fired_at, "told": each.told_at, "ended": each.ended_at}
    for word, at in instants.items():
        if at is not None:
            typer.echo(f"{word} {as_text(at)}")
    if each.acknowledged_at is not None:
        typer.echo(f"{each.acknowledged_by} looks after it since {as_text(each.acknowledged_at)}")
    for window in each.windows:
        bad = "" if window.bad is None or window.total is None else f", {window.bad:g} bad of {window.total:g} events"
        typer.echo(f"as it fired: {_window(window)}{bad}")
    for name, rate in each.groups.items():
        typer.echo(f"group {name}: {rate:.4g}x")


def _state(each: AlertShown) -> str:
    return each.state.value if each.ending is None else each.ending.value


def _said(each: AlertShown) -> str:
    return each.why or ", ".join(_window(window) for window in each.windows)


def _window(window: AlertWindow) -> str:
    rate = "beyond any rate" if window.rate is None else f"{window.rate:.4g}x"
    return f"{rate} over {window.window} (limit {window.limit:.4g}x)"
