"""Who is told, when, and when again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contract.test_outbox import FIRED, RESOLVED
from instants import NOON_SECONDS
from leadline.domains.notifications.rules import end_of_quiet, lateness, next_attempt, planned, simulated
from leadline.handbook.specs import NotificationRoute, Place, QuietHours
from leadline.ports.outbox import DeliveryState, NoticeKind, Planned, Stock

NOBODY_ASKED: frozenset[str] = frozenset()
ALL = NotificationRoute(
    "all", NOBODY_ASKED, NOBODY_ASKED, frozenset(), NOBODY_ASKED, NOBODY_ASKED, ("chat",), (), False, Place("", 0)
)
PAGES = replace(ALL, name="pages", severities=frozenset({"page"}), targets=("pager", "chat"))
DEFAULT = replace(ALL, name="default", targets=("mail",), is_default=True)
BOTH = frozenset({"ticket", "notify"})
NIGHTS = QuietHours(tuple(range(7)), 22 * 60, 7 * 60, "Europe/Berlin", BOTH)
WEEKENDS = QuietHours((5, 6), 0, 24 * 60, "Europe/Berlin", BOTH)


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def targets(*routes: NotificationRoute, notice: object = FIRED, reached: tuple[str, ...] = ()) -> list[str]:
    return [each.target for each in planned(notice, routes, reached, 0)]  # type: ignore[arg-type]  # any notice there is


def test_every_route_that_takes_a_notice_adds_its_targets_once() -> None:
    assert targets(ALL, PAGES) == ["chat", "pager"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"services": frozenset({"shop"})},
        {"teams": frozenset({"payments", "other"})},
        {"tiers": frozenset({0})},
        {"severities": frozenset({"page"})},
        {"kinds": frozenset({"alert.fired"})},
    ],
)
def test_a_route_takes_what_it_asks_for_and_nothing_else(wanted: dict[str, frozenset[str]]) -> None:
    other = replace(FIRED, service="else", team="else", tier=None, severity="notify", kind=NoticeKind.DUTY_DUE)
    assert targets(replace(ALL, **wanted)) == ["chat"]  # type: ignore[arg-type]  # as in the cases
    assert targets(replace(ALL, **wanted), notice=other) == []  # type: ignore[arg-type]  # as stands above


def test_a_default_is_taken_where_no_other_route_is() -> None:
    assert targets(DEFAULT, PAGES) == ["pager", "chat"]
    assert targets(DEFAULT, PAGES, notice=replace(FIRED, severity="notify")) == ["mail"]
    assert targets(PAGES, notice=replace(FIRED, severity="notify")) == []


def test_the_end_goes_to_whoever_was_told_of_the_beginning() -> None:
    only_beginnings = replace(ALL, kinds=frozenset({"alert.fired"}), targets=("pager",))
    assert targets(only_beginnings, notice=RESOLVED, reached=("pager", "chat")) == ["pager", "chat"]


def test_what_is_made_up_is_planned_and_never_sent() -> None:
    (each,) = simulated([Planned("chat", 7, "quiet")])
    assert (each.target, each.due_at, each.state) == ("chat", 7, DeliveryState.SIMULATED)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-03-04T20:59:59+00:00", None),
        ("2026-03-04T21:00:00+00:00", "2026-03-05T06:00:00+00:00"),
        ("2026-03-05T05:59:59+00:00", "2026-03-05T06:00:00+00:00"),
        ("2026-03-05T06:00:00+00:00", None),
        # the clock goes forward on the 29th, a Sunday: seven o'clock is 05:00 UTC from then on
        ("2026-03-29T00:30:00+00:00", "2026-03-29T05:00:00+00:00"),
    ],
)
def test_quiet_hours_hold_over_midnight_in_their_zone(now: str, end: str | None) -> None:
    assert end_of_quiet([NIGHTS], "notify", seconds(now)) == (None if end is None else seconds(end))


def test_quiet_hours_that_follow_each_other_are_one() -> None:
    friday_night, monday_morning = seconds("2026-03-06T22:00:00+00:00"), seconds("2026-03-09T06:00:00+00:00")
    assert end_of_quiet([NIGHTS, WEEKENDS], "ticket", friday_night) == monday_morning
    (held,) = planned(replace(FIRED, severity="ticket"), [replace(ALL, quiet=(NIGHTS, WEEKENDS))], (), friday_night)
    assert held == Planned("chat", monday_morning, "quiet hours of all")


def test_a_page_is_never_held() -> None:
    night = seconds("2026-03-06T22:00:00+00:00")
    assert end_of_quiet([NIGHTS], "page", night) is None
    assert planned(FIRED, [replace(ALL, quiet=(NIGHTS,))], (), night) == [Planned("chat", night)]


def test_a_target_of_two_routes_is_told_when_the_first_of_them_tells_it() -> None:
    night = int(datetime(2026, 3, 6, 22, tzinfo=UTC).timestamp())
    quiet = replace(ALL, name="quiet", quiet=(NIGHTS,))
    lesser = replace(FIRED, severity="notify")
    assert planned(lesser, [quiet, ALL], (), night) == planned(lesser, [ALL, quiet], (), night) == [
        Planned("chat", night)
    ]  # fmt: skip


def test_waits_grow_and_are_spread() -> None:
    waits = [next_attempt(n, 0, None, 0.999) for n in range(1, 40)]
    assert waits[:6] == [2, 4, 8, 16, 32, 60]
    assert set(waits[5:]) == {60}
    assert [next_attempt(n, 0, None, 0.0) for n in (1, 2, 6)] == [1, 2, 30]


def test_what_has_failed_for_long_is_tried_less_often() -> None:
    assert next_attempt(200, 3600, None, 0.999) == 360
    assert next_attempt(500, 20 * 3600, None, 0.999) == 7197


def test_a_receiver_that_asks_to_wait_is_waited_for_up_to_an_hour() -> None:
    assert next_attempt(1, 0, 42.5, 0.0) == 43
    assert next_attempt(1, 0, 10**6, 0.0) == 3600
    assert next_attempt(6, 0, 1, 0.999) == 60


def test_what_waits_for_more_than_a_minute_is_told_with_its_reason() -> None:
    waiting = {
        ("chat", DeliveryState.WAITING): 2,
        ("chat", DeliveryState.SENDING): 1,
        ("mail", DeliveryState.WAITING): 1,
    }
    oldest = {"chat": (NOON_SECONDS, "TOKEN is not set"), "mail": (NOON_SECONDS + 1, "")}
    stock = Stock(0, waiting, oldest, {}, {"pager": 4})
    assert lateness(stock, NOON_SECONDS + 60) == [
        "cannot deliver to chat: 3 waiting since 2026-03-04 12:00 UTC: TOKEN is not set",
        "given up: 4 to pager in the last 24 hours; leadline notify list --state dead shows why",
    ]
    assert lateness(Stock(9, {}, {}, {"chat": 7}, {}), NOON_SECONDS) == []
