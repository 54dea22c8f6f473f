from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from leadline.core.budgets import BudgetingMethod, BudgetTerms, OnNoTraffic
from leadline.core.slices import HOUR, DenseSlices
from leadline.core.time_slices import RATIO_UNIT, time_slices
from leadline.core.windows import RollingWindow, Span
from made_histories import dense_of

START = 1_782_691_200
TERMS = BudgetTerms(
    Decimal("0.99"),
    Fraction(1, 100),
    RollingWindow(timedelta(days=28)),
    method=BudgetingMethod.TIMESLICES,
    slice_target=Decimal("0.999"),
)


def sliced(slices: dict[int, tuple[int, int]], terms: BudgetTerms = TERMS, hours: int = 1) -> DenseSlices:
    span = Span(START, START + hours * HOUR)
    sums, dense = time_slices(dense_of({START + 60 * m: counts for m, counts in slices.items()}, span), terms)
    assert sums.bad.sum() == dense.bad.sum()
    assert sums.total.sum() == dense.total.sum()
    assert np.bitwise_count(sums.seen).sum() == dense.seen.sum()
    assert np.bitwise_count(sums.traffic).sum() == (dense.total > 0).sum()
    return dense


def test_a_slice_is_good_from_its_target_on() -> None:
    # 999 of 1,000 good is 0.999 exactly and good; 1 - 0.999 as a float would say bad.
    dense = sliced({0: (1, 1000), 1: (2, 1000), 2: (0, 1), 3: (1, 999)})
    assert dense.bad[:5].tolist() == [0, 1, 0, 1, 0]
    assert dense.total[:5].tolist() == [1, 1, 1, 1, 0]
    assert dense.seen[:5].tolist() == [True, True, True, True, False]


def test_large_counts_are_judged_exactly() -> None:
    # 2^53 and more, where floats skip integers: one event above a tenth of a per cent is bad.
    dense = sliced({0: (10**15, 10**18), 1: (10**15 + 1, 10**18)})
    assert dense.bad[:2].tolist() == [0, 1]


def test_longer_slices_sum_their_steps() -> None:
    # Slices of 5 min: 1 of 1,000 in one step and 0 of 2,000 in another are 1 of 3,000: good.
    terms = replace(TERMS, slice_seconds=300)
    dense = sliced({0: (1, 1000), 4: (0, 2000), 5: (9, 10), 9: (0, 1000), 13: (0, 1)}, terms)
    assert np.flatnonzero(dense.seen).tolist() == [0, 5, 10]
    assert dense.bad[[0, 5, 10]].tolist() == [0, 1, 0]
    assert dense.total.sum() == 3


def test_slices_longer_than_an_hour_count_where_they_start() -> None:
    # Slices of 2 h begin at even hours; the first whole one here at hour 0 of a day.
    terms = replace(TERMS, slice_seconds=2 * HOUR)
    dense = sliced({119: (5, 5), 121: (0, 1)}, terms, hours=5)
    assert np.flatnonzero(dense.seen).tolist() == [0, 120]
    assert dense.bad[[0, 120, 240]].tolist() == [1, 0, 0]
    # Begun at an odd hour, the slice that started before is left out.
    later = time_slices(dense_of({START + 3900: (1, 1)}, Span(START + HOUR, START + 2 * HOUR)), terms)[1]
    assert not later.seen.any()
    assert later.total.sum() == 0


@pytest.mark.parametrize(("policy", "bad", "total"), [("exclude", 0, 0), ("good", 0, 1), ("bad", 1, 1)])
def test_idle_slices_follow_the_policy(policy: str, bad: int, total: int) -> None:
    dense = sliced({7: (0, 0)}, replace(TERMS, on_no_traffic=OnNoTraffic(policy)))
    assert (dense.bad[7], dense.total[7], dense.seen[7]) == (bad, total, True)
    assert dense.seen.sum() == 1


def test_ratio_slices_carry_their_share() -> None:
    terms = replace(TERMS, method=BudgetingMethod.RATIO_TIMESLICES, slice_target=None)
    dense = sliced({0: (1, 3), 1: (5, 5), 2: (0, 9), 3: (1, 10**17)}, terms)
    assert dense.bad[:4].tolist() == [333_333_333_333, RATIO_UNIT, 0, 1]
    assert dense.total[:5].tolist() == [RATIO_UNIT] * 4 + [0]


def test_what_cannot_be_sliced_is_refused() -> None:
    hour = dense_of({}, Span(START, START + HOUR))
    with pytest.raises(ValueError, match="no time slices"):
        time_slices(hour, replace(TERMS, method=BudgetingMethod.OCCURRENCES))
    with pytest.raises(ValueError, match="share of good events"):
        time_slices(hour, replace(TERMS, slice_target=None))
    with pytest.raises(ValueError, match="whole hours"):
        time_slices(dense_of({}, Span(START, START + 1800)), TERMS)
