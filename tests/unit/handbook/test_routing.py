"""Targets and routes: what they come to, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

import made_yaml as made
from leadline.handbook.notifying import Kind
from leadline.handbook.specs import NotificationTarget, Place, QuietHours
from leadline.ports.outbox import NoticeKind
from made_yaml import broken, loaded, only


def test_targets_and_routes_come_as_they_are_written(tmp_path: Path) -> None:
    handbook = loaded(tmp_path).handbook
    assert handbook is not None
    url = {"url": "https://hooks.example.com/leadline"}
    assert handbook.targets == {"chat": NotificationTarget("chat", "chat", "webhook", url, Place("target.yaml", 1))}
    route = handbook.routes["lesser"]
    assert (route.services, route.teams, route.tiers) == ({"checkout"}, {"shop"}, {1})
    assert (route.severities, route.kinds, route.targets) == ({"ticket", "notify"}, {"alert.fired"}, ("chat",))
    assert route.quiet == (QuietHours((0, 4), 22 * 60, 7 * 60, "Europe/Berlin", frozenset({"notify"})),)
    assert route.is_default


def test_a_route_that_says_nothing_takes_everything(tmp_path: Path) -> None:
    text = made.ROUTE[: made.ROUTE.index("  match")] + "  targets: [chat]\n"
    handbook = loaded(tmp_path, route=text).handbook
    assert handbook is not None
    route = handbook.routes["lesser"]
    asked = (route.services, route.teams, route.tiers, route.severities, route.kinds, route.quiet, route.is_default)
    assert not any(asked)


def test_quiet_hours_are_of_the_handbooks_zone_and_every_day_unless_they_say_otherwise(tmp_path: Path) -> None:
    text = made.ROUTE.replace("    - days: [monday, friday]\n      start", "    - start").replace(
        "      zone: Europe/Berlin\n      severities: [notify]\n", ""
    )
    handbook = loaded(tmp_path, route=text).handbook
    assert handbook is not None
    (quiet,) = handbook.routes["lesser"].quiet
    assert quiet == QuietHours(tuple(range(7)), 1320, 420, "Europe/Berlin", frozenset({"ticket", "notify"}))


def test_a_route_can_be_of_every_kind_of_notice_but_a_test() -> None:
    assert {*Kind.__args__} == {kind.value for kind in NoticeKind} - {"test"}


@pytest.mark.parametrize(
    ("passage", "mistaken", "key", "told"),
    [
        (
            "targets: [chat]",
            "targets: [§chats]",
            "spec.targets[0]",
            ("no such NotificationTarget", "did you mean chat?"),
        ),
        ("teams: [shop]", "teams: [§shops]", "spec.match.teams[0]", ("no such Team", "did you mean shop?")),
        ("services: [checkout]", "services: [§chekout]", "spec.match.services[0]", ("no such Service", "checkout")),
        ('end: "07:00"', '§end: "22:00"', "spec.quietHours[0].end", ("quiet hours without length", "another time")),
        ("severities: [notify]", "severities: [§page]", "spec.quietHours[0].severities[0]", ("not one of", "ticket")),
    ],
)
def test_a_mistake_in_a_route_is_told_at_its_place(
    tmp_path: Path, passage: str, mistaken: str, key: str, told: tuple[str, str]
) -> None:
    text, line, column = broken(made.ROUTE, passage, mistaken)
    problem = only(loaded(tmp_path, route=text).problems)
    assert (problem.line, problem.column, problem.key) == (line, column, key)
    assert told[0] in problem.what
    assert told[1] in problem.hint


def test_quiet_hours_that_never_end_are_refused(tmp_path: Path) -> None:
    text = made.ROUTE.replace(
        "  default: true",
        """\
    - {start: "07:00", end: "22:00", severities: [notify]}
    - {days: [tuesday, wednesday, thursday, saturday, sunday], start: "22:00", end: "07:00", severities: [notify]}""",
    )
    problem = only(loaded(tmp_path, route=text).problems)
    assert (problem.key, problem.what) == ("spec.quietHours", "quiet hours without an end")
    assert "take notify out" in problem.hint
