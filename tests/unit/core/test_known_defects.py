"""
Traps of the knowledge file and defects of the earlier implementation, as far as they are arithmetic.

Trap 1 stands in test_reference_vectors.py. Unless a case says otherwise: 99.9 %, rolling 28 d, 100 events a minute.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from leadline.core.budgets import BudgetingMethod, BudgetTerms, Evaluation, Level, Subject
from leadline.core.burn_alerts import burn_rate, is_significant, linear_exhaustion
from leadline.core.corrections import CorrectionMode, CorrectionSpan
from leadline.core.history import merge_dense
from leadline.core.slices import DenseSlices, SeriesKey, SliceBatch
from leadline.core.windows import CalendarUnit, CalendarWindow, RollingWindow, Span
from leadline.units import NoData, parse_duration, parse_ratio
from made_histories import figures_of, first_of, judge

AT = 1_782_691_200
"""2026-06-29T00:00Z, a Monday."""
MINUTE, HOUR, DAY = 60, 3600, 86_400
WINDOW = 28 * DAY
TERMS = BudgetTerms(Decimal("0.999"), Fraction(1, 1000), RollingWindow(timedelta(days=28)))

Slices = dict[int, tuple[int, int]]


def steady(start: int = AT - WINDOW, end: int = AT, total: int = 100, bad: int = 0) -> Slices:
    return dict.fromkeys(range(start, end, MINUTE), (bad, total))


def judged(
    slices: Slices, terms: BudgetTerms = TERMS, at: int = AT, burn_windows: tuple[int, ...] = (HOUR,)
) -> Evaluation:
    return judge(slices, Subject(terms, first_of(slices)), at, burn_windows)


def test_trap_02_a_hole_in_the_traffic_is_over_when_it_is_over() -> None:
    slices = steady() | steady(AT - DAY, AT - DAY + 10 * MINUTE, total=0)
    within = judged(slices, at=AT - DAY + 10 * MINUTE, burn_windows=(5 * MINUTE,))
    assert within.burn == {5 * MINUTE: None}
    assert within.remaining == 1.0
    after = judged(slices, burn_windows=(5 * MINUTE,))
    assert (after.burn, after.sli, after.coverage) == ({5 * MINUTE: 0.0}, 1.0, 1.0)


def test_trap_09_silence_is_not_success() -> None:
    alive = judged(steady())
    dead = judged(steady(end=AT - HOUR))
    assert (alive.level, dead.level) == (Level.HEALTHY, Level.UNKNOWN)
    assert judged({}).level is Level.UNKNOWN


def test_trap_11_coverage_falls_with_every_gap_and_gates_the_level() -> None:
    # 10 % of 40,320 are 4,032 slices; one more missing is too many.
    gap = range(AT - 9 * DAY, AT - 9 * DAY + 4032 * MINUTE)
    kept = {at: counts for at, counts in steady().items() if at not in gap}
    enough = judged(kept)
    assert (enough.coverage, enough.level) == (0.9, Level.HEALTHY)
    del kept[AT - 20 * DAY]
    assert judged(kept).level is Level.UNKNOWN
    assert judged(kept).reason == "coverage 89.9 % is below 90.0 % (36287 of 40320 slices were seen)"


def test_trap_13_a_history_shorter_than_the_window_is_said() -> None:
    evaluation = judged(steady(AT - 15 * DAY))
    assert evaluation.reason == "history begins 2026-06-14T00:00Z, 15d of 28d are lived"
    assert evaluation.level is Level.HEALTHY
    # Retention cut off what an older SLO once had: these slices are missing, not unlived.
    cut_off = judge(steady(AT - 15 * DAY), Subject(TERMS, AT - 90 * DAY), AT)
    assert (cut_off.level, cut_off.coverage) == (Level.UNKNOWN, 15 / 28)


def test_trap_17a_one_error_in_a_quiet_hour_is_not_significant() -> None:
    # Below 69.4 requests an hour at 99.9 % one error burns above 14.4.
    rate = burn_rate(1, 69, Fraction(1, 1000))
    assert isinstance(rate, Fraction)
    assert rate > Fraction("14.4")
    assert not is_significant(1, 69, Fraction(1, 1000))
    assert not burn_rate(1, 70, Fraction(1, 1000)) > Fraction("14.4")  # type: ignore[operator] - a number here, not NoData
    # 90 % of failures at half a request a second are.
    assert is_significant(1620, 1800, Fraction(1, 1000))


def test_trap_18_more_bad_than_total_is_refused() -> None:
    key = SeriesKey.of("checkout")
    with pytest.raises(ValueError, match="bad must not exceed total"):
        SliceBatch(key, np.array([60]), np.array([101]), np.array([100]))
    assert len(SliceBatch(key, np.array([60]), np.array([2]), np.array([1]), may_exceed=True)) == 1


def test_trap_20_a_rolling_budget_recovers_when_the_outage_ages_out() -> None:
    # 30 min of outage, 3,000 of 4,032, leave the window 28 d later, slice by slice; a month forgets it at once.
    slices = steady(AT - 40 * DAY, AT + 60 * DAY)
    slices |= steady(AT, AT + 30 * MINUTE, bad=100)
    for minutes, bad in {30: 3000, 28 * 1440: 3000, 28 * 1440 + 10: 2000, 28 * 1440 + 30: 0}.items():
        assert judged(slices, at=AT + minutes * MINUTE).remaining == pytest.approx(1 - bad / 4032, abs=1e-9)
    month = replace(TERMS, window=CalendarWindow(CalendarUnit.MONTH, 1, date(2026, 1, 1), ZoneInfo("UTC")))
    july = int(datetime(2026, 7, 1, tzinfo=UTC).timestamp())
    # June and July: 30 d and 31 d of 1,440 × 100 events: 4,320 and 4,464 may be bad.
    assert judged(slices, month, at=july - MINUTE).remaining == pytest.approx(1 - 3000 / 4320, abs=1e-9)
    fresh = judged(slices, month, at=july)
    assert fresh.remaining == 1.0
    assert fresh.allowed_bad == pytest.approx(4464, abs=1e-9)


def test_trap_22_the_budget_of_three_nines_is_a_thousandth() -> None:
    # As floats 1 - 0.999 is 0.0010000000000000009, and an error ratio of exactly 0.1 % would be below it.
    target = parse_ratio("99.9%")
    assert 1 - Fraction(target) == Fraction(1, 1000)
    assert burn_rate(1, 1000, 1 - Fraction(target)) == 1
    evaluation = judged(steady(total=1000, bad=1))
    assert evaluation.consumed == 1.0
    assert evaluation.burn == {HOUR: 1.0}


def test_eb_01_the_projection_is_now_plus_remaining_over_burn() -> None:
    # Half of a 28-day budget at burn 1 lasts 14 d = 336 h; the earlier implementation said -504,947 h.
    assert linear_exhaustion(AT, Fraction(1, 2), Fraction(1), WINDOW) == AT + 336 * HOUR
    assert isinstance(linear_exhaustion(AT, Fraction(1, 2), Fraction(0), WINDOW), NoData)
    assert linear_exhaustion(AT, Fraction(-3), Fraction(9), WINDOW) == AT


def test_eb_02_a_short_outage_late_in_the_window_burns_at_full_speed() -> None:
    # 5 min of total outage just now: over 5 min 1,000 times the budget, over 15 min a third of it, over 28 d 500/4,032.
    slices = steady() | steady(AT - 5 * MINUTE, bad=100)
    evaluation = judged(slices, burn_windows=(5 * MINUTE, 15 * MINUTE, WINDOW))
    assert evaluation.burn[5 * MINUTE] == pytest.approx(1000, abs=1e-9)
    assert evaluation.burn[15 * MINUTE] == pytest.approx(1000 / 3, abs=1e-9)
    assert evaluation.burn[WINDOW] == pytest.approx(500 / 4032, abs=1e-12)


def test_eb_03_there_is_no_blind_hour() -> None:
    # The first 40 min of a new month are an outage: 40 of the 43.2 min are gone and the burn rate says so.
    june = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
    month = replace(TERMS, window=CalendarWindow(CalendarUnit.MONTH, 1, date(2026, 1, 1), ZoneInfo("UTC")))
    slices = steady(june - WINDOW, june) | steady(june, june + 40 * MINUTE, bad=100)
    evaluation = judged(slices, month, at=june + 40 * MINUTE)
    assert evaluation.remaining == pytest.approx(1 - 40 / 43.2, abs=1e-9)
    assert evaluation.burn[HOUR] == pytest.approx(1000 * 40 / 60, abs=1e-9)


def test_eb_04_numbers_move_on_although_nothing_bad_is_recorded() -> None:
    slices = steady(end=AT + 2 * HOUR) | steady(AT - 5 * MINUTE, AT, bad=100)
    burn = [judged(slices, at=AT + minutes * MINUTE).burn[HOUR] for minutes in (0, 30, 60)]
    assert burn == [pytest.approx(1000 / 12), pytest.approx(1000 / 12), 0.0]


def test_eb_05_a_breach_on_day_27_is_not_forgiven_on_day_28() -> None:
    slices = steady(AT - 60 * DAY, AT + 2 * DAY) | steady(AT - DAY, AT - DAY + HOUR, bad=100)
    for hours in (0, 24, 48):
        assert judged(slices, at=AT + hours * HOUR).level is Level.DEPLETED


def test_eb_06_no_instant_resets_anything() -> None:
    # 600 bad every Sunday at noon: at any hour of the week four of them are in the window.
    slices = steady(AT - 60 * DAY, AT)
    for week in range(8):
        slices |= steady(AT - week * 7 * DAY - DAY // 2, AT - week * 7 * DAY - DAY // 2 + 6 * MINUTE, bad=100)
    for hours in range(0, 168, 13):
        assert judged(slices, at=AT - hours * HOUR).bad == 2400


def test_eb_07_a_failed_event_costs_its_share_of_the_traffic() -> None:
    # 1,000 failures: of 4,032,000 requests at 99.9 % a quarter, of 40 billion next to nothing, at 95 % half a per cent.
    few = steady() | steady(AT - DAY, AT - DAY + 10 * MINUTE, bad=100)
    many = steady(total=1_000_000) | {AT - DAY: (1000, 1_000_000)}
    lax = replace(TERMS, target=Decimal("0.95"), error_budget=Fraction(1, 20))
    assert judged(few).consumed == pytest.approx(1000 / 4032, abs=1e-12)
    assert judged(many).consumed == pytest.approx(1000 / 40_320_000, abs=1e-15)
    assert judged(few, lax).consumed == pytest.approx(1000 / 201_600, abs=1e-12)


def test_eb_08_totals_are_counted() -> None:
    evaluation = judged(steady(bad=1))
    assert (evaluation.good, evaluation.bad, evaluation.total) == (3_991_680, 40_320, 4_032_000)
    assert evaluation.sli == pytest.approx(0.99, abs=1e-12)


def test_eb_09_samples_of_a_gauge_and_failures_have_budgets() -> None:
    # A floor: one sample a minute, 403 of 40,320 below it at 99 %: 403 of 403.2.
    floor = replace(TERMS, target=Decimal("0.99"), error_budget=Fraction(1, 100))
    samples = steady(total=1) | steady(AT - DAY, AT - DAY + 403 * MINUTE, total=1, bad=1)
    assert judged(samples, floor).remaining == pytest.approx(1 - 403 / 403.2, abs=1e-12)
    # MTBF of 7 d: 28 d up allow four failures.
    mtbf = replace(TERMS, error_budget=Fraction(1, 7 * 1440))
    failures = steady(total=1) | {AT - day * DAY: (1, 1) for day in (1, 5, 6)}
    evaluation = judged(failures, mtbf)
    assert evaluation.allowed_bad == pytest.approx(4, abs=1e-12)
    assert (evaluation.remaining, evaluation.level) == (pytest.approx(0.25, abs=1e-12), Level.CRITICAL)


def test_eb_10_a_target_of_100_per_cent_divides_by_nothing() -> None:
    zero = replace(TERMS, target=Decimal(1), error_budget=Fraction(0))
    kept, broken = judged(steady(), zero), judged(steady() | {AT - HOUR: (1, 100)}, zero)
    assert (kept.remaining, kept.level) == (1.0, Level.HEALTHY)
    assert (broken.remaining, broken.level) == (None, Level.DEPLETED)
    assert broken.reason == "zero tolerance is broken by 1 bad events"


def test_eb_11_a_percentage_is_not_taken_for_a_ratio() -> None:
    with pytest.raises(ValueError, match=r"did you mean 0\.999\?"):
        parse_ratio(99.9)
    for period in ("0d", "-28d", ""):
        with pytest.raises(ValueError, match="duration"):
            parse_duration(period)


def test_eb_12_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        SliceBatch(SeriesKey.of("checkout"), np.array([60]), np.array([-1]), np.array([10]))
    # A refund is a correction, and the raw number stays beside it.
    slices = steady() | steady(AT - DAY, AT - DAY + 20 * MINUTE, bad=100)
    refund = CorrectionSpan(Span(AT - DAY, AT - DAY + 10 * MINUTE), CorrectionMode.GOOD)
    evaluation = judge(slices, Subject(TERMS, AT - WINDOW, (refund,)), AT)
    assert evaluation.remaining == pytest.approx(1 - 1000 / 4032, abs=1e-9)
    assert evaluation.raw is not None
    assert evaluation.raw.remaining == pytest.approx(1 - 2000 / 4032, abs=1e-9)


def test_eb_13_overspending_is_not_clamped() -> None:
    # 400 min of outage, 40,000 of 4,032: -892 %.
    evaluation = judged(steady() | steady(AT - 400 * MINUTE, bad=100))
    assert evaluation.remaining == pytest.approx(-8.9206349206, abs=1e-9)


def test_eb_16_one_function_computes_every_number() -> None:
    # The arrays for many and the account of one are the same numbers, whatever was bad.
    columns = [steady(bad=bad) for bad in (0, 1, 99)]
    figures = figures_of(columns, [Subject(TERMS, AT - WINDOW)] * 3, AT, (HOUR, DAY))
    assert [figures.evaluation(place) for place in range(3)] == [
        judged(slices, burn_windows=(HOUR, DAY)) for slices in columns
    ]
    assert figures.burn[:, 1].tolist() == pytest.approx([10, 10], abs=1e-9)


def test_eb_17_partial_outages_count_in_part_and_at_their_time() -> None:
    # Half of the events bad for 20 min costs 10 min' worth, when it happened, however late it is told.
    late = dict(sorted(steady().items(), reverse=True)) | steady(AT - 3 * HOUR, AT - 3 * HOUR + 20 * MINUTE, bad=50)
    evaluation = judged(late, burn_windows=(HOUR, 4 * HOUR))
    assert evaluation.bad == 1000
    assert evaluation.burn == {HOUR: 0.0, 4 * HOUR: pytest.approx(1000 / 24, abs=1e-9)}


def test_eb_17_overlapping_records_of_one_time_slice_count_once() -> None:
    # Two groups are down in the same ten minutes: ten bad slices, not twenty.
    start = AT - WINDOW
    down = np.zeros(40_320, np.int64)
    down[100:110] = 100
    total, seen = np.full(40_320, 100), np.ones(40_320, np.bool_)
    both = merge_dense([DenseSlices(start, down, total, seen), DenseSlices(start, down, total, seen)])
    slices = {start + MINUTE * i: (int(both.bad[i]), int(both.total[i])) for i in range(40_320)}
    terms = replace(TERMS, method=BudgetingMethod.TIMESLICES, slice_target=Decimal("0.99"))
    assert judged(slices, terms).bad == 10
