"""What one objective promises: target, time slices, limit, and the terms of its arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from leadline.core.budgets import BudgetingMethod, BudgetTerms, LevelThresholds, OnNoData, OnNoTraffic
from leadline.core.hours import BusinessHours
from leadline.core.slices import STEP
from leadline.core.windows import RollingWindow, Window
from leadline.handbook import documents
from leadline.handbook.annotations import finite
from leadline.handbook.hours import begins_within
from leadline.handbook.reading import PathInside
from leadline.handbook.scalars import percent_at, ratio_at, whole_steps
from leadline.handbook.shaping import Written
from leadline.handbook.specs import AlertStrategy, Limit, Place, Service, Sli, Slo, ThresholdMeasure
from leadline.handbook.strategies import Tiers, tiers_for

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Defaults:
    """What SLOs have that do not say otherwise."""

    zone: ZoneInfo
    on_no_data: OnNoData = OnNoData.UNKNOWN
    on_no_traffic: OnNoTraffic = OnNoTraffic.EXCLUDE
    min_coverage: Fraction = Fraction(9, 10)
    window: Window | None = None
    is_window_broken: bool = False
    """Whether the handbook names a window that cannot be read."""
    working_hours: BusinessHours | None = None
    are_hours_broken: bool = False
    """Whether the handbook has working hours that cannot be read."""
    policy: str | None = None
    strategy: str | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """One objective of a document: where it stands, its id, and its SLI when that could be read."""

    objective: documents.Objective
    path: PathInside
    id: str
    sli: Sli | None


@dataclass(frozen=True, slots=True)
class Common:
    """What the objectives of one document have in common."""

    written: Written
    values: dict[str, Any]
    service: Service | None
    window: Window | None
    thresholds: LevelThresholds
    defaults: Defaults
    hours: BusinessHours | None = None
    strategy: AlertStrategy | None = None
    is_strategy_named: bool = False
    """Whether somebody chose it; what does not suit one that nobody chose is left out without a word."""

    def slo(self, promise: Promise) -> Slo | None:
        """The SLO that an objective makes, or None when a mistake was told that leaves none."""
        sli, mtbf = promise.sli, self.values.get("mtbf")
        target = self._between_failures(mtbf) if mtbf else self._target(promise.objective, promise.path)
        slice_target, slice_seconds = self._slices(promise.objective, promise.path)
        limit = self._limit(promise.objective, promise.path, sli) if sli is not None else None
        if sli is None or self.window is None or self.service is None or target is None:
            return None
        if isinstance(sli.measure, ThresholdMeasure) and limit is None:
            return None
        share, text = target
        terms = BudgetTerms(
            target=share,
            error_budget=Fraction(1, mtbf) if mtbf else 1 - Fraction(share),
            window=self.window,
            method=BudgetingMethod(self.written.model.spec.budgeting_method),
            slice_target=slice_target,
            slice_seconds=slice_seconds,
            on_no_data=self.values.get("onNoData", self.defaults.on_no_data),
            on_no_traffic=self.values.get("onNoTraffic", self.defaults.on_no_traffic),
            min_coverage=self.values.get("minCoverage", self.defaults.min_coverage),
            starts_at=self.values.get("startsAt"),
            thresholds=self.thresholds,
            hours=self.hours,
        )
        return self._made(promise, sli, limit, (text, terms))

    def _made(self, promise: Promise, sli: Sli, limit: Limit | None, target: tuple[str, BudgetTerms]) -> Slo:
        model: documents.SLO = self.written.model
        service = self.service
        is_mtbf = "mtbf" in self.values
        suffix = f"@{limit}" if limit else "@mtbf" if is_mtbf and sli.failures is not None else ""
        alerts = self._alerts(target[1], promise.path, is_mtbf=is_mtbf)
        line, _ = self.written.tree.place(promise.path if promise.id != model.metadata.name else ())
        return Slo(
            id=promise.id,
            name=model.metadata.name,
            display_name=promise.objective.display_name or model.metadata.display_name or promise.id,
            description=model.spec.description or "",
            service=model.spec.service,
            tier=self.values.get("tier", service.tier if service else None),
            team=self.values.get("team", service.team if service else None),
            sli=sli,
            series=sli.id + suffix,
            limit=limit,
            target_text=target[0],
            terms=target[1],
            is_mtbf=is_mtbf,
            annotations=dict(model.metadata.annotations or {}),
            place=Place(self.written.tree.file, line),
            alerts=alerts.kept,
            unreachable=tuple(tier for tier, _ in alerts.left_out),
            strategy=self.strategy.name if self.strategy else "",
        )

    def _alerts(self, terms: BudgetTerms, path: PathInside, *, is_mtbf: bool) -> Tiers:
        """Tiers of the strategy; one that can never fire is a mistake where this document names the strategy."""
        if self.strategy is None:
            return Tiers((), ())
        service = self.service.tier if self.service else None
        tiers = tiers_for(
            self.strategy,
            self.values.get("tier", service),
            terms.window,
            terms.error_budget,
            self.values.get("lowTraffic", ""),
            may_exceed_one=is_mtbf,
        )
        for tier, why in tiers.left_out if self.is_strategy_named else ():
            what = f"tier {tier.name} of strategy {self.strategy.name} does not suit the objective: {why}"
            hint = "name another strategy by leadline/strategy, or promise more"
            tell = self.written.problem if "strategy" in self.values else self.written.warn
            tell((*path, "target"), what, "", hint)
        return tiers

    def _is_annotation_broken(self, name: str) -> bool:
        return self.written.is_doubtful(("metadata", "annotations", f"leadline/{name}"))

    def _between_failures(self, minutes: int) -> tuple[Decimal, str]:
        written = (self.written.model.metadata.annotations or {}).get("leadline/mtbf", "")
        return 1 - Decimal(1) / Decimal(minutes), written.strip()

    def _target(self, objective: documents.Objective, path: PathInside) -> tuple[Decimal, str] | None:
        written = self.written
        if objective.target is not None and objective.target_percent is not None:
            hint = "keep one: target: 0.999 or targetPercent: 99.9"
            written.problem((*path, "targetPercent"), "both target and targetPercent", objective.target_percent, hint)
            return None
        if objective.target is not None:
            where: PathInside = (*path, "target")
            share = ratio_at(written, where, objective.target, above_zero=True)
            text = str(objective.target)
        elif objective.target_percent is not None:
            where = (*path, "targetPercent")
            share = percent_at(written, where, objective.target_percent)
            text = f"{objective.target_percent}%"
        else:
            if not self._is_annotation_broken("mtbf"):
                written.missing((*path, "target"), "add target: 0.999")
            return None
        if share is not None and share < Decimal("0.5"):
            hint = "is it the share of bad events? target is the share of good ones, such as 0.999"
            written.warn(where, "fewer than half good is promised", text, hint)
        return None if share is None else (share, text)

    def _slices(self, objective: documents.Objective, path: PathInside) -> tuple[Decimal | None, int]:
        written, method = self.written, self.written.model.spec.budgeting_method
        share: Decimal | None = None
        if objective.time_slice_target is not None:
            share = ratio_at(written, (*path, "timeSliceTarget"), objective.time_slice_target, above_zero=True)
        elif method == "Timeslices":
            written.missing(
                (*path, "timeSliceTarget"), "add timeSliceTarget: 0.99, the share from which a slice is good"
            )
        width = objective.time_slice_window
        if width is None:
            return share, STEP
        where = (*path, "timeSliceWindow")
        duration = whole_steps(written, where, f"{width}m" if isinstance(width, int) or width.isdecimal() else width)
        seconds = int(duration.total_seconds()) if duration is not None else STEP
        length = self.window.duration.total_seconds() if isinstance(self.window, RollingWindow) else _DAY_SECONDS
        if self.window is not None and length % seconds:
            hint = "write one that divides the window, such as 1m, 5m or 1h"
            written.problem(where, "the window is not whole slices", width, hint)
        elif self.hours is not None and seconds > STEP and not begins_within(self.hours, seconds):
            hint = f"slices begin at multiples of {width} since midnight UTC; shorten them"
            written.problem(where, f"no slice begins within {self.hours}", width, hint)
        return share, seconds

    def _limit(self, objective: documents.Objective, path: PathInside, sli: Sli) -> Limit | None:
        band: Limit | None = self.values.get("band")
        wrong = "band" if not isinstance(sli.measure, ThresholdMeasure) else "mtbf"
        if wrong in self.values:
            hint = (
                "only a thresholdMetric has a band" if wrong == "band" else "count failures and up-minutes, ratioMetric"
            )
            where = ("metadata", "annotations", f"leadline/{wrong}")
            self.written.problem(where, "does not fit the SLI", sli.id, hint)
        if not isinstance(sli.measure, ThresholdMeasure):
            return None
        if band is not None or self._is_annotation_broken("band"):
            return band
        value = self._value(objective, path)
        if objective.op is None:
            hint = 'add op: lt, lte, gt or gte, or the annotation leadline/band: "0.5..0.8"'
            self.written.missing((*path, "op"), hint)
        if objective.op is None or value is None:
            return None
        return Limit(op=objective.op, value=value)

    def _value(self, objective: documents.Objective, path: PathInside) -> float | None:
        if objective.value is None:
            self.written.missing((*path, "value"), "add value: the limit of the gauge")
            return None
        try:
            return float(finite(str(objective.value)))
        except ValueError as error:
            what, _, hint = str(error).partition("; ")
            self.written.problem((*path, "value"), what, objective.value, hint)
            return None
