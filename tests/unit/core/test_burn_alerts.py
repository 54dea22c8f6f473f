from fractions import Fraction

import pytest

from leadline.core.burn_alerts import burn_rate, is_reachable, is_significant, linear_exhaustion
from leadline.units import NoData

THREE_NINES = Fraction(1, 1000)


def test_burn_is_the_ratio_of_sums_over_the_budget() -> None:
    assert burn_rate(144, 10_000, THREE_NINES) == Fraction("14.4")
    assert burn_rate(0, 10_000, THREE_NINES) == 0


def test_a_burn_just_above_a_factor_exceeds_it() -> None:
    # 14.44 rounded to one decimal would be 14.4 and not exceed 14.4.
    rate = burn_rate(1444, 100_000, THREE_NINES)
    assert isinstance(rate, Fraction)
    assert rate > Fraction("14.4")
    assert not burn_rate(1440, 100_000, THREE_NINES) > Fraction("14.4")  # type: ignore[operator] - a number here, not NoData


def test_no_event_is_no_burn_rate() -> None:
    assert burn_rate(0, 0, THREE_NINES) == NoData("no event was counted in the window")


def test_a_broken_zero_tolerance_has_no_burn_rate() -> None:
    assert burn_rate(0, 10, Fraction(0)) == 0
    assert burn_rate(1, 10, Fraction(0)) == NoData("zero tolerance is broken by 1 bad events")


@pytest.mark.parametrize(
    ("bad", "total", "expected"),
    [
        # n·EB = 2; variance 2 × 0.999 = 1.998; z² = 5.410276; limit (bad - 2)² > 10.8097, bad > 5.2878
        (5, 2000, False),
        (6, 2000, True),
        # few events: 1 of 50 is 20 times the budget and still chance; k = 5 decides until n·EB is large
        (1, 50, False),
        (4, 50, False),
        (5, 50, True),
        # n·EB = 1,000; variance 999; limit 1,000 + sqrt(5404.87) = 1,073.52
        (1073, 1_000_000, False),
        (1074, 1_000_000, True),
        # fewer than the budget expects is never significant, however far
        (10, 1_000_000, False),
        (0, 0, False),
    ],
)
def test_significance_against_chance(bad: int, total: int, *, expected: bool) -> None:
    assert is_significant(bad, total, THREE_NINES) is expected


def test_an_objective_without_chance_is_significant_from_k_on() -> None:
    assert is_significant(5, 100, Fraction(0))
    assert not is_significant(4, 100, Fraction(0))


def test_a_factor_that_needs_more_than_all_events_bad_is_unreachable() -> None:
    # 93.06 % is the lowest objective that 14.4 can serve: 14.4 × (1 - 0.9306) = 0.99936.
    assert is_reachable(Fraction("14.4"), 1 - Fraction("0.9306"))
    assert not is_reachable(Fraction("14.4"), 1 - Fraction("0.93"))
    assert not is_reachable(Fraction(10), Fraction(1, 10))


def test_linear_exhaustion() -> None:
    window = 28 * 86_400
    assert linear_exhaustion(1000, Fraction(1, 2), Fraction(2), window) == 1000 + 7 * 86_400
    assert linear_exhaustion(1000, Fraction(0), Fraction(0), window) == 1000
    assert linear_exhaustion(1000, Fraction(-1), Fraction(5), window) == 1000
    assert linear_exhaustion(1000, Fraction(1), Fraction(0), window) == NoData("nothing burns, so there is no date")
