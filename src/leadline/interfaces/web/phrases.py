"""Sentences of the pages, from figures that are decided already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from leadline.adapters.charts import words as numbers
from leadline.adapters.charts.parts import NARROW
from leadline.adapters.charts.words import number, percent, sli, times
from leadline.domains.budgets.model import SloStatus
from leadline.domains.budgets.overview_model import Need, NeedKind, Needs, OverviewRow
from leadline.interfaces.web.words import count, counted

_SIGNS = {"lt": "<", "lte": "≤", "gt": ">", "gte": "≥"}
_MANY_HOURS = 48
_UNITS = {"m": "min"}
_SMALL = dict(enumerate(["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]))


def short_name(display_name: str, name: str) -> str:
    """
    The display name without the id that it begins with, since that stands beside it.

    >>> short_name("SLO-API-001 Availability", "slo-api-001"), short_name("Checkout works", "checkout")
    ('Availability', 'Checkout works')
    """
    id_ = name.partition("/")[0]
    is_id = any(letter.isdigit() for letter in id_) and display_name.casefold().startswith(id_.casefold())
    return (display_name[len(id_) :].strip(" :-–") if is_id else "") or display_name


def window(duration: str) -> str:
    """A length such as 5m, with a space and the unit that people write."""
    return f"{duration[:-1]}{NARROW}{_UNITS.get(duration[-1], duration[-1])}"


def target(row: OverviewRow) -> str:
    """What is promised, short enough for a column."""
    promise, share = row.promise, numbers.target(row.status.objective)
    if promise.between_failures:
        return f">{NARROW}{window(promise.between_failures)} between failures"
    if promise.low is not None and promise.high is not None:
        return f"{promise.low:g}–{promise.high:g} in {share}"
    if promise.op and promise.value is not None:
        return f"{_SIGNS.get(promise.op, promise.op)}{NARROW}{promise.value:g} in {share}"
    return f"{'=' if row.status.objective >= 1 else '≥'}{NARROW}{share}"


def measured(row: OverviewRow) -> str:
    """What stands against the target: the share of good events, or the mean time between failures."""
    slo = row.status
    if not row.promise.between_failures:
        return sli(slo.sli, slo.objective)
    if not slo.total:
        return "–"
    if not slo.bad:
        return "no failure"
    hours = slo.total / slo.bad / 60
    return f"{number(hours / 24, 1)}{NARROW}d" if hours >= _MANY_HOURS else f"{number(hours, 1)}{NARROW}h"


def without_budget(row: OverviewRow) -> str:
    """What is counted where nothing may fail; empty where there is a budget."""
    slo = row.status
    if slo.objective < 1 or slo.bad is None or slo.total is None:
        return ""
    return f"No error allowed: {count(slo.bad)} of {count(slo.total)} wrong"


def course(row: OverviewRow) -> tuple[list[tuple[float, float | None]], str]:
    """Points of the spark line, and what they say."""
    points = row.course
    if not points:
        return [], ""
    first, length = points[0].at, max(points[-1].at - points[0].at, timedelta(minutes=1))
    drawn = [((point.at - first) / length, point.remaining) for point in points]
    known = [value for _, value in drawn if value is not None]
    if not known:
        return [], ""
    return drawn, f"Budget left over 28 days: from {percent(known[0])} to {percent(known[-1])}"


@dataclass(frozen=True, slots=True)
class Call:
    """One line of what needs someone."""

    what: str
    why: str
    verb: str
    link: str


def call(need: Need, names: Mapping[str, str]) -> Call:
    """What, why and what to do; `names` holds display names of services."""
    name = short_name(need.name, need.slos[0])
    link = f"/slos/{need.slos[0]}"
    if need.kind is NeedKind.UNKNOWN:
        service = names.get(need.service, need.service)
        what = f"{name} cannot be told"
        if len(need.slos) > 1:
            what = f"{counted(len(need.slos), 'objective')} of {service} cannot be told"
        return Call(what, _sentence(need.reason), "Check source", f"/services/{need.service}#sources")
    left = _left(need)
    if need.kind is NeedKind.BURNING:
        over = " and ".join(
            f"{times(limit.rate)} over {window(limit.window)}, limit {times(limit.factor)}" for limit in need.limits
        )
        return Call(
            f"{name} burns at {times(need.limits[0].rate)}", f"{over}. {left} {need.action}.", "Open budget", link
        )
    if need.kind is NeedKind.DEPLETED:
        spent = "has overspent its budget" if (need.remaining or 0) < 0 else "has spent its budget"
        return Call(f"{name} {spent}", left or _sentence(need.reason), "See what spent it", link)
    return Call(f"{name} has {percent(need.remaining)} left", left, "Open budget", link)


def _left(need: Need) -> str:
    if need.remaining is None:
        return ""
    left = f"{percent(need.remaining)} left"
    if need.bad is None or need.allowed_bad is None:
        return f"{left}."
    return f"{left}: {count(need.bad)} failed, {count(int(need.allowed_bad))} allowed."


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}." if reason else ""


_STATES = (
    ("depleted", "is spent", "are spent"),
    ("critical", "is critical", "are critical"),
    ("unknown", "cannot be told", "cannot be told"),
)


def lede(needs: Needs) -> str:
    """How bad it is, in one sentence."""
    of = counted(needs.objectives, "objective")
    burning = sum(need.kind is NeedKind.BURNING for need in needs.needs)
    numbers_ = [(burning, "burns fast", "burn fast")]
    numbers_ += [(needs.counts.get(level, 0), one, many) for level, one, many in _STATES]
    told = [f"{_SMALL.get(n, str(n))} {one if n == 1 else many}" for n, one, many in numbers_ if n]
    if told:
        return f"Of {of}, {', '.join(told)}."
    if warned := needs.counts.get("warning", 0):
        return f"No budget needs anyone; of {of}, {_SMALL.get(warned, str(warned))} at warning."
    return f"Every budget is healthy: {of}."


def is_silent(slos: tuple[SloStatus, ...]) -> bool:
    """Whether nothing was counted yet for anything."""
    return all(slo.level == "unknown" and not slo.total for slo in slos)
