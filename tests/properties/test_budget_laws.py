"""
Laws of the budget arithmetic, against a naive reckoning slice by slice in Fractions.

The reckoning below shares no code with the core except the terms and the spans of windows.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.core.budgets import (
    BudgetingMethod,
    Evaluation,
    Level,
    OnNoData,
    OnNoTraffic,
    Subject,
)
from leadline.core.burn_alerts import burn_rate
from leadline.core.corrections import CorrectionMode
from leadline.core.history import merge_dense, merge_hours
from leadline.core.hours import DAYS, BusinessHours
from leadline.core.slices import HOUR, DenseSlices, HourSums
from leadline.core.windows import CalendarUnit, CalendarWindow, RollingWindow, Span
from made_histories import Slices, dense_of, figures_of, first_of, hours_of, judge
from made_subjects import BERLIN, DAY, KATHMANDU, MONDAY, corrections_of, slices_of, terms_of

WEEK = 604_800
BURN_WINDOWS = (300, HOUR, 6 * HOUR)
ORDER = (CorrectionMode.EXCLUDE, CorrectionMode.BAD, CorrectionMode.GOOD)
UNIT = 10**12


@dataclass
class Tally:
    """What the slices of a span come to."""

    bad: Fraction = Fraction(0)
    total: Fraction = Fraction(0)
    expected: int = 0
    seen: int = 0
    excluded: int = 0
    missing: Fraction = Fraction(0)


class Reckoning:
    """One subject, slice by slice."""

    def __init__(self, slices: Slices, subject: Subject, at: int) -> None:
        self.terms, self.corrections = subject.terms, subject.corrections
        self.is_events = self.terms.method is BudgetingMethod.OCCURRENCES
        self.length = 60 if self.is_events else self.terms.slice_seconds
        self.slices = slices if self.is_events else self.judged(slices)
        self.end = at - at % self.length
        self.at = at
        first = subject.birth
        self.first = math.inf if first is None else first - first % self.length
        start = self.terms.starts_at
        self.birth = self.first if start is None else start - start % self.length
        rolling = isinstance(self.terms.window, RollingWindow)
        self.window = self.terms.window.span(self.end if rolling else at)
        self.lived = Span(self.window.start, max(self.window.start, min(self.window.end, self.end)))
        self.pool: dict[int, list[int]] = {}
        for start_at, (_, total) in slices.items():
            if at - 4 * WEEK <= start_at < at and self.is_open(start_at):
                self.pool.setdefault(start_at % WEEK // HOUR, []).append(total)
        so_far = [
            total
            for start_at, (_, total) in slices.items()
            if max(self.lived.start, self.birth) <= start_at < self.lived.end and self.is_open(start_at)
        ] or [total for totals in self.pool.values() for total in totals]
        self.mean = Fraction(sum(so_far), len(so_far)) if so_far else Fraction(0)

    def judged(self, slices: Slices) -> dict[int, tuple[int, int]]:
        groups: dict[int, list[tuple[int, int]]] = {}
        for start, counts in slices.items():
            groups.setdefault(start - start % self.length, []).append(counts)
        out = {}
        unit = UNIT if self.terms.method is BudgetingMethod.RATIO_TIMESLICES else 1
        for start, members in groups.items():
            bad, total = sum(m[0] for m in members), sum(m[1] for m in members)
            if total == 0:
                counts = {"exclude": (0, 0), "good": (0, unit), "bad": (unit, unit)}
                out[start] = counts[self.terms.on_no_traffic.value]
            elif unit == 1:
                out[start] = (int(Fraction(total - bad, total) < Fraction(self.terms.slice_target or 1)), 1)
            else:
                out[start] = (round(Fraction(bad, total) * UNIT), UNIT)
        return out

    def is_open(self, start: int) -> bool:
        """Whether the wall clock reads business hours at an instant."""
        return self.terms.hours is None or reads_open(self.terms.hours, start)

    def mode(self, start: int) -> CorrectionMode | None:
        held = {c.mode for c in self.corrections if c.span.start <= start < c.span.end}
        return next((mode for mode in ORDER if mode in held), None)

    def expected(self, start: int) -> Fraction:
        if not self.is_events:
            return Fraction(UNIT if self.terms.method is BudgetingMethod.RATIO_TIMESLICES else 1)
        pool = self.pool.get(start % WEEK // HOUR)
        return Fraction(sum(pool), len(pool)) if pool else self.mean

    def tally(self, begin: int, end: int) -> Tally:
        tally = Tally()
        for start in range(-(-begin // self.length) * self.length, end, self.length):
            if start >= self.birth and self.is_open(start):
                self.add(tally, start)
        return tally

    def add(self, tally: Tally, start: int) -> None:
        mode, policy = self.mode(start), self.terms.on_no_data
        if mode is CorrectionMode.EXCLUDE:
            tally.excluded += 1
        elif start in self.slices:
            bad, total = map(Fraction, self.slices[start])
            idle = self.terms.on_no_traffic
            is_idle_bad = idle is OnNoTraffic.BAD
            if total == 0 and self.is_events and idle is not OnNoTraffic.EXCLUDE:
                total = self.expected(start)
                bad = total if is_idle_bad else bad
            tally.bad += {None: bad, CorrectionMode.GOOD: Fraction(0), CorrectionMode.BAD: total}[mode]
            tally.total += total
            tally.expected += 1
            tally.seen += 1
        elif mode is not None or policy is OnNoData.BAD:
            is_bad = mode is CorrectionMode.BAD or (mode is None and policy is OnNoData.BAD)
            tally.bad += self.expected(start) if is_bad else 0
            tally.total += self.expected(start)
            tally.expected += 1
            tally.seen += 1
        elif policy is OnNoData.UNKNOWN:
            tally.expected += 1
            tally.missing += self.expected(start)

    def lived_slices(self) -> list[int]:
        begin = int(min(max(self.birth, self.lived.start), self.lived.end))
        slices = range(-(-begin // self.length) * self.length, self.lived.end, self.length)
        return [start for start in slices if self.is_open(start)]

    def is_emptied(self, tally: Tally) -> bool:
        """Whether corrections or hours leave no slice to expect where there would be some."""
        begin = int(min(max(self.birth, self.lived.start), self.lived.end))
        all_slices = range(-(-begin // self.length) * self.length, self.lived.end, self.length)
        return not tally.expected and (tally.excluded > 0 or len(all_slices) > len(self.lived_slices()))

    def age(self) -> int:
        """Expected seconds since the newest seen slice ended."""
        newest = max((start for start in self.slices if start < self.end), default=-math.inf)
        begin = max(self.birth, newest + self.length, self.end - 40 * DAY)
        return sum(
            self.length
            for start in range(int(begin) if begin < math.inf else self.end, self.end, self.length)
            if self.mode(start) is None and self.is_open(start)
        )

    def level(self, remaining: Fraction | None, least: Fraction | None, tally: Tally) -> Level:
        if self.first >= self.end:
            return Level.UNKNOWN
        spoken_for = self.terms.on_no_data is not OnNoData.UNKNOWN
        lived = self.end > self.birth and self.at - self.birth >= DAY
        covered = tally.seen >= self.terms.min_coverage * tally.expected
        slices = len(self.lived_slices())
        if self.terms.on_no_data is OnNoData.EXCLUDE and tally.expected == 0 and slices > tally.excluded:
            covered = False
        fresh = spoken_for or self.age() <= max(600, 2 * self.terms.collection_seconds)
        if not (lived and covered and fresh):
            if least is not None and self.named(least) is Level.DEPLETED:
                return Level.DEPLETED
            return Level.DEPLETED if remaining is None and tally.bad else Level.UNKNOWN
        if remaining is None:
            if tally.bad:
                return Level.DEPLETED
            return Level.HEALTHY if self.is_emptied(tally) else Level.UNKNOWN
        return self.named(remaining)

    def named(self, remaining: Fraction) -> Level:
        thresholds = self.terms.thresholds
        if remaining > thresholds.healthy:
            return Level.HEALTHY
        if remaining > thresholds.warning:
            return Level.WARNING
        return Level.CRITICAL if remaining > thresholds.critical else Level.DEPLETED

    def check(self, evaluation: Evaluation) -> None:
        tally = self.tally(self.lived.start, self.lived.end)
        unlived = Fraction(0)
        for start in range(-(-self.window.start // self.length) * self.length, self.window.end, self.length):
            is_expected = self.is_open(start) and self.mode(start) is not CorrectionMode.EXCLUDE
            if (start < self.birth or start >= self.lived.end) and is_expected:
                unlived += self.expected(start)
        budget = self.terms.error_budget
        allowed = budget * (tally.total + unlived)
        remaining = least = None
        slices = self.lived_slices()
        blind = not tally.seen and len(slices) > tally.excluded
        if self.first >= self.end or self.birth >= self.at or blind:
            pass
        elif budget and allowed:
            remaining = 1 - tally.bad / allowed
            least = 1 - tally.bad / (allowed + budget * tally.missing)
        elif not budget and not tally.bad and tally.total + unlived:
            remaining = Fraction(1)
        same(evaluation.allowed_bad, allowed)
        same(evaluation.remaining, remaining)
        same(evaluation.consumed, None if remaining is None else 1 - remaining)
        same(evaluation.sli, 1 - tally.bad / tally.total if tally.total else None)
        same(evaluation.coverage, Fraction(tally.seen, tally.expected) if tally.expected else None)
        assert abs(evaluation.bad - tally.bad) <= Fraction(500_001, 1_000_000)
        assert abs(evaluation.total - tally.total) <= Fraction(500_001, 1_000_000)
        assert evaluation.good + evaluation.bad == evaluation.total
        assert evaluation.level is self.level(remaining, least, tally)
        for seconds, rate in evaluation.burn.items():
            part = self.tally(self.end - seconds, self.end)
            known = self.first < self.end and part.total > 0 and part.expected > 0 and 2 * part.seen >= part.expected
            if not budget:
                same(rate, None if part.bad or tally.bad or not known else Fraction(0))
            else:
                same(rate, part.bad / part.total / budget if known else None)


def reads_open(hours: BusinessHours, at: int) -> bool:
    """Look at the clock on the wall and the calendar beside it."""
    clock = datetime.fromtimestamp(at, hours.zone)
    minute, weekday = 60 * clock.hour + clock.minute, DAYS.index(f"{clock:%a}")
    if clock.date() in hours.holidays:
        return False
    return any(weekday in daily.days and daily.begins <= minute < daily.ends for daily in hours.daily)


def same(number: float | None, exact: Fraction | None) -> None:
    if exact is None or number is None:
        assert number is None
        assert exact is None
        return
    assert not math.isnan(number)
    assert math.isclose(number, exact, rel_tol=1e-9, abs_tol=1e-9), (number, float(exact))


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, list[Slices], list[Subject]]:
    at = MONDAY + 60 * draw(st.integers(-1440, 1440))
    columns, subjects = [], []
    for _ in range(draw(st.integers(1, 3))):
        slices = draw(slices_of(at))
        columns.append(slices)
        subjects.append(Subject(draw(terms_of()), first_of(slices), draw(corrections_of(at))))
    return at, columns, subjects


@settings(max_examples=120, deadline=None)
@given(cases())
def test_every_number_equals_a_naive_reckoning_slice_by_slice(case: tuple[int, list[Slices], list[Subject]]) -> None:
    at, columns, subjects = case
    figures = figures_of(columns, subjects, at, BURN_WINDOWS)
    for numbers in (figures.sli, figures.coverage, figures.allowed, figures.consumed, figures.remaining, figures.burn):
        assert np.isfinite(numbers).all()
    for place, (slices, subject) in enumerate(zip(columns, subjects, strict=True)):
        evaluation = figures.evaluation(place)
        Reckoning(slices, subject, at).check(evaluation)
        if evaluation.raw is not None:
            Reckoning(slices, replace(subject, corrections=()), at).check(evaluation.raw)


@settings(max_examples=15, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_in_which_slices_arrive_changes_no_number(
    case: tuple[int, list[Slices], list[Subject]], dice: random.Random
) -> None:
    at, [slices, *_], [subject, *_] = case
    shuffled = list(slices.items())
    dice.shuffle(shuffled)
    assert judge(dict(shuffled), subject, at, BURN_WINDOWS) == judge(slices, subject, at, BURN_WINDOWS)


@settings(max_examples=15, deadline=None)
@given(cases(), st.integers(1, 5000))
def test_the_splitting_of_batches_changes_no_number(case: tuple[int, list[Slices], list[Subject]], size: int) -> None:
    at, [slices, *_], [subject, *_] = case
    items, written = list(slices.items()), {}
    for first in range(0, len(items), size):
        written.update(dict(items[first : first + size]))
        written.update(dict(items[max(0, first - 3) : first + 1]))
    assert judge(written, subject, at, BURN_WINDOWS) == judge(slices, subject, at, BURN_WINDOWS)


def same_hours(one: HourSums, other: HourSums) -> bool:
    names = ("bad", "total", "seen", "traffic")
    return one.start == other.start and all((getattr(one, n) == getattr(other, n)).all() for n in names)


def same_slices(one: DenseSlices, other: DenseSlices) -> bool:
    return one.start == other.start and all(
        (getattr(one, n) == getattr(other, n)).all() for n in ("bad", "total", "seen")
    )


GRID = Span(MONDAY, MONDAY + 3 * HOUR)
parts_of_an_slo = st.lists(
    st.dictionaries(
        st.integers(0, 179).map(lambda minute: MONDAY + 60 * minute),
        st.integers(0, 9).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))),
        max_size=40,
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(parts_of_an_slo, st.randoms(use_true_random=False))
def test_the_merging_of_groups_changes_no_number(parts: Sequence[Slices], dice: random.Random) -> None:
    dense = [dense_of(part, GRID) for part in parts]
    whole = merge_dense(dense)
    assert whole.bad.sum() == sum(bad for part in parts for bad, _ in part.values())
    assert whole.seen.sum() == len({start for part in parts for start in part})
    mixed = list(dense)
    dice.shuffle(mixed)
    cut = dice.randint(1, len(mixed))
    nested = merge_dense([merge_dense(mixed[:cut]), *mixed[cut:]])
    assert same_slices(nested, whole)
    assert same_hours(merge_hours([hours_of(part) for part in mixed]), hours_of(whole))


@settings(max_examples=40, deadline=None)
@given(cases(), st.integers(0, 10**6))
def test_one_more_bad_event_never_raises_what_remains(case: tuple[int, list[Slices], list[Subject]], pick: int) -> None:
    at, [slices, *_], [subject, *_] = case
    room = [start for start, (bad, total) in slices.items() if bad < total]
    if not room:
        return
    start = room[pick % len(room)]
    bad, total = slices[start]
    before = judge(slices, subject, at, BURN_WINDOWS)
    after = judge({**slices, start: (bad + 1, total)}, subject, at, BURN_WINDOWS)
    if before.remaining is not None and after.remaining is not None:
        assert after.remaining <= before.remaining
    assert (before.remaining is None) <= (after.remaining is None)
    order = list(Level)
    if Level.UNKNOWN not in (before.level, after.level):
        assert order.index(after.level) >= order.index(before.level)
    for seconds, rate in before.burn.items():
        later = after.burn[seconds]
        assert rate is None or later is None or later >= rate


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**12), st.integers(1, 10**12), st.decimals("0.5", "0.99999", places=5))
def test_a_burn_rate_is_consumption_at_its_own_speed(bad: int, more: int, target: Decimal) -> None:
    rate = burn_rate(bad, bad + more, 1 - Fraction(target))
    assert isinstance(rate, Fraction)
    assert rate * (1 - Fraction(target)) * (bad + more) == bad


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 4 * 10**9),
    st.sampled_from(CalendarUnit),
    st.integers(1, 5),
    st.dates(date(2000, 1, 1), date(2030, 12, 28)),
    st.sampled_from((BERLIN, KATHMANDU, ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Apia"))),
)
def test_calendar_periods_follow_each_other_without_gap_or_overlap(
    at: int, unit: CalendarUnit, count: int, anchor: date, zone: ZoneInfo
) -> None:
    window = CalendarWindow(unit, count, anchor, zone)
    span = window.span(at)
    assert span.start <= at < span.end
    assert window.span(span.end).start == span.end
    assert window.span(span.end - 1) == window.span(span.start) == span
