"""Operations of generated files, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Permission, Where

_HERE = "leadline.domains.prometheus"
OPERATIONS = (
    Operation(
        "rules.generate", "Write Prometheus rules, their unit tests and the routing of their alerts.",
        f"{_HERE}.model:GenerateRules", f"{_HERE}.model:Generated", f"{_HERE}.service:generate_rules",
        Permission.VIEWER, Where.LOCAL,
    ),
    Operation(
        "dashboards.generate", "Write the dashboards of budgets, latency and incidents for Grafana.",
        f"{_HERE}.model:GenerateDashboards", f"{_HERE}.model:DashboardsGenerated",
        f"{_HERE}.service:generate_dashboards", Permission.VIEWER, Where.LOCAL,
    ),
)  # fmt: skip
