"""SLO documents: their services, SLIs, windows and policies; one SLO for each objective."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from leadline.core.budgets import LevelThresholds
from leadline.core.windows import Window
from leadline.handbook import documents
from leadline.handbook.annotations import read_annotations
from leadline.handbook.composites import Composites
from leadline.handbook.hours import hours_of
from leadline.handbook.indicators import Indicators, Origin
from leadline.handbook.reading import PathInside
from leadline.handbook.shaping import Written
from leadline.handbook.specs import AlertStrategy, BudgetPolicy, Place, Service, Sli, Slo
from leadline.handbook.strategies import USUAL, shipped_strategies
from leadline.handbook.terms import Common, Defaults, Promise
from leadline.handbook.time_windows import window_of
from leadline.handbook.wording import nearest


@dataclass(slots=True)
class Objectives:
    """SLOs of the handbook, by id."""

    indicators: Indicators
    services: dict[str, Service]
    policies: dict[str, BudgetPolicy]
    defaults: Defaults
    written: Mapping[str, frozenset[str]]
    """Kind → names that are written somewhere, though perhaps too ill to use."""
    known: dict[str, Slo] = field(default_factory=dict)
    budgets: dict[Place, list[Fraction]] = field(default_factory=dict)
    """Error budgets of the objectives of the document at a place."""
    service_policies: dict[str, str] = field(default_factory=dict)
    service_strategies: dict[str, str] = field(default_factory=dict)
    strategies: dict[str, AlertStrategy] = field(default_factory=dict)
    """Those written in the handbook; the shipped ones are known beside them."""
    composites: Composites = field(default_factory=Composites)

    def add(self, written: Written) -> None:
        """Read an SLO document."""
        model: documents.SLO = written.model
        spec = model.spec
        values = read_annotations(written, ("metadata",), self._kinds(spec))
        service = self.services.get(spec.service)
        if service is None and spec.service not in self.written["Service"]:
            hint = nearest(spec.service, self.services)
            written.problem(("spec", "service"), "no such Service", spec.service, hint)
        window = self._window(written, spec)
        thresholds = self._thresholds(written, values, spec.service)
        usual = self.defaults
        hours = hours_of(
            written, values.get("hours"), usual.working_hours, usual.zone, is_broken=usual.are_hours_broken
        )
        strategy, is_named = self._strategy(written, values, spec.service)
        shared = Common(written, values, service, window, thresholds, usual, hours, strategy, is_named)
        if self.composites.is_declared(written, values):
            self.composites.declare(shared)
            return
        general = self._indicator(written, spec, ("spec",), model.metadata.name, needed=not _each_has_own(spec))
        several, made = len(spec.objectives) > 1, []
        for index, objective in enumerate(spec.objectives):
            path: PathInside = ("spec", "objectives", index)
            name = f"{model.metadata.name}/{index + 1}" if several else model.metadata.name
            own = objective.indicator is not None or objective.indicator_ref is not None
            sli = self._indicator(written, objective, path, name, needed=False) if own else general
            slo = shared.slo(Promise(objective, path, name, sli))
            if slo is None:
                continue
            made.append((slo, path))
            self.budgets.setdefault(written.place, []).append(slo.terms.error_budget)
            if not written.name:
                continue
            if slo.id in self.known:
                other = self.known[slo.id].place
                hint = f"also at {other.file}:{other.line}; rename one"
                written.problem(path, "an objective of this id is there already", slo.id, hint)
            self.known[slo.id] = slo
        self.composites.declare_own(shared, made)

    def _window(self, written: Written, spec: documents.SLOSpec) -> Window | None:
        if not spec.time_window and self.defaults.is_window_broken:
            return None
        return window_of(written, spec, self.defaults.window, self.defaults.zone)

    @staticmethod
    def _kinds(spec: documents.SLOSpec) -> tuple[str, ...]:
        inline = spec.indicator is not None or any(objective.indicator is not None for objective in spec.objectives)
        return ("SLO", "SLI") if inline else ("SLO",)

    def _indicator(
        self,
        written: Written,
        holder: documents.SLOSpec | documents.Objective,
        path: PathInside,
        name: str,
        *,
        needed: bool,
    ) -> Sli | None:
        if holder.indicator is not None and holder.indicator_ref is not None:
            hint = "keep one: the SLI written here, or the name of an SLI document"
            written.problem((*path, "indicatorRef"), "both indicator and indicatorRef", holder.indicator_ref, hint)
        if holder.indicator is not None:
            own_name = holder.indicator.metadata.name or (name if written.name else "")
            return self.indicators.add(Origin(written, (*path, "indicator"), own_name), holder.indicator.spec)
        if holder.indicator_ref is not None:
            sli = self.indicators.known.get(holder.indicator_ref)
            if sli is None and holder.indicator_ref not in self.written["SLI"] | self.indicators.broken:
                hint = nearest(holder.indicator_ref, self.indicators.known)
                written.problem((*path, "indicatorRef"), "no such SLI", holder.indicator_ref, hint)
            return sli
        if needed:
            written.missing((*path, "indicatorRef"), "add indicatorRef: (the name of an SLI) or indicator")
        return None

    def _thresholds(self, written: Written, values: dict[str, Any], service: str) -> LevelThresholds:
        name = values.get("policy", self.service_policies.get(service, self.defaults.policy))
        if name is None:
            only = list(self.policies.values())
            return only[0].thresholds if len(only) == 1 else LevelThresholds()
        if name in self.policies:
            return self.policies[name].thresholds
        if "policy" in values and name not in self.written["BudgetPolicy"]:
            where = ("metadata", "annotations", "leadline/policy")
            written.problem(where, "no such BudgetPolicy", name, nearest(name, self.policies))
        return LevelThresholds()

    def _strategy(self, written: Written, values: dict[str, Any], service: str) -> tuple[AlertStrategy | None, bool]:
        """The strategy of a document's objectives, None where a mistake was told of it; and whether anyone named it."""
        name = values.get("strategy", self.service_strategies.get(service, self.defaults.strategy))
        known = {**shipped_strategies(), **self.strategies}
        if "strategy" in values and name not in known and name not in self.written["AlertStrategy"]:
            where = ("metadata", "annotations", "leadline/strategy")
            written.problem(where, "no such AlertStrategy", name, nearest(str(name), known))
        return known.get(USUAL if name is None else name), name is not None


def _each_has_own(spec: documents.SLOSpec) -> bool:
    return all(objective.indicator is not None or objective.indicator_ref is not None for objective in spec.objectives)
