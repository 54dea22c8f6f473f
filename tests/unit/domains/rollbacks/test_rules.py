"""What is rolled back, when it may begin, and whether it has helped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from instants import NOON_SECONDS
from leadline.core.terms import BudgetTerms
from leadline.core.windows import RollingWindow
from leadline.domains.rollbacks.rules import Candidate, Slice, culprit, hindrance, policy_of, refusal, verdict
from leadline.handbook.specs import RollbackPolicy
from leadline.ports.rollbacks import Begun, RollbackState, RollbackStep, Switch
from leadline.units import NoData
from made_rollbacks import ALARM, POLICY, a_change, a_rollback

TERMS = BudgetTerms(Decimal("0.99"), Fraction(1, 100), RollingWindow(timedelta(days=28)))
NOW = Candidate("shop", 7, NOON_SECONDS, POLICY)


def chosen(*changes: Any, policy: RollbackPolicy = POLICY) -> Any:
    return culprit(changes, ALARM, "shop", policy)


def test_the_newest_change_inside_the_longest_window_is_rolled_back() -> None:
    older, newest = a_change(1200, id=1), a_change(600, id=2)
    assert chosen(newest, older, a_change(100, id=3, service="till")) is newest


@pytest.mark.parametrize("before", [3601, -1])
def test_a_change_outside_the_window_is_left_alone(before: int) -> None:
    found = chosen(a_change(before))
    assert isinstance(found, NoData)
    assert found.reason == "no change of shop began in the 1h before the alert"


@pytest.mark.parametrize("before", [3600, 0])
def test_both_ends_of_the_window_belong_to_it(before: int) -> None:
    assert chosen(a_change(before)).id == 7


def test_nothing_older_is_rolled_back_behind_a_rollback_or_another_kind() -> None:
    older = a_change(1200, id=1)
    undone = a_change(600, id=2, source="rollback", kind="remediation")
    assert "is a rollback itself" in chosen(older, undone).reason
    told = chosen(
        older, a_change(600, id=2, kind="infrastructure"), policy=replace(POLICY, kinds=frozenset({"feature"}))
    )
    assert "of kind infrastructure" in told.reason


def test_a_service_without_a_policy_is_only_told_of() -> None:
    assert policy_of("till", [POLICY]).mode == "suggest"
    assert policy_of("shop", [POLICY]) is POLICY


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((RollbackState.DUE, RollbackState.RUNNING, RollbackState.FAILED), "has rolled it back already"),
        ((RollbackState.WAITING,), "is of the same change"),
        ((RollbackState.REJECTED,), "was rejected"),
        ((RollbackState.LAPSED,), ""),
        ((RollbackState.SUGGESTED,), ""),
    ],
)
def test_a_change_is_rolled_back_once(states: tuple[RollbackState, ...], said: str) -> None:
    steps = tuple(RollbackStep(NOON_SECONDS, state, "", "") for state in states)
    assert said in hindrance([replace(a_rollback(), steps=steps, id=4)])
    assert bool(hindrance([replace(a_rollback(), steps=steps)])) is bool(said)


def begun(seconds_before: int, service: str = "shop", change: int = 1) -> Begun:
    return Begun(1, service, change, NOON_SECONDS - seconds_before)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ([], ""),
        ([begun(1799)], "less than 30m ago"),
        ([begun(1800)], "1 rollbacks of shop began within the last hour"),
        ([begun(3600)], ""),
        ([begun(90_000, change=7)], "change 7 was rolled back before"),
        ([begun(10, each) for each in ("a", "b", "c")], "3 rollbacks of all services"),
        ([begun(10, each) for each in ("a", "b")], ""),
    ],
)
def test_limits_hold_a_rollback_back(before: list[Begun], said: str) -> None:
    why = refusal(NOW, before, None, "")
    assert said in why if said else why == ""


def test_the_switch_and_the_setting_stop_everything() -> None:
    assert "Ada stopped all rollbacks: freeze" in refusal(NOW, [], Switch(True, 0, "Ada", "freeze"), "")
    assert refusal(NOW, [], Switch(False, 0, "Ada", "over"), "") == ""
    assert "LEADLINE_ROLLBACK_STOP is set" in refusal(NOW, [], None, "LEADLINE_ROLLBACK_STOP")


def judged(*slices: tuple[int, int] | None, is_over: bool = False, terms: BudgetTerms = TERMS) -> Any:
    made = [Slice(0, 0, is_seen=False) if each is None else Slice(*each, is_seen=True) for each in slices]
    return verdict(made, terms, 3, 900, is_over=is_over)


CALM, BURNING = (0, 100), (1, 100)


def test_three_calm_slices_in_a_row_have_helped() -> None:
    assert judged(BURNING, CALM, CALM) is None
    assert judged(BURNING, CALM, CALM, CALM).state is RollbackState.SUCCEEDED
    assert judged(CALM, CALM, BURNING, CALM, CALM) is None


def test_silence_is_not_recovery() -> None:
    assert judged(CALM, CALM, None, CALM) is None
    assert judged(None, None, None, None, is_over=True).state is RollbackState.FAILED
    assert judged((0, 0), (0, 0), (0, 0), is_over=True).state is RollbackState.FAILED
    assert judged(CALM, (0, 0), CALM, CALM).state is RollbackState.SUCCEEDED


def test_what_is_not_calm_in_time_has_failed_and_says_why() -> None:
    found = judged(BURNING, None, BURNING, is_over=True)
    assert found.state is RollbackState.FAILED
    assert found.why == "not 3 calm slices in a row within 15m: 2 slices burnt too fast, of 1 nothing was heard"


def test_where_nothing_may_fail_calm_is_no_bad_event() -> None:
    zero = replace(TERMS, target=Decimal(1), error_budget=Fraction(0))
    assert judged((0, 9), (0, 9), (0, 9), terms=zero).state is RollbackState.SUCCEEDED
    assert judged((0, 9), (0, 9), (1, 9), is_over=True, terms=zero).state is RollbackState.FAILED
