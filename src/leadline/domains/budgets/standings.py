"""How objectives stand, for those who act on it: a `Judge`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from leadline.core.budgets import Level
from leadline.domains.budgets.model import ShowStatus, SloStatus
from leadline.domains.budgets.needs import burning
from leadline.domains.budgets.service import show_status
from leadline.handbook.specs import Slo
from leadline.ports.operation import Context
from leadline.ports.standings import Standings, Stood
from leadline.units import format_duration

_HOUR = format_duration(3_600)


def standings(context: Context, slos: Sequence[str], at: datetime | None = None) -> Standings:
    """Judge these objectives, from what the turn found or from the ledger."""
    known = {*context.handbook.slos, *context.handbook.composites}
    status = show_status(ShowStatus(at=at, slos=tuple(name for name in slos if name in known)), context)
    every = {**context.handbook.slos, **{name: each.slo for name, each in context.handbook.composites.items()}}
    pages = {each.slo: _page(each, every[each.slo]) for each in status.slos if each.slo in every}
    return Standings(int(status.at.timestamp()), tuple(_in_order(slos, status.slos, pages)))


def _page(status: SloStatus, slo: Slo) -> str:
    """The first alert of an objective that pages, with the burn rates that hold."""
    alert = burning(status, slo.alerts)
    if alert is None:
        return ""
    rates = " and ".join(f"{limit.rate:.1f}x over {limit.window}" for limit in alert.limits)
    return f"{slo.id} burns {rates} ({alert.tier.name})"


def _in_order(slos: Sequence[str], found: Sequence[SloStatus], pages: Mapping[str, str]) -> Iterator[Stood]:
    by_id = {each.slo: each for each in found}
    for name in slos:
        one = by_id.get(name)
        if one is None:
            yield Stood(name, "", Level.UNKNOWN, "it is not promised at this instant", None, None, None)
        else:
            yield Stood(
                one.slo, one.service, Level(one.level), one.short_reason, one.budget.remaining, one.coverage,
                one.burn.get(_HOUR), pages.get(name, ""),
            )  # fmt: skip
