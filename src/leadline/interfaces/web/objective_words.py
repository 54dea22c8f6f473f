"""Sentences of an objective's page: what is promised, what was found, what to do."""

from __future__ import annotations

from datetime import datetime, timedelta

from leadline.adapters.charts.parts import NARROW
from leadline.adapters.charts.words import number, percent, target, times
from leadline.core.budgets import BudgetingMethod
from leadline.domains.budgets.course_model import (
    CoursePoint,
    ObjectiveBurns,
    StretchFigures,
    StretchState,
    TierStanding,
)
from leadline.domains.budgets.model import SloDetail, SloStatus
from leadline.handbook.specs import Slo
from leadline.interfaces.web import words
from leadline.interfaces.web.asking import Asked
from leadline.units import format_duration


def things(slo: Slo) -> str:
    """What is counted."""
    if slo.is_mtbf:
        return "failures"
    return "events" if slo.terms.method is BudgetingMethod.OCCURRENCES else "slices"


def promise(slo: Slo, *, is_composite: bool) -> str:
    """The objective as a sentence."""
    terms = slo.terms
    if slo.is_mtbf:
        between = format_duration(timedelta(minutes=int(1 / terms.error_budget)))
        said = f"At most one failure in {between} of running, on the average"
    elif not terms.error_budget:
        said = f"Every one of the {things(slo)} is good; not one may fail"
    elif is_composite:
        said = f"The whole is good for at least {target(float(terms.target))}"
    elif terms.method is BudgetingMethod.OCCURRENCES:
        said = f"At least {target(float(terms.target))} of {things(slo)} are good"
    else:
        said = f"At least {target(float(terms.target))} of slices of {format_duration(terms.slice_seconds)} are good"
    kind = "a rolling " if terms.window.kind == "rolling" else "a calendar "
    said += f", over {kind}{words.period(str(terms.window))}"
    if terms.hours is not None:
        said += f", in business hours alone ({terms.hours})"
    return said + "."


def left(status: SloStatus, slo: Slo) -> str:
    """How many may still fail."""
    budget = status.budget
    if not slo.terms.error_budget:
        return (
            f"nothing failed of {words.count(status.total or 0)}"
            if not status.bad
            else f"{words.count(status.bad)} failed; none may"
        )
    if budget.allowed_bad is None or status.bad is None:
        return "a share of error, not a count"
    rest = budget.allowed_bad - status.bad
    alone = "by what was seen alone " if status.level == "unknown" else ""
    if rest < 0 and not alone:
        return f"{words.rounded(-rest)} {things(slo)} more than {words.rounded(budget.allowed_bad)} allowed"
    noun = things(slo) if slo.is_mtbf else f"bad {things(slo)}"
    return f"{alone}{words.rounded(rest)} of {words.rounded(budget.allowed_bad)} {noun}"


def between_failures(status: SloStatus, slo: Slo) -> tuple[str, str] | None:
    """Mean time between failures as measured, and as promised; None for other objectives."""
    if not slo.is_mtbf or status.total is None or status.bad is None:
        return None
    promised = words.span(timedelta(minutes=int(1 / slo.terms.error_budget)))
    if not status.bad:
        return "no failure", f"target ≥ {promised}"
    return words.span(timedelta(minutes=status.total / status.bad)), f"target ≥ {promised}"


def course_finding(points: tuple[CoursePoint, ...], asked: Asked) -> str:
    """What the burn-down says."""
    known = [(point.at, point.remaining) for point in points if point.remaining is not None]
    if not known:
        return f"{points[-1].level} all the time, and no number says how far."
    if points[-1].remaining is None:
        since = words.stamp(known[-1][0], asked.zone)
        return f"{points[-1].level} since {since}; until then {percent(known[-1][1])} was left."
    (_, first), (_, last) = known[0], known[-1]
    low_at, low = min(known, key=lambda each: each[1])
    said = f"from {percent(first)} to {percent(last)}"
    if low < min(first, last) - 0.001:
        said += f", lowest {percent(low)} on {words.stamp(low_at, asked.zone)}"
    unknown = sum(point.level == "unknown" for point in points)
    if unknown:
        said += f"; unknown at {unknown} of {len(points)} instants, hatched"
    return said + "."


def heat_finding(cells: tuple[StretchFigures, ...], asked: Asked, noun: str) -> str:
    """What the heat map says: the worst hour or minute, and what is missing."""
    burning = [(each.burn, each) for each in cells if each.burn]
    broken = [each for each in cells if each.burn is None and each.bad and each.state is StretchState.MEASURED]
    missing = sum(each.expected - each.seen for each in cells)
    if broken:
        worst = max(broken, key=lambda each: each.bad)
        said = (
            f"{words.count(worst.bad)} failed in the {noun} from {words.stamp(worst.start, asked.zone)}, where none may"
        )
    elif burning:
        burn, worst = max(burning, key=lambda each: each[0])
        said = f"worst {times(burn)} in the {noun} from {words.stamp(worst.start, asked.zone)}"
    else:
        said = "nothing failed"
    if missing:
        said += f"; {words.counted(missing, 'slice')} missing"
    return said + "."


def tier_finding(burns: ObjectiveBurns) -> str:
    """How many of the tier's limits are exceeded."""
    met = sum(condition.is_met is True for condition in burns.conditions)
    rest = [condition for condition in burns.conditions if condition.is_met is None]
    blind = sum(condition.suspended is None for condition in rest)
    said = [f"{met} of {len(burns.conditions)} exceeded" if met or rest else "none exceeded"]
    said += [f"{len(rest) - blind} suspended"] if len(rest) > blind else []
    said += [f"{blind} cannot be told"] if blind else []
    return f"{', '.join(said)}; last 3 hours, log scale"


def condition(each: TierStanding) -> str:
    """What one alert asks."""
    return " and ".join(
        f"{number(limit.factor, 0) if limit.factor % 1 == 0 else limit.factor:}× over {limit.window}"
        for limit in each.limits
    )


def remedy(detail: SloDetail, status: SloStatus, now: datetime) -> str:
    """What to do about an objective of which nobody knows."""
    if status.composite is not None:
        missing = [part.slo for part in status.composite.components if part.is_missing]
        return f"Look at {', '.join(missing)} first." if missing else "Look at its components first."
    if status.bracket is not None and status.bracket.level_low != status.bracket.level_high:
        return "Give the histogram a bucket at the limit, or move the limit to a bucket."
    if "history begins" in status.reason:
        return "Wait for the first day, or fill in older slices with leadline collect --since."
    if detail.collected_until is None:
        return f"Nothing was collected from {detail.source}: send slices, or see whether the source answers."
    late = now - detail.collected_until
    return f"{detail.source} was collected up to {words.span(late)} ago: see whether it answers and has these series."


def burn_of_window(status: SloStatus, slo: Slo) -> str:
    """Speed over the whole window, so far."""
    budget = float(slo.terms.error_budget)
    if status.sli is None or not budget:
        return f"over 1{NARROW}h {times(status.burn.get('1h'))}"
    whole = f"{number((1 - status.sli) / budget, 2)}× over {status.window.duration}"
    return f"{times(status.burn.get('1h'))} over 1{NARROW}h, {whole}"
