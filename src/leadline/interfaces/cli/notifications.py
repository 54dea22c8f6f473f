"""`leadline notify list`, `targets`, `test` and `retry`: what they ask and what they print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from leadline.domains.notifications.model import (
    Deliveries,
    DeliveryShown,
    ListDeliveries,
    ListTargets,
    Retried,
    RetryDelivery,
    Targets,
    TargetShown,
    Tested,
    TestTarget,
)
from leadline.interfaces.cli.frame import answer_console, as_text, asked, complain

Run = Callable[[str, Any], Any]


def show(run: Run, *, full: bool, as_json: bool, **wanted: object) -> None:
    found: Deliveries = run("notifications.list", asked(ListDeliveries, **wanted))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    if not found.deliveries:
        typer.echo("no delivery")
        return
    table = _table("", "of", "to", "state", "attempts", "what", "came to")
    for each in found.deliveries:
        table.add_row(*(Text(cell) for cell in _row(each)))
        for line in each.record if full else ():
            table.add_row("", as_text(line.at), "", line.outcome, "", "", line.detail, style="dim")
    answer_console().print(table)


def _row(each: DeliveryShown) -> tuple[str, ...]:
    waits = f" (again {as_text(each.next_at)})" if each.next_at and each.state.value == "waiting" else ""
    return (
        str(each.id), as_text(each.at), each.target, each.state.value, str(each.attempts), each.title,
        f"{each.why}{waits}",
    )  # fmt: skip


def targets(run: Run, *, as_json: bool) -> None:
    found: Targets = run("notifications.targets", ListTargets())
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    if not found.targets:
        typer.echo("nobody is told: the handbook has no NotificationTarget")
        return
    table = _table("target", "type", "routes", "delivered", "waiting", "dead", "")
    for each in found.targets:
        counts = (str(count) for count in (each.delivered, each.waiting, each.dead))
        table.add_row(
            *(Text(cell) for cell in (each.target, each.type, ", ".join(each.routes), *counts, _standing(each)))
        )
    answer_console().print(table)
    if found.unplanned:
        complain(f"{found.unplanned} notices have not been looked at yet; a running server does")


def _standing(each: TargetShown) -> str:
    if each.why:
        return each.why
    if each.oldest_waiting_since is None:
        return "ready"
    return f"waits since {as_text(each.oldest_waiting_since)}{f': {each.waits_for}' if each.waits_for else ''}"


def test(run: Run, *, as_json: bool, **wanted: object) -> None:
    done: Tested = run("notifications.test", asked(TestTarget, **wanted))
    typer.echo(done.model_dump_json(indent=2) if as_json else f"{done.target} was told: {done.detail}")


def retry(run: Run, *, as_json: bool, **wanted: object) -> None:
    done: Retried = run("notifications.retry", asked(RetryDelivery, **wanted))
    typer.echo(done.model_dump_json(indent=2) if as_json else f"delivery {done.id} will be sent again")


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading)
    return table
