"""Whoever leads sends: beside the turns, each target for itself, and nothing that is made up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from contract.test_outbox import FIRED, RESOLVED
from fakes import MemoryLead, MemoryOutbox
from instants import NOON, NOON_SECONDS
from leadline.domains.notifications.rules import GIVEN_UP_AFTER_SECONDS
from leadline.domains.notifications.sending import Telling
from leadline.engine.dispatching import Dispatching
from leadline.engine.leading import Leading
from leadline.errors import Problem, SpecError
from leadline.handbook.specs import Handbook, NotificationRoute, NotificationTarget, Place
from leadline.ports.memory import Memory
from leadline.ports.notifier import DeliveryError, Message, SecretMissing, Sent
from leadline.ports.operation import Context
from leadline.ports.outbox import DeliveryState
from made_handbooks import a_context
from receivers import wait_until


@dataclass
class Told:
    """`Notifiers` of a test: what each target does, and what it was told."""

    does: dict[str, Callable[[Message], Sent]] = field(default_factory=dict)
    told: list[tuple[str, Message]] = field(default_factory=list)

    def open(self, target: NotificationTarget) -> _Target:
        return _Target(self, target.name)


@dataclass
class _Target:
    of: Told
    name: str

    def send(self, message: Message) -> Sent:
        self.of.told.append((self.name, message))
        return self.of.does.get(self.name, lambda _: Sent("ok"))(message)


def handbook(*targets: str) -> Handbook:
    place = Place("targets.yaml", 1)
    nothing: frozenset[str] = frozenset()
    route = NotificationRoute("all", nothing, nothing, frozenset(), nothing, nothing, targets, (), False, place)
    made = {name: NotificationTarget(name, name, "made", {}, place) for name in targets}
    return replace(Handbook.empty("handbook"), targets=made, routes={"all": route})


@dataclass
class Office:
    """A place with a clock of its own."""

    book: Handbook
    notifiers: Told = field(default_factory=Told)
    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    clock: datetime = NOON
    dispatching: Dispatching = field(default_factory=lambda: Dispatching(chance=lambda: 0.5))
    stop: threading.Event = field(default_factory=threading.Event)

    def context(self, now: Callable[[], datetime], _: Memory) -> Context:
        return replace(a_context(self.book, now=now), outbox=self.outbox, notifiers=self.notifiers)  # type: ignore[arg-type]  # a test's own stand-in

    def look(self) -> None:
        """One look, and the end of all that it began."""
        self.begin()
        for thread in list(self.dispatching._busy.values()):
            thread.join()

    def begin(self) -> None:
        self.dispatching.look(self, lambda: self.clock, self.stop)

    def later(self, seconds: int) -> None:
        self.clock += timedelta(seconds=seconds)
        self.look()

    def states(self) -> list[tuple[str, str]]:
        return sorted((each.target, each.state.value) for each in self.outbox.newest(100))


def failing(error: Exception) -> Callable[[Message], Sent]:
    def fail(_: Message) -> Sent:
        raise error

    return fail


def test_a_notice_goes_to_every_target_of_its_routes_once() -> None:
    office = Office(handbook("chat", "pager"))
    office.outbox.add([FIRED])
    office.look()
    office.later(100)
    assert sorted(name for name, _ in office.notifiers.told) == ["chat", "pager"]
    assert office.states() == [("chat", "delivered"), ("pager", "delivered")]


def test_a_message_has_a_link_and_the_receipt_of_the_first_of_its_thread() -> None:
    office = Office(handbook("chat"), Told({"chat": lambda _: Sent("ok", {"ts": "1"})}))
    office.dispatching.telling = Telling("https://slo.example.com")
    office.outbox.add([FIRED, RESOLVED])
    office.look()
    office.look()
    first, last = (message for _, message in office.notifiers.told)
    assert (first.link, first.root) == ("https://slo.example.com/slos/checkout", {})
    assert (last.notice, last.root) == (RESOLVED, {"ts": "1"})


def test_what_failed_is_tried_again_and_the_target_rests_until_then() -> None:
    office = Office(handbook("chat"), Told({"chat": failing(DeliveryError("503", retryable=True, after_seconds=30))}))
    office.outbox.add([FIRED, replace(FIRED, key="2", thread="2")])
    office.look()
    assert len(office.notifiers.told) == 1, "another message would fare no better"
    office.later(29)
    assert len(office.notifiers.told) == 1
    del office.notifiers.does["chat"]
    office.later(1)
    assert office.states() == [("chat", "delivered")] * 2


def test_what_is_refused_for_good_is_a_dead_letter_and_the_next_message_is_sent() -> None:
    office = Office(handbook("chat"), Told({"chat": failing(DeliveryError("404", retryable=False))}))
    office.outbox.add([FIRED, replace(FIRED, key="2", thread="2")])
    office.look()
    assert len(office.notifiers.told) == 2
    assert office.states() == [("chat", "dead")] * 2
    assert office.outbox.newest(1)[0].why == "404"


def test_what_cannot_be_delivered_for_a_day_is_a_dead_letter() -> None:
    office = Office(handbook("chat"), Told({"chat": failing(DeliveryError("503", retryable=True))}))
    office.outbox.add([FIRED])
    for _ in range(400):
        office.later(600)
        if office.states() == [("chat", "dead")]:
            break
    assert office.outbox.newest(1)[0].why == "given up after 24 h: 503"
    age = office.clock.timestamp() - NOON_SECONDS
    assert GIVEN_UP_AFTER_SECONDS - 10_000 < age < GIVEN_UP_AFTER_SECONDS + 1_200


def test_without_its_secret_a_message_waits_and_says_so() -> None:
    office = Office(handbook("chat"), Told({"chat": failing(SecretMissing("TOKEN is not set"))}))
    office.outbox.add([FIRED])
    office.look()
    (waiting,) = office.outbox.newest(10)
    assert (waiting.state, waiting.why, waiting.attempts) == (DeliveryState.WAITING, "TOKEN is not set", 0)
    del office.notifiers.does["chat"]
    office.later(60)
    assert office.states() == [("chat", "delivered")]


def test_a_package_that_does_not_load_is_told() -> None:
    error = SpecError([Problem("targets.yaml", 1, 1, "spec.type", "its adapter does not load", "made", "mend it")])
    office = Office(handbook("chat"), Told({"chat": failing(error)}))
    office.outbox.add([FIRED])
    office.look()
    assert office.states() == [("chat", "dead")]


def test_a_target_that_is_gone_from_the_handbook_leaves_a_dead_letter() -> None:
    office = Office(handbook("chat"), Told({"chat": failing(DeliveryError("503", retryable=True))}))
    office.outbox.add([FIRED])
    office.look()
    office.book = handbook("pager")
    office.later(60)
    assert office.outbox.newest(1)[0].why == "the handbook has no target chat any more"


def test_a_receiver_that_hangs_delays_nobody_else() -> None:
    answer = threading.Event()

    def hang(_: Message) -> Sent:
        assert answer.wait(30)
        return Sent("at last")

    office = Office(handbook("chat", "pager"), Told({"chat": hang}))
    office.outbox.add([FIRED])
    office.begin()
    wait_until(lambda: ("pager", "delivered") in office.states())
    office.outbox.add([RESOLVED])
    wait_until(lambda: not any(name == "pager" for name in office.dispatching._busy))
    office.begin()
    wait_until(lambda: office.states().count(("pager", "delivered")) == 2)
    assert [name for name, _ in office.notifiers.told].count("chat") == 1
    answer.set()
    office.look()
    office.look()
    assert office.states() == [("chat", "delivered")] * 2 + [("pager", "delivered")] * 2


def test_what_is_made_up_is_not_sent_then_or_later() -> None:
    office = Office(handbook("chat"))
    office.dispatching.is_simulated = True
    office.outbox.add([FIRED])
    office.look()
    office.dispatching.is_simulated = False
    office.later(60)
    assert office.states() == [("chat", "simulated")]
    assert office.notifiers.told == []


def test_what_a_receiver_forgets_is_said_again_while_it_is_so() -> None:
    office = Office(
        handbook("chat"), Told({"chat": lambda m: Sent("ok", {"a": "1"}, 60 if m.notice is FIRED else None)})
    )
    office.outbox.add([FIRED])
    office.look()
    office.later(59)
    assert len(office.notifiers.told) == 1
    office.later(1)
    assert [message.is_repeat for _, message in office.notifiers.told] == [False, True]
    office.outbox.add([RESOLVED])
    office.look()
    office.look()
    office.later(600)
    assert [message.notice for _, message in office.notifiers.told] == [FIRED, FIRED, RESOLVED]


@contextmanager
def running(office: Office, leading: Leading) -> Iterator[None]:
    arguments = (office, leading, lambda: office.clock, office.stop)
    thread = threading.Thread(target=office.dispatching.run, args=arguments)
    thread.start()
    try:
        yield
    finally:
        office.stop.set()
        thread.join()


@pytest.mark.parametrize("is_mine", [True, False])
def test_only_the_server_that_leads_sends(is_mine: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadline.engine.dispatching.LOOKED_EVERY_SECONDS", 0.01)
    office = Office(handbook("chat"))
    office.outbox.add([FIRED])
    lead = MemoryLead()
    leading = Leading(lead, lambda: office.clock)
    lead.take(leading.holder if is_mine else "somebody else", NOON, 30)
    leading.take()
    with running(office, leading):
        if is_mine:
            wait_until(lambda: office.states() == [("chat", "delivered")])
        else:
            office.stop.wait(0.2)
    assert bool(office.notifiers.told) is is_mine
