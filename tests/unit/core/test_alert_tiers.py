"""Alert tiers: when one holds, of one objective and of many at once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from leadline.core.alert_tiers import AlertTier, BurnLimit, LowTraffic, Severity, Stakes, WindowEvents, tier_verdicts

EB = Fraction(1, 1000)


def tier(*limits: tuple[int, object], least_bad: int = 0, rule: LowTraffic | None = None) -> AlertTier:
    made = tuple(BurnLimit(seconds, Fraction(str(factor))) for seconds, factor in limits)
    return AlertTier("tier", made, Severity.PAGE, low_traffic=rule, least_bad=least_bad)


def holds(asked: AlertTier, *windows: tuple[float, float], budget: Fraction = EB, known: bool = True) -> bool:
    counted = [WindowEvents(np.array([bad]), np.array([total]), np.array([known])) for bad, total in windows]
    return bool(tier_verdicts(asked, counted, [Stakes(budget)]).holds[0])


@pytest.mark.parametrize(("bad", "is_held"), [(144, False), (145, True), (143, False)], ids=["equal", "above", "below"])
def test_a_burn_rate_must_exceed_the_factor_and_not_reach_it(bad: int, is_held: bool) -> None:
    assert holds(tier((3600, "14.4")), (bad, 10_000)) is is_held


def test_every_window_must_burn() -> None:
    both = tier((300, 5), (3600, 5))
    assert holds(both, (10, 1000), (60, 10_000))
    assert not holds(both, (10, 1000), (40, 10_000))
    assert not holds(both, (1, 1000), (60, 10_000))


def test_a_single_error_of_fifty_requests_is_silent_where_few_events_are_minded() -> None:
    assert holds(tier((3600, "14.4")), (1, 50))
    assert not holds(tier((3600, "14.4"), rule=LowTraffic()), (1, 50))
    assert holds(tier((3600, "14.4"), rule=LowTraffic()), (5, 50))


def test_a_trickle_counts_bad_events_and_reaching_suffices() -> None:
    trickle = tier((259_200, 10), least_bad=5)
    assert holds(trickle, (5, 500))
    assert not holds(trickle, (4, 400))
    assert not holds(trickle, (5, 501))


def test_where_nothing_may_fail_one_bad_event_in_the_shortest_window_suffices() -> None:
    strict = tier((300, 5), (3600, 5), rule=LowTraffic())
    assert holds(strict, (1, 1000), (1, 10_000), budget=Fraction(0))
    assert not holds(strict, (0, 1000), (1, 10_000), budget=Fraction(0))


def test_what_was_not_seen_neither_holds_nor_is_known() -> None:
    counted = [WindowEvents(np.array([9.0, 9.0]), np.array([10.0, 10.0]), np.array([True, False]))]
    verdicts = tier_verdicts(tier((300, 5)), counted, [Stakes(EB)])
    assert verdicts.holds.tolist() == [True, False]
    assert verdicts.is_known.tolist() == [True, False]


def test_no_traffic_burns_nothing() -> None:
    assert not holds(tier((300, 5)), (0, 0))
