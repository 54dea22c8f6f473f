"""A replay says at every step what an evaluation at that instant says, to the last bit."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.core.alert_tiers import (
    AlertTier,
    BurnLimit,
    LowTraffic,
    Severity,
    Stakes,
    TierVerdicts,
    WindowEvents,
    tier_verdicts,
    windows_of,
)
from leadline.core.budgets import BudgetingMethod, BudgetTerms, Subject, edges, evaluate, needed_span
from leadline.core.expectations import MEMORY
from leadline.core.history import History, detail_hours
from leadline.core.judging import Bench
from leadline.core.replaying import Ends, Replayer
from leadline.core.slices import HOUR, STEP, DenseSlices
from leadline.core.subjects import Subjects
from leadline.core.time_slices import time_slices
from leadline.core.windows import RollingWindow, Span
from made_histories import Slices, dense_of, first_of, hours_of
from made_subjects import DAY, MONDAY, corrections_of, slices_of, terms_of

REACH = 2 * DAY
"""How long before its last instant a replay begins."""


def tier(name: str, *limits: tuple[int, str], low_traffic: LowTraffic | None = None, least_bad: int = 0) -> AlertTier:
    made = tuple(BurnLimit(seconds, Fraction(factor)) for seconds, factor in limits)
    return AlertTier(name, made, Severity.PAGE, low_traffic=low_traffic, least_bad=least_bad)


NINETY = BudgetTerms(Decimal("0.9"), Fraction(1, 10), RollingWindow(timedelta(days=28)))
TIERS = (
    tier("fast", (300, "1.2"), (HOUR, "1.2"), low_traffic=LowTraffic()),
    tier("slow", (1800, "1"), (6 * HOUR, "1")),
    tier("single", (900, "0.5"), low_traffic=LowTraffic(least_bad=2, deviates=1.0)),
    tier("days", (2 * HOUR, "0.9"), (72 * HOUR, "0.3")),
    tier("trickle", (72 * HOUR, "0.5"), least_bad=5),
)


def engine(slices: Slices, subject: Subject, at: int) -> tuple[list[TierVerdicts], list[WindowEvents]]:
    """What the engine says at one instant: figures of an evaluation, and verdicts on them."""
    windows = windows_of(TIERS)
    span = needed_span([subject], at, windows)
    steps = dense_of(slices, span)
    sums = hours_of(steps)
    if subject.terms.method is not BudgetingMethod.OCCURRENCES:
        sums, steps = time_slices(steps, subject.terms)
    detail = {hour: [steps] for hour in detail_hours(edges(subject, at, windows)) if span.start <= hour < span.end}
    history = History.of(span.start, span.end, [sums], detail)
    figures = evaluate(history, [subject], at, windows)
    [cohort] = Subjects.of([subject]).cohorts
    bench, events = Bench.of(history, cohort, None, at), {}
    end = cohort.lived_until(at)
    for row, seconds in enumerate(windows):
        counted = bench.count(Span(end - seconds, end))
        known = (2 * counted.seen >= counted.expected) & (counted.expected > 0)
        events[seconds] = WindowEvents(figures.burn_bad[row], figures.burn_total[row], known)
    stakes = [Stakes(subject.terms.error_budget)]
    said = [tier_verdicts(each, [events[seconds] for seconds in each.windows], stakes) for each in TIERS]
    return said, [events[seconds] for seconds in windows]


def laid_out(slices: Slices, subject: Subject, span: Span) -> DenseSlices:
    start = (span.start - MEMORY - DAY) // DAY * DAY
    dense = dense_of(slices, Span(start, -(-span.end // HOUR) * HOUR))
    return dense if subject.terms.method is BudgetingMethod.OCCURRENCES else time_slices(dense, subject.terms)[1]


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, Slices, Subject, list[int]]:
    at = MONDAY + STEP * draw(st.integers(-1440, 1440))
    slices = draw(slices_of(at))
    terms = draw(terms_of())
    if draw(st.booleans()):
        terms = replace(terms, method=BudgetingMethod.OCCURRENCES)
    if draw(st.booleans()):
        terms = replace(terms, hours=None)
    corrections = draw(st.just(()) | corrections_of(at))
    back = draw(st.lists(st.integers(1, REACH // STEP), min_size=3, max_size=3))
    return at, slices, Subject(terms, first_of(slices), corrections), [at - STEP * each for each in back]


@settings(max_examples=150, deadline=None)
@given(cases())
def test_a_replay_says_at_every_step_what_an_evaluation_at_that_instant_says(
    case: tuple[int, Slices, Subject, list[int]],
) -> None:
    at, slices, subject, instants = case
    span = Span(at - REACH, at)
    replayer = Replayer.of(laid_out(slices, subject, span), subject, Stakes(subject.terms.error_budget))
    replay, ends = replayer.replay(TIERS, span), Ends.of(replayer.course, span)
    counted = {seconds: replayer.events(seconds, ends) for seconds in windows_of(TIERS)}
    for instant in instants:
        place = (instant - span.start) // STEP
        said, events = engine(slices, subject, instant)
        of_end = place if ends.of_step is None else ends.of_step[place]
        for ours, theirs in zip(counted.values(), events, strict=True):
            assert ours.bad[of_end] == theirs.bad[0]
            assert ours.total[of_end] == theirs.total[0]
            assert ours.is_known[of_end] == theirs.is_known[0]
        for ours_said, theirs_said in zip(replay.verdicts, said, strict=True):
            assert ours_said.is_known[place] == theirs_said.is_known[0]
            assert ours_said.holds[place] == theirs_said.holds[0]


def test_the_replayed_tiers_do_hold_at_times() -> None:
    """The law above would say nothing of tiers that never hold."""
    slices = {MONDAY + STEP * minute: (60 if 600 <= minute < 900 else 0, 100) for minute in range(-6000, 2880)}
    at = MONDAY + REACH
    subject = Subject(NINETY, first_of(slices))
    span = Span(at - REACH, at)
    replay = Replayer.of(laid_out(slices, subject, span), subject, Stakes(Fraction(1, 10))).replay(TIERS, span)
    held = {each.name: int(verdicts.holds.sum()) for each, verdicts in zip(TIERS, replay.verdicts, strict=True)}
    assert all(0 < held[name] < len(replay.verdicts[0].holds) for name in ("fast", "slow", "single", "days"))


def test_half_of_a_window_is_enough_and_less_is_not() -> None:
    holed = {MONDAY + STEP * minute: (60, 100) for minute in range(-6000, 2880) if not 1000 <= minute < 1061}
    del holed[MONDAY]  # the first of a gap apart, so that halves do not come about by symmetry
    subject, span = Subject(NINETY, first_of(holed)), Span(MONDAY + 1000 * STEP, MONDAY + 1100 * STEP)
    alone = (tier("hour", (2 * HOUR, "1")), tier("minutes", (360, "1")))
    replay = Replayer.of(laid_out(holed, subject, span), subject, Stakes(Fraction(1, 10))).replay(alone, span)
    hour, minutes = (verdicts.is_known for verdicts in replay.verdicts)
    assert hour[60]
    assert not hour[61]
    assert minutes[:4].all()
    assert not minutes[4:64].any()
    assert minutes[64:].all()


def test_a_burn_rate_that_equals_the_factor_does_not_hold_and_one_event_more_does() -> None:
    exact = {MONDAY + STEP * minute: (1, 1000) for minute in range(-6000, 600)}
    more = exact | {MONDAY + 60 * STEP: (2, 1000)}
    at, factor = Span(MONDAY + 61 * STEP, MONDAY + 66 * STEP), (tier("exactly", (300, "1"), (HOUR, "1")),)
    for slices, expected in ((exact, False), (more, True)):
        subject = Subject(replace(NINETY, error_budget=Fraction(1, 1000)), first_of(slices))
        replayer = Replayer.of(laid_out(slices, subject, at), subject, Stakes(Fraction(1, 1000)))
        assert replayer.replay(factor, at).verdicts[0].holds.tolist() == [expected] * 5
    trickle = (tier("trickle", (300, "1"), least_bad=5),)
    subject = Subject(replace(NINETY, error_budget=Fraction(1, 1000)), first_of(exact))
    replayer = Replayer.of(laid_out(exact, subject, at), subject, Stakes(Fraction(1, 1000)))
    assert replayer.replay(trickle, at).verdicts[0].holds.all(), "a trickle tier wants its factor reached"
