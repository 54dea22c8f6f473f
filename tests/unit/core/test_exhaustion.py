"""Budgets rolled forward: what ages out, when a budget is spent, and when it is back; numbers worked by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from leadline.core.exhaustion import (
    Leaving,
    aged_out,
    by_hour,
    exhausted_after,
    leaving,
    recovers_at,
    rolled,
)
from leadline.units import NoData

HOUR, DAY = 3600, 86_400
AT = 1_782_691_200
W = 30 * DAY
HOURS = W // HOUR
FLOOR = Fraction(1, 20)
ALLOWED = Fraction(4_320)
"""0.1 % of 30 days of 100 events a minute."""


def hours_of(bad: dict[int, int]) -> tuple[Leaving, ...]:
    """The bad events of some hours of the window, counted from its start."""
    edges = [AT - W + hour * HOUR for hour in range(HOURS + 1)]
    return leaving(edges, [Fraction(bad.get(hour, 0)) for hour in range(HOURS)], W)


def test_trap_20_an_outage_of_29_days_ago_is_back_in_a_day() -> None:
    # An hour of outage, 6,000 of 4,320, that began 29 d ago: it has left the window a day and an hour from now.
    leaves = hours_of({24: 6_000})
    assert recovers_at(leaves, ALLOWED, FLOOR) == AT + DAY + HOUR
    assert aged_out(leaves, AT, AT + DAY) == 0
    assert aged_out(leaves, AT + DAY, AT + 2 * DAY) == 6_000
    # One that ended 29 d ago is gone in exactly a day.
    assert recovers_at(hours_of({23: 6_000}), ALLOWED, FLOOR) == AT + DAY


def test_trap_20_back_means_more_than_five_per_cent_and_not_five() -> None:
    # 95 % of 4,320 are 4,104: with these left in the window 5 % remain, with one less a little more.
    assert recovers_at(hours_of({0: 100, 30: 4_104}), ALLOWED, FLOOR) == AT + 31 * HOUR
    assert recovers_at(hours_of({0: 100, 30: 4_103}), ALLOWED, FLOOR) == AT + HOUR


def test_a_clean_history_has_no_date() -> None:
    assert isinstance(recovers_at((), ALLOWED, FLOOR), NoData)
    assert isinstance(recovers_at(hours_of({5: 4_103}), ALLOWED, FLOOR), NoData), "more than 5 % is left now"
    assert isinstance(recovers_at(hours_of({5: 1}), Fraction(0), FLOOR), NoData)
    clean = rolled(0, np.zeros(HOURS), np.zeros(2 * HOURS), 4_320)
    assert clean.tolist() == [1.0] * (2 * HOURS)
    assert isinstance(exhausted_after(clean), NoData)


@pytest.mark.parametrize("burn", [1, 1.5, 2, 14.4, 720])
def test_trap_21_a_constant_burn_from_a_full_budget_lasts_a_window_over_the_burn(burn: float) -> None:
    future = np.full(2 * HOURS, burn * 4_320 / HOURS)
    found = exhausted_after(rolled(0, np.zeros(HOURS), future, 4_320))
    assert isinstance(found, int)
    assert abs(found - HOURS / burn) <= 1


def test_trap_21_what_ages_out_is_given_back_where_a_straight_line_says_spent() -> None:
    # 90 % is spent, all of it in the oldest day; burn goes on at 0.9. A line is spent in (0.1 / 0.9) * 30 d = 80 h.
    leaves = hours_of(dict.fromkeys(range(24), 162))
    bad = 24 * 162
    assert bad == 0.9 * 4_320
    remaining = rolled(bad, by_hour(leaves, AT, HOURS), np.full(2 * HOURS, 0.9 * 4_320 / HOURS), 4_320)
    assert isinstance(exhausted_after(remaining), NoData)
    assert remaining[23] == pytest.approx(1 - 0.9 * 24 / 720), "after a day only the new is there"
    assert remaining[-1] == pytest.approx(0.1), "and in the end the new ages out as it comes"


def test_many_futures_are_rolled_at_once() -> None:
    paths = np.array([[0.0, 0.0], [5.0, 5.0]])
    assert rolled(5, np.array([5.0]), paths, 10).tolist() == [[1.0, 1.0], [0.5, 0.5]]
