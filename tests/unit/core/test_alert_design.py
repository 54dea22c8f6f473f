"""The six approaches of the SRE Workbook's chapter 5 (99.9 %, 30 days), and what 28 days make of the last."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from leadline.core.alert_design import Detection, detection, events_an_hour_for_one_error
from leadline.core.alert_tiers import AlertTier, BurnLimit, Severity
from leadline.core.windows import RollingWindow
from leadline.handbook.strategies import shipped_strategies, tiers_for

EB, MONTH = Fraction(1, 1000), 30 * 86_400
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def tier(*limits: tuple[int, str]) -> AlertTier:
    made = tuple(BurnLimit(seconds, Fraction(factor)) for seconds, factor in limits)
    return AlertTier("made", made, Severity.PAGE)


FIRST, SECOND, THIRD, FOURTH = tier((600, "1")), tier((36 * HOUR, "1")), tier((60, "1")), tier((HOUR, "36"))
FIFTH = (tier((HOUR, "14.4")), tier((6 * HOUR, "6")), tier((3 * DAY, "1")))
SIXTH = (tier((300, "14.4"), (HOUR, "14.4")), tier((1800, "6"), (6 * HOUR, "6")), tier((6 * HOUR, "1"), (3 * DAY, "1")))


def earliest(tiers: AlertTier | tuple[AlertTier, ...], rate: str, for_seconds: int = 0) -> Detection | None:
    """What the first tier to hold says."""
    asked = (tiers,) if isinstance(tiers, AlertTier) else tiers
    found = [detection(each, EB, MONTH, Fraction(rate), for_seconds) for each in asked]
    return min((each for each in found if each), key=lambda each: each.after_seconds, default=None)


@pytest.mark.parametrize(
    ("approach", "for_seconds", "rate", "seconds"),
    [
        (FIRST, 0, "1", 0.6), (FIRST, 0, "0.1", 6), (FIRST, 0, "0.01", 60), (FIRST, 0, "0.002", 300),
        (SECOND, 0, "1", 130), (SECOND, 0, "0.1", 21.6 * MINUTE), (SECOND, 0, "0.01", 3.6 * HOUR),
        (SECOND, 0, "0.002", 18 * HOUR),
        (THIRD, HOUR, "1", HOUR), (THIRD, HOUR, "0.1", HOUR), (THIRD, HOUR, "0.01", 3606),
        (THIRD, HOUR, "0.002", 3630),
        (FOURTH, 0, "1", 130), (FOURTH, 0, "0.1", 21.6 * MINUTE), (FOURTH, 0, "0.01", None), (FOURTH, 0, "0.002", None),
        (FIFTH, 0, "1", 52), (FIFTH, 0, "0.1", 518.4), (FIFTH, 0, "0.01", 3.6 * HOUR), (FIFTH, 0, "0.002", 36 * HOUR),
        (SIXTH, 0, "1", 52), (SIXTH, 0, "0.1", 518.4), (SIXTH, 0, "0.01", 3.6 * HOUR), (SIXTH, 0, "0.002", 36 * HOUR),
    ],
)  # fmt: skip
def test_detection_times_are_those_of_the_workbook(
    approach: AlertTier | tuple[AlertTier, ...], for_seconds: int, rate: str, seconds: float | None
) -> None:
    found = earliest(approach, rate, for_seconds)
    assert (found is None) == (seconds is None)
    assert found is None or seconds is None or float(found.after_seconds) == pytest.approx(seconds, abs=1)


@pytest.mark.parametrize(
    ("approach", "for_seconds", "spent", "reset"),
    [
        (FIRST, 0, Fraction(1, 4320), 599.4),
        (SECOND, 0, Fraction(5, 100), 36 * HOUR - 129.6),
        (THIRD, HOUR, Fraction(360_006, 259_200), 59.94),
        (FOURTH, 0, Fraction(5, 100), 3470.4),
        (FIFTH[0], 0, Fraction(2, 100), 3548.16),
        (SIXTH[0], 0, Fraction(2, 100), 295.68),
        (SIXTH[1], 0, Fraction(5, 100), 1789.2),
    ],
)
def test_an_outage_spends_and_clears_as_in_the_workbook(
    approach: AlertTier, for_seconds: int, spent: Fraction, reset: float
) -> None:
    found = earliest(approach, "1", for_seconds)
    assert found is not None
    assert float(found.budget_spent) == pytest.approx(float(spent), abs=1e-4)
    assert float(found.reset_seconds) == pytest.approx(reset, abs=1)


def test_four_weeks_scale_the_factors() -> None:
    tiers = tiers_for(shipped_strategies()["workbook"], None, RollingWindow(timedelta(days=28)), EB).kept
    factors = [float(each.longest.factor) for each in tiers if not each.is_trickle]
    assert factors == pytest.approx([13.44, 5.6, 2.8, 0.9333], abs=1e-4)


def test_a_factor_of_fourteen_is_never_exceeded_at_ninety_per_cent() -> None:
    assert detection(FIFTH[0], Fraction(1, 10), MONTH, Fraction(1)) is None


def test_nothing_may_fail_is_no_burn_rate() -> None:
    with pytest.raises(ValueError, match="no budget"):
        detection(FIRST, Fraction(0), MONTH, Fraction(1))


def test_of_few_events_one_error_would_page() -> None:
    events = events_an_hour_for_one_error(SIXTH[0], EB)
    assert float(events) == pytest.approx(69.44, abs=0.01)
