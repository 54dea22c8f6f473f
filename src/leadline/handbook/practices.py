"""Reading of what a handbook says of itself and of its practice: settings, teams, policies, strategies, services."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

from leadline.core.budgets import OnNoData, OnNoTraffic
from leadline.handbook import clauses, practice
from leadline.handbook.annotations import read_annotations
from leadline.handbook.freezes import check_services
from leadline.handbook.hours import working_hours
from leadline.handbook.parts import SETTLE, Parts
from leadline.handbook.policies import budget_policy
from leadline.handbook.scalars import ratio_at, whole_steps, zone_named
from leadline.handbook.shaping import Written
from leadline.handbook.strategies import strategy
from leadline.handbook.terms import Defaults
from leadline.handbook.time_windows import rolling_window
from leadline.handbook.wording import nearest


def read_handbook(parts: Parts) -> None:
    """The settings of the first Handbook document; of another one the mistakes."""
    found = list(parts.of("Handbook"))
    for other in reversed(found):
        if other is not found[0] and other.name:
            hint = f"also at {found[0].place.file}:{found[0].place.line}; keep one"
            other.problem(("kind",), "a second Handbook document", other.name, hint)
        _read_settings(parts, other)


def _read_settings(parts: Parts, written: Written) -> None:
    spec: practice.HandbookSpec = written.model.spec
    read_annotations(written, ("metadata",), ("Handbook",))
    parts.name = written.name
    parts.display_name = written.model.metadata.display_name or ""
    parts.defaults = spec.defaults or practice.Defaults()
    zone = zone_named(written, ("spec", "zone"), spec.zone) if spec.zone is not None else None
    settle = whole_steps(written, ("spec", "settle"), spec.settle) if spec.settle is not None else None
    parts.zone, parts.settle = zone or ZoneInfo("UTC"), settle or SETTLE
    has_hours = spec.working_hours is not None or written.is_doubtful(("spec", "workingHours"))
    parts.working_hours = working_hours(written, spec.working_hours, parts.zone) if spec.working_hours else None
    parts.are_hours_broken = has_hours and parts.working_hours is None


def read_practice(parts: Parts) -> None:
    for written in parts.of("Team"):
        parts.teams[written.name] = clauses.team(written)
    for written in parts.of("DataSource"):
        source = clauses.source(written)
        if not written.is_doubtful(("spec", "type")):
            parts.sources[written.name] = source
    for written in parts.of("BudgetPolicy"):
        parts.policies[written.name] = budget_policy(written, parts.zone)
    for written in parts.of("AlertStrategy"):
        parts.strategies[written.name] = strategy(written)
    for written in parts.of("Service"):
        _read_service(parts, written)
    for written in parts.of("BudgetPolicy"):
        check_services(written, parts.services, parts.names["Service"])
    _check_defaults(parts)
    for registered in (
        parts.teams,
        parts.sources,
        parts.policies,
        parts.strategies,
        parts.services,
        parts.service_policies,
        parts.service_strategies,
    ):
        registered.pop("", None)


def _read_service(parts: Parts, written: Written) -> None:
    parts.services[written.name], values = clauses.service(written, parts.teams, parts.names["Team"])
    for key, kind, chosen in (
        ("policy", "BudgetPolicy", parts.service_policies),
        ("strategy", "AlertStrategy", parts.service_strategies),
    ):
        if (name := values.get(key)) is not None:
            chosen[written.name] = name
            if name not in parts.known(kind):
                where = ("metadata", "annotations", f"leadline/{key}")
                written.problem(where, f"no such {kind}", name, nearest(name, sorted(parts.known(kind))))


def _check_defaults(parts: Parts) -> None:
    for written in parts.of("Handbook"):
        defaults = written.model.spec.defaults or practice.Defaults()
        for key, wanted, kind in (
            ("dataSource", defaults.data_source, "DataSource"),
            ("policy", defaults.policy, "BudgetPolicy"),
            ("strategy", defaults.strategy, "AlertStrategy"),
        ):
            if wanted is not None and wanted not in parts.known(kind):
                hint = nearest(wanted, sorted(parts.known(kind)))
                written.problem(("spec", "defaults", key), f"no such {kind}", wanted, hint)


def defaults(parts: Parts) -> Defaults:
    """Those of the first Handbook document; of another one the mistakes."""
    found = usual = Defaults(
        zone=parts.zone, working_hours=parts.working_hours, are_hours_broken=parts.are_hours_broken
    )
    for written in reversed(list(parts.of("Handbook"))):
        found = _defaults_of(written, usual)
    return found


def _defaults_of(written: Written, usual: Defaults) -> Defaults:
    wanted, path = written.model.spec.defaults or practice.Defaults(), ("spec", "defaults")
    window = rolling_window(written, (*path, "window"), wanted.window) if wanted.window is not None else None
    coverage = wanted.min_coverage
    share = None if coverage is None else ratio_at(written, (*path, "minCoverage"), coverage, above_zero=True)
    return replace(
        usual,
        on_no_data=OnNoData(wanted.on_no_data or usual.on_no_data),
        on_no_traffic=OnNoTraffic(wanted.on_no_traffic or usual.on_no_traffic),
        min_coverage=usual.min_coverage if share is None else Fraction(share),
        window=window,
        is_window_broken=written.is_doubtful((*path, "window")),
        policy=wanted.policy,
        strategy=wanted.strategy,
    )
