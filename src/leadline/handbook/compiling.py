"""
From a folder of YAML to the handbook: reads every file, checks every document, resolves every reference.

Everything is read before anything is judged, in the order in which things refer to each other, so that all mistakes
are told at once and one mistake is told once: what refers to an ill-written document is not blamed for it.
This module and what it imports (pydantic, PyYAML, promql-parser) stay unloaded when `loader` finds a fresh cache.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from leadline.errors import Problem
from leadline.handbook import clauses, rollback_policies, routing
from leadline.handbook.alerts import check_alerts
from leadline.handbook.ceilings import check_ceilings
from leadline.handbook.indicators import Indicators, Origin
from leadline.handbook.objectives import Objectives
from leadline.handbook.parts import Parts
from leadline.handbook.policies import policy_in_force
from leadline.handbook.practices import defaults, read_handbook, read_practice
from leadline.handbook.queries import Sources
from leadline.handbook.reading import Tree, names_in, read_file
from leadline.handbook.scenarios import scenario
from leadline.handbook.shaping import Report, Written, names_by_kind, shape, unique
from leadline.handbook.specs import (
    Document,
    Handbook,
    Slo,
)
from leadline.handbook.strategies import shipped_strategies
from leadline.handbook.wording import nearest
from leadline.units import parse_instant

_ReadFile = Callable[[Path, str], tuple[list[Tree], list[Problem]]]


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
    parts = Parts(folder, unique(written), report, name, names_by_kind(written, unread))
    read_handbook(parts)
    read_practice(parts)
    told = routing.told(parts.written, parts.names, parts.zone.key)
    indicators = _read_indicators(parts)
    objectives = _read_objectives(parts, indicators)
    check_alerts(parts.written, parts.names, objectives.budgets)
    _read_agreements(parts, objectives, indicators)
    return _assembled(parts, objectives, indicators, told), report


def _read_indicators(parts: Parts) -> Indicators:
    broken = {name for name in parts.names["DataSource"] if name not in parts.sources}
    indicators = Indicators(Sources(parts.sources, broken, parts.defaults.data_source))
    for written in parts.of("SLI"):
        indicators.add(Origin(written, (), written.name), written.model.spec)
    return indicators


def _read_objectives(parts: Parts, indicators: Indicators) -> Objectives:
    objectives = Objectives(indicators, parts.services, parts.policies, defaults(parts), parts.names)
    objectives.service_policies = parts.service_policies
    objectives.strategies, objectives.service_strategies = parts.strategies, parts.service_strategies
    for written in parts.of("SLO"):
        objectives.add(written)
        team = (written.model.metadata.annotations or {}).get("leadline/team", "").strip()
        if team and team not in parts.names["Team"]:
            where = ("metadata", "annotations", "leadline/team")
            written.problem(where, "no such Team", team, nearest(team, parts.teams))
    objectives.composites.resolve(objectives.known, parts.names["SLO"])
    check_ceilings(parts.written, parts.services, objectives.known, parts.names)
    return objectives


def _read_agreements(parts: Parts, objectives: Objectives, indicators: Indicators) -> None:
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


def _assembled(parts: Parts, objectives: Objectives, indicators: Indicators, told: routing.Told) -> Handbook:
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
        policy=policy_in_force(parts.policies, parts.defaults.policy),
        corrections=parts.corrections,
        simulations=parts.simulations,
        strategies={**shipped_strategies(), **parts.strategies},
        targets=told.targets,
        routes=told.routes,
        rollbacks=rollback_policies.rollback_policies(parts.written, parts.names),
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
