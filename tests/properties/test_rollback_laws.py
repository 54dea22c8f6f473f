"""Laws of rollbacks: whatever is asked for in whatever order, limits hold and nothing goes back and forth."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from instants import NOON_SECONDS
from leadline.domains.rollbacks.rules import FOLLOWS, SOURCE, Candidate, culprit, refusal
from leadline.handbook.specs import RollbackPolicy
from leadline.ports.entries import Change
from leadline.ports.rollbacks import OPEN, Begun, RollbackState
from made_rollbacks import ALARM, POLICY, a_change

HOUR = 3600
WISHES = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from(["shop", "till", "mail"]), st.integers(1, 9)), max_size=60
)
POLICIES = st.builds(
    lambda cool_down, own, every: replace(POLICY, cool_down_seconds=cool_down, most_of_service=own, most_of_all=every),
    st.sampled_from([0, 300, 1800, 7200]),
    st.integers(1, 4),
    st.integers(1, 6),
)


@given(wishes=WISHES, policy=POLICIES)
def test_no_order_of_requests_breaks_a_limit(wishes: list[tuple[int, str, int]], policy: RollbackPolicy) -> None:
    begun: list[Begun] = []
    at = NOON_SECONDS
    for number, (later, service, change) in enumerate(wishes):
        at += later
        if not refusal(Candidate(service, change, at, policy), begun, None, ""):
            begun.insert(0, Begun(number, service, change, at))
    for one in begun:
        hour = [each for each in begun if 0 <= each.at - one.at < HOUR]
        assert len(hour) <= policy.most_of_all
        assert max(Counter(each.service for each in hour).values()) <= policy.most_of_service
    for service in {each.service for each in begun}:
        own = sorted(each.at for each in begun if each.service == service)
        assert all(later - sooner >= policy.cool_down_seconds for sooner, later in pairwise(own))
    assert max(Counter(each.change for each in begun).values(), default=1) == 1


@given(moments=st.lists(st.tuples(st.integers(0, 7200), st.booleans()), min_size=1, max_size=12))
def test_nothing_is_rolled_back_behind_a_rollback(moments: list[tuple[int, bool]]) -> None:
    changes = [
        a_change(before, id=number, source=SOURCE if is_rollback else "ci")
        for number, (before, is_rollback) in enumerate(moments, 1)
    ]
    found = culprit(changes, ALARM, "shop", POLICY)
    if isinstance(found, Change):
        assert found.source != SOURCE
        later = [each for each in changes if (each.started_at, each.id) > (found.started_at, found.id)]
        assert [each for each in later if each.started_at <= ALARM.fired_at] == []
        assert ALARM.fired_at - ALARM.longest_seconds <= found.started_at <= ALARM.fired_at


@given(path=st.lists(st.integers(0, 5), max_size=40))
def test_whatever_follows_what_a_rollback_begins_at_most_once_after_it_ran(path: list[int]) -> None:
    state, ran = RollbackState.WAITING, 0
    for choice in path:
        if state not in FOLLOWS:
            break
        state = sorted(FOLLOWS[state])[choice % len(FOLLOWS[state])]
        ran += state is RollbackState.RUNNING
    assert ran <= 1
    assert set(FOLLOWS) == set(OPEN)
