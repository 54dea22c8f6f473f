"""Operations of alerting, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Permission, Where

_HERE = "leadline.domains.alerting"
OPERATIONS = (
    Operation(
        "alerts.design", "Work out what the alerts of a strategy would say of an objective.",
        f"{_HERE}.design_model:DesignAlerts", f"{_HERE}.design_model:Design", f"{_HERE}.designing:design_alerts",
        Permission.VIEWER, Where.SERVER, route="GET /strategies/{strategy}/design",
    ),
)  # fmt: skip
