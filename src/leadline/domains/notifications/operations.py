"""Operations of notifications, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Pages, Permission, Where

_HERE = "leadline.domains.notifications"
OPERATIONS = (
    Operation(
        "notifications.list", "List deliveries and what became of them.",
        f"{_HERE}.model:ListDeliveries", f"{_HERE}.model:Deliveries", f"{_HERE}.service:list_deliveries",
        Permission.VIEWER, Where.SERVER, route="GET /notifications", pages=Pages("deliveries", ("id",)), is_live=True,
    ),
    Operation(
        "notifications.targets", "List who is told, and how it stands with them.",
        f"{_HERE}.model:ListTargets", f"{_HERE}.model:Targets", f"{_HERE}.service:list_targets",
        Permission.VIEWER, Where.SERVER, route="GET /notifications/targets", pages=Pages("targets", ("target",)),
        is_live=True,
    ),
    Operation(
        "notifications.test", "Send a test message to one target.",
        f"{_HERE}.model:TestTarget", f"{_HERE}.model:Tested", f"{_HERE}.service:test_target",
        Permission.RESPONDER, Where.SERVER, route="POST /notifications/test", is_read_only=False,
    ),
    Operation(
        "notifications.retry", "Send a dead delivery again.",
        f"{_HERE}.model:RetryDelivery", f"{_HERE}.model:Retried", f"{_HERE}.service:retry_delivery",
        Permission.RESPONDER, Where.SERVER, route="POST /notifications/{id}/retry", is_read_only=False,
    ),
)  # fmt: skip
