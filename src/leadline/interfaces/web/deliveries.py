"""The page of notifications: who is told, whether they can be, and what became of the newest messages."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.responses import HTMLResponse

from leadline.domains.notifications.model import Deliveries, ListDeliveries, ListTargets, Targets
from leadline.interfaces.web import words
from leadline.interfaces.web.visit import Visit
from leadline.ports.outbox import DeliveryState

MOST = 100
MARKS: Mapping[DeliveryState, tuple[str, str]] = {
    DeliveryState.WAITING: ("warning", "Waits"),
    DeliveryState.SENDING: ("warning", "Under way"),
    DeliveryState.DELIVERED: ("healthy", "Delivered"),
    DeliveryState.DEAD: ("critical", "Given up"),
    DeliveryState.SIMULATED: ("unknown", "Simulated"),
}
"""State → badge and word; a state is never told by its colour alone."""


def show(visit: Visit) -> HTMLResponse:
    """Targets, and the newest deliveries, of one state where the address names one."""
    wanted = visit.request.query_params.get("state", "")
    state = DeliveryState(wanted) if wanted in tuple(DeliveryState) else None
    targets: Targets = visit.read("notifications.targets", ListTargets())
    found: Deliveries = visit.read("notifications.list", ListDeliveries(state=state, most=MOST))
    return visit.page(
        "notifications",
        "Notifications",
        targets=targets,
        found=found,
        state=state,
        marks=MARKS,
        lede=_lede(targets),
        most=MOST,
    )


def _lede(targets: Targets) -> str:
    """The one sentence that says whether people are told."""
    if not targets.targets:
        return "Nobody is told: the handbook has no NotificationTarget."
    waiting, dead = (sum(getattr(each, name) for each in targets.targets) for name in ("waiting", "dead"))
    mute = [each.display_name for each in targets.targets if not each.can_deliver]
    parts = [f"{words.counted(waiting, 'message')} on the way" if waiting else "Nothing waits"]
    if dead:
        parts.append(f"{words.counted(dead, 'message')} given up")
    if mute:
        parts.append(f"{' and '.join(mute)} cannot be told")
    return f"{', '.join(parts)}."
