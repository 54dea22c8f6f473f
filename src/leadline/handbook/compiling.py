"""
From a folder of YAML to the handbook: reads every file, checks every document, resolves every reference.

Everything is read before anything is judged, in the order in which things refer to each other, so that all mistakes
are told at once and one mistake is told once: what refers to an ill-written document is not blamed for it.
This module and what it imports (pydantic, PyYAML, promql-parser) stay unloaded when `loader` finds a fresh cache.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from leadline.core.budgets import OnNoData, OnNoTraffic
from leadline.core.hours import BusinessHours
from leadline.core.scenarios import Scenario
from leadline.core.slices import STEP
from leadline.errors import Problem
from leadline.handbook import clauses, practice
from leadline.handbook.alerts import check_alerts
from leadline.handbook.annotations import read_annotations
from leadline.handbook.ceilings import check_ceilings
from leadline.handbook.hours import working_hours
from leadline.handbook.indicators import Indicators, Origin
from leadline.handbook.objectives import Objectives
from leadline.handbook.queries import Sources
from leadline.handbook.reading import Tree, names_in, read_file
from leadline.handbook.scalars import ratio_at, whole_steps, zone_named
from leadline.handbook.scenarios import scenario
from leadline.handbook.shaping import Report, Written, names_by_kind, shape, unique
from leadline.handbook.specs import (
    Agreement,
    BudgetPolicy,
    Correction,
    DataSource,
    Document,
    Handbook,
    Service,
    Slo,
    Team,
)
from leadline.handbook.terms import Defaults
from leadline.handbook.time_windows import rolling_window
from leadline.handbook.wording import nearest
from leadline.units import parse_instant

_SETTLE = timedelta(seconds=2 * STEP)
_ReadFile = Callable[[Path, str], tuple[list[Tree], list[Problem]]]


@dataclass(slots=True)
class _Parts:
    """What is known of the handbook so far."""

    folder: str
    written: list[Written]
    report: Report
    name: str
    names: Mapping[str, frozenset[str]]
    """Kind → every name that is written somewhere, however ill: a reference to one does not dangle."""
    display_name: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    settle: timedelta = _SETTLE
    working_hours: BusinessHours | None = None
    are_hours_broken: bool = False
    defaults: practice.Defaults = field(default_factory=practice.Defaults)
    teams: dict[str, Team] = field(default_factory=dict)
    sources: dict[str, DataSource] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    policies: dict[str, BudgetPolicy] = field(default_factory=dict)
    agreements: dict[str, Agreement] = field(default_factory=dict)
    corrections: dict[str, Correction] = field(default_factory=dict)
    simulations: dict[str, Scenario] = field(default_factory=dict)
    service_policies: dict[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> Iterator[Written]:
        """Documents of a kind."""
        return (written for written in self.written if written.kind == kind)


def compile_handbook(
    files: list[tuple[Path, str]], folder: str, name: str, read: _ReadFile = read_file
) -> tuple[Handbook, Report]:
    """The handbook in these files (path, and path as shown), and what is wrong with them; `read` gives their trees."""
    report = Report()
    written: list[Written] = []
    unread: set[str] = set()
    for path, shown_as in files:
        trees, problems = read(path, shown_as)
        if problems:
            report.problems.extend(problems)
            unread |= names_in(path)
        written.extend(shape(tree, report) for tree in trees)
    parts = _Parts(folder, unique(written), report, name, names_by_kind(written, unread))
    _read_handbook(parts)
    _read_practice(parts)
    indicators = _read_indicators(parts)
    objectives = _read_objectives(parts, indicators)
    check_alerts(parts.written, parts.names, objectives.budgets)
    _read_agreements(parts, objectives, indicators)
    return _assembled(parts, objectives, indicators), report


def _read_handbook(parts: _Parts) -> None:
    """The settings of the first Handbook document; of another one the mistakes."""
    found = list(parts.of("Handbook"))
    for other in reversed(found):
        if other is not found[0] and other.name:
            hint = f"also at {found[0].place.file}:{found[0].place.line}; keep one"
            other.problem(("kind",), "a second Handbook document", other.name, hint)
        _read_settings(parts, other)


def _read_settings(parts: _Parts, written: Written) -> None:
    spec: practice.HandbookSpec = written.model.spec
    read_annotations(written, ("metadata",), ("Handbook",))
    parts.name = written.name
    parts.display_name = written.model.metadata.display_name or ""
    parts.defaults = spec.defaults or practice.Defaults()
    zone = zone_named(written, ("spec", "zone"), spec.zone) if spec.zone is not None else None
    settle = whole_steps(written, ("spec", "settle"), spec.settle) if spec.settle is not None else None
    parts.zone, parts.settle = zone or ZoneInfo("UTC"), settle or _SETTLE
    has_hours = spec.working_hours is not None or written.is_doubtful(("spec", "workingHours"))
    parts.working_hours = working_hours(written, spec.working_hours, parts.zone) if spec.working_hours else None
    parts.are_hours_broken = has_hours and parts.working_hours is None


def _read_practice(parts: _Parts) -> None:
    for written in parts.of("Team"):
        parts.teams[written.name] = clauses.team(written)
    for written in parts.of("DataSource"):
        source = clauses.source(written)
        if not written.is_doubtful(("spec", "type")):
            parts.sources[written.name] = source
    for written in parts.of("BudgetPolicy"):
        parts.policies[written.name] = clauses.budget_policy(written)
    for written in parts.of("Service"):
        service, policy = clauses.service(written, parts.teams, parts.names["Team"])
        parts.services[written.name] = service
        if policy is not None:
            parts.service_policies[written.name] = policy
            if policy not in parts.names["BudgetPolicy"]:
                where = ("metadata", "annotations", "leadline/policy")
                written.problem(where, "no such BudgetPolicy", policy, nearest(policy, parts.policies))
    _check_defaults(parts)
    for registered in (parts.teams, parts.sources, parts.policies, parts.services, parts.service_policies):
        registered.pop("", None)


def _check_defaults(parts: _Parts) -> None:
    for written in parts.of("Handbook"):
        defaults = written.model.spec.defaults or practice.Defaults()
        for key, wanted, kind in (
            ("dataSource", defaults.data_source, "DataSource"),
            ("policy", defaults.policy, "BudgetPolicy"),
        ):
            if wanted is not None and wanted not in parts.names[kind]:
                hint = nearest(wanted, sorted(parts.names[kind]))
                written.problem(("spec", "defaults", key), f"no such {kind}", wanted, hint)


def _read_indicators(parts: _Parts) -> Indicators:
    broken = {name for name in parts.names["DataSource"] if name not in parts.sources}
    indicators = Indicators(Sources(parts.sources, broken, parts.defaults.data_source))
    for written in parts.of("SLI"):
        indicators.add(Origin(written, (), written.name), written.model.spec)
    return indicators


def _read_objectives(parts: _Parts, indicators: Indicators) -> Objectives:
    objectives = Objectives(indicators, parts.services, parts.policies, _defaults(parts), parts.names)
    objectives.service_policies = parts.service_policies
    for written in parts.of("SLO"):
        objectives.add(written)
        team = (written.model.metadata.annotations or {}).get("leadline/team", "").strip()
        if team and team not in parts.names["Team"]:
            where = ("metadata", "annotations", "leadline/team")
            written.problem(where, "no such Team", team, nearest(team, parts.teams))
    objectives.composites.resolve(objectives.known, parts.names["SLO"])
    check_ceilings(parts.written, parts.services, objectives.known, parts.names)
    return objectives


def _defaults(parts: _Parts) -> Defaults:
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
    )


def _read_agreements(parts: _Parts, objectives: Objectives, indicators: Indicators) -> None:
    slis = {name: sli for name, sli in indicators.known.items() if name not in indicators.doubtful}
    names = {**parts.names, "SLI": parts.names["SLI"] | indicators.broken | indicators.doubtful}
    by_name: dict[str, list[Slo]] = {}
    for slo in objectives.known.values():
        for name in {slo.name, slo.id}:
            by_name.setdefault(name, []).append(slo)
    promised = clauses.Promised(objectives.known, indicators.known, parts.services, names, by_name)
    with_composites = {name: list(slos) for name, slos in by_name.items()}
    for composite in objectives.composites.known.values():
        with_composites.setdefault(composite.slo.name, []).append(composite.slo)
    for written in parts.of("Agreement"):
        parts.agreements[written.name] = clauses.agreement(written, replace(promised, by_name=with_composites))
    for written in parts.of("Correction"):
        parts.corrections[written.name] = clauses.correction(written, promised)
    objectives.composites.warn_of_corrections(parts.of("Correction"), objectives.known)
    for written in parts.of("Simulation"):
        parts.simulations[written.name] = scenario(written, replace(promised, slis=slis))


def _assembled(parts: _Parts, objectives: Objectives, indicators: Indicators) -> Handbook:
    return Handbook(
        folder=parts.folder,
        name=parts.name,
        display_name=parts.display_name,
        zone=parts.zone.key,
        settle=parts.settle,
        services=parts.services,
        teams=parts.teams,
        sources=parts.sources,
        slis=indicators.known,
        slos=objectives.known,
        composites=objectives.composites.known,
        agreements=parts.agreements,
        policies=parts.policies,
        corrections=parts.corrections,
        simulations=parts.simulations,
        documents=tuple(_document(written) for written in parts.written),
    )


def _document(written: Written) -> Document:
    canonical = canonical_json(written.tree.value)
    effective = _effective_from(written.tree.value)
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    return Document(written.kind, written.name, canonical, digest, effective, written.place)


def canonical_json(value: Any) -> str:
    """
    JSON with sorted keys and no spaces; equal for documents that say the same.

    >>> canonical_json({"b": Decimal("0.10"), "a": [1]})
    '{"a":[1],"b":0.1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain_number)


def _plain_number(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} does not stand in YAML")


def _effective_from(value: dict[str, Any]) -> str | None:
    metadata = value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    text = annotations.get("leadline/effectiveFrom") if isinstance(annotations, dict) else None
    try:
        return None if text is None else parse_instant(str(text)).isoformat()
    except ValueError:
        return None


def problems_in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """Each problem once, by file and line."""
    return tuple(sorted(dict.fromkeys(problems)))
