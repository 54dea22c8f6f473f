"""
Pictures for messages: how fast the budget of a notice's objective burns, as PNG.

vl-convert makes them, which is an extra of its own. Without it, and where there is nothing to draw, there is none.
"""

from __future__ import annotations

from importlib import import_module
from zoneinfo import ZoneInfo

from leadline.adapters.charts.axes import TimeAxis
from leadline.adapters.charts.burn_picture import burn_picture
from leadline.adapters.charts.burn_rates import Limit, Rates
from leadline.domains.budgets.course_model import ObjectiveBurns, ShowBurns, TierStanding
from leadline.domains.budgets.courses import show_burns
from leadline.errors import LeadlineError
from leadline.ports.operation import Context
from leadline.ports.outbox import Notice

_MINUTES = 180
_SCALE = 2.0
"""Pixels of the picture for one of the drawing, for screens that show two."""


def picture_of(notice: Notice, context: Context) -> bytes | None:
    """The picture for a notice; None where there is none."""
    try:
        converter = import_module("vl_convert")
        drawing = drawing_of(notice, context)
        return None if drawing is None else bytes(converter.svg_to_png(drawing, scale=_SCALE))
    except (ImportError, LeadlineError, ValueError):
        return None


def drawing_of(notice: Notice, context: Context) -> str | None:
    """
    The picture as SVG: the alert that is most of all met, over the last hours.

    Raises:
        LeadlineError: its figures cannot be told.
    """
    slo = context.handbook.slos.get(notice.slo)
    if slo is None or not slo.terms.error_budget:
        return None
    burns = show_burns(ShowBurns(name=slo.id, minutes=_MINUTES), context).objectives[slo.id]
    condition = _condition(burns)
    rates = [Rates(point.at, point.burn) for point in burns.points]
    if condition is None or not any(rate is not None for each in rates for rate in each.burn.values()):
        return None
    axis = TimeAxis(rates[0].at, rates[-1].at, ZoneInfo(context.handbook.zone))
    limits = [Limit(limit.window, limit.factor) for limit in condition.limits]
    asked = " and ".join(f"{limit.factor:g}× over {limit.window}" for limit in condition.limits)
    return burn_picture(
        axis,
        rates,
        limits,
        slo.display_name,
        f"burn rate, times in {axis.zone.key}; the alert asks for more than {asked}",
    )


def _condition(burns: ObjectiveBurns) -> TierStanding | None:
    """Of those that hold the one that asks most, else the first."""
    met = [each for each in burns.conditions if each.is_met]
    chosen = max(met, key=lambda each: max(limit.factor for limit in each.limits), default=None)
    return chosen or next(iter(burns.conditions), None)
