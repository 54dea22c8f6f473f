"""
Which adapter answers for which name: sources, notifiers, files, the store, and the steps of a turn.

Adapters are named as "module:attribute" and imported when they are first needed, so that the start stays fast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import cast

from leadline.errors import Problem, SpecError
from leadline.handbook.specs import PROMETHEUS_LIKE, DataSource
from leadline.ports.operation import attribute
from leadline.ports.source import SIMULATION, Source

SOURCES: dict[str, str] = {
    **dict.fromkeys(PROMETHEUS_LIKE, "leadline.adapters.sources.prometheus:PrometheusSource"),
    "push": "leadline.adapters.sources.push:PushSource",
    "sql": "leadline.adapters.sources.sql:SqlSource",
}
"""Type of a DataSource → its class; packages from outside add theirs as entry points in `leadline.sources`."""

NOTIFIERS: dict[str, str] = {
    "alertmanager": "leadline.adapters.notifiers.alertmanager:AlertmanagerNotifier",
    "apprise": "leadline.adapters.notifiers.apprise:AppriseNotifier",
    "email": "leadline.adapters.notifiers.email:EmailNotifier",
    "pagerduty": "leadline.adapters.notifiers.pagerduty:PagerDutyNotifier",
    "slack": "leadline.adapters.notifiers.slack:SlackNotifier",
    "webhook": "leadline.adapters.notifiers.webhook:WebhookNotifier",
}
"""Type of a NotificationTarget → its class; packages from outside add theirs in `leadline.notifiers`."""

RUNNERS: dict[str, str] = {
    "argo-rollouts": "leadline.adapters.runners.programs:ArgoRolloutsRunner",
    "command": "leadline.adapters.runners.programs:CommandRunner",
    "kubectl": "leadline.adapters.runners.programs:KubectlRunner",
    "webhook": "leadline.adapters.runners.webhook:WebhookRunner",
}
"""Type of a RollbackPolicy → its class; packages from outside add theirs in `leadline.runners`."""

SIMULATOR = "leadline.adapters.sources.simulator:SimulatedSource"
"""Stands in for every source of a handbook that is simulated; a handbook cannot name it."""

STEPS = (
    "leadline.engine.steps:take_lead",
    "leadline.engine.steps:reread_handbook",
    "leadline.engine.steps:collect_newest",
    "leadline.engine.steps:evaluate",
    "leadline.engine.steps:record",
    "leadline.engine.steps:follow_levels",
    "leadline.engine.steps:roll_back",
    "leadline.engine.steps:prepare_overview",
    "leadline.engine.steps:publish",
    "leadline.engine.steps:fill_history",
    "leadline.engine.steps:look_ahead",
)
"""What a server does each minute, in this order."""

STANDINGS = "leadline.domains.budgets.standings:standings"
STORE = "leadline.adapters.store:open_store"
EGRESS = "leadline.adapters.egress.guarded:GuardedEgress"
PICTURE = "leadline.adapters.pictures:picture_of"
OPENING = "leadline.adapters.notifiers.opening:Opening"
WRONG_TARGETS = "leadline.adapters.notifiers.opening:problems"
OPENING_RUNNERS = "leadline.adapters.runners.opening:OpeningRunners"
WRONG_ROLLBACKS = "leadline.adapters.runners.opening:problems"
SLICE_FILES = "leadline.adapters.files.slices:DuckDbSliceFiles"
SPEC_FILES = "leadline.adapters.files.specs:YamlSpecFiles"


def source_types() -> dict[str, str]:
    """Types of DataSource that can be collected, shipped ones and those of installed packages."""
    return SOURCES | {point.name: point.value for point in entry_points(group="leadline.sources")}


def notifier_types() -> dict[str, str]:
    """Types of NotificationTarget, shipped ones and those of installed packages."""
    return NOTIFIERS | {point.name: point.value for point in entry_points(group="leadline.notifiers")}


def runner_types() -> dict[str, str]:
    """Types of RollbackPolicy, shipped ones and those of installed packages."""
    return RUNNERS | {point.name: point.value for point in entry_points(group="leadline.runners")}


def opener(environ: Mapping[str, str]) -> Callable[[DataSource], Source]:
    """What opens the source of a DataSource; the environment holds its secrets."""

    def open_source(spec: DataSource) -> Source:
        reference = (source_types() | {SIMULATION: SIMULATOR})[spec.type.lower()]
        try:
            adapter = attribute(reference)
        except (ImportError, AttributeError) as error:
            what = f"its adapter {reference} does not load ({error})"
            hint = "mend or remove the package that brings it"
            place = spec.place
            raise SpecError([Problem(place.file, place.line, 1, "spec.type", what, spec.type, hint)]) from error
        return cast("Source", adapter(spec.name, spec.connection, environ))

    return open_source
