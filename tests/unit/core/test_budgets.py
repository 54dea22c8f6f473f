"""
The oracle table: worked cases of the budget arithmetic.

Unless a case says otherwise: objective 99.9 %, rolling 28 d = 40,320 slices of 60 s, 100 events a slice, so that
Σtotal = 4,032,000 and 4,032 bad events are allowed. AT is a Monday, 00:00 UTC.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from leadline.core.budgets import (
    BudgetingMethod,
    BudgetTerms,
    Level,
    LevelThresholds,
    OnNoData,
    OnNoTraffic,
    Subject,
    Subjects,
    evaluate,
)
from leadline.core.corrections import CorrectionMode, CorrectionSpan
from leadline.core.history import History
from leadline.core.windows import CalendarUnit, CalendarWindow, RollingWindow, Span
from made_histories import figures_of, first_of, judge

AT = 1_782_691_200
"""2026-06-29T00:00Z, a Monday."""
HOUR, DAY = 3600, 86_400
WINDOW = 28 * DAY
TERMS = BudgetTerms(Decimal("0.999"), Fraction(1, 1000), RollingWindow(timedelta(days=28)))
BERLIN = ZoneInfo("Europe/Berlin")


def steady(start: int = AT - WINDOW, end: int = AT, total: int = 100) -> dict[int, tuple[int, int]]:
    return dict.fromkeys(range(start, end, 60), (0, total))


def with_bad(slices: dict[int, tuple[int, int]], bad: int, *, first: int | None = None) -> dict[int, tuple[int, int]]:
    """Bad events put into the slices from `first` on, as many into each as it can hold."""
    left = bad
    for at in sorted(slices):
        if left and (first is None or at >= first):
            taken = min(left, slices[at][1])
            slices[at] = (taken, slices[at][1])
            left -= taken
    assert not left
    return slices


def without(slices: dict[int, tuple[int, int]], start: int, end: int) -> dict[int, tuple[int, int]]:
    return {at: counts for at, counts in slices.items() if not start <= at < end}


def excluded(start: int, end: int) -> CorrectionSpan:
    return CorrectionSpan(Span(start, end), CorrectionMode.EXCLUDE)


def subject_of(
    slices: dict[int, tuple[int, int]], terms: BudgetTerms = TERMS, corrections: Iterable[CorrectionSpan] = ()
) -> Subject:
    return Subject(terms, first_of(slices), tuple(corrections))


def test_a_clean_window_leaves_the_whole_budget() -> None:
    slices = steady(AT - WINDOW - DAY)
    evaluation = judge(slices, subject_of(slices), AT)
    assert evaluation.level is Level.HEALTHY
    assert (evaluation.good, evaluation.bad, evaluation.total) == (4_032_000, 0, 4_032_000)
    assert (evaluation.sli, evaluation.coverage, evaluation.consumed, evaluation.remaining) == (1.0, 1.0, 0.0, 1.0)
    assert evaluation.allowed_bad == pytest.approx(4032, abs=1e-9)
    assert evaluation.burn == {HOUR: 0.0}
    assert evaluation.reason == ""
    assert evaluation.raw is None


def test_overspending_is_shown_signed() -> None:
    # 11,088 of 4,032: 2.75 budgets, so -1.75 remains.
    slices = with_bad(steady(), 11_088)
    evaluation = judge(slices, subject_of(slices), AT)
    assert evaluation.remaining == pytest.approx(-1.75, abs=1e-12)
    assert evaluation.level is Level.DEPLETED


def test_a_young_slo_is_promised_the_budget_of_the_days_before_its_birth() -> None:
    # 7 d lived: 1,008,000 events; 21 d before birth at the same traffic: 3,024,000; allowed 4,032; 1,008 spent = 25 %.
    slices = with_bad(steady(AT - 7 * DAY), 1008)
    evaluation = judge(slices, subject_of(slices), AT)
    assert evaluation.allowed_bad == pytest.approx(4032, abs=1e-9)
    assert evaluation.remaining == pytest.approx(0.75, abs=1e-12)
    assert evaluation.level is Level.HEALTHY
    assert evaluation.coverage == 1.0
    assert evaluation.reason == "history begins 2026-06-22T00:00Z, 7d of 28d are lived"


def test_traffic_before_birth_is_expected_from_the_same_hour_of_the_week() -> None:
    # Lived: 7 d, 12:00-13:00 at 700 a minute, else 100: 10,080 slices, 420 of them busy: 966,000 + 294,000 = 1,260,000.
    # Each week before birth is expected to be the same: 4 × 1,260,000 = 5,040,000 in all, of which 0.1 % is allowed.
    slices = {at: (0, 700 if at % DAY // HOUR == 12 else 100) for at in range(AT - 7 * DAY, AT, 60)}
    evaluation = judge(slices, subject_of(slices), AT)
    assert evaluation.total == 1_260_000
    assert evaluation.allowed_bad == pytest.approx(5040, abs=1e-9)


def test_an_hour_of_the_week_never_seen_is_expected_at_the_mean_so_far() -> None:
    # Two days lived: Saturday at 50, Sunday at 250 a minute; mean 150. Before birth 26 d: 4 Saturdays less the one
    # lived and 4 Sundays less one have their own traffic, 20 other days the mean:
    # lived 72,000 + 360,000; unlived 3 × 72,000 + 3 × 360,000 + 20 × 216,000 = 5,616,000; together 6,048,000.
    slices = steady(AT - 2 * DAY, AT - DAY, 50) | steady(AT - DAY, AT, 250)
    evaluation = judge(slices, subject_of(slices), AT)
    assert evaluation.allowed_bad == pytest.approx(6048, abs=1e-9)


def test_a_gap_counts_on_neither_side() -> None:
    # Two days missing: 37,440 of 40,320 slices = 92.857 %; allowed 3,744; 936 bad = 25 % spent.
    slices = with_bad(without(steady(), AT - 20 * DAY, AT - 18 * DAY), 936)
    evaluation = judge(slices, subject_of(slices), AT)
    assert evaluation.coverage == pytest.approx(37_440 / 40_320, abs=1e-12)
    assert evaluation.allowed_bad == pytest.approx(3744, abs=1e-9)
    assert evaluation.remaining == pytest.approx(0.75, abs=1e-12)
    assert evaluation.level is Level.HEALTHY


def test_planned_maintenance_now_is_not_blindness() -> None:
    # Three hours excluded up to now, nothing seen in them: 40,140 slices are expected and all were seen.
    slices = without(steady(), AT - 3 * HOUR, AT)
    evaluation = judge(slices, subject_of(slices, corrections=[excluded(AT - 3 * HOUR, AT + HOUR)]), AT)
    assert evaluation.level is Level.HEALTHY
    assert evaluation.coverage == 1.0
    assert evaluation.total == 4_014_000
    assert evaluation.burn == {HOUR: None}
    assert evaluation.reason == "no burn rate over 1h: nothing was counted"
    assert evaluation.raw is not None
    assert evaluation.raw.level is Level.UNKNOWN
    assert evaluation.raw.reason == "newest slice is 180 min old; no burn rate over 1h: nothing was counted"
    assert evaluation.raw.coverage == pytest.approx(40_140 / 40_320, abs=1e-12)


def test_age_counts_expected_slices_only() -> None:
    # Silent for 3 h 8 min, of which 3 h are excluded: 8 min of silence, not yet too old.
    slices = without(steady(), AT - 188 * 60, AT)
    maintenance = [excluded(AT - 185 * 60, AT - 5 * 60)]
    assert judge(slices, subject_of(slices, corrections=maintenance), AT).level is Level.HEALTHY
    assert judge(without(slices, AT - 191 * 60, AT), subject_of(slices, corrections=maintenance), AT).reason == (
        "newest slice is 11 min old; no burn rate over 1h: nothing was counted"
    )


def test_overspent_with_a_gap_is_surely_depleted() -> None:
    # 80 % seen: 3,225,600 events, allowed 3,225.6. 20,000 bad; even of the full 4,032 that is -3.96.
    slices = with_bad(without(steady(), AT - 10 * DAY, AT - 10 * DAY + 8064 * 60), 20_000)
    evaluation = judge(slices, subject_of(slices), AT)
    assert evaluation.level is Level.DEPLETED
    assert evaluation.remaining == pytest.approx(1 - 20_000 / 3225.6, abs=1e-9)
    assert evaluation.reason == (
        "depleted even if every missing slice was good at the expected traffic; "
        "coverage 80.0 % is below 90.0 % (32256 of 40320 slices were seen)"
    )


def test_spent_only_of_what_was_seen_is_unknown() -> None:
    # As above with 3,100 bad: of 3,225.6 that leaves 3.9 %, but were the gap good, 3,100 of 4,032 would leave 23.1 %.
    slices = with_bad(without(steady(), AT - 10 * DAY, AT - 10 * DAY + 8064 * 60), 3100)
    evaluation = judge(slices, subject_of(slices), AT)
    assert evaluation.level is Level.UNKNOWN
    assert evaluation.remaining == pytest.approx(1 - 3100 / 3225.6, abs=1e-9)
    assert evaluation.reason == "coverage 80.0 % is below 90.0 % (32256 of 40320 slices were seen)"


@pytest.mark.parametrize(("bad", "level"), [(3831, Level.DEPLETED), (3830, Level.UNKNOWN)])
def test_surely_depleted_begins_at_the_lowest_threshold(bad: int, level: Level) -> None:
    # Of 4,032: 95 % are 3,830.4.
    slices = with_bad(without(steady(), AT - 10 * DAY, AT - 10 * DAY + 8064 * 60), bad)
    assert judge(slices, subject_of(slices), AT).level is level


def test_an_idle_night_is_seen_and_has_no_burn_rate() -> None:
    # 00:00-06:00 without traffic; at 05:00 the last hour had no events: no burn rate, but nothing is missing.
    at = AT + 5 * HOUR
    slices = {s: (0, 0 if s % DAY < 6 * HOUR else 100) for s in range(at - WINDOW - HOUR, at, 60)}
    evaluation = judge(slices, subject_of(slices), at, [HOUR, 6 * HOUR])
    assert evaluation.level is Level.HEALTHY
    assert evaluation.coverage == 1.0
    assert evaluation.burn == {HOUR: None, 6 * HOUR: 0.0}


def test_a_dead_source_is_unknown_within_minutes() -> None:
    alive = steady(AT - WINDOW - DAY, AT - 10 * 60)
    assert judge(alive, subject_of(alive), AT).level is Level.HEALTHY
    dead = steady(AT - WINDOW - DAY, AT - 42 * 60)
    evaluation = judge(dead, subject_of(dead), AT)
    assert evaluation.level is Level.UNKNOWN
    assert evaluation.reason == (
        "newest slice is 42 min old; no burn rate over 1h: fewer than half of the slices were seen"
    )
    assert evaluation.remaining == 1.0
    assert evaluation.coverage == pytest.approx(1 - 42 / 40_320, abs=1e-12)


def test_a_source_collected_rarely_may_be_older() -> None:
    slices = steady(AT - WINDOW, AT - 30 * 60)
    assert judge(slices, subject_of(slices, replace(TERMS, collection_seconds=900)), AT).level is Level.HEALTHY
    assert judge(slices, subject_of(slices, replace(TERMS, collection_seconds=840)), AT).level is Level.UNKNOWN


def month(zone: ZoneInfo = BERLIN) -> CalendarWindow:
    return CalendarWindow(CalendarUnit.MONTH, 1, date(2026, 1, 1), zone)


def test_a_new_month_expects_the_traffic_of_the_last_weeks() -> None:
    # June in Berlin begins at 2026-05-31T22:00Z: 30 d = 43,200 slices, 4,320 bad events allowed.
    # Two hours lived, 108 bad: 2.5 % spent.
    june = 1_780_264_800
    terms = replace(TERMS, window=month())
    slices = with_bad(steady(june - 40 * DAY, june + 2 * HOUR), 108, first=june)
    evaluation = judge(slices, subject_of(slices, terms), june + 2 * HOUR)
    assert evaluation.window == Span(june, june + 30 * DAY)
    assert (evaluation.bad, evaluation.total) == (108, 12_000)
    assert evaluation.allowed_bad == pytest.approx(4320, abs=1e-9)
    assert evaluation.remaining == pytest.approx(0.975, abs=1e-12)
    assert evaluation.level is Level.HEALTHY
    assert evaluation.reason == ""


def test_a_month_starts_with_its_whole_budget() -> None:
    june = 1_780_264_800
    terms = replace(TERMS, window=month())
    slices = with_bad(steady(june - 40 * DAY, june), 50_000)
    evaluation = judge(slices, subject_of(slices, terms), june)
    assert (evaluation.level, evaluation.remaining, evaluation.coverage) == (Level.HEALTHY, 1.0, None)


def test_a_number_without_a_value_at_the_first_instant_of_a_month_has_a_reason() -> None:
    june = 1_780_264_800
    slices = steady(june - 40 * DAY, june)
    evaluation = judge(slices, subject_of(slices, replace(TERMS, window=month())), june)
    assert (evaluation.sli, evaluation.coverage, evaluation.remaining) == (None, None, 1.0)
    assert evaluation.reason == "nothing was counted: the period begins now"


def test_at_the_end_of_a_month_only_what_was_lived_counts() -> None:
    june = 1_780_264_800
    terms = replace(TERMS, window=month())
    slices = with_bad(steady(june - 40 * DAY, june + 30 * DAY - 60), 2160, first=june)
    evaluation = judge(slices, subject_of(slices, terms), june + 30 * DAY - 60)
    assert evaluation.total == 4_320_000 - 100
    assert evaluation.remaining == pytest.approx(0.5, abs=1e-12)
    assert evaluation.level is Level.WARNING


def test_planned_maintenance_later_in_the_month_promises_nothing() -> None:
    # The last 15 d of June are excluded: half of the month is promised.
    june = 1_780_264_800
    terms = replace(TERMS, window=month())
    slices = steady(june - 40 * DAY, june + 2 * DAY)
    planned = [excluded(june + 15 * DAY, june + 30 * DAY)]
    evaluation = judge(slices, subject_of(slices, terms, planned), june + 2 * DAY)
    assert evaluation.allowed_bad == pytest.approx(2160, abs=1e-9)
    assert evaluation.raw is None


def test_a_window_emptied_by_corrections_is_not_unknown() -> None:
    slices = with_bad(steady(AT - WINDOW - DAY), 50_000, first=AT - WINDOW)
    evaluation = judge(slices, subject_of(slices, corrections=[excluded(AT - WINDOW, AT)]), AT)
    assert evaluation.level is Level.HEALTHY
    assert (evaluation.coverage, evaluation.sli, evaluation.consumed, evaluation.remaining) == (None,) * 4
    assert (evaluation.bad, evaluation.total, evaluation.burn) == (0, 0, {HOUR: None})
    assert evaluation.reason == "corrections exclude every slice of the window"
    assert evaluation.raw is not None
    assert evaluation.raw.level is Level.DEPLETED


ZERO = replace(TERMS, target=Decimal(1), error_budget=Fraction(0))


def test_zero_tolerance_kept_has_consumed_nothing() -> None:
    slices = steady()
    evaluation = judge(slices, subject_of(slices, ZERO), AT)
    assert (evaluation.level, evaluation.consumed, evaluation.remaining) == (Level.HEALTHY, 0.0, 1.0)
    assert (evaluation.allowed_bad, evaluation.burn) == (0.0, {HOUR: 0.0})


def test_zero_tolerance_broken_is_depleted_by_one_event() -> None:
    slices = with_bad(steady(), 1)
    evaluation = judge(slices, subject_of(slices, ZERO), AT)
    assert evaluation.level is Level.DEPLETED
    assert (evaluation.consumed, evaluation.remaining, evaluation.burn) == (None, None, {HOUR: None})
    assert evaluation.allowed_bad == 0.0
    assert evaluation.sli == pytest.approx(1 - 1 / 4_032_000, abs=1e-15)
    assert evaluation.reason == "zero tolerance is broken by 1 bad events"


def test_zero_tolerance_broken_stays_broken_when_blind() -> None:
    slices = with_bad(steady(AT - WINDOW, AT - DAY), 1)
    assert judge(slices, subject_of(slices, ZERO), AT).level is Level.DEPLETED


@pytest.mark.parametrize(
    ("bad", "level"),
    [
        # Objective 99 %: 40,320 bad events are allowed. 50 % = 20,160; 75 % = 30,240; 95 % = 38,304.
        (20_159, Level.HEALTHY),
        (20_160, Level.WARNING),
        (30_239, Level.WARNING),
        (30_240, Level.CRITICAL),
        (38_303, Level.CRITICAL),
        (38_304, Level.DEPLETED),
        (40_320, Level.DEPLETED),
    ],
)
def test_thresholds_are_strict(bad: int, level: Level) -> None:
    terms = replace(TERMS, target=Decimal("0.99"), error_budget=Fraction(1, 100))
    slices = with_bad(steady(), bad)
    assert judge(slices, subject_of(slices, terms), AT).level is level


@pytest.mark.parametrize(("bad", "level"), [(-1, Level.HEALTHY), (0, Level.WARNING), (1, Level.WARNING)])
def test_a_float_does_not_decide_at_a_threshold(bad: int, level: Level) -> None:
    # 10^14 events a slice: 4.032·10^18 in all; half of the budget is 2.016·10^15, and one event less is 2.5·10^-16 of
    # the budget, which a float64 near 0.5 cannot tell.
    slices = with_bad(steady(total=10**14), 2_016 * 10**12 + bad)
    evaluation = judge(slices, subject_of(slices), AT)
    assert evaluation.remaining == pytest.approx(0.5, abs=1e-12)
    assert evaluation.level is level


def test_expected_traffic_is_exact_at_a_threshold() -> None:
    # Born 7 d ago with 3 × 1 event a week in Sunday's last hour alone and none elsewhere; 4 weeks at 60 slices each.
    # Per slice of that hour 1/20 event; unlived 180 slices = 9 events exactly; 3 + 9 = 12; objective 50 %: 6 allowed.
    terms = replace(TERMS, target=Decimal("0.5"), error_budget=Fraction(1, 2))
    slices = steady(AT - 7 * DAY, AT, 0)
    for at in (AT - HOUR, AT - HOUR + 60, AT - HOUR + 120):
        slices[at] = (1, 1)
    evaluation = judge(slices, subject_of(slices, terms), AT)
    assert evaluation.allowed_bad == pytest.approx(6, abs=1e-12)
    assert evaluation.remaining == pytest.approx(0.5, abs=1e-12)
    assert evaluation.level is Level.WARNING


def test_levels_follow_the_thresholds_of_the_policy() -> None:
    terms = replace(TERMS, thresholds=LevelThresholds(Fraction(9, 10), Fraction(8, 10), Fraction(7, 10)))
    slices = with_bad(steady(), 1008)
    assert judge(slices, subject_of(slices, terms), AT).level is Level.CRITICAL


def test_an_slo_without_a_slice_is_unknown() -> None:
    evaluation = judge({}, Subject(TERMS, None), AT)
    assert evaluation.level is Level.UNKNOWN
    assert evaluation.reason == "no slice before 2026-06-29T00:00Z"
    assert (evaluation.sli, evaluation.coverage, evaluation.consumed, evaluation.remaining) == (None,) * 4
    assert evaluation.burn == {HOUR: None}


@pytest.mark.parametrize("policy", list(OnNoData))
def test_no_policy_makes_an_slo_without_a_slice_known(policy: OnNoData) -> None:
    terms = replace(TERMS, on_no_data=policy, starts_at=AT - 10 * DAY)
    evaluation = judge({}, Subject(terms, None), AT)
    assert (evaluation.level, evaluation.remaining) == (Level.UNKNOWN, None)


def test_a_slice_of_the_future_is_not_yet_known() -> None:
    slices = steady(AT, AT + DAY)
    evaluation = judge(slices, subject_of(slices), AT)
    assert (evaluation.level, evaluation.total) == (Level.UNKNOWN, 0)


def test_fresh_is_unknown_for_a_day() -> None:
    slices = steady(AT - DAY + 60)
    evaluation = judge(slices, subject_of(slices), AT)
    assert evaluation.level is Level.UNKNOWN
    assert evaluation.reason == "history begins 2026-06-28T00:01Z, 23h59m of the first 24h are lived"
    older = steady(AT - DAY)
    assert judge(older, subject_of(older), AT).level is Level.HEALTHY


def test_a_young_slo_can_be_surely_depleted() -> None:
    # Two hours old, 50 min of total outage: 5,000 of 4,032 bad events.
    slices = with_bad(steady(AT - 2 * HOUR), 5000)
    evaluation = judge(slices, subject_of(slices), AT)
    assert evaluation.level is Level.DEPLETED
    assert evaluation.remaining == pytest.approx(1 - 5000 / 4032, abs=1e-9)
    assert evaluation.reason.startswith("depleted even if")


def test_starts_at_wins_over_the_first_slice() -> None:
    # Slices for 28 d, the objective starts 2 d ago: what was bad before does not count; the traffic before is known.
    terms = replace(TERMS, starts_at=AT - 2 * DAY)
    slices = with_bad(with_bad(steady(), 9000), 1008, first=AT - DAY)
    evaluation = judge(slices, subject_of(slices, terms), AT)
    assert (evaluation.bad, evaluation.total) == (1008, 288_000)
    assert evaluation.remaining == pytest.approx(0.75, abs=1e-9)
    assert evaluation.coverage == 1.0


def test_starts_at_before_the_first_slice_makes_the_silence_missing() -> None:
    # Declared 4 d ago, first slice 2 d ago: half of the expected slices were seen.
    terms = replace(TERMS, starts_at=AT - 4 * DAY)
    slices = steady(AT - 2 * DAY)
    evaluation = judge(slices, subject_of(slices, terms), AT)
    assert (evaluation.level, evaluation.coverage) == (Level.UNKNOWN, 0.5)


def test_starts_at_in_the_future_is_unknown() -> None:
    slices = steady()
    evaluation = judge(slices, subject_of(slices, replace(TERMS, starts_at=AT + DAY)), AT)
    assert (evaluation.level, evaluation.remaining, evaluation.total) == (Level.UNKNOWN, None, 0)
    assert evaluation.reason == "the objective starts at 2026-06-30T00:00Z"


def test_no_data_may_count_as_bad_at_the_expected_traffic() -> None:
    # 20 min missing two days ago: 2,000 events expected and bad, of 4,032 allowed.
    terms = replace(TERMS, on_no_data=OnNoData.BAD)
    slices = without(steady(), AT - 2 * DAY, AT - 2 * DAY + 1200)
    evaluation = judge(slices, subject_of(slices, terms), AT)
    assert (evaluation.bad, evaluation.total, evaluation.coverage) == (2000, 4_032_000, 1.0)
    assert evaluation.remaining == pytest.approx(1 - 2000 / 4032, abs=1e-9)
    assert evaluation.level is Level.HEALTHY


def test_no_data_as_bad_burns_at_once() -> None:
    # Silent for the last 30 min of the hour: half of it is bad, burn 500.
    terms = replace(TERMS, on_no_data=OnNoData.BAD)
    slices = steady(end=AT - 1800)
    evaluation = judge(slices, subject_of(slices, terms), AT)
    assert evaluation.burn[HOUR] == pytest.approx(500, abs=1e-6)
    assert evaluation.level is Level.WARNING
    # 3,000 of 4,032
    assert evaluation.remaining == pytest.approx(1 - 3000 / 4032, abs=1e-9)


def test_no_data_may_be_no_expected_slice() -> None:
    # Seen every other day: 20,160 slices are all that is expected.
    terms = replace(TERMS, on_no_data=OnNoData.EXCLUDE)
    slices = {at: counts for at, counts in steady().items() if at // DAY % 2}
    evaluation = judge(slices, subject_of(slices, terms), AT)
    assert (evaluation.level, evaluation.coverage, evaluation.total) == (Level.HEALTHY, 1.0, 2_016_000)


def test_silence_is_not_success_even_when_it_is_not_expected() -> None:
    terms = replace(TERMS, on_no_data=OnNoData.EXCLUDE)
    slices = steady(AT - 40 * DAY, AT - 35 * DAY)
    evaluation = judge(slices, subject_of(slices, terms), AT)
    assert (evaluation.level, evaluation.coverage, evaluation.remaining) == (Level.UNKNOWN, None, None)


@pytest.mark.parametrize(
    ("policy", "bad", "total"),
    # One idle hour on 27 days of 28 d is idle on one Monday in four: 240 slices of that hour of the week were seen,
    # 180 with 100 events: 75 expected a slice; 60 idle slices count as 4,500 events.
    [(OnNoTraffic.EXCLUDE, 0, 4_026_000), (OnNoTraffic.GOOD, 0, 4_030_500), (OnNoTraffic.BAD, 4500, 4_030_500)],
)
def test_no_traffic_counts_as_the_policy_says(policy: OnNoTraffic, bad: int, total: int) -> None:
    slices = steady()
    for at in range(AT - 7 * DAY, AT - 7 * DAY + HOUR, 60):
        slices[at] = (0, 0)
    evaluation = judge(slices, subject_of(slices, replace(TERMS, on_no_traffic=policy)), AT)
    assert (evaluation.bad, evaluation.total, evaluation.coverage) == (bad, total, 1.0)


def test_a_window_without_any_traffic_is_unknown_not_perfect() -> None:
    slices = steady(total=0)
    evaluation = judge(slices, subject_of(slices), AT)
    assert (evaluation.level, evaluation.sli, evaluation.remaining) == (Level.UNKNOWN, None, None)
    assert evaluation.coverage == 1.0
    assert evaluation.reason == "nothing was counted: none of 40320 seen slices had traffic"


TIME = replace(TERMS, method=BudgetingMethod.TIMESLICES, slice_target=Decimal("0.95"))


def test_time_slices_count_minutes() -> None:
    # 40,320 slices, 40.32 bad ones allowed. 20 slices at 6 % errors are bad, 1,000 at 5 % are good.
    slices = steady()
    for at in range(AT - DAY, AT - DAY + 1200, 60):
        slices[at] = (6, 100)
    for at in range(AT - 10 * DAY, AT - 10 * DAY + 60_000, 60):
        slices[at] = (5, 100)
    evaluation = judge(slices, subject_of(slices, TIME), AT)
    assert (evaluation.bad, evaluation.total) == (20, 40_320)
    assert evaluation.remaining == pytest.approx(1 - 20 / 40.32, abs=1e-9)
    assert evaluation.level is Level.HEALTHY


def test_time_slices_before_birth_count_as_promised() -> None:
    # Two days lived: 2,880 slices, 37,440 before birth; 40.32 allowed although the traffic grew tenfold.
    slices = steady(AT - 2 * DAY, AT - DAY, 100) | steady(AT - DAY, AT, 1000)
    assert judge(slices, subject_of(slices, TIME), AT).allowed_bad == pytest.approx(40.32, abs=1e-9)


def test_a_time_slice_without_data_is_one_bad_slice_where_silence_is_bad() -> None:
    slices = without(steady(), AT - DAY, AT - DAY + 1800)
    evaluation = judge(slices, subject_of(slices, replace(TIME, on_no_data=OnNoData.BAD)), AT)
    assert (evaluation.bad, evaluation.total, evaluation.coverage) == (30, 40_320, 1.0)


def test_a_long_time_slice_is_missing_only_if_nothing_of_it_was_seen() -> None:
    # Slices of 5 min, seen once in each: 8,064 slices, all seen.
    slices = {at: counts for at, counts in steady().items() if at % 300 == 120}
    evaluation = judge(slices, subject_of(slices, replace(TIME, slice_seconds=300)), AT)
    assert (evaluation.total, evaluation.coverage, evaluation.level) == (8064, 1.0, Level.HEALTHY)


def test_a_time_slice_that_is_not_over_does_not_count() -> None:
    slices = with_bad(steady(AT - WINDOW - DAY, AT + 240), 400, first=AT)
    evaluation = judge(slices, subject_of(slices, replace(TIME, slice_seconds=300)), AT + 240)
    assert (evaluation.bad, evaluation.window.end) == (0, AT)


@pytest.mark.parametrize(("policy", "bad", "total"), [("exclude", 0, 40_260), ("good", 0, 40_320), ("bad", 60, 40_320)])
def test_an_idle_time_slice_counts_as_the_policy_says(policy: str, bad: int, total: int) -> None:
    slices = steady()
    for at in range(AT - DAY, AT - DAY + HOUR, 60):
        slices[at] = (0, 0)
    terms = replace(TIME, on_no_traffic=OnNoTraffic(policy))
    evaluation = judge(slices, subject_of(slices, terms), AT)
    assert (evaluation.bad, evaluation.total, evaluation.coverage) == (bad, total, 1.0)


def test_ratio_time_slices_are_the_mean_of_ratios() -> None:
    # One slice 1 of 2 bad, one slice 0 of 1,000,000: as events 0.5 per million; as a mean of two ratios a quarter.
    # Over the window: half a slice of 40,320 is bad.
    slices = steady(total=1_000_000)
    slices[AT - 60] = (1, 2)
    terms = replace(TERMS, method=BudgetingMethod.RATIO_TIMESLICES)
    evaluation = judge(slices, subject_of(slices, terms), AT, [120])
    assert evaluation.sli == pytest.approx(1 - 0.5 / 40_320, abs=1e-15)
    assert evaluation.remaining == pytest.approx(1 - 0.5 / 40.32, abs=1e-12)
    assert evaluation.burn[120] == pytest.approx(250, abs=1e-9)


def test_failures_may_outnumber_minutes_for_a_mean_time_between_failures() -> None:
    # MTBF 24 h = 1,440 min, EB 1/1,440: 40,320 minutes up allow 28 failures; 7 in one minute and 7 apart leave half.
    terms = replace(TERMS, error_budget=Fraction(1, 1440))
    slices = steady(total=1)
    slices[AT - DAY] = (7, 1)
    for day in range(2, 9):
        slices[AT - day * DAY] = (1, 1)
    evaluation = judge(slices, subject_of(slices, terms), AT)
    assert (evaluation.bad, evaluation.total) == (14, 40_320)
    assert evaluation.allowed_bad == pytest.approx(28, abs=1e-9)
    assert (evaluation.level, evaluation.remaining) == (Level.WARNING, pytest.approx(0.5, abs=1e-12))


def test_corrections_exclude_forgive_and_condemn() -> None:
    # Three outages of 10 min = 1,000 events each. One excluded, one good, one measured; and 5 min that were bad though
    # measured good: bad 1,000 + 500 of (4,032,000 - 1,000) total.
    slices = steady()
    for day in (1, 2, 3):
        with_bad(slices, 1000, first=AT - day * DAY)
    corrections = [
        excluded(AT - DAY, AT - DAY + 600),
        CorrectionSpan(Span(AT - 2 * DAY, AT - 2 * DAY + 600), CorrectionMode.GOOD),
        CorrectionSpan(Span(AT - 4 * DAY, AT - 4 * DAY + 300), CorrectionMode.BAD),
    ]
    evaluation = judge(slices, subject_of(slices, corrections=corrections), AT)
    assert (evaluation.bad, evaluation.total) == (1500, 4_031_000)
    assert evaluation.remaining == pytest.approx(1 - 1500 / 4031, abs=1e-9)
    assert evaluation.raw is not None
    assert (evaluation.raw.bad, evaluation.raw.total) == (3000, 4_032_000)
    assert evaluation.raw.raw is None


def test_a_correction_speaks_for_slices_that_were_not_seen() -> None:
    # 30 min unseen: said to be bad they cost their expected 3,000 events and are not missing any more.
    slices = without(steady(), AT - 1800, AT)
    bad = [CorrectionSpan(Span(AT - 1800, AT), CorrectionMode.BAD)]
    evaluation = judge(slices, subject_of(slices, corrections=bad), AT)
    assert (evaluation.bad, evaluation.total, evaluation.coverage) == (3000, 4_032_000, 1.0)
    assert evaluation.level is Level.WARNING


def test_a_correction_outside_the_window_changes_nothing() -> None:
    slices = with_bad(steady(AT - 40 * DAY), 1008, first=AT - DAY)
    plain = judge(slices, subject_of(slices), AT)
    old = [excluded(AT - 39 * DAY, AT - 38 * DAY), excluded(AT, AT + DAY)]
    assert judge(slices, subject_of(slices, corrections=old), AT) == plain


def test_an_instant_inside_a_minute_is_floored() -> None:
    slices = with_bad(steady(AT - WINDOW - DAY), 1008, first=AT - DAY)
    assert judge(slices, subject_of(slices), AT + 59) == judge(slices, subject_of(slices), AT)


def test_a_burn_rate_needs_half_of_its_slices() -> None:
    slices = with_bad(without(steady(), AT - HOUR, AT - 1800), 30, first=AT - 600)
    # 30 slices seen of 60, 30 bad of 3,000: ten times the budget.
    assert judge(slices, subject_of(slices), AT).burn[HOUR] == pytest.approx(10, abs=1e-9)
    less = without(slices, AT - 1800, AT - 1740)
    assert judge(less, subject_of(less), AT).burn[HOUR] is None


def test_subjects_of_several_windows_are_judged_together() -> None:
    # Rolling 28 d, rolling 7 d, a month and time slices beside each other say what each says alone.
    columns = [with_bad(steady(AT - 60 * DAY), 300 * n, first=AT - 3 * DAY) for n in range(1, 5)]
    windows = [TERMS, replace(TERMS, window=RollingWindow(timedelta(days=7))), replace(TERMS, window=month()), TIME]
    subjects = [subject_of(slices, terms) for slices, terms in zip(columns, windows, strict=True)]
    figures = figures_of(columns, subjects, AT, [HOUR, DAY])
    alone = [judge(slices, subject, AT, [HOUR, DAY]) for slices, subject in zip(columns, subjects, strict=True)]
    assert [figures.evaluation(place) for place in range(4)] == alone
    assert len({evaluation.remaining for evaluation in alone}) == 4


def test_as_many_subjects_as_columns_are_wanted() -> None:
    history = History.of(AT - WINDOW, AT, [], {})
    with pytest.raises(ValueError, match="1 subjects for 0 columns"):
        evaluate(history, Subjects.of([Subject(TERMS, None)]), AT, [])


def test_no_subject_is_no_figure() -> None:
    assert len(evaluate(History.of(AT - WINDOW, AT, [], {}), [], AT, [HOUR])) == 0


def test_hundreds_of_columns_with_gaps_say_what_each_says_alone() -> None:
    # More than are looked at together, every other one in another cohort, each with its own traffic, gaps and birth.
    rolling = replace(TERMS, window=RollingWindow(timedelta(days=2)), on_no_data=OnNoData.BAD)
    calendar = replace(rolling, window=month(), on_no_data=OnNoData.UNKNOWN)
    columns, subjects = [], []
    for n in range(600):
        slices = {at: (n % 3, 3 + n + at // 600 % 7) for at in range(AT - 30 * HOUR - 60 * n, AT, 600)}
        columns.append(slices)
        subjects.append(subject_of(slices, calendar if n % 2 else rolling))
    figures = figures_of(columns, subjects, AT + 420, [HOUR])
    for n in (0, 1, 254, 255, 256, 257, 511, 512, 513, 598, 599):
        assert figures.evaluation(n) == judge(columns[n], subjects[n], AT + 420, [HOUR])
    assert {figures.evaluation(n).level for n in range(600)} == {Level.DEPLETED, Level.UNKNOWN}
    assert len(set(figures.allowed.tolist())) > 590
