"""Laws of composites: bounds, the order of the kinds, monotonicity in each component, and what policies may do."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.core.composites import CompositeKind, OnMissing, Part, combined, composed, standing
from leadline.core.terms import Level, LevelThresholds

HOUR = 3600
FROM_BEST = (Level.HEALTHY, Level.WARNING, Level.CRITICAL, Level.DEPLETED)
KINDS = st.sampled_from(CompositeKind)
SHARES = st.fractions(0, 1, max_denominator=10_000)
WEIGHTS = st.fractions(Fraction(1, 100), 100, max_denominator=100)
ERRORS = st.lists(st.tuples(SHARES, WEIGHTS), min_size=1, max_size=6)
BUDGETS = st.fractions(Fraction(1, 10_000), Fraction(1, 2), max_denominator=10_000)


@st.composite
def parts(draw: st.DrawFn, *, known: bool | None = None) -> Part:
    """A component, known or late."""
    least, error, most = sorted(draw(st.tuples(SHARES, SHARES, SHARES)))
    is_known = draw(st.booleans()) if known is None else known
    burn = {HOUR: draw(SHARES if is_known else st.none() | SHARES)}
    return Part("part", error, error, least, most, burn, 1.0, is_known=is_known, weight=draw(WEIGHTS))


PARTS = st.lists(parts(), min_size=1, max_size=5)


@given(ERRORS)
@settings(max_examples=200)
def test_the_kinds_have_an_order_and_stay_within_their_bounds(errors: list[tuple[Fraction, Fraction]]) -> None:
    shares = [share for share, _ in errors]
    parallel, weighted, worst, serial = (
        combined(CompositeKind(kind), errors) for kind in ("parallel", "weighted", "worst", "serial")
    )
    assert 0 <= parallel <= min(shares) <= weighted <= max(shares) == worst <= serial <= min(1, sum(shares))


@given(KINDS, ERRORS, st.data())
@settings(max_examples=200)
def test_a_worse_component_never_makes_the_whole_better(
    kind: CompositeKind, errors: list[tuple[Fraction, Fraction]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(errors) - 1))
    share, weight = errors[place]
    worse = [*errors]
    worse[place] = (data.draw(st.fractions(share, 1)), weight)
    assert combined(kind, worse) >= combined(kind, errors)


@given(KINDS, ERRORS, st.randoms(use_true_random=False))
def test_the_order_of_components_does_not_matter(
    kind: CompositeKind, errors: list[tuple[Fraction, Fraction]], random: Random
) -> None:
    mixed = [*errors]
    random.shuffle(mixed)
    assert combined(kind, mixed) == combined(kind, errors)


@given(KINDS, SHARES, WEIGHTS)
def test_a_composite_of_one_is_that_one(kind: CompositeKind, share: Fraction, weight: Fraction) -> None:
    assert combined(kind, [(share, weight)]) == share


@given(st.sampled_from(["serial", "parallel", "worst"]), ERRORS, ERRORS)
def test_nesting_one_kind_in_itself_changes_nothing(
    kind: str, some: list[tuple[Fraction, Fraction]], others: list[tuple[Fraction, Fraction]]
) -> None:
    how, one = CompositeKind(kind), Fraction(1)
    nested = combined(how, [(combined(how, some), one), (combined(how, others), one)])
    assert nested == combined(how, [*some, *others])


@given(KINDS, PARTS)
@settings(max_examples=200)
def test_taking_the_missing_for_bad_is_never_kinder_than_for_good(kind: CompositeKind, some: list[Part]) -> None:
    unknown, good, bad = (composed("whole", kind, OnMissing(policy), some) for policy in ("unknown", "good", "bad"))
    assert unknown.error is not None
    assert good.error is not None
    assert bad.error is not None
    assert good.error == unknown.least <= unknown.error <= unknown.most == bad.error


@given(KINDS, st.lists(parts(known=True), min_size=1, max_size=5))
def test_without_anything_missing_all_policies_say_the_same(kind: CompositeKind, some: list[Part]) -> None:
    first, *others = [composed("whole", kind, policy, some) for policy in OnMissing]
    assert all(other == first for other in others)


@given(KINDS, PARTS, BUDGETS, st.data())
@settings(max_examples=200)
def test_a_worse_component_never_makes_the_level_better(
    kind: CompositeKind, some: list[Part], budget: Fraction, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(some) - 1))
    before = some[place]
    assert before.error is not None
    worse = [*some]
    error = data.draw(st.fractions(before.error, 1))
    worse[place] = replace(before, error=error, seen=error, most=max(error, before.most))
    for policy in OnMissing:
        levels = [
            standing(composed("whole", kind, policy, these), budget, LevelThresholds()).level for these in (some, worse)
        ]
        if Level.UNKNOWN not in levels:
            assert FROM_BEST.index(levels[0]) <= FROM_BEST.index(levels[1])


@given(KINDS, PARTS, BUDGETS, st.data())
@settings(max_examples=200)
def test_surely_depleted_stays_depleted_whatever_was_missing(
    kind: CompositeKind, some: list[Part], budget: Fraction, data: st.DataObject
) -> None:
    found = standing(composed("whole", kind, OnMissing.UNKNOWN, some), budget, LevelThresholds())
    if found.level is not Level.DEPLETED:
        return
    truth = [
        part if part.is_known else replace(part, error=data.draw(st.fractions(part.least, part.most)), is_known=True)
        for part in some
    ]
    learnt = standing(composed("whole", kind, OnMissing.UNKNOWN, truth), budget, LevelThresholds())
    assert learnt.level is Level.DEPLETED
