"""
AlertStrategy documents, and the tiers that one makes for an objective: its factors follow from the window's length.

Strategies that come with Leadline stand in `strategies.yaml` beside this module and are read as any other document is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path

from leadline.core.alert_tiers import AlertAction, AlertTier, BurnLimit, LowTraffic, Severity
from leadline.core.slices import STEP
from leadline.core.windows import CalendarUnit, RollingWindow, Window
from leadline.handbook import practice
from leadline.handbook.annotations import read_annotations
from leadline.handbook.reading import PathInside, read_file
from leadline.handbook.scalars import ratio_at, whole_steps
from leadline.handbook.shaping import Report, Written, shape
from leadline.handbook.specs import AlertStrategy, StrategyLimit, StrategyTier
from leadline.units import format_duration

USUAL = "workbook"
"""Strategy of objectives for which nobody names one."""
_LEAST_SLICES = 4
_DAYS = {
    CalendarUnit.DAY: 1,
    CalendarUnit.WEEK: 7,
    CalendarUnit.MONTH: 30,
    CalendarUnit.QUARTER: 91,
    CalendarUnit.YEAR: 365,
}
"""Length by which the factors of calendar windows are scaled, so that an alert is the same in each month."""


def strategy(written: Written) -> AlertStrategy:
    """An AlertStrategy document."""
    model: practice.AlertStrategy = written.model
    read_annotations(written, ("metadata",), ("AlertStrategy",))
    rule, tiers = _low_traffic(model.spec.low_traffic), []
    for index, tier in enumerate(model.spec.tiers):
        path: PathInside = ("spec", "tiers", index)
        if any(tier.name == other.name for other in model.spec.tiers[:index]):
            written.problem((*path, "name"), "a tier of this name is there already", tier.name, "rename one")
        tiers.append(
            StrategyTier(
                name=tier.name,
                service_tiers=tier.service_tiers,
                limits=_limits(written, tier, (*path, "all")),
                severity=Severity(tier.severity),
                action=AlertAction(tier.action or AlertAction.NONE),
                low_traffic=None if tier.low_traffic == "off" or tier.least_bad else rule,
                least_bad=tier.least_bad or 0,
            )
        )
    return AlertStrategy(model.metadata.name, model.spec.description or "", tuple(tiers), written.place)


def _low_traffic(rule: practice.LowTraffic | None) -> LowTraffic:
    usual = LowTraffic()
    if rule is None:
        return usual
    deviates = usual.deviates if rule.deviates is None else float(rule.deviates)
    return LowTraffic(rule.least_bad or usual.least_bad, deviates)


def _limits(written: Written, tier: practice.StrategyTier, path: PathInside) -> tuple[StrategyLimit, ...]:
    """Windows of a tier, shortest first; those that say nothing take what another one says."""
    found: list[StrategyLimit] = []
    silent: list[int] = []
    for index, limit in enumerate(tier.all):
        where = (*path, index)
        length = whole_steps(written, (*where, "window"), limit.window)
        seconds = STEP if length is None else int(length.total_seconds())
        if length is not None and any(seconds == other.seconds for other in found):
            written.problem((*where, "window"), "a window stands twice in a tier", limit.window, "keep one")
        if length is not None and seconds < _LEAST_SLICES * STEP:
            hint = (
                f"write at least {format_duration(_LEAST_SLICES * STEP)}: one slice that is late decides it otherwise"
            )
            written.warn((*where, "window"), "an alert that looks at too few slices", limit.window, hint)
        said = _said(written, limit, where, seconds)
        if said is None:
            silent.append(seconds)
        else:
            found.append(said)
    if silent and not found:
        written.missing((*path, 0, "factor"), "add factor: 14.4, budgetShare: 2% or timeToExhaustion: 4h")
        return ()
    longest = max(found, key=lambda limit: limit.seconds)
    taken = [replace(longest, seconds=seconds) for seconds in silent]
    return tuple(sorted([*found, *taken], key=lambda limit: limit.seconds))


def _said(written: Written, limit: practice.StrategyLimit, path: PathInside, seconds: int) -> StrategyLimit | None:
    """What a window says is too fast; None when it says nothing."""
    said = {"factor": limit.factor, "budgetShare": limit.budget_share, "timeToExhaustion": limit.time_to_exhaustion}
    named = [key for key, value in said.items() if value is not None]
    for key in named[1:]:
        written.problem((*path, key), f"both {named[0]} and {key}", said[key], "keep one")
    if limit.factor is not None:
        return _by_factor(written, limit, path, seconds)
    if limit.budget_share is not None:
        share = ratio_at(written, (*path, "budgetShare"), limit.budget_share, above_zero=True)
        return StrategyLimit(seconds, budget_share=Fraction(share or 1), of_seconds=seconds)
    if limit.time_to_exhaustion is not None:
        lasts = whole_steps(written, (*path, "timeToExhaustion"), limit.time_to_exhaustion)
        return StrategyLimit(seconds, exhaustion_seconds=STEP if lasts is None else int(lasts.total_seconds()))
    return None


def _by_factor(written: Written, limit: practice.StrategyLimit, path: PathInside, seconds: int) -> StrategyLimit:
    factor, where = Fraction(limit.factor or 0), (*path, "factor")
    if factor <= 0:
        written.problem(where, "not a burn rate", limit.factor, "write a factor above 0, such as 14.4")
        factor = Fraction(1)
    elif factor < 1:
        hint = "write 1 or more: below it the budget lasts longer than its window"
        written.warn(where, "an alert although the budget would be kept", limit.factor, hint)
    return StrategyLimit(seconds, factor=factor)


def window_seconds(window: Window) -> int:
    """Length of a budget window by which factors are scaled; of calendar windows a usual one."""
    if isinstance(window, RollingWindow):
        return int(window.duration.total_seconds())
    return _DAYS[window.unit] * window.count * 86_400


def factor_of(limit: StrategyLimit, length_seconds: int) -> Fraction:
    """
    Burn rate that a limit stands for, over a budget window of this length.

    Source: The Site Reliability Workbook (2018), ch. 5: budget share · window / alert window.

    >>> float(factor_of(StrategyLimit(3_600, budget_share=Fraction(2, 100), of_seconds=3_600), 28 * 86_400))
    13.44
    """
    if limit.factor is not None:
        return limit.factor
    if limit.budget_share is not None:
        return limit.budget_share * length_seconds / limit.of_seconds
    return Fraction(length_seconds, limit.exhaustion_seconds or STEP)


@dataclass(frozen=True, slots=True)
class Tiers:
    """Tiers of one objective, and those of its strategy that it cannot have, each with why."""

    kept: tuple[AlertTier, ...]
    left_out: tuple[tuple[AlertTier, str], ...]


def tiers_for(
    strategy: AlertStrategy,
    service_tier: int | None,
    window: Window,
    error_budget: Fraction,
    low_traffic: str = "",
    *,
    may_exceed_one: bool = False,
) -> Tiers:
    """
    The tiers of a strategy for one objective.

    Args:
        strategy: as written.
        service_tier: of the service; None where none is declared, which is as the strictest.
        window: of the budget.
        error_budget: 1 - objective.
        low_traffic: annotation of the SLO: on, off, or the least number of bad events.
        may_exceed_one: bad may exceed total (mean time between failures): every factor can be reached.
    """
    length, kept, left_out = window_seconds(window), [], []
    for tier in strategy.tiers:
        if tier.service_tiers and (0 if service_tier is None else service_tier) not in tier.service_tiers:
            continue
        limits = tuple(BurnLimit(limit.seconds, factor_of(limit, length)) for limit in tier.limits)
        rule = _overridden(tier.low_traffic, low_traffic)
        made = AlertTier(tier.name, limits, tier.severity, tier.action, rule, tier.least_bad)
        why = "" if may_exceed_one or not error_budget else _unreachable(made, error_budget)
        if limits and limits[-1].seconds > length:
            why = f"it looks at {format_duration(limits[-1].seconds)}, longer than the budget's window"
        if why:
            left_out.append((made, why))
        elif limits:
            kept.append(made)
    return Tiers(tuple(kept), tuple(left_out))


def _unreachable(tier: AlertTier, error_budget: Fraction) -> str:
    if tier.is_reachable(error_budget):
        return ""
    factor = max(limit.factor for limit in tier.limits)
    most = float(1 / error_budget)
    return f"it can never fire: a burn rate of {float(factor):g} is wanted, and with every event bad it is {most:g}"


def _overridden(rule: LowTraffic | None, wanted: str) -> LowTraffic | None:
    if wanted in ("off", "false"):
        return None
    if wanted.isdecimal():
        return replace(rule or LowTraffic(), least_bad=int(wanted))
    return rule


@cache
def shipped_strategies() -> Mapping[str, AlertStrategy]:
    """Strategies that come with Leadline, by name."""
    report = Report()
    trees, problems = read_file(Path(str(files("leadline.handbook") / "strategies.yaml")), "(shipped) strategies.yaml")
    made = [strategy(shape(tree, report)) for tree in trees]
    if problems or report.problems:
        raise AssertionError([*problems, *report.problems])
    return {each.name: each for each in made}
