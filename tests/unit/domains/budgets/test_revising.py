"""Objectives as they were: what an instant is judged by, on every store, with a clock that is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contract.ledger_cases import DATABASES, database_url
from instants import NOON
from leadline.app import call, opened
from leadline.domains.budgets.model import ShowHistory, ShowSlo, ShowStatus
from leadline.domains.budgets.revising import changes
from leadline.domains.measurement.model import Collect, ImportSlices
from leadline.errors import NotFound, RecordError
from leadline.handbook.revisions import Revision, in_force
from leadline.handbook.specs import Document, Place
from leadline.settings import Settings
from made_commands import HANDBOOK, a_shop, three_days
from made_handbooks import Steps

DAY = timedelta(days=1)
Play = Callable[..., Any]


@pytest.fixture(params=DATABASES)
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    """Run an operation at an instant, with the handbook's text as it is given then."""
    url = database_url(request.param, request, tmp_path)

    def run(operation: str, asked: object, *, now: datetime, handbook: str) -> Any:
        a_shop(tmp_path, handbook)
        settings = Settings.of({}, handbook=tmp_path / "handbook", database=url)
        with opened(settings, Steps(), now=lambda: now, environ={}) as context:
            return call(operation, asked, context)

    return run


def counted(play: Play, tmp_path: Path, handbook: str) -> None:
    """2 of 10,000 events are bad: 20 % of the budget of 0.999, 40 % of that of 0.9995."""
    file = three_days(tmp_path / "s.csv")
    lines = file.read_text().splitlines()
    every_fifth = [line.replace(",0,", ",1,") if number % 5 == 1 else line for number, line in enumerate(lines)]
    file.write_text("\n".join(every_fifth) + "\n")
    play("slices.import", ImportSlices(file=file), now=NOON, handbook=handbook)


def met(play: Play, handbook: str, now: datetime) -> None:
    """A command that writes meets the handbook."""
    play("slices.collect", Collect(), now=now, handbook=handbook)


TIGHTER = HANDBOOK.replace("0.999", "0.9995")


def test_eb_26_an_instant_before_a_change_is_judged_by_the_objective_of_then(play: Play, tmp_path: Path) -> None:
    met(play, HANDBOOK, NOON - DAY / 2)
    counted(play, tmp_path, TIGHTER)

    def shown(at: datetime | None) -> tuple[float, float]:
        [slo] = play("status.show", ShowStatus(at=at), now=NOON + timedelta(minutes=5), handbook=TIGHTER).slos
        return slo.objective, round(slo.budget.consumed, 6)

    assert shown(NOON - timedelta(minutes=1)) == (0.999, 0.2)
    assert shown(NOON) == (0.9995, 0.4)
    assert shown(NOON - 2 * DAY)[0] == 0.999, "before the first known revision the first one applies"
    assert shown(None)[0] == 0.9995
    detail = play("slo.show", ShowSlo(name="checkout", at=NOON - DAY / 4), now=NOON, handbook=TIGHTER)
    assert detail.objectives[0].objective == 0.999
    assert detail.place.startswith("SLO checkout, recorded ")


def test_eb_15_a_change_that_is_taken_back_leaves_three_revisions(play: Play, tmp_path: Path) -> None:
    for hours, text in ((9, HANDBOOK), (6, TIGHTER), (3, HANDBOOK)):
        met(play, text, NOON - timedelta(hours=hours))
    counted(play, tmp_path, HANDBOOK)
    history = play("slo.history", ShowHistory(name="checkout", at=NOON), now=NOON, handbook=HANDBOOK)
    assert [each.seen_at for each in history.revisions] == [NOON - timedelta(hours=hours) for hours in (9, 6, 3)]
    assert [each.is_in_force for each in history.revisions] == [False, False, True]
    assert all(each.is_recorded for each in history.revisions)
    key = "spec.objectives[0].target"
    told = [[(one.key, one.before, one.after) for one in each.changes] for each in history.revisions]
    assert told == [[], [(key, "0.999", "0.9995")], [(key, "0.9995", "0.999")]]
    assert [round(each.objectives[0].budget.consumed, 6) for each in history.revisions] == [0.2, 0.4, 0.2]


def test_a_window_and_a_way_of_budgeting_are_of_then_too(play: Play, tmp_path: Path) -> None:
    met(play, HANDBOOK, NOON - DAY)
    other = HANDBOOK.replace("duration: 2d", "duration: 1d").replace(
        "budgetingMethod: Occurrences", "budgetingMethod: RatioTimeslices"
    ).replace("target: 0.999", "target: 0.999, timeSliceWindow: 1m")  # fmt: skip
    counted(play, tmp_path, other)
    [then] = play("status.show", ShowStatus(at=NOON - DAY / 2), now=NOON, handbook=other).slos
    [today] = play("status.show", ShowStatus(at=NOON), now=NOON, handbook=other).slos
    assert (then.window.duration, then.total) == ("2d", 2_880_000)
    assert (today.window.duration, today.total) == ("1d", 1_440)


