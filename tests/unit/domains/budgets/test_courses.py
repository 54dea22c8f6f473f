"""How a budget went, instant by instant and hour by hour: every figure is the one that is shown at its instant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fakes import MemoryCorrections, MemoryLedger
from instants import NOON, NOON_SECONDS
from leadline.core.budgets import BudgetingMethod, OnNoData, OnNoTraffic
from leadline.core.composites import CompositeKind, OnMissing
from leadline.core.hours import BusinessHours, DailyHours
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.budgets.course_model import (
    Grain,
    ShowBurns,
    ShowCourse,
    ShowSlices,
    StretchFigures,
    StretchState,
    Suspension,
)
from leadline.domains.budgets.courses import show_burns, show_course, show_slices
from leadline.domains.budgets.model import ShowStatus
from leadline.domains.budgets.service import show_status
from leadline.errors import NotFound, SpecError
from leadline.handbook.specs import Component, Composite, Correction, Slo
from leadline.ports.operation import Context
from made_handbooks import HERE, a_context, a_handbook, an_sli, an_slo, of_tier

TOLD = an_sli("requests", None, source="people")
PLAIN = an_slo(TOLD, "checkout", target="0.99", days=7)
DAY = 1440
SILENT = range(3 * DAY + 100, 3 * DAY + 400)
IDLE = range(2 * DAY, 2 * DAY + 130)
BURST = range(60, 95)
"""Minutes before noon."""


def measured() -> MemoryLedger:
    """Twenty days of traffic that swings, with a burst, a silence and an idle time, all off the whole hours."""
    ledger = MemoryLedger()
    back = np.arange(20 * DAY, 0, -1)
    keep = ~np.isin(back, list(SILENT))
    total = 50 + back % 37
    bad = np.where(np.isin(back, list(BURST)), total // 3, (back % 97 == 0).astype(np.int64))
    idle = np.isin(back, list(IDLE))
    total, bad = np.where(idle, 0, total), np.where(idle, 0, bad)
    ledger.append(
        "import", [SliceBatch(SeriesKey.of("requests"), NOON_SECONDS - back[keep] * STEP, bad[keep], total[keep])]
    )
    return ledger


def corrected(mode: str) -> MemoryCorrections:
    """An interval of yesterday, off the whole hours."""
    corrections = MemoryCorrections()
    start = NOON_SECONDS - (DAY + 95) * STEP
    corrections.add(
        Correction("works", ("checkout",), (), start, start + 130 * STEP, mode, ("slo",), "", "me", HERE), NOON
    )
    return corrections


def promised(**changed: object) -> Slo:
    return replace(PLAIN, terms=replace(PLAIN.terms, **changed))  # type: ignore[arg-type]  # fields of BudgetTerms


OPEN = BusinessHours((DailyHours((0, 1, 2, 3, 4, 5), 9 * 60 + 30, 17 * 60),), ZoneInfo("UTC"))
KINDS: dict[str, Callable[[], tuple[Slo, MemoryCorrections | None]]] = {
    "plain": lambda: (PLAIN, None),
    "excluded": lambda: (PLAIN, corrected("exclude")),
    "bad": lambda: (PLAIN, corrected("bad")),
    "silence is bad": lambda: (promised(on_no_data=OnNoData.BAD), None),
    "idle is bad": lambda: (promised(on_no_traffic=OnNoTraffic.BAD), None),
    "business hours": lambda: (promised(hours=OPEN), None),
    "time slices": lambda: (
        promised(method=BudgetingMethod.TIMESLICES, slice_seconds=300, slice_target=Fraction(99, 100)),
        None,
    ),
    "zero tolerance": lambda: (promised(target=1, error_budget=Fraction(0)), None),
}


def shop(kind: str = "plain") -> Context:
    slo, corrections = KINDS[kind]()
    return a_context(a_handbook([TOLD], [slo]), ledger=measured(), corrections=corrections)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hours", [24, 24 * 7])
def test_a_course_tells_at_each_instant_what_the_status_tells_there(kind: str, hours: int) -> None:
    context = shop(kind)
    points = show_course(ShowCourse(name="checkout", at=NOON, hours=hours), context).objectives["checkout"]
    assert points[0].at == NOON - timedelta(hours=hours)
    assert points[-1].at == NOON
    for point in points[:: max(1, len(points) // 4)]:
        [slo] = show_status(ShowStatus(at=point.at), context).slos
        assert (point.remaining, point.level) == (pytest.approx(slo.budget.remaining, abs=1e-12), slo.level)


@pytest.mark.parametrize("kind", KINDS)
def test_burn_rates_of_the_last_hours_are_those_of_the_status_at_each_instant(kind: str) -> None:
    context = shop(kind)
    found = show_burns(ShowBurns(name="checkout", at=NOON, minutes=120), context).objectives["checkout"]
    assert found.points[-1].at == NOON
    assert (
        any(rate is not None and rate > 0 for point in found.points for rate in point.burn.values())
        or kind == "zero tolerance"
    )
    for point in found.points[::29]:
        [slo] = show_status(ShowStatus(at=point.at), context).slos
        assert {window: slo.burn[window] for window in point.burn} == pytest.approx(dict(point.burn), abs=1e-12)


def added(stretches: tuple[StretchFigures, ...]) -> tuple[float, float]:
    return sum(each.bad for each in stretches), sum(each.total for each in stretches)


@pytest.mark.parametrize("kind", KINDS)
def test_the_hours_of_a_window_add_up_to_what_the_status_counts(kind: str) -> None:
    context = shop(kind)
    [slo] = show_status(ShowStatus(at=NOON), context).slos
    hours = show_slices(ShowSlices(name="checkout", at=NOON, hours=168), context).objectives["checkout"]
    assert len(hours) == 168
    # Slices at the expected traffic are weighed exactly here, and rounded once for the whole window there.
    assert added(hours) == pytest.approx((slo.bad, slo.total), abs=1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_slices_of_an_hour_add_up_to_the_hour(kind: str) -> None:
    context = shop(kind)
    ask = {"name": "checkout", "at": NOON, "hours": 30}
    hours = show_slices(ShowSlices.model_validate(ask), context).objectives["checkout"]
    slices = show_slices(ShowSlices.model_validate(ask | {"grain": Grain.SLICE}), context).objectives["checkout"]
    for hour in hours:
        inside = tuple(each for each in slices if hour.start <= each.start < hour.end)
        assert added(inside) == pytest.approx((hour.bad, hour.total))
        assert sum(each.seen for each in inside) == hour.seen


def test_each_minute_is_what_was_measured_in_it() -> None:
    slices = show_slices(ShowSlices(name="checkout", at=NOON, hours=2, grain=Grain.SLICE), shop()).objectives[
        "checkout"
    ]
    for each in slices:
        back = int((NOON - each.start) / timedelta(minutes=1))
        total = 50 + back % 37
        bad = total // 3 if back in BURST else int(back % 97 == 0)
        assert (each.bad, each.total) == (bad, total)
        assert each.burn == pytest.approx(bad / total / 0.01)


def at(stretches: tuple[StretchFigures, ...], minutes_ago: int) -> StretchFigures:
    when = NOON - timedelta(minutes=minutes_ago)
    [found] = [each for each in stretches if each.start <= when < each.end]
    return found


def test_silence_idleness_and_planned_works_are_three_different_things() -> None:
    hours = show_slices(ShowSlices(name="checkout", at=NOON), shop("excluded")).objectives["checkout"]
    assert at(hours, SILENT.start + 150).state is StretchState.NO_DATA
    assert at(hours, IDLE.start + 70).state is StretchState.NO_TRAFFIC
    assert at(hours, DAY + 30).state is StretchState.EXCLUDED
    assert at(hours, DAY + 30).corrected
    assert at(hours, 500).state is StretchState.MEASURED
    assert not at(hours, 500).corrected
    assert at(hours, 21 * DAY).state is StretchState.NOT_EXPECTED, "before its birth nothing is expected"
    assert all(at(hours, each).burn is None for each in (SILENT.start + 150, IDLE.start + 70, DAY + 30, 21 * DAY))


def test_an_hour_that_began_before_the_stretch_is_cut_where_the_stretch_begins() -> None:
    moment = NOON + timedelta(minutes=-17)
    hours = show_slices(ShowSlices(name="checkout", at=moment, hours=2), shop()).objectives["checkout"]
    whole = [NOON - timedelta(hours=2), NOON - timedelta(hours=1)]
    edges = [moment - timedelta(hours=2), *whole, moment]
    assert [(each.start, each.end) for each in hours] == list(pairwise(edges))


def test_a_missed_promise_of_everything_has_no_burn_rate_and_a_kept_one_burns_nothing() -> None:
    hours = show_slices(ShowSlices(name="checkout", at=NOON, hours=3), shop("zero tolerance")).objectives["checkout"]
    assert at(hours, 70).bad > 0
    assert at(hours, 70).burn is None
    quiet = show_slices(
        ShowSlices(name="checkout", at=NOON, hours=1, grain=Grain.SLICE), shop("zero tolerance")
    ).objectives["checkout"]
    assert {each.burn for each in quiet if not each.bad} == {0.0}


def test_a_condition_of_a_tier_is_met_since_its_last_window_exceeded_its_factor() -> None:
    slo = of_tier(PLAIN, 0)
    context = a_context(a_handbook([TOLD], [slo]), ledger=measured())
    moment = NOON - timedelta(minutes=70)
    conditions = show_burns(ShowBurns(name="checkout", at=moment), context).objectives["checkout"].conditions
    fast = conditions[0]
    assert [(limit.window, limit.factor) for limit in fast.limits] == [("5m", 10)]
    # A third of all requests is bad from 94 minutes before noon on, 33 times the budget; two of five minutes exceed 10.
    assert fast.is_met
    assert fast.met_since == NOON - timedelta(minutes=92)
    calm = show_burns(ShowBurns(name="checkout", at=NOON), context).objectives["checkout"].conditions[0]
    assert (calm.is_met, calm.met_since) == (False, None)


def test_where_nothing_may_fail_any_failure_in_the_short_window_meets_a_condition() -> None:
    slo = of_tier(promised(target=1, error_budget=Fraction(0)), 0)
    context = a_context(a_handbook([TOLD], [slo]), ledger=measured())

    def met(minutes_ago: int) -> list[bool | None]:
        asked = ShowBurns(name="checkout", at=NOON - timedelta(minutes=minutes_ago))
        return [each.is_met for each in show_burns(asked, context).objectives["checkout"].conditions]

    assert met(70) == [True] * 5
    # The burst ended 59 minutes before noon: at half past eleven, none in the last 5 or 15 min, some in the last hour.
    assert met(30) == [False, False, True, True, True]


def test_a_condition_without_a_burn_rate_is_neither_met_nor_not() -> None:
    moment = NOON - timedelta(minutes=SILENT.start + 100)
    context = a_context(a_handbook([TOLD], [of_tier(PLAIN, 0)]), ledger=measured())
    condition = show_burns(ShowBurns(name="checkout", at=moment), context).objectives["checkout"].conditions[0]
    assert (condition.is_met, condition.met_since) == (None, None)


def test_a_window_without_expected_slices_suspends_its_condition_and_says_why() -> None:
    closed = of_tier(promised(hours=OPEN), 0)
    night = NOON - timedelta(hours=9)
    context = a_context(a_handbook([TOLD], [closed]), ledger=measured())
    conditions = show_burns(ShowBurns(name="checkout", at=night), context).objectives["checkout"].conditions
    assert [(each.is_met, each.suspended) for each in conditions[:4]] == [(None, Suspension.HOURS)] * 4
    daytime = show_burns(ShowBurns(name="checkout", at=NOON), context).objectives["checkout"].conditions
    assert [each.suspended for each in daytime[:3]] == [None] * 3
    moved = Correction(
        "move", ("checkout",), (), NOON_SECONDS - 600, NOON_SECONDS, "exclude", ("slo",), "planned", "Ada", HERE
    )
    handbook = replace(a_handbook([TOLD], [of_tier(PLAIN, 0)]), corrections={"move": moved})
    context = a_context(handbook, ledger=measured())
    conditions = show_burns(ShowBurns(name="checkout", at=NOON), context).objectives["checkout"].conditions
    assert [each.suspended for each in conditions] == [Suspension.CORRECTION, None, None, None, None]


def test_silence_and_youth_suspend_nothing() -> None:
    silent = NOON - timedelta(minutes=SILENT.start + 100)
    context = a_context(a_handbook([TOLD], [of_tier(PLAIN, 0)]), ledger=measured())
    for moment in (silent, NOON - timedelta(days=300)):
        condition = show_burns(ShowBurns(name="checkout", at=moment), context).objectives["checkout"].conditions[0]
        assert (condition.is_met, condition.suspended) == (None, None)


def test_a_factor_that_no_outage_reaches_is_told() -> None:
    loose = of_tier(replace(PLAIN, terms=replace(PLAIN.terms, error_budget=Fraction(1, 8))), 0)
    context = a_context(a_handbook([TOLD], [loose]), ledger=measured())
    conditions = show_burns(ShowBurns(name="checkout", at=NOON), context).objectives["checkout"].conditions
    assert [condition.is_reachable for condition in conditions] == [False, True, True, True, False]


def test_the_budget_is_gone_when_the_last_hour_goes_on() -> None:
    # Three hours back: half of a weekly budget of 1 % is left of 1,000 events a minute; the last hour burns 10 times.
    starts = NOON_SECONDS - np.arange(7 * DAY, 0, -1) * STEP
    bad = np.where(starts >= NOON_SECONDS - 3600, 100, 0)
    spent = (5 * 7 * DAY - 6000) // 60
    bad[:60] = 0
    bad[-180:-120] = spent
    ledger = MemoryLedger()
    ledger.append("import", [SliceBatch(SeriesKey.of("requests"), starts, bad, np.full(len(starts), 1000))])
    context = a_context(a_handbook([TOLD], [PLAIN]), ledger=ledger)
    found = show_burns(ShowBurns(name="checkout", at=NOON), context).objectives["checkout"]
    [slo] = show_status(ShowStatus(at=NOON), context).slos
    assert slo.budget.remaining == pytest.approx(0.5)
    assert found.gone_at is not None
    assert abs(found.gone_at - (NOON + timedelta(days=7) * 0.5 / 10)) < timedelta(minutes=1)
    calm = show_burns(ShowBurns(name="checkout", at=NOON - timedelta(hours=1)), context).objectives["checkout"]
    assert (calm.gone_at, calm.gone_reason) == (None, "nothing burned in the last hour")


def test_a_composite_has_a_course_and_burn_rates_and_no_slices() -> None:
    handbook = a_handbook([TOLD], [PLAIN])
    whole = Composite(
        an_slo(TOLD, "journey", target="0.95", days=7), CompositeKind.SERIAL, OnMissing.UNKNOWN,
        (Component("checkout", Fraction(1)),),
    )  # fmt: skip
    context = a_context(replace(handbook, composites={"journey": whole}), ledger=measured())
    points = show_course(ShowCourse(name="journey", at=NOON, hours=48), context).objectives["journey"]
    burns = show_burns(ShowBurns(name="journey", at=NOON), context).objectives["journey"].points
    for point in points[::20]:
        [slo] = show_status(ShowStatus(at=point.at, slos=("journey",)), context).slos
        assert (point.remaining, point.level) == (pytest.approx(slo.budget.remaining), slo.level)
    for point in burns[::30]:
        [slo] = show_status(ShowStatus(at=point.at, slos=("journey",)), context).slos
        assert {window: slo.burn[window] for window in point.burn} == pytest.approx(dict(point.burn))
    assert show_slices(ShowSlices(name="journey", at=NOON), context).objectives == {}


def test_each_slice_is_told_for_two_days_at_most() -> None:
    with pytest.raises(SpecError, match="at most 48 hours"):
        show_slices(ShowSlices(name="checkout", hours=49, grain=Grain.SLICE), shop())


def test_a_name_that_is_not_there_is_told() -> None:
    with pytest.raises(NotFound, match="chekcout"):
        show_course(ShowCourse(name="chekcout"), shop())
