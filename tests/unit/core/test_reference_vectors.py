"""The three reference vectors of the design, through History, from 43,200 slices over 30 days."""

import math
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from leadline.core.budgets import BudgetTerms, Level, Subject, edges, evaluate, needed_span
from leadline.core.history import History, detail_hours
from leadline.core.slices import HOUR, STEP, DenseSlices, HourSums
from leadline.core.windows import RollingWindow

DAY = 86_400
START = 1_770_000_000 // DAY * DAY
AT = START + 30 * DAY
MINUTES = 30 * 1440


def total_of(minute: int) -> int:
    hour = minute % 1440 / 60
    return int(60 * (505 + 495 * math.sin(2 * math.pi * ((hour - 8) / 24))))


TOTAL = np.array([total_of(minute) for minute in range(MINUTES)], dtype=np.int64)


def remaining(bad: np.ndarray, total: np.ndarray = TOTAL) -> float:
    terms = BudgetTerms(Decimal("0.999"), Fraction(1, 1000), RollingWindow(timedelta(days=30)))
    subject = Subject(terms, START)
    whole = (1 << 60) - 1
    hours = HourSums(
        START,
        bad.reshape(-1, 60).sum(axis=1),
        total.reshape(-1, 60).sum(axis=1),
        np.full(MINUTES // 60, whole, np.uint64),
        np.full(MINUTES // 60, whole, np.uint64),
    )
    span = needed_span([subject], AT, [HOUR])
    dense = DenseSlices(START, bad, total, np.ones(MINUTES, np.bool_))
    detail = {hour: [dense] for hour in detail_hours(edges(subject, AT, [HOUR]))}
    evaluation = evaluate(History.of(span.start, span.end, [hours], detail), [subject], AT, [HOUR]).evaluation(0)
    assert evaluation.total == int(total.sum())
    assert evaluation.coverage == 1.0
    assert evaluation.remaining is not None
    assert evaluation.level is (Level.DEPLETED if evaluation.remaining < 0 else Level.HEALTHY)
    return evaluation.remaining


def outage(day: int, first_minute: int, last_minute: int) -> np.ndarray:
    minute = np.arange(MINUTES)
    within = (minute // 1440 == day) & (minute % 1440 >= first_minute) & (minute % 1440 < last_minute)
    return np.where(within, TOTAL, 0)


def test_the_series_has_the_published_sum() -> None:
    assert int(TOTAL.sum()) == 1_308_938_490
    assert MINUTES == 43_200
    assert STEP * MINUTES == AT - START


def test_trap_01_an_hour_of_outage_at_peak_overspends_the_budget() -> None:
    assert remaining(outage(20, 13 * 60 + 30, 14 * 60 + 30)) == pytest.approx(-1.7464094206596369, abs=1e-9)


def test_trap_01_the_same_outage_at_night_costs_three_per_cent() -> None:
    assert remaining(outage(20, 60 + 30, 2 * 60 + 30)) == pytest.approx(0.9686310698984794, abs=1e-9)


def test_trap_01_two_per_cent_of_errors_each_night_cost_five_per_cent() -> None:
    minute = np.arange(MINUTES) % 1440
    milli = TOTAL * 1000
    bad = np.where((minute >= 60) & (minute < 180), milli // 50, 0)
    assert int(bad.sum()) * 50 == int(np.where((minute >= 60) & (minute < 180), milli, 0).sum())
    assert remaining(bad, milli) == pytest.approx(0.9484186609868885, abs=1e-9)
