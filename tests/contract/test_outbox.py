"""What every outbox promises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from contract.ledger_cases import DATABASES, KINDS, database_url
from contract.older import take_back
from fakes import MemoryOutbox
from instants import NOON_SECONDS
from leadline.adapters.store import open_store
from leadline.adapters.store.outbox import enqueue
from leadline.adapters.store.sql_store import SqlStore
from leadline.errors import NotFound, RecordError
from leadline.ports.outbox import Attempt, Delivery, DeliveryState, Notice, NoticeKind, Outbox, Planned

NOW = NOON_SECONDS
FIRED = Notice(
    key="checkout/fast/1/fired",
    thread="checkout/fast/1",
    kind=NoticeKind.ALERT_FIRED,
    at=NOW - 60,
    severity="page",
    service="shop",
    slo="checkout",
    team="payments",
    tier=0,
    title="checkout burns its budget 14.4 times too fast",
    text="“it” said, it's 100 %?\nand more",
    facts={"burn": "14.4", "above": "10"},
)
RESOLVED = replace(FIRED, key="checkout/fast/1/resolved", kind=NoticeKind.ALERT_RESOLVED, at=NOW, tier=None, facts={})
OTHER = replace(FIRED, key="search/1", thread="search/1", slo="search")


@pytest.fixture(params=KINDS)
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    if request.param == "memory":
        yield MemoryOutbox()
        return
    with open_store(database_url(request.param, request, tmp_path)) as store:
        yield store.outbox


def routed(outbox: Outbox, notice: Notice, *targets: str, due_at: int = NOW) -> None:
    outbox.add([notice])
    for filed in outbox.unrouted(10):
        outbox.plan(filed.number, [Planned(target, due_at) for target in targets])


def only(outbox: Outbox, at: int = NOW) -> Delivery:
    (found,) = outbox.due(at, 10)
    return found


def sent(outbox: Outbox, at: int = NOW, **receipt: str) -> Delivery:
    found = only(outbox, at)
    assert outbox.begin(found, at, at + 60)
    outbox.end(Attempt(found.id, at, DeliveryState.DELIVERED, "ok", receipt=receipt))
    return found


def test_an_outbox_that_nobody_wrote_to_is_empty(outbox: Outbox) -> None:
    assert (list(outbox.unrouted(10)), list(outbox.due(NOW, 10)), list(outbox.newest(10))) == ([], [], [])
    assert outbox.stock(NOW).unrouted == 0
    assert list(outbox.reached("nobody")) == []


def test_a_notice_comes_back_as_it_was_written(outbox: Outbox) -> None:
    assert outbox.add([FIRED, RESOLVED]) == 2
    assert [filed.notice for filed in outbox.unrouted(10)] == [FIRED, RESOLVED]
    assert [filed.notice for filed in outbox.unrouted(1)] == [FIRED]


def test_a_key_that_is_known_writes_nothing(outbox: Outbox) -> None:
    assert outbox.add([FIRED, FIRED]) == 1
    assert outbox.add([replace(FIRED, title="another"), OTHER]) == 1
    assert [filed.notice for filed in outbox.unrouted(10)] == [FIRED, OTHER]
    assert outbox.stock(NOW).unrouted == 2


def test_a_notice_becomes_one_delivery_for_each_target_and_only_once(outbox: Outbox) -> None:
    outbox.add([FIRED])
    (filed,) = outbox.unrouted(10)
    outbox.plan(filed.number, [Planned("chat", NOW), Planned("pager", NOW), Planned("chat", NOW)])
    outbox.plan(filed.number, [Planned("mail", NOW)])
    assert list(outbox.unrouted(10)) == []
    assert sorted(each.target for each in outbox.due(NOW, 10)) == ["chat", "pager"]
    assert list(outbox.reached(FIRED.thread)) == ["chat", "pager"]
    assert outbox.stock(NOW).by_state == {("chat", "waiting"): 1, ("pager", "waiting"): 1}
    assert outbox.stock(NOW).oldest == {"chat": (NOW, ""), "pager": (NOW, "")}


def test_a_notice_for_nobody_is_done_with(outbox: Outbox) -> None:
    routed(outbox, FIRED)
    assert list(outbox.unrouted(10)) == []
    assert list(outbox.newest(10)) == []


def test_what_waits_for_its_time_is_not_due_before(outbox: Outbox) -> None:
    routed(outbox, FIRED, "chat", due_at=NOW + 100)
    assert list(outbox.due(NOW + 99, 10)) == []
    assert only(outbox, NOW + 100).target == "chat"


def test_what_is_made_up_is_never_due(outbox: Outbox) -> None:
    outbox.add([FIRED])
    planned = [Planned("chat", NOW, "made up", DeliveryState.SIMULATED)]
    outbox.plan(outbox.unrouted(1)[0].number, planned)
    assert list(outbox.due(NOW + 10**6, 10)) == []
    assert [(each.state, each.why) for each in outbox.newest(10)] == [("simulated", "made up")]
    assert outbox.stock(NOW).oldest == {}


def test_the_end_of_an_episode_is_told_after_its_beginning(outbox: Outbox) -> None:
    routed(outbox, FIRED, "chat")
    routed(outbox, RESOLVED, "chat")
    routed(outbox, OTHER, "chat")
    assert [each.filed.notice for each in outbox.due(NOW, 10)] == [FIRED, OTHER]
    assert [each.filed.notice for each in outbox.due(NOW, 1)] == [FIRED]
    first = outbox.due(NOW, 1)[0]
    outbox.begin(first, NOW, NOW + 60)
    assert [each.filed.notice for each in outbox.due(NOW, 10)] == [OTHER]
    outbox.end(Attempt(first.id, NOW, DeliveryState.DELIVERED, "ok", receipt={"ts": "1.2"}))
    assert [each.filed.notice for each in outbox.due(NOW, 10)] == [RESOLVED, OTHER]
    assert [each.root for each in outbox.due(NOW, 10)] == [{"ts": "1.2"}, {}]


def test_only_one_begins_an_attempt(outbox: Outbox) -> None:
    routed(outbox, FIRED, "chat")
    found = only(outbox)
    assert outbox.begin(found, NOW, NOW + 60)
    assert not outbox.begin(found, NOW, NOW + 60)
    assert list(outbox.due(NOW + 59, 10)) == []


def test_an_attempt_whose_server_died_is_in_doubt_and_made_again(outbox: Outbox) -> None:
    routed(outbox, FIRED, "chat")
    outbox.begin(only(outbox), NOW, NOW + 60)
    found = only(outbox, NOW + 60)
    assert (found.state, found.attempts) == (DeliveryState.SENDING, 1)
    assert outbox.begin(found, NOW + 60, NOW + 120)
    outbox.end(Attempt(found.id, NOW + 61, DeliveryState.DELIVERED, "ok"))
    assert [(each.at, each.outcome) for each in outbox.record([found.id])[found.id]] == [
        (NOW + 60, "in doubt"),
        (NOW + 61, "delivered"),
    ]
    assert outbox.newest(10)[0].attempts == 2


def test_whoever_takes_the_lead_over_doubts_what_was_being_sent(outbox: Outbox) -> None:
    routed(outbox, FIRED, "chat")
    outbox.begin(only(outbox), NOW, NOW + 60)
    outbox.take_over(NOW + 5)
    assert only(outbox, NOW + 5).state is DeliveryState.SENDING


def test_saying_it_again_is_no_attempt(outbox: Outbox) -> None:
    routed(outbox, FIRED, "chat")
    found = only(outbox)
    outbox.begin(found, NOW, NOW + 60)
    for at in (NOW, NOW + 60):
        again = Attempt(found.id, at, DeliveryState.DELIVERED, "ok", repeat_at=at + 60, counts=at == NOW)
        outbox.end(again)
    assert (only(outbox, NOW + 120).attempts, len(outbox.record([found.id])[found.id])) == (1, 1)


def test_an_attempt_that_failed_is_made_again_at_its_time(outbox: Outbox) -> None:
    routed(outbox, FIRED, "chat")
    found = only(outbox)
    outbox.begin(found, NOW, NOW + 60)
    outbox.end(Attempt(found.id, NOW + 1, DeliveryState.WAITING, "503", due_at=NOW + 5))
    assert list(outbox.due(NOW + 4, 10)) == []
    again = only(outbox, NOW + 5)
    assert (again.attempts, again.why, again.since) == (1, "503", NOW)
    assert [each.outcome for each in outbox.record([found.id])[found.id]] == ["failed"]
    assert (outbox.stock(NOW).oldest, outbox.stock(NOW).failed) == ({"chat": (NOW, "503")}, {"chat": 1})


def test_what_was_not_sent_is_no_attempt(outbox: Outbox) -> None:
    routed(outbox, FIRED, "chat")
    found = only(outbox)
    outbox.begin(found, NOW, NOW + 60)
    outbox.end(Attempt(found.id, NOW, DeliveryState.WAITING, "no secret", due_at=NOW + 60, counts=False))
    assert only(outbox, NOW + 60).attempts == 0
    assert outbox.record([found.id]) == {}


def test_a_dead_delivery_is_sent_again_when_somebody_asks(outbox: Outbox) -> None:
    routed(outbox, FIRED, "chat")
    found = only(outbox)
    outbox.begin(found, NOW, NOW + 60)
    with pytest.raises(RecordError, match="is sending; only a dead one"):
        outbox.retry(found.id, NOW)
    outbox.end(Attempt(found.id, NOW, DeliveryState.DEAD, "404"))
    assert list(outbox.due(NOW + 10**6, 10)) == []
    assert (outbox.stock(NOW).died, outbox.stock(NOW + 1).died) == ({"chat": 1}, {})
    outbox.retry(found.id, NOW + 9)
    again = only(outbox, NOW + 9)
    assert (again.state, again.since, again.attempts, again.why) == (DeliveryState.WAITING, NOW + 9, 0, "")
    assert [each.outcome for each in outbox.record([found.id])[found.id]] == ["dead", "retry"]
    with pytest.raises(NotFound, match="no delivery 77"):
        outbox.retry(77, NOW)


def test_what_a_receiver_forgets_is_said_again_until_the_thread_goes_on(outbox: Outbox) -> None:
    routed(outbox, FIRED, "alertmanager")
    found = only(outbox)
    outbox.begin(found, NOW, NOW + 60)
    outbox.end(Attempt(found.id, NOW, DeliveryState.DELIVERED, "ok", repeat_at=NOW + 120))
    assert list(outbox.due(NOW + 119, 10)) == []
    assert (only(outbox, NOW + 120).state, only(outbox, NOW + 120).id) == (DeliveryState.DELIVERED, found.id)
    routed(outbox, RESOLVED, "alertmanager")
    sent(outbox, NOW + 1)
    assert list(outbox.due(NOW + 10**6, 10)) == []


def test_deliveries_are_listed_newest_first_by_state_and_target(outbox: Outbox) -> None:
    routed(outbox, FIRED, "chat")
    sent(outbox)
    routed(outbox, OTHER, "chat", "mail")
    listed = outbox.newest(10)
    assert [(each.target, each.state) for each in listed] in (
        [("mail", "waiting"), ("chat", "waiting"), ("chat", "delivered")],
        [("chat", "waiting"), ("mail", "waiting"), ("chat", "delivered")],
    )
    assert [each.id for each in outbox.newest(10, before=listed[0].id)] == [each.id for each in listed[1:]]
    assert [each.state for each in outbox.newest(10, state="delivered")] == ["delivered"]
    assert {each.target for each in outbox.newest(10, target="mail")} == {"mail"}
    assert len(outbox.newest(1)) == 1


def test_a_test_message_is_under_way_from_the_start(outbox: Outbox) -> None:
    number = outbox.add_planned(OTHER, Planned("chat", NOW), NOW + 60)
    assert list(outbox.unrouted(10)) == []
    assert list(outbox.due(NOW + 59, 10)) == []
    outbox.end(Attempt(number, NOW + 1, DeliveryState.DELIVERED, "ok"))
    assert [(each.state, each.attempts) for each in outbox.newest(10)] == [(DeliveryState.DELIVERED, 1)]
    with pytest.raises(RecordError, match="filed already"):
        outbox.add_planned(OTHER, Planned("chat", NOW), NOW + 60)


@pytest.mark.parametrize("kind", DATABASES)
def test_a_notice_is_there_exactly_when_its_event_is(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with SqlStore(database_url(kind, request, tmp_path)) as store:
        with suppress(ZeroDivisionError), store.database.writing() as connection:
            enqueue(connection, [FIRED])
            raise ZeroDivisionError
        assert list(store.outbox.unrouted(10)) == []
        with store.database.writing() as connection:
            assert enqueue(connection, [FIRED]) == 1
            assert enqueue(connection, [FIRED]) == 0
            assert enqueue(connection, []) == 0
        assert [filed.notice for filed in store.outbox.unrouted(10)] == [FIRED]


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_of_before_the_outbox_is_brought_up(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = database_url(kind, request, tmp_path)
    with open_store(url) as store:
        store.outbox.add([FIRED])
    store = SqlStore(url)
    with store.database.engine.begin() as connection:
        take_back(connection, "0005")
    store.close()
    with open_store(url) as later:
        assert list(later.outbox.unrouted(10)) == []
        assert later.outbox.add([FIRED]) == 1
