"""What is committed to others is counted with the corrections that apply to agreements and were announced in time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from fakes import MemoryLedger
from instants import NOON, NOON_SECONDS
from leadline.core.slices import HOUR, STEP, SeriesKey, SliceBatch
from leadline.domains.budgets.model import CommitmentStatus, ShowSlo
from leadline.domains.budgets.service import show_slo
from leadline.handbook.specs import Agreement, Commitment, Correction, Place
from leadline.ports.operation import Context
from made_handbooks import a_context, a_handbook, an_sli, an_slo

HERE = Place("c.yaml", 1)
MINUTES = 2880


def shop(target: str | None = "0.99", **correction: Any) -> Context:
    """Two days of 1,000 events a minute; all of those of one hour, a day ago, are bad: 60,000 of 2,880,000."""
    ledger = MemoryLedger()
    starts = NOON_SECONDS - np.arange(MINUTES, 0, -1) * STEP
    is_down = (starts >= NOON_SECONDS - 24 * HOUR) & (starts < NOON_SECONDS - 23 * HOUR)
    ledger.append("x", [SliceBatch(SeriesKey("api"), starts, np.where(is_down, 1000, 0), np.full(MINUTES, 1000))])
    handbook = a_handbook([an_sli("api")], [an_slo(an_sli("api"), "checkout", days=2)])
    committed = Commitment("availability", "checkout", None, target and Decimal(target), "", (), ())  # type: ignore[arg-type]  # None stays None
    made = Correction(
        "move", (), ("shop",), NOON_SECONDS - 24 * HOUR, NOON_SECONDS - 23 * HOUR, "exclude", ("agreement",),
        "Moved.", "Ada", HERE,
    )  # fmt: skip
    return a_context(
        replace(
            handbook,
            agreements={"customers": Agreement("customers", "", "payers", (committed,), HERE)},
            corrections={"move": replace(made, **correction)} if correction else {},
        ),
        ledger=ledger,
    )


def committed(context: Context) -> CommitmentStatus:
    [found] = show_slo(ShowSlo(name="checkout", at=NOON), context).agreements
    return found


def test_without_corrections_the_commitment_counts_as_measured() -> None:
    found = committed(shop())
    assert (found.state, found.bad, found.total, found.target) == ("broken", 60_000, 2_880_000, 0.99)


@pytest.mark.parametrize(
    ("announced_hours_ahead", "state", "bad", "late"), [(24, "kept", 0, ()), (23, "broken", 60_000, ("move",))]
)
def test_maintenance_counts_only_when_it_was_announced_in_time(
    announced_hours_ahead: int, state: str, bad: int, late: tuple[str, ...]
) -> None:
    announced_at = NOON_SECONDS - (24 + announced_hours_ahead) * HOUR
    context = shop(announced_at=announced_at, notice_seconds=24 * HOUR)
    found = committed(context)
    assert (found.state, found.bad, found.late) == (state, bad, late)
    [slo] = show_slo(ShowSlo(name="checkout", at=NOON), context).objectives
    assert (slo.bad, slo.raw) == (60_000, None), "planned maintenance spends the SLO's own budget"


def test_what_corrects_the_slo_alone_leaves_the_agreement_alone() -> None:
    assert committed(shop(applies_to=("slo",))).state == "broken"


def test_spending_exactly_all_that_is_committed_keeps_it() -> None:
    exactly = 1 - Decimal(60_000) / Decimal(2_880_000)
    assert committed(shop(str(exactly.quantize(Decimal("1e-9"), "ROUND_DOWN")))).state == "kept"
    assert committed(shop(str(exactly.quantize(Decimal("1e-9"), "ROUND_UP")))).state == "broken"


def test_a_commitment_without_a_target_is_not_judged() -> None:
    found = committed(shop(None))
    assert (found.state, found.reason, found.target) == ("unknown", "it has no target", None)


def test_the_corrections_of_the_window_are_told_with_who_and_why() -> None:
    [told] = show_slo(ShowSlo(name="checkout", at=NOON), shop(mode="exclude")).corrections
    assert (told.name, told.mode, told.reason, told.approver) == ("move", "exclude", "Moved.", "Ada")
    assert show_slo(ShowSlo(name="checkout", at=NOON), shop(start=0, end=HOUR)).corrections == ()
