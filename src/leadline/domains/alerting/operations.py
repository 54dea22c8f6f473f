"""Operations of alerting, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Pages, Permission, Where

_HERE = "leadline.domains.alerting"
OPERATIONS = (
    Operation(
        "alerts.list", "List the newest alerts, and how many hold now.",
        f"{_HERE}.model:ListAlerts", f"{_HERE}.model:Alerts", f"{_HERE}.showing:list_alerts",
        Permission.VIEWER, Where.SERVER, route="GET /alerts", pages=Pages("alerts", ("id",)), is_live=True,
    ),
    Operation(
        "alerts.show", "Show one alert: its windows as it fired, and how it ended.",
        f"{_HERE}.model:ShowAlert", f"{_HERE}.model:AlertShown", f"{_HERE}.showing:show_alert",
        Permission.VIEWER, Where.SERVER, route="GET /alerts/{id}", is_live=True,
    ),
    Operation(
        "alerts.design", "Work out what the alerts of a strategy would say of an objective.",
        f"{_HERE}.design_model:DesignAlerts", f"{_HERE}.design_model:Design", f"{_HERE}.designing:design_alerts",
        Permission.VIEWER, Where.SERVER, route="GET /strategies/{strategy}/design",
    ),
)  # fmt: skip
