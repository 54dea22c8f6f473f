"""The page of alerts: what holds now and how fast it burned as it fired, and what held before."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.responses import HTMLResponse

from leadline.core.alert_tiers import AlertAction, Severity
from leadline.domains.alerting.model import Alerts, ListAlerts
from leadline.interfaces.web import words
from leadline.interfaces.web.visit import Visit
from leadline.ports.episodes import Ending

MOST_FIRING, MOST_OVER = 1000, 100
SEVERITIES: Mapping[Severity, tuple[str, str]] = {
    Severity.PAGE: ("critical", "Page"),
    Severity.TICKET: ("warning", "Ticket"),
    Severity.NOTIFY: ("plain", "Note"),
}
"""Severity → badge and word; it is never told by its colour alone."""
ENDINGS: Mapping[Ending, tuple[str, str]] = {
    Ending.RECOVERED: ("healthy", "Recovered"),
    Ending.LOST: ("unknown", "Cannot tell"),
    Ending.SUSPENDED: ("plain", "Suspended"),
    Ending.WITHDRAWN: ("plain", "Withdrawn"),
}
"""How it ended → badge and word; only what was seen to recover looks so."""
ACTIONS: Mapping[AlertAction, str] = {AlertAction.NONE: "–", AlertAction.ROLLBACK: "Rollback"}


def show(visit: Visit) -> HTMLResponse:
    """Of all services, or of the one that the address names."""
    service = visit.asked.service or None
    firing: Alerts = visit.read("alerts.list", ListAlerts(service=service, firing=True, most=MOST_FIRING))
    newest: Alerts = visit.read("alerts.list", ListAlerts(service=service, most=MOST_OVER))
    return visit.page(
        "alerts",
        "Alerts",
        firing=sorted(firing.alerts, key=lambda each: list(SEVERITIES).index(each.severity)),
        over=[each for each in newest.alerts if each.ending is not None],
        severities=SEVERITIES,
        endings=ENDINGS,
        actions=ACTIONS,
        services=list(visit.board.handbook.services.values()),
        total=sum(firing.firing.values()),
        most=MOST_OVER,
        lede=_lede(firing.firing),
    )


def _lede(firing: Mapping[Severity, int]) -> str:
    """The one sentence that says whether anything holds; no alert is not to say that all is well."""
    parts = [words.counted(firing[each], word.lower()) for each, (_, word) in SEVERITIES.items() if firing[each]]
    return f"Firing now: {', '.join(parts)}." if parts else "No alert is firing."
