"""The use case of designing alerts: what a strategy would say of an objective, before anybody relies on it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from leadline.core.alert_design import detection, events_an_hour_for_one_error
from leadline.core.alert_tiers import AlertTier
from leadline.core.windows import RollingWindow
from leadline.domains.alerting.design_model import Design, DesignAlerts, DesignedLimit, DesignedTier, Finding
from leadline.errors import Problem, SpecError
from leadline.handbook.strategies import shipped_strategies, tiers_for, window_seconds
from leadline.handbook.wording import nearest
from leadline.ports.operation import Context
from leadline.units import format_duration, parse_duration

_DIGITS = 12
"""Powers of ten within which an objective is read."""
ERROR_RATES = (Fraction(1), Fraction(1, 10), Fraction(1, 100), Fraction(2, 1000))


def design_alerts(request: DesignAlerts, context: Context) -> Design:
    """
    Scale a strategy to an objective and work out what each tier would say.

    Raises:
        SpecError: not an objective, a window or a strategy; or a tier that the objective can never reach.
    """
    budget, window = _budget(request.objective), _window(request.window)
    known = dict(shipped_strategies()) | dict(context.handbook.strategies)
    if request.strategy not in known:
        raise _bad("--strategy", "no such AlertStrategy", request.strategy, nearest(request.strategy, sorted(known)))
    tiers = tiers_for(known[request.strategy], request.service_tier, window, budget)
    if tiers.left_out:
        raise SpecError([_unreachable(tier, why, request.objective, budget) for tier, why in tiers.left_out])
    length = window_seconds(window)
    return Design(
        objective=float(1 - budget),
        window=str(window),
        strategy=request.strategy,
        tiers=tuple(_designed(tier, budget, length) for tier in tiers.kept),
    )


def _budget(text: str) -> Fraction:
    try:
        number = Decimal(text.removesuffix("%").strip())
        is_readable = number.is_finite() and -_DIGITS <= number.adjusted() <= _DIGITS
        share = Fraction(number) / 100 if is_readable else Fraction(-1)
    except ArithmeticError:
        share = Fraction(-1)
    if not 0 < share < 1:
        hint = "write per cent of good events above 0 and below 100, such as 99.9"
        raise _bad("--objective", "not an objective with an error budget", text, hint)
    return 1 - share


def _window(text: str) -> RollingWindow:
    try:
        return RollingWindow(parse_duration(text))
    except ValueError as error:
        raise _bad("--window", "not a duration", text, "write one such as 28d") from error


def _bad(where: str, what: str, value: str, hint: str) -> SpecError:
    return SpecError([Problem(where, 0, 0, "", what, value, hint)])


def _unreachable(tier: AlertTier, why: str, objective: str, budget: Fraction) -> Problem:
    factor = max(limit.factor for limit in tier.limits)
    hint = f"write a factor below {float(1 / budget):g}, or promise more, so that less is allowed to fail"
    return Problem(tier.name, 0, 0, "", why, f"{float(factor):g} at {objective.removesuffix('%')} %", hint)


def _designed(tier: AlertTier, budget: Fraction, length: int) -> DesignedTier:
    least = tier.least_bad or (tier.low_traffic.least_bad if tier.low_traffic else 0)
    return DesignedTier(
        name=tier.name,
        severity=tier.severity.value,
        action=tier.action.value,
        limits=tuple(
            DesignedLimit(window=format_duration(limit.seconds), factor=float(limit.factor)) for limit in tier.limits
        ),
        least_bad=least,
        one_error_below=float(events_an_hour_for_one_error(tier, budget)),
        findings=tuple(_finding(tier, budget, length, rate) for rate in ERROR_RATES),
    )


def _finding(tier: AlertTier, budget: Fraction, length: int, rate: Fraction) -> Finding:
    found = detection(tier, budget, length, rate)
    return Finding(
        error_rate=float(rate),
        detection_seconds=None if found is None else float(found.after_seconds),
        budget_spent=None if found is None else float(found.budget_spent),
        reset_seconds=None if found is None else float(found.reset_seconds),
    )
