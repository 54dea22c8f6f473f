"""Composites of measured SLOs: from slices in the ledger to level, burn rates and components."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from fakes import MemoryLedger
from instants import NOON, NOON_SECONDS
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.budgets.model import ShowHistory, ShowSlo, ShowStatus, SloStatus
from leadline.domains.budgets.revising import show_history
from leadline.domains.budgets.service import show_slo, show_status
from leadline.errors import NotFound
from leadline.ports.operation import Context
from made_composites import composite, read, service, several, slo
from made_handbooks import a_context

MINUTES = 2 * 1440
CART, PAY = slo("cart", "0.99"), slo("pay", "0.99")
UP = {"cart-events": 2, "pay-events": 5}
"""Bad of 1,000 a minute: shares of 0.002 and 0.005."""


def pushed(folder: Path, *documents: str, bad: Mapping[str, int], until: Mapping[str, int] | None = None) -> Context:
    """Two days of equal slices of each SLI before noon; `until` cuts off the last minutes of some."""
    loaded = read(folder, *documents)
    assert loaded.problems == ()
    assert loaded.handbook is not None
    ledger = MemoryLedger()
    for sli, count in bad.items():
        lived = MINUTES - (until or {}).get(sli, 0)
        starts = NOON_SECONDS - MINUTES * STEP + np.arange(lived) * STEP
        ledger.append("import", [SliceBatch(SeriesKey(sli), starts, np.full(lived, count), np.full(lived, 1000))])
    return a_context(loaded.handbook, ledger=ledger)


def judged(context: Context, name: str = "journey") -> SloStatus:
    [found] = [one for one in show_status(ShowStatus(at=NOON), context).slos if one.slo == name]
    return found


def journey(kind: str, target: str = "0.98", **annotations: str) -> str:
    return composite("journey", target, composite=kind, components="cart, pay", **annotations)


@pytest.mark.parametrize(
    ("kind", "error", "level"),
    [
        ("serial", 0.00699, "healthy"),  # 1 - 0.998 × 0.995
        ("parallel", 0.00001, "healthy"),
        ("weighted", 0.0035, "healthy"),
        ("worst", 0.005, "healthy"),
    ],
)
def test_a_composite_of_slos_equals_its_closed_form(tmp_path: Path, kind: str, error: float, level: str) -> None:
    found = judged(pushed(tmp_path, CART, PAY, journey(kind), bad=UP))
    assert found.budget.consumed == pytest.approx(error / 0.02, rel=1e-12)
    assert found.budget.remaining == pytest.approx(1 - error / 0.02, rel=1e-12)
    assert found.sli == pytest.approx(1 - error, rel=1e-12)
    assert found.burn["1h"] == pytest.approx(error / 0.02, rel=1e-12)
    assert (found.level, found.coverage) == (level, 1)


def test_a_composite_has_shares_and_no_events_and_says_so(tmp_path: Path) -> None:
    found = judged(pushed(tmp_path, CART, PAY, journey("serial"), bad=UP))
    assert (found.good, found.bad, found.total, found.budget.allowed_bad) == (None, None, None, None)
    assert "no counts" in found.reason
    assert (found.window.duration, found.window.end) == ("2d", NOON)


def test_each_component_is_told_with_how_it_stands_against_its_own_objective(tmp_path: Path) -> None:
    context = pushed(tmp_path, CART, PAY, journey("serial"), bad=UP)
    made = judged(context).composite
    assert made is not None
    assert (made.kind, made.on_missing) == ("serial", "unknown")
    told = {part.slo: (part.error, part.level, part.remaining, part.is_missing) for part in made.components}
    assert told["cart"] == (pytest.approx(0.002), "healthy", pytest.approx(0.8), False)
    assert told["pay"] == (pytest.approx(0.005), judged(context, "pay").level, pytest.approx(0.5), False)
    assert told["pay"][1] == "warning", "exactly half of the budget is left"


def test_objectives_with_weights_of_one_document_are_judged_alone_and_together(tmp_path: Path) -> None:
    parts = ["target: 0.99, compositeWeight: 3", "target: 0.98, compositeWeight: 1"]
    context = pushed(tmp_path, several("shop-works", parts), bad={"shop-works-1": 2, "shop-works-2": 6})
    shown = show_slo(ShowSlo(name="shop-works", at=NOON), context)
    assert [one.slo for one in shown.objectives] == ["shop-works/1", "shop-works/2", "shop-works"]
    whole = shown.objectives[2]
    assert whole.objective == pytest.approx(0.9875)  # the budget: (3 × 0.01 + 0.02) / 4 = 0.0125
    assert whole.budget.consumed == pytest.approx(0.003 / 0.0125)  # (3 × 0.002 + 0.006) / 4
    assert set(shown.burn_down) == {"shop-works/1", "shop-works/2", "shop-works"}


def test_a_component_is_taken_over_the_window_of_the_composite(tmp_path: Path) -> None:
    """Of two days the first is all bad: over one day nothing is, over two days half."""
    parts = slo("cart", "0.9", window="2d") + slo("pay", "0.9", window="2d")
    day = composite("day", "0.9", window="1d", composite="worst", components="cart, pay")
    both = composite("both", "0.9", window="2d", composite="worst", components="cart, pay")
    context = pushed(tmp_path, parts, day, both, bad={"pay-events": 0})
    first = NOON_SECONDS - MINUTES * STEP + np.arange(MINUTES) * STEP
    bad = np.where(np.arange(MINUTES) < MINUTES // 2, 1000, 0)
    context.ledger.append("import", [SliceBatch(SeriesKey("cart-events"), first, bad, np.full(MINUTES, 1000))])
    assert judged(context, "day").budget.consumed == 0
    assert judged(context, "both").budget.consumed == pytest.approx(5)
    assert judged(context, "both").level == "depleted"


@pytest.mark.parametrize(
    ("policy", "level", "error"),
    [("unknown", "unknown", None), ("good", "healthy", 0.002), ("bad", "depleted", 1), ("ignore", "healthy", 0.002)],
)
def test_a_component_never_pushed_is_what_the_policy_says(
    tmp_path: Path, policy: str, level: str, error: float | None
) -> None:
    context = pushed(tmp_path, CART, PAY, journey("serial", onMissing=policy), bad={"cart-events": 2})
    found = judged(context)
    assert (found.level, found.budget.consumed) == (level, None if error is None else pytest.approx(error / 0.02))
    assert "pay" in found.reason
    assert found.coverage == 1, "of those that have one"


@pytest.mark.parametrize(
    ("policy", "level", "error"),
    [
        ("unknown", "unknown", 0.005),  # what came is shown beside
        ("good", "healthy", 0.005 * 2580 / 2880),  # the five hours that did not come are good
        ("bad", "depleted", (0.005 * 2580 + 300) / 2880),  # or bad
        ("ignore", "healthy", 0.002),
    ],
)
def test_a_late_component_is_what_the_policy_says_of_what_did_not_come(
    tmp_path: Path, policy: str, level: str, error: float
) -> None:
    found = judged(pushed(tmp_path, CART, PAY, journey("worst", onMissing=policy), bad=UP, until={"pay-events": 300}))
    assert (found.level, found.budget.consumed) == (level, pytest.approx(error / 0.02, rel=1e-9))
    made = found.composite
    assert made is not None
    assert [part.is_missing for part in made.components] == [False, True]
    assert found.coverage == pytest.approx(1 if policy == "ignore" else 2580 / 2880)


def test_what_no_missing_component_could_save_is_surely_depleted(tmp_path: Path) -> None:
    found = judged(pushed(tmp_path, CART, PAY, journey("serial"), bad={"cart-events": 30}))
    assert (found.level, found.budget.consumed) == ("depleted", None)
    assert found.reason.startswith("depleted even if")


def test_composites_nest_over_one_window(tmp_path: Path) -> None:
    regions = [
        composite(name, "0.98", window="1d", composite="serial", components="cart, pay") for name in ("east", "west")
    ]
    both = composite("journey", "0.99", composite="parallel", components="east, west")
    found = judged(pushed(tmp_path, CART, PAY, *regions, both, bad=UP))
    assert found.budget.consumed == pytest.approx(0.00699**2 / 0.01)
    made = found.composite
    assert made is not None
    assert [(part.slo, part.level) for part in made.components] == [("east", "healthy"), ("west", "healthy")]


def test_corrections_of_a_component_hold_in_the_composite_and_raw_is_beside(tmp_path: Path) -> None:
    """The first day of `cart`, of which 0.012 were bad, is excluded; on the second 0.004 were."""
    begin = (NOON - timedelta(days=2)).isoformat()
    end = (NOON - timedelta(days=1)).isoformat()
    moved = (
        "---\napiVersion: leadline/v1\nkind: Correction\nmetadata: {name: move}\nspec: {slos: [cart], "
        f"start: '{begin}', end: '{end}', mode: exclude, appliesTo: [slo], reason: Moved., approver: Ada}}\n"
    )
    context = pushed(tmp_path, CART, PAY, journey("worst"), moved, bad={"pay-events": 0})
    starts = NOON_SECONDS - MINUTES * STEP + np.arange(MINUTES) * STEP
    bad = np.where(np.arange(MINUTES) < MINUTES // 2, 12, 4)
    context.ledger.append("import", [SliceBatch(SeriesKey("cart-events"), starts, bad, np.full(MINUTES, 1000))])
    found = judged(context)
    assert found.raw is not None
    assert found.budget.consumed == pytest.approx(0.004 / 0.02)
    assert found.raw.budget.consumed == pytest.approx(0.008 / 0.02)
    assert judged(pushed(tmp_path / "bare", CART, PAY, journey("worst"), bad=UP)).raw is None


def test_a_composite_is_found_by_name_and_by_service(tmp_path: Path) -> None:
    other = service("bank") + composite("bank-works", "0.9", of="bank", composite="worst", components="pay")
    context = pushed(tmp_path, CART, PAY, journey("serial"), other, bad=UP)
    assert [one.slo for one in show_status(ShowStatus(at=NOON, service="bank"), context).slos] == ["bank-works"]
    assert [one.slo for one in show_status(ShowStatus(at=NOON, slos=("journey",)), context).slos] == ["journey"]
    shown = show_slo(ShowSlo(name="journey", at=NOON), context)
    assert (shown.sli, shown.source, shown.queries, len(shown.objectives)) == ("", "", {}, 1)
    with pytest.raises(NotFound, match="did you mean journey"):
        show_slo(ShowSlo(name="jorney", at=NOON), context)


def test_the_history_of_a_composite_has_its_budget(tmp_path: Path) -> None:
    context = pushed(tmp_path, CART, PAY, journey("serial"), bad=UP)
    [revision] = show_history(ShowHistory(name="journey", at=NOON), context).revisions
    assert [one.slo for one in revision.objectives] == ["journey"]
    assert revision.objectives[0].budget.consumed == pytest.approx(0.00699 / 0.02)


def test_a_service_without_objectives_has_an_empty_status_at_any_instant(tmp_path: Path) -> None:
    context = pushed(tmp_path, CART, service("idle"), bad={})
    assert show_status(ShowStatus(at=NOON + timedelta(minutes=7), service="idle"), context).slos == ()


def test_the_composite_of_a_time_between_failures_counts_failures_as_minutes_lost(tmp_path: Path) -> None:
    engine = slo("engine", "0.9", mtbf="24h")
    whole = composite("journey", "0.98", composite="serial", components="engine")
    context = pushed(tmp_path, engine, whole, bad={})
    starts = NOON_SECONDS - MINUTES * STEP + np.arange(MINUTES) * STEP
    bad = np.zeros(MINUTES, dtype=np.int64)
    bad[:3] = 2
    batch = SliceBatch(SeriesKey("engine-events"), starts, bad, np.ones(MINUTES, dtype=np.int64), may_exceed=True)
    context.ledger.append("import", [batch])
    assert judged(context).budget.consumed == pytest.approx(6 / MINUTES / 0.02)
