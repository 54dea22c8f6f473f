"""SLOs: windows, targets and terms, one for each objective of a document."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from leadline.core.budgets import BudgetingMethod, BudgetTerms, LevelThresholds, OnNoData, OnNoTraffic
from leadline.core.slices import STEP
from leadline.core.windows import CalendarUnit, CalendarWindow, RollingWindow, Window
from leadline.handbook import documents
from leadline.handbook.annotations import finite, read_annotations
from leadline.handbook.indicators import Indicators
from leadline.handbook.places import zone_named
from leadline.handbook.reading import PathInside
from leadline.handbook.shaping import Written
from leadline.handbook.specs import BudgetPolicy, Limit, Service, Sli, Slo, ThresholdMeasure
from leadline.handbook.wording import nearest
from leadline.units import format_duration, parse_duration, parse_ratio

_CALENDAR = re.compile(r"([1-9]\d{0,3})([dwMQY])", re.ASCII)
_MAX_DIGITS = 18
_LAST_DAY = 28


@dataclass(frozen=True, slots=True)
class Defaults:
    """What SLOs have that do not say otherwise."""

    zone: ZoneInfo
    on_no_data: OnNoData = OnNoData.UNKNOWN
    on_no_traffic: OnNoTraffic = OnNoTraffic.EXCLUDE
    min_coverage: Fraction = Fraction(9, 10)
    window: Window | None = None
    policy: str | None = None


@dataclass(slots=True)
class Objectives:
    """SLOs of the handbook, by id."""

    indicators: Indicators
    services: dict[str, Service]
    policies: dict[str, BudgetPolicy]
    defaults: Defaults
    broken: frozenset[str]
    """Names of services, SLIs and policies whose documents are too ill-written to use."""
    known: dict[str, Slo] = field(default_factory=dict)
    service_policies: dict[str, str] = field(default_factory=dict)

    def add(self, written: Written) -> None:
        """Read an SLO document."""
        model: documents.SLO = written.model
        spec = model.spec
        values = read_annotations(written, ("metadata",), self._kinds(spec))
        service = self.services.get(spec.service)
        if service is None and spec.service not in self.broken:
            hint = nearest(spec.service, self.services)
            written.problem(("spec", "service"), "no such Service", spec.service, hint)
        window = self._window(written, spec)
        thresholds = self._thresholds(written, values, spec.service)
        self._check_composite(written, spec)
        shared = _Shared(written, values, service, window, thresholds, self.defaults)
        general = self._indicator(written, spec, ("spec",), model.metadata.name, needed=not _each_has_own(spec))
        several = len(spec.objectives) > 1
        for index, objective in enumerate(spec.objectives):
            path: PathInside = ("spec", "objectives", index)
            name = f"{model.metadata.name}/{index + 1}" if several else model.metadata.name
            own = objective.indicator is not None or objective.indicator_ref is not None
            sli = self._indicator(written, objective, path, name, needed=False) if own else general
            slo = shared.slo(objective, path, name, sli)
            if slo is None:
                continue
            if slo.id in self.known:
                other = self.known[slo.id].place
                hint = f"also at {other.file}:{other.line}; rename one"
                written.problem(path, "an objective of this id is there already", slo.id, hint)
            self.known[slo.id] = slo

    @staticmethod
    def _kinds(spec: documents.SLOSpec) -> tuple[str, ...]:
        inline = spec.indicator is not None or any(objective.indicator is not None for objective in spec.objectives)
        return ("SLO", "SLI") if inline else ("SLO",)

    @staticmethod
    def _check_composite(written: Written, spec: documents.SLOSpec) -> None:
        for index, objective in enumerate(spec.objectives):
            if objective.composite_weight is not None:
                where = ("spec", "objectives", index, "compositeWeight")
                hint = "each objective is judged by itself"
                written.warn(where, "weights of composites are not used yet", objective.composite_weight, hint)

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
            return None
        if holder.indicator is not None:
            own_name = holder.indicator.metadata.name or name
            return self.indicators.add(written, (*path, "indicator"), own_name, holder.indicator.spec, ())
        if holder.indicator_ref is not None:
            sli = self.indicators.known.get(holder.indicator_ref)
            if sli is None and holder.indicator_ref not in self.broken | self.indicators.broken:
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
        if "policy" in values and name not in self.broken:
            where = ("metadata", "annotations", "leadline/policy")
            written.problem(where, "no such BudgetPolicy", name, nearest(name, self.policies))
        return LevelThresholds()

    def _window(self, written: Written, spec: documents.SLOSpec) -> Window | None:
        path: PathInside = ("spec", "timeWindow")
        if not spec.time_window:
            if self.defaults.window is None:
                written.missing(path, "add timeWindow: [{duration: 28d, isRolling: true}]")
            return self.defaults.window
        window = spec.time_window[0]
        inside = (*path, 0)
        if window.calendar is not None:
            if window.is_rolling:
                hint = "take out calendar, or write isRolling: false"
                written.problem((*inside, "isRolling"), "a calendar window does not roll", "true", hint)
            return self._calendar(written, window, inside)
        found = _CALENDAR.fullmatch(window.duration)
        if window.is_rolling is False or (found and found[2] in "MQY"):
            hint = "add calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}, or write 28d and isRolling: true"
            value = window.duration
            written.missing((*inside, "calendar"), hint, f"a window of {value} without calendar")
            return None
        return rolling_window(written, (*inside, "duration"), window.duration)

    def _calendar(self, written: Written, window: documents.TimeWindow, path: PathInside) -> CalendarWindow | None:
        calendar = window.calendar
        found = _CALENDAR.fullmatch(window.duration)
        if found is None or calendar is None:
            hint = "write whole d, w, M, Q or Y, such as 1M"
            written.problem((*path, "duration"), "not a calendar duration", window.duration, hint)
        inside = (*path, "calendar")
        zone = self.defaults.zone
        if calendar is not None and calendar.time_zone is not None:
            zone = zone_named(written, (*inside, "timeZone"), calendar.time_zone) or zone
        anchor = _anchor(written, (*inside, "startTime"), calendar.start_time) if calendar is not None else None
        if found is None or anchor is None:
            return None
        unit = CalendarUnit(found[2])
        if unit not in (CalendarUnit.DAY, CalendarUnit.WEEK) and anchor.day > _LAST_DAY:
            hint = f"begin on a day that every month has, 1 to {_LAST_DAY}"
            written.problem((*inside, "startTime"), "not every month has this day", anchor.isoformat(), hint)
            return None
        return CalendarWindow(unit, int(found[1]), anchor, zone)


def _each_has_own(spec: documents.SLOSpec) -> bool:
    return all(objective.indicator is not None or objective.indicator_ref is not None for objective in spec.objectives)


def rolling_window(written: Written, path: PathInside, text: str) -> RollingWindow | None:
    """A rolling window of whole steps."""
    seconds = whole_steps(written, path, text)
    return RollingWindow(seconds) if seconds is not None else None


def whole_steps(written: Written, path: PathInside, text: str) -> Any:
    """A duration of whole steps."""
    try:
        duration = parse_duration(text)
    except ValueError as error:
        what, _, hint = str(error).partition("; ")
        written.problem(path, what, text, hint or "write one such as 28d")
        return None
    if duration.total_seconds() % STEP:
        written.problem(path, "not whole minutes", text, f"write a multiple of {format_duration(STEP)}, such as 28d")
        return None
    return duration


def _anchor(written: Written, path: PathInside, text: str) -> date | None:
    try:
        start = datetime.fromisoformat(text.strip())
    except ValueError:
        written.problem(path, "not a date and time", text, "write 2026-01-01 00:00:00")
        return None
    if start.tzinfo is not None:
        written.problem(path, "a zone in startTime", text, "take it out and write timeZone beside it")
        return None
    if start.time() != datetime.min.time():
        written.problem(path, "periods begin at midnight", text, f"write {start.date().isoformat()} 00:00:00")
        return None
    return start.date()


def ratio_at(written: Written, path: PathInside, value: Decimal | str, *, above_zero: bool) -> Decimal | None:
    """A share whose mistakes are told at their place."""
    try:
        ratio = parse_ratio(value)
    except ValueError as error:
        what, _, hint = str(error).partition("; ")
        written.problem(path, what, value, hint or "write a ratio such as 0.999")
        return None
    if (above_zero and ratio == 0) or len(ratio.as_tuple().digits) > _MAX_DIGITS or ratio.adjusted() < -_MAX_DIGITS:
        written.problem(path, "out of range", value, f"write a ratio above 0 of at most {_MAX_DIGITS} digits, such as 0.999")
        return None
    return ratio


def percent_at(written: Written, path: PathInside, value: Decimal) -> Decimal | None:
    """A percentage as a share."""
    if not 0 < value <= 100:
        written.problem(path, "a percentage must lie above 0, up to 100", value, "write one such as 99.9")
        return None
    return ratio_at(written, path, value.scaleb(-2), above_zero=True)


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the objectives of one document have in common."""

    written: Written
    values: dict[str, Any]
    service: Service | None
    window: Window | None
    thresholds: LevelThresholds
    defaults: Defaults

    def slo(self, objective: documents.Objective, path: PathInside, name: str, sli: Sli | None) -> Slo | None:
        mtbf: int | None = self.values.get("mtbf")
        target = self._target(objective, path, is_needed=mtbf is None)
        slice_target, slice_seconds = self._slices(objective, path)
        limit = self._limit(objective, path, sli) if sli is not None else None
        if sli is None or self.window is None or self.service is None or (target is None and mtbf is None):
            return None
        if isinstance(sli.measure, ThresholdMeasure) and limit is None:
            return None
        share, text = target if target is not None else (1 - Decimal(1) / Decimal(mtbf or 1), f"mtbf {mtbf}m")
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
        )
        return self._made(objective, path, name, sli, limit, text, terms)

    def _made(
        self,
        objective: documents.Objective,
        path: PathInside,
        name: str,
        sli: Sli,
        limit: Limit | None,
        text: str,
        terms: BudgetTerms,
    ) -> Slo:
        model: documents.SLO = self.written.model
        is_mtbf = "mtbf" in self.values
        service = self.service
        suffix = f"@{limit}" if limit else "@mtbf" if is_mtbf and sli.failures is not None else ""
        line, _ = self.written.tree.place(path if "/" in name[len(model.metadata.name) :] else ())
        return Slo(
            id=name,
            name=model.metadata.name,
            display_name=objective.display_name or model.metadata.display_name or name,
            description=model.spec.description or "",
            service=model.spec.service,
            tier=self.values.get("tier", service.tier if service else None),
            team=self.values.get("team", service.team if service else None),
            sli=sli,
            series=sli.id + suffix,
            limit=limit,
            target_text=text,
            terms=terms,
            is_mtbf=is_mtbf,
            annotations=dict(model.metadata.annotations or {}),
            place=type(self.written.place)(self.written.tree.file, line),
        )

    def _target(
        self, objective: documents.Objective, path: PathInside, *, is_needed: bool
    ) -> tuple[Decimal, str] | None:
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
            if is_needed:
                written.missing((*path, "target"), "add target: 0.999")
            return None
        if share is not None and is_needed and share < Decimal("0.5"):
            hint = "is it the share of bad events? target is the share of good ones, such as 0.999"
            written.warn(where, "fewer than half good is promised", text, hint)
        return None if share is None else (share, text)

    def _slices(self, objective: documents.Objective, path: PathInside) -> tuple[Decimal | None, int]:
        written, method = self.written, self.written.model.spec.budgeting_method
        share: Decimal | None = None
        if objective.time_slice_target is not None:
            share = ratio_at(written, (*path, "timeSliceTarget"), objective.time_slice_target, above_zero=True)
        elif method == "Timeslices":
            written.missing((*path, "timeSliceTarget"), "add timeSliceTarget: 0.99, the share from which a slice is good")
        width = objective.time_slice_window
        if width is None:
            return share, STEP
        where = (*path, "timeSliceWindow")
        duration = whole_steps(written, where, f"{width}m" if isinstance(width, int) or width.isdecimal() else width)
        seconds = int(duration.total_seconds()) if duration is not None else STEP
        length = self.window.duration.total_seconds() if isinstance(self.window, RollingWindow) else 86_400
        if length % seconds:
            hint = "write one that divides the window, such as 1m, 5m or 1h"
            written.problem(where, "the window is not whole slices", width, hint)
        return share, seconds

    def _limit(self, objective: documents.Objective, path: PathInside, sli: Sli) -> Limit | None:
        if not isinstance(sli.measure, ThresholdMeasure):
            return None
        band: Limit | None = self.values.get("band")
        if band is not None:
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
