"""Recurring corrections on the days on which clocks change, in each mode: elapsed hours, worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from fakes import MemoryLedger
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.budgets.model import ShowStatus
from leadline.domains.budgets.service import show_status
from leadline.domains.corrections.model import AddCorrection, RemoveCorrection
from leadline.domains.corrections.service import add_correction, remove_correction
from leadline.ports.operation import Context
from made_handbooks import a_context, a_handbook, an_sli, an_slo

MINUTES = 2 * 1440
SPRING = datetime(2026, 3, 30, tzinfo=UTC)
"""Clocks of Berlin go from 02:00 to 03:00 on 29 March 2026, at 01:00 UTC."""
AUTUMN = datetime(2026, 10, 26, tzinfo=UTC)
"""They go from 03:00 to 02:00 on 25 October 2026, at 01:00 UTC."""


def shop(at: datetime) -> Context:
    """Two days before `at`: each minute has 1 bad of 1,000."""
    ledger = MemoryLedger()
    starts = int(at.timestamp()) - np.arange(MINUTES, 0, -1) * STEP
    ledger.append("x", [SliceBatch(SeriesKey("api"), starts, np.full(MINUTES, 1), np.full(MINUTES, 1000))])
    return a_context(a_handbook([an_sli("api")], [an_slo(an_sli("api"), "checkout", days=2)]), ledger=ledger, now=at)


def add(context: Context, **fields: Any) -> str:
    wanted = {
        "slos": ("checkout",),
        "applies_to": ("slo",),
        "reason": "moved",
        "approver": "Ada",
        "zone": "Europe/Berlin",
    }
    return add_correction(AddCorrection(**{**wanted, **fields}), context).name


def counted(context: Context, at: datetime) -> tuple[float, float]:
    [slo] = show_status(ShowStatus(at=at), context).slos
    return slo.bad, slo.total


@pytest.mark.parametrize(
    ("at", "start", "hours", "minutes"),
    [
        # From 00:00Z on both days, across the change for 3 elapsed hours; that of the 30th begins at 23:00Z before.
        (SPRING, "2026-03-01T01:00", 3, 180 + 180 + 60),
        # From 23:00Z of the days before: two hours of the first lie in the window; that of the 26th begins after it.
        (AUTUMN, "2026-10-01T01:00", 3, 120 + 180),
        # 02:30 does not exist on 29 March, and exists twice on 25 October.
        (SPRING, "2026-03-01T02:30", 1, 60 + 60),
        (AUTUMN, "2026-10-01T02:30", 1, 60 + 60),
    ],
)
@pytest.mark.parametrize("mode", ["exclude", "good", "bad"])
def test_each_day_has_one_occurrence_of_the_same_length(
    at: datetime, start: str, hours: int, minutes: int, mode: str
) -> None:
    context = shop(at)
    before = show_status(ShowStatus(at=at), context).model_dump_json()
    name = add(context, start=start, duration=f"{hours}h", recurrence="FREQ=DAILY", mode=mode)
    wanted = {
        "exclude": (MINUTES - minutes, (MINUTES - minutes) * 1000),
        "good": (MINUTES - minutes, MINUTES * 1000),
        "bad": (MINUTES - minutes + minutes * 1000, MINUTES * 1000),
    }
    assert counted(context, at) == wanted[mode]
    remove_correction(RemoveCorrection(name=name, reason="a slip", who="Bob"), context)
    assert show_status(ShowStatus(at=at), context).model_dump_json() == before


@pytest.mark.parametrize(
    ("at", "start", "end", "minutes"),
    [
        (SPRING, "2026-03-29T01:00", "2026-03-29T04:00", 120),  # 00:00Z to 02:00Z: an hour does not exist
        (AUTUMN, "2026-10-25T01:00", "2026-10-25T04:00", 240),  # 23:00Z to 03:00Z: an hour exists twice
    ],
)
@pytest.mark.parametrize("mode", ["exclude", "good", "bad"])
def test_an_interval_between_two_local_times_is_as_long_as_it_lasted(
    at: datetime, start: str, end: str, minutes: int, mode: str
) -> None:
    context = shop(at)
    add(context, start=start, end=end, mode=mode)
    bad, total = counted(context, at)
    if mode == "exclude":
        assert (bad, total) == (MINUTES - minutes, (MINUTES - minutes) * 1000)
    else:
        assert (bad, total) == (MINUTES - minutes + (minutes * 1000 if mode == "bad" else 0), MINUTES * 1000)


def test_overlaps_at_the_change_count_once_and_exclude_wins_over_bad_over_good() -> None:
    context = shop(SPRING)
    add(context, start="2026-03-29T00:00:00Z", duration="2h", mode="good")
    add(context, start="2026-03-29T01:00:00Z", duration="2h", mode="bad")
    add(context, start="2026-03-29T02:00:00Z", duration="2h", mode="exclude")
    # 00-01 good: -60 bad; 01-02 bad: +60 * 999; 02-04 excluded: -120 minutes on both sides.
    assert counted(context, SPRING) == (MINUTES - 60 - 120 + 60 * 999, (MINUTES - 120) * 1000)
