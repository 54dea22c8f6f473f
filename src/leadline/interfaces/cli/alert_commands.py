"""The commands `leadline alerts …`."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.interfaces.cli.frame import use_cases
from leadline.interfaces.cli.options import PLAIN, Place, at_a_place

alerts_app = typer.Typer(help="Alerts of burning budgets.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps


@alerts_app.callback()
def alerts() -> None:
    """Alerts of burning budgets."""


@alerts_app.command("design")
@at_a_place
def design(
    place: Place,
    objective: Annotated[str, typer.Option("--objective", help="Per cent of good events.")] = "99.9",
    window: Annotated[str, typer.Option("--window", help="Window of the budget.")] = "28d",
    strategy: Annotated[str, typer.Option("--strategy", help="AlertStrategy, shipped or yours.")] = "workbook",
    service_tier: Annotated[int | None, typer.Option("--tier", help="Tier of the service.")] = None,
) -> None:
    """Work out what alerts would say of an objective. Exits 2 for one that can never fire."""
    from leadline.domains.alerting.design_model import DesignAlerts
    from leadline.interfaces.cli import designs

    with use_cases(place, needs_handbook=False) as run:
        asked = DesignAlerts(objective=objective, window=window, strategy=strategy, service_tier=service_tier)
        designs.print_design(run("alerts.design", asked), as_json=place.as_json)


@alerts_app.command("list")
@at_a_place
def list_alerts(
    place: Place,
    firing: Annotated[bool, typer.Option("--firing", help="Only those that hold now.")] = False,
    service: Annotated[str | None, typer.Option("--service", help="Only those of this service.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=1000, help="How many.")] = 100,
) -> None:
    """List alerts, those that began last first. Exits 4 without such a service."""
    from leadline.interfaces.cli import alerts as printing

    with use_cases(place) as run:
        printing.show_all(run, firing=firing, service=service, most=most, as_json=place.as_json)


@alerts_app.command("show")
@at_a_place
def show_alert(
    place: Place,
    id: Annotated[int, typer.Argument(metavar="ID", min=1, help="Number of the alert, as `alerts list` tells it.")],  # noqa: A002 - the operation's word
) -> None:
    """Show one alert: its windows as it fired, and how it ended. Exits 4 without such an alert."""
    from leadline.interfaces.cli import alerts as printing

    with use_cases(place) as run:
        printing.show(run, id=id, as_json=place.as_json)
