"""How objectives stand, for those who act on it: a `Judge`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from leadline.core.budgets import Level
from leadline.domains.budgets.model import ShowStatus, SloStatus
from leadline.domains.budgets.service import show_status
from leadline.ports.operation import Context
from leadline.ports.standings import Standings, Stood
from leadline.units import format_duration

_HOUR = format_duration(3_600)


def standings(context: Context, slos: Sequence[str], at: datetime | None = None) -> Standings:
    """Judge these objectives, from what the turn found or from the ledger."""
    known = {*context.handbook.slos, *context.handbook.composites}
    status = show_status(ShowStatus(at=at, slos=tuple(name for name in slos if name in known)), context)
    return Standings(int(status.at.timestamp()), tuple(_in_order(slos, status.slos)))


def _in_order(slos: Sequence[str], found: Sequence[SloStatus]) -> Iterator[Stood]:
    by_id = {each.slo: each for each in found}
    for name in slos:
        one = by_id.get(name)
        if one is None:
            yield Stood(name, "", Level.UNKNOWN, "it is not promised at this instant", None, None, None)
        else:
            yield Stood(
                one.slo, one.service, Level(one.level), one.short_reason, one.budget.remaining, one.coverage,
                one.burn.get(_HOUR),
            )  # fmt: skip