def test_an_announced_objective_holds_from_its_day_on(play: Play, tmp_path: Path) -> None:
    met(play, HANDBOOK, NOON - DAY)
    counted(play, tmp_path, HANDBOOK)
    from_tomorrow = TIGHTER.replace(
        "displayName: Checkout works",
        f"displayName: Checkout works\n  annotations: {{leadline/effectiveFrom: '{NOON + DAY:%Y-%m-%dT%H:%M:%SZ}'}}",
    )

    def objective(now: datetime, at: datetime | None = None) -> float:
        [slo] = play("status.show", ShowStatus(at=at), now=now, handbook=from_tomorrow).slos
        return float(slo.objective)

    assert objective(NOON) == 0.999
    assert objective(NOON, at=NOON + DAY) == 0.9995
    met(play, from_tomorrow, NOON)
    assert objective(NOON + timedelta(hours=23)) == 0.999
    assert objective(NOON + DAY) == 0.9995


def test_a_change_that_no_command_has_recorded_holds_from_now_on(play: Play, tmp_path: Path) -> None:
    met(play, HANDBOOK, NOON - DAY)
    counted(play, tmp_path, HANDBOOK)
    history = play("slo.history", ShowHistory(name="checkout"), now=NOON, handbook=TIGHTER)
    assert [each.is_recorded for each in history.revisions] == [True, False]
    assert [each.is_in_force for each in history.revisions] == [False, True]
    [past] = play("status.show", ShowStatus(at=NOON - timedelta(hours=1)), now=NOON, handbook=TIGHTER).slos
    assert past.objective == 0.999


def test_corrections_are_today_s_knowledge_whatever_was_promised_then(play: Play, tmp_path: Path) -> None:
    met(play, HANDBOOK, NOON - DAY)
    told_later = TIGHTER + (
        "---\napiVersion: leadline/v1\nkind: Correction\nmetadata: {name: bad-probe}\nspec:\n"
        "  slos: [checkout]\n  start: 2026-03-02T12:00:00Z\n  end: 2026-03-03T12:00:00Z\n  mode: exclude\n"
        "  appliesTo: [slo]\n  reason: the probe was wrong\n  approver: anna\n"
    )
    counted(play, tmp_path, told_later)
    [then] = play("status.show", ShowStatus(at=NOON - timedelta(hours=1)), now=NOON, handbook=told_later).slos
    assert then.objective == 0.999
    assert then.raw is not None
    assert then.total < then.raw.total


def test_what_was_promised_of_a_thing_that_is_no_more_is_said_plainly(play: Play, tmp_path: Path) -> None:
    met(play, HANDBOOK, NOON - DAY)
    renamed = HANDBOOK.replace("indicatorRef: requests", "indicatorRef: orders").replace(
        "name: requests", "name: orders"
    )
    counted(play, tmp_path, HANDBOOK)
    [then] = play("status.show", ShowStatus(at=NOON - timedelta(hours=1)), now=NOON, handbook=renamed).slos
    assert then.total > 0, "an SLI that was taken out is found in the record"


def test_what_was_promised_of_another_kind_of_thing_cannot_be_told(play: Play) -> None:
    met(play, HANDBOOK, NOON - DAY)
    ratio = HANDBOOK.split("---\n")[2].partition("spec:\n")[2]
    gauge = (
        HANDBOOK.replace("type: push", "type: prometheus\n  connectionDetails: {url: 'http://127.0.0.1:9'}")
        .replace(ratio, "  thresholdMetric: {metricSource: {metricSourceRef: people, spec: {query: up}}}\n")
        .replace("target: 0.999", "target: 0.999, op: lt, value: 1")
    )
    assert len(play("status.show", ShowStatus(), now=NOON, handbook=gauge).slos) == 1
    with pytest.raises(RecordError, match=r"SLO checkout, recorded 2026-03-03 12:00 UTC.*; put back"):
        play("status.show", ShowStatus(at=NOON - timedelta(hours=1)), now=NOON, handbook=gauge)
    first, second = play("slo.history", ShowHistory(name="checkout"), now=NOON, handbook=gauge).revisions
    assert first.objectives == ()
    assert "op" in first.reason
    assert len(second.objectives) == 1


def test_the_history_of_an_slo_that_is_not_there_is_not_found(play: Play) -> None:
    with pytest.raises(NotFound, match="checkuot"):
        play("slo.history", ShowHistory(name="checkuot"), now=NOON, handbook=HANDBOOK)


def a_revision(target: str, seen_at: int, effective_from: str | None = None) -> Revision:
    return Revision(Document("SLO", "api", target, target, effective_from, Place("slos.yaml", 1)), seen_at)


@pytest.mark.parametrize(("at", "target"), [(0, "a"), (10, "a"), (19, "a"), (20, "c"), (99, "c"), (40, "c")])
def test_a_later_word_wins_over_an_announcement(at: int, target: str) -> None:
    announced = a_revision("b", 15, datetime.fromtimestamp(40, UTC).isoformat())
    assert in_force([a_revision("a", 10), announced, a_revision("c", 20)], at).document.sha256 == target


def test_a_date_in_the_past_does_not_rewrite_it() -> None:
    left_standing = datetime.fromtimestamp(5, UTC).isoformat()
    first, second = a_revision("a", 10, left_standing), a_revision("b", 20, left_standing)
    assert [in_force([first, second], at).document.sha256 for at in (7, 19, 20)] == ["a", "a", "b"]


def test_what_appears_and_what_goes_is_a_change() -> None:
    found = list(changes('{"a":1,"b":{"c":"x"}}', '{"a":2,"d":[true]}'))
    assert [(one.key, one.before, one.after) for one in found] == [
        ("a", "1", "2"),
        ("b.c", "x", None),
        ("d[0]", None, "true"),
    ]
