"""The commands `leadline notify …`: who is told, and what became of it."""

from __future__ import annotations

from typing import Annotated

import typer

from leadline.interfaces.cli.frame import use_cases
from leadline.interfaces.cli.options import PLAIN, Place, at_a_place

notify_app = typer.Typer(help="Notifications: who is told, and what became of it.", **PLAIN)  # type: ignore[arg-type] # one dict for all apps


@notify_app.command("list")
@at_a_place
def notify_list(
    place: Place,
    state: Annotated[
        str | None, typer.Option("--state", help="waiting, sending, delivered, dead or simulated.")
    ] = None,
    target: Annotated[str, typer.Option("--target", help="Only those to this target.")] = "",
    most: Annotated[int, typer.Option("--most", min=1, max=1000, help="How many.")] = 100,
    full: Annotated[bool, typer.Option("--full", help="Print every attempt.")] = False,
) -> None:
    """List the newest deliveries, and what became of their attempts."""
    from leadline.interfaces.cli import notifications

    with use_cases(place) as run:
        notifications.show(run, state=state, target=target, most=most, full=full, as_json=place.as_json)


@notify_app.command("targets")
@at_a_place
def notify_targets(place: Place) -> None:
    """List who is told, whether they can be, and how many messages wait."""
    from leadline.interfaces.cli import notifications

    with use_cases(place) as run:
        notifications.targets(run, as_json=place.as_json)


@notify_app.command("test")
@at_a_place
def notify_test(place: Place, target: Annotated[str, typer.Argument(help="Name of the NotificationTarget.")]) -> None:
    """Send a test message to one target, now. Exits 3 when it does not get there, 4 without such a target."""
    from leadline.interfaces.cli import notifications

    with use_cases(place) as run:
        notifications.test(run, target=target, as_json=place.as_json)


@notify_app.command("retry")
@at_a_place
def notify_retry(
    place: Place,
    id: Annotated[int, typer.Argument(metavar="ID", min=1, help="Number of the delivery, as `notify list` tells it.")],  # noqa: A002 - the operation's word
) -> None:
    """Send a dead delivery again: the leading server does, within seconds. Exits 4 when it is not dead."""
    from leadline.interfaces.cli import notifications

    with use_cases(place) as run:
        notifications.retry(run, id=id, as_json=place.as_json)
