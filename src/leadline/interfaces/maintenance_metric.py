"""The metric of maintenance: one name, meaning and labels for `/metrics` and for `leadline correct list --metrics`."""

from __future__ import annotations

from leadline.domains.corrections.model import Maintenance

NAME = "leadline_maintenance_active"
MEANING = "Whether maintenance of this objective holds (1) or is to come (0)."
LABELS = ("slo", "service", "correction")


def rows(maintenance: Maintenance) -> list[tuple[tuple[str, str, str], bool]]:
    """Values of the labels, and of the metric, for each sample."""
    return [((each.slo, each.service, each.correction), each.is_active) for each in maintenance.samples]
