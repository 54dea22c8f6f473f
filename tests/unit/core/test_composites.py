"""Composites against closed forms worked by hand, and what a missing or late component does to them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from leadline.core.composites import NO_COUNTS, CompositeKind, OnMissing, Part, Standing, combined, composed, standing
from leadline.core.terms import Level, LevelThresholds

HOUR = 3600
USUAL = LevelThresholds()


def part(name: str, error: str | None, *, weight: int = 1, coverage: float | None = 1.0) -> Part:
    """A component of which everything is known, or nothing was ever seen."""
    if error is None:
        nothing = Fraction(0), Fraction(1)
        return Part(name, None, None, *nothing, {HOUR: None}, None, is_known=False, reason="no slice")
    share = Fraction(error)
    return Part(name, share, share, share, share, {HOUR: share}, coverage, is_known=True, weight=Fraction(weight))


def late(name: str, error: str, least: str, most: str) -> Part:
    """A component whose newest slices have not come."""
    share = Fraction(error)
    return Part(
        name, share, share, Fraction(least), Fraction(most), {HOUR: None}, 0.5, is_known=False, reason="60 min old"
    )


def judged(kind: str, on_missing: str, budget: str, *parts: Part) -> Standing:
    whole = composed("journey", CompositeKind(kind), OnMissing(on_missing), parts)
    return standing(whole, Fraction(budget), USUAL)


TWO = (part("cart", "0.001", weight=3), part("pay", "0.003"))


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("serial", "0.003997"),  # 1 - 0.999 × 0.997
        ("parallel", "0.000003"),
        ("weighted", "0.0015"),  # (3 × 0.001 + 0.003) / 4
        ("worst", "0.003"),
    ],
)
def test_each_kind_equals_its_closed_form(kind: str, error: str) -> None:
    whole = composed("journey", CompositeKind(kind), OnMissing.UNKNOWN, TWO)
    assert whole.error == whole.least == whole.most == whole.seen == whole.burn[HOUR] == Fraction(error)
    found = standing(whole, Fraction("0.004"), USUAL)
    assert found.consumed == pytest.approx(float(Fraction(error) / Fraction("0.004")), abs=1e-15)
    assert found.sli == float(1 - Fraction(error))
    assert found.burn[HOUR] == found.consumed


def test_a_composite_of_nothing_has_no_error_at_all() -> None:
    with pytest.raises(ValueError, match="without components"):
        combined(CompositeKind.SERIAL, [])
    with pytest.raises(ValueError, match="above 0"):
        part("cart", "0.1", weight=0)


@pytest.mark.parametrize(
    ("error", "level"),
    [
        ("0.0049999", Level.HEALTHY),
        ("0.005", Level.WARNING),
        ("0.0075", Level.CRITICAL),
        ("0.0095", Level.DEPLETED),
        ("0.0275", Level.DEPLETED),
    ],
)
def test_a_level_is_decided_exactly_at_its_threshold(error: str, level: Level) -> None:
    found = judged("serial", "unknown", "0.01", part("only", error))
    assert found.level is level
    assert found.reason == NO_COUNTS
    assert found.remaining == pytest.approx(1 - float(error) * 100)


def test_a_composite_of_composites_is_the_product_of_products() -> None:
    """Two regions of (cart and pay) of which one suffices: (1 - 0.9 × 0.8)² = 0.0784."""
    region = composed(
        "region", CompositeKind.SERIAL, OnMissing.UNKNOWN, [part("cart", "0.1", coverage=0.95), part("pay", "0.2")]
    )
    both = composed("shop", CompositeKind.PARALLEL, OnMissing.UNKNOWN, [region, region])
    assert both.error == Fraction("0.0784")
    assert both.coverage == 0.95, "the least of all its components"


@pytest.mark.parametrize(
    ("on_missing", "level", "error"),
    [
        ("unknown", Level.UNKNOWN, None),
        ("good", Level.HEALTHY, 0.001),
        ("bad", Level.DEPLETED, 1.0),
        ("ignore", Level.HEALTHY, 0.001),
    ],
)
def test_a_component_never_seen_is_what_the_policy_says(on_missing: str, level: Level, error: float | None) -> None:
    found = judged("serial", on_missing, "0.01", part("cart", "0.001"), part("pay", None))
    assert found.level is level
    assert found.consumed == (None if error is None else pytest.approx(error / 0.01))
    assert found.burn[HOUR] == found.consumed
    assert "pay" in found.reason
    assert "no slice" in found.reason


@pytest.mark.parametrize(
    ("on_missing", "level", "error"),
    [
        ("unknown", Level.UNKNOWN, 0.002),  # what is known is shown beside
        ("good", Level.HEALTHY, 0.001),
        ("bad", Level.DEPLETED, 0.5),
        ("ignore", Level.HEALTHY, 0.0),
    ],
)
def test_a_late_component_is_bounded_by_what_did_not_come(on_missing: str, level: Level, error: float) -> None:
    found = judged("worst", on_missing, "0.01", part("cart", "0"), late("pay", "0.002", "0.001", "0.5"))
    assert found.level is level
    assert found.consumed == pytest.approx(error / 0.01)


def test_ignoring_a_component_gives_its_weight_to_the_others() -> None:
    three = (part("cart", "0.002", weight=3), part("find", "0.006"), part("pay", None))
    assert composed("shop", CompositeKind.WEIGHTED, OnMissing.IGNORE, three).error == Fraction("0.003")


def test_what_no_missing_component_could_save_is_surely_depleted() -> None:
    found = judged("serial", "unknown", "0.01", part("cart", "0.02"), part("pay", None))
    assert (found.level, found.consumed) == (Level.DEPLETED, None)
    assert found.reason.startswith("depleted even if")
    assert judged("parallel", "unknown", "0.01", part("cart", "0.02"), part("pay", None)).level is Level.UNKNOWN


@pytest.mark.parametrize("kind", CompositeKind)
@pytest.mark.parametrize("on_missing", ["unknown", "good", "ignore"])
def test_silence_of_all_components_is_not_success(kind: CompositeKind, on_missing: str) -> None:
    found = judged(kind, on_missing, "0.01", part("cart", None), part("pay", None))
    assert (found.level, found.sli, found.burn[HOUR]) == (Level.UNKNOWN, None, None)


def test_zero_tolerance_is_broken_by_any_component() -> None:
    kept = judged("serial", "unknown", "0", part("cart", "0"), part("pay", "0"))
    assert (kept.level, kept.consumed, kept.burn[HOUR]) == (Level.HEALTHY, 0, 0)
    broken = judged("serial", "unknown", "0", part("cart", "0"), part("pay", "1e-9"))
    assert (broken.level, broken.consumed, broken.remaining, broken.burn[HOUR]) == (Level.DEPLETED, None, None, None)
    assert "zero tolerance" in broken.reason


def test_a_component_in_maintenance_all_along_has_no_say() -> None:
    away = Part("pay", None, None, Fraction(0), Fraction(1), {HOUR: None}, None, is_known=True, is_emptied=True)
    found = judged("serial", "unknown", "0.01", part("cart", "0.002"), away)
    assert (found.level, found.consumed, found.burn[HOUR]) == (Level.HEALTHY, pytest.approx(0.2), pytest.approx(0.2))
    assert judged("serial", "unknown", "0.01", away).level is Level.HEALTHY
