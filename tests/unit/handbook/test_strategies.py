"""Alert strategies: what a document says, and the tiers that it makes for an objective."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from leadline.core.alert_tiers import AlertAction, Severity
from leadline.core.windows import RollingWindow
from leadline.handbook.loader import load
from leadline.handbook.strategies import shipped_strategies, tiers_for

FOUR_WEEKS = RollingWindow(timedelta(days=28))


def test_four_weeks_give_the_factors_of_the_workbook_scaled() -> None:
    tiers = tiers_for(shipped_strategies()["workbook"], None, FOUR_WEEKS, Fraction(1, 1000)).kept
    factors = [float(each.longest.factor) for each in tiers if not each.is_trickle]
    assert factors == pytest.approx([13.44, 5.6, 2.8, 0.9333333333333333], rel=1e-12)
    assert {each.factor for each in tiers[0].limits} == {tiers[0].longest.factor}


def test_thirty_days_give_the_known_factors() -> None:
    thirty = RollingWindow(timedelta(days=30))
    tiers = tiers_for(shipped_strategies()["workbook"], None, thirty, Fraction(1, 1000)).kept
    assert [each.longest.factor for each in tiers[:4]] == [Fraction(72, 5), 6, 3, 1]


@pytest.mark.parametrize(("tier", "confirms"), [(0, (3600, 21_600)), (1, (7200, 43_200)), (2, (14_400, 86_400))])
def test_a_service_tier_confirms_in_its_own_windows(tier: int, confirms: tuple[int, int]) -> None:
    tiers = tiers_for(shipped_strategies()["virtengine"], tier, FOUR_WEEKS, Fraction(1, 1000)).kept
    assert tiers[0].action is AlertAction.ROLLBACK
    assert [each.severity for each in tiers[:3]] == [Severity.PAGE, Severity.PAGE, Severity.NOTIFY]
    assert tiers[3].windows == confirms
    assert [limit.factor for limit in tiers[3].limits] == [5, 2]


def test_a_tier_that_can_never_fire_is_left_out_and_told() -> None:
    made = tiers_for(shipped_strategies()["workbook"], None, FOUR_WEEKS, Fraction(1, 10))
    assert [tier.name for tier, _ in made.left_out] == ["page-1h"]
    assert "can never fire" in made.left_out[0][1]


def test_every_objective_of_the_shipped_practice_has_tiers() -> None:
    handbook = load(Path(__file__).parents[3] / "handbooks" / "virtengine").handbook
    assert handbook is not None
    assert all(slo.alerts and slo.strategy == "virtengine" for slo in handbook.slos.values())
