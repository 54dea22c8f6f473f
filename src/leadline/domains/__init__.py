"""Domains, and the operations of all of them."""

from __future__ import annotations

from importlib import import_module

from leadline.ports.operation import Operation

OPERATIONS = (
    "leadline.domains.alerting.operations",
    "leadline.domains.budgets.operations",
    "leadline.domains.measurement.operations",
    "leadline.domains.corrections.operations",
    "leadline.domains.dialects.operations",
    "leadline.domains.notifications.operations",
    "leadline.domains.access.operations",
    "leadline.domains.releases.operations",
    "leadline.domains.rollbacks.operations",
    "leadline.domains.checking.operations",
    "leadline.domains.backtests.operations",
    "leadline.domains.prometheus.operations",
)
"""Where each domain declares its own; cheap to import, so that a command which asks a server starts fast."""


def operations() -> dict[str, Operation]:
    """Every use case, by name."""
    return {operation.name: operation for where in OPERATIONS for operation in import_module(where).OPERATIONS}
