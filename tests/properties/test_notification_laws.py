"""Laws of notifications: nobody is left out, nothing is told twice, a page waits for nobody, and what waits is told."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from contract.test_outbox import FIRED
from instants import NOON_SECONDS
from leadline.domains.notifications.rules import end_of_quiet, next_attempt, planned, routes_of, takes
from leadline.handbook.specs import NotificationRoute, Place, QuietHours
from leadline.ports.outbox import Notice, NoticeKind

SEVERITIES = ("page", "ticket", "notify")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
NAMES = ("a", "b", "c")
instants = st.integers(NOON_SECONDS, NOON_SECONDS + 366 * 86_400)
"""A year, so that clocks go forward and back."""


def some(words: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(words), max_size=2)


@st.composite
def quiet_hours(draw: st.DrawFn) -> QuietHours:
    start = draw(st.integers(0, 1439))
    end = draw(st.integers(0, 1440).filter(lambda minute: minute != start))
    days = tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1, max_size=6))))
    return QuietHours(days, start, end, draw(st.sampled_from(ZONES)), draw(some(("ticket", "notify"))))


@st.composite
def routes(draw: st.DrawFn) -> NotificationRoute:
    return NotificationRoute(
        name=draw(st.sampled_from(NAMES)),
        services=draw(some(NAMES)),
        teams=draw(some(NAMES)),
        tiers=draw(st.frozensets(st.integers(0, 2), max_size=1)),
        severities=draw(some(SEVERITIES)),
        kinds=draw(some(("alert.fired", "duty.due"))),
        targets=tuple(draw(st.lists(st.sampled_from(("chat", "pager", "mail")), min_size=1, max_size=3, unique=True))),
        quiet=tuple(draw(st.lists(quiet_hours(), max_size=1))),
        is_default=draw(st.booleans()),
        place=Place("routes.yaml", 1),
    )


@st.composite
def notices(draw: st.DrawFn) -> Notice:
    return replace(
        FIRED,
        kind=draw(st.sampled_from([NoticeKind.ALERT_FIRED, NoticeKind.DUTY_DUE])),
        severity=draw(st.sampled_from(SEVERITIES)),
        service=draw(st.sampled_from(("", *NAMES))),
        team=draw(st.sampled_from(("", *NAMES))),
        tier=draw(st.none() | st.integers(0, 2)),
    )


@given(notices(), st.lists(routes(), max_size=4), st.sets(st.sampled_from(("chat", "old")), max_size=2), instants)
def test_whoever_a_route_names_is_told_once_and_nobody_else(
    notice: Notice, known: list[NotificationRoute], reached: set[str], now: int
) -> None:
    found = planned(notice, known, sorted(reached), now)
    targets = [each.target for each in found]
    taken = [route for route in known if takes(route, notice)]
    named = {target for route in routes_of(notice, known) for target in route.targets}
    assert len(targets) == len(set(targets))
    assert set(targets) == named | reached
    assert bool(named) is bool(taken), "a notice that some route takes is told to somebody"


@given(notices(), st.lists(routes(), max_size=4), instants)
def test_a_page_is_told_now_and_the_rest_when_it_may_be(
    notice: Notice, known: list[NotificationRoute], now: int
) -> None:
    by_name = {target: [route for route in routes_of(notice, known) if target in route.targets] for target in
               ("chat", "pager", "mail")}  # fmt: skip
    for each in planned(notice, known, (), now):
        assert each.due_at >= now
        assert notice.severity != "page" or each.due_at == now
        ends = [end_of_quiet(route.quiet, notice.severity, each.due_at) for route in by_name[each.target]]
        assert None in ends, "one of its routes may tell it then"


@given(st.lists(quiet_hours(), min_size=1, max_size=2), st.sampled_from(("ticket", "notify")), instants)
def test_what_is_quiet_now_is_quiet_until_it_ends(quiet: list[QuietHours], severity: str, now: int) -> None:
    end = end_of_quiet(quiet, severity, now)
    if end is not None:
        assert end > now
        halfway = now + (end - now) // 2
        assert end_of_quiet(quiet, severity, halfway) is not None


@given(st.integers(1, 2000), st.floats(0, 10**6), st.none() | st.floats(0, 10**5), st.floats(0, 0.999))
def test_a_wait_is_never_shorter_than_was_asked_for_nor_without_end(
    attempts: int, age: float, wanted: float | None, chance: float
) -> None:
    wait = next_attempt(attempts, age, wanted, chance)
    assert wait >= max(1, min(wanted or 0, 3600))
    assert wait <= max(61, age / 10 + 1, min(wanted or 0, 3600) + 1)
