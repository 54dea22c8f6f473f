"""Episodes of burn alerts: when they begin, fire and end, and of which of them people are told."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from leadline.core.corrections import CorrectionMode
from leadline.core.hours import BusinessHours, DailyHours
from leadline.core.slices import HOUR, STEP, SeriesKey, SliceBatch
from leadline.handbook.specs import Correction, Handbook, Slo
from leadline.handbook.strategies import shipped_strategies, tiers_for
from leadline.ports.episodes import Ending, EventKind
from leadline.ports.outbox import NoticeKind
from made_alerts import Turns
from made_handbooks import HERE, a_handbook, an_sli, an_slo

DAY = 1440
SLI = an_sli("requests")


def of_strategy(slo: Slo, name: str, tier: int | None = 0) -> Slo:
    tiers = tiers_for(shipped_strategies()[name], tier, slo.terms.window, slo.terms.error_budget)
    return replace(slo, alerts=tiers.kept, strategy=name, tier=tier)


def handbook(*slos: Slo) -> Handbook:
    slos = slos or (an_slo(SLI, "checkout"),)
    made = a_handbook(list({slo.sli.id: slo.sli for slo in slos}.values()), slos)
    return replace(made, strategies={slo.strategy: shipped_strategies()[slo.strategy] for slo in slos})


def a_quiet_day(*slos: Slo) -> Turns:
    """A day without a bad event, and one look at its end."""
    turns = Turns(handbook(*slos))
    turns.slices(0, 1000, DAY + 60)
    turns.turn()
    return turns


def kinds(turns: Turns) -> list[tuple[NoticeKind, str]]:
    return [(notice.kind, notice.severity) for notice in turns.told]


def test_an_alert_begins_once_stays_and_ends_once() -> None:
    turns = a_quiet_day()
    rounds = turns.run(bad=100, total=1000, minutes=12)
    [fast] = [each for each in turns.open if each.tier == "page-1h"]
    changed = [round_ for round_ in rounds if fast.thread in {each.thread for each in round_.begun}]
    assert [round_.at for round_ in changed] == [fast.began_at]
    assert [window.seconds for window in fast.windows] == [300, 3600]
    assert [window.factor for window in fast.windows] == pytest.approx([13.44, 13.44])
    assert all(window.rate is not None and window.rate > 13.44 for window in fast.windows)
    turns.run(bad=0, total=1000, minutes=6)
    assert "page-1h" not in turns.firing
    over = turns.context.episodes.find(fast.id)
    assert (over.ending, over.why) == (Ending.RECOVERED, "")
    assert over.ended_at is not None
    assert over.ended_at > fast.began_at


def test_the_same_evaluation_twice_writes_nothing() -> None:
    turns = a_quiet_day()
    turns.run(bad=100, total=1000, minutes=12)
    before, told = turns.open, turns.told
    assert turns.turn().is_empty
    assert turns.turn().is_empty
    assert (turns.open, turns.told) == (before, told)


def test_eb_21_levels_and_alerts_are_told_on_change_and_on_recovery_only() -> None:
    turns = Turns(handbook(an_slo(SLI, "checkout", target="0.99", days=1)))
    turns.slices(0, 1000, 2 * DAY)
    turns.turn()
    assert turns.told == [], "the first level that is known is no change"
    turns.run(bad=1000, total=1000, minutes=12)
    turns.run(bad=0, total=1000, minutes=30)
    levels = [(each.before, each.after) for each in turns.context.levels.history(["checkout"], 9)]
    assert levels == [("warning", "critical"), ("healthy", "warning"), ("", "healthy")]
    turns.slices(0, 1000, DAY - 20)
    turns.turn()
    told = [notice.title for notice in turns.told if notice.kind is NoticeKind.LEVEL_CHANGED]
    assert [title.split(";")[0] for title in told] == [
        "checkout is warning, it was healthy",
        "checkout is critical, it was warning",
        "checkout is healthy, it was critical",
    ]
    ends = [notice for notice in turns.told if notice.kind is NoticeKind.ALERT_RESOLVED]
    begins = [notice for notice in turns.told if notice.kind is NoticeKind.ALERT_FIRED]
    assert {notice.thread for notice in ends} == {notice.thread for notice in begins}
    assert len(ends) == len(begins)


def test_the_most_severe_alert_of_an_objective_is_told_and_the_lesser_when_it_is_over() -> None:
    turns = a_quiet_day(of_strategy(an_slo(SLI, "checkout"), "virtengine"))
    turns.run(bad=20, total=1000, minutes=20)
    assert set(turns.firing) == {"burn-10x", "burn-5x", "burn-2x"}
    assert kinds(turns) == [(NoticeKind.ALERT_FIRED, "page")], "one page, whatever else burns"
    turns.run(bad=0, total=1000, minutes=16)
    assert turns.firing == ["burn-2x"]
    assert kinds(turns)[1:] == [
        (NoticeKind.ALERT_RESOLVED, "page"),
        (NoticeKind.ALERT_FIRED, "page"),
        (NoticeKind.ALERT_RESOLVED, "page"),
        (NoticeKind.ALERT_FIRED, "notify"),
    ], "what still burns is told when that which said more is over"
    turns.run(bad=0, total=1000, minutes=61)
    assert turns.firing == []
    assert kinds(turns)[-1] == (NoticeKind.ALERT_RESOLVED, "notify")


def test_what_cannot_be_told_any_longer_is_lost_and_not_recovered() -> None:
    turns = a_quiet_day()
    turns.run(bad=100, total=1000, minutes=12)
    assert "page-1h" in turns.firing
    fast = next(each for each in turns.open if each.tier == "page-1h")
    for _ in range(3):
        turns.at += STEP
        turns.turn()
    over = turns.context.episodes.find(fast.id)
    assert over.ending is Ending.LOST
    told = [notice for notice in turns.told if notice.thread == fast.thread]
    assert "cannot be told" in told[-1].title
    assert "not to say that all is well" in told[-1].text


def test_a_correction_suspends_an_alert() -> None:
    turns = a_quiet_day()
    turns.run(bad=100, total=1000, minutes=12)
    fast = next(each for each in turns.open if each.tier == "page-1h")
    work = Correction(
        "work", ("checkout",), (), turns.at - 600, turns.at + HOUR, CorrectionMode.EXCLUDE.value, ("slo",), "work",
        "dana", HERE,
    )  # fmt: skip
    turns.handbook = replace(turns.handbook, corrections={"work": work})
    turns.slices(100, 1000, 1)
    turns.turn()
    over = turns.context.episodes.find(fast.id)
    assert (over.ending, over.why) == (Ending.SUSPENDED, "a correction leaves nothing to look at")


def test_an_alert_that_the_handbook_drops_is_withdrawn() -> None:
    turns = a_quiet_day()
    turns.run(bad=100, total=1000, minutes=12)
    number = turns.open[0].id
    turns.handbook = handbook(an_slo(an_sli("other"), "other"))
    turns.turn()
    assert turns.context.episodes.find(number).ending is Ending.WITHDRAWN


def test_groups_that_burn_are_told() -> None:
    sli = an_sli("requests", group_by=["region"])
    turns = Turns(handbook(an_slo(sli, "checkout")))

    def minutes(count: int, bad: int) -> None:
        starts = turns.at + np.arange(count) * STEP
        for region, failing in (("eu", bad), ("us", 0)):
            batch = SliceBatch(
                SeriesKey.of("requests", region=region), starts, np.full(count, failing), np.full(count, 500)
            )
            turns.ledger.append("import", [batch])
        turns.at += count * STEP

    minutes(DAY + 60, 0)
    turns.turn()
    minutes(10, 200)
    turns.turn()
    fast = next(each for each in turns.open if each.tier == "page-1h")
    assert list(fast.groups) == ["region=eu"]
    assert "region=eu" in next(notice for notice in turns.told if notice.thread == fast.thread).facts["groups"]


def test_one_bad_event_alerts_where_nothing_may_fail() -> None:
    slo = an_slo(SLI, "audit", target="1")
    turns = a_quiet_day(
        replace(slo, alerts=tiers_for(shipped_strategies()["workbook"], 0, slo.terms.window, Fraction(0)).kept)
    )
    turns.slices(1, 1000, 1)
    turns.turn()
    assert "page-1h" in turns.firing
    assert "nothing may fail" in turns.told[0].title


def test_nothing_of_before_an_episode_ends_it() -> None:
    turns = a_quiet_day()
    turns.run(bad=100, total=1000, minutes=12)
    before = turns.open
    turns.at -= HOUR
    assert EventKind.ENDED not in {event.kind for event in turns.turn().events}
    assert turns.open == before


def test_outside_business_hours_nothing_is_silent() -> None:
    hours = BusinessHours((DailyHours((0, 1, 2, 3, 4, 5, 6), 0, 720),), ZoneInfo("UTC"))
    slo = an_slo(SLI, "checkout")
    turns = Turns(handbook(replace(slo, terms=replace(slo.terms, hours=hours))))
    turns.slices(0, 1000, DAY)
    turns.at += 5 * HOUR
    assert turns.turn().begun == ()
    turns.at += 7 * HOUR + 20 * STEP
    assert [each.tier for each in turns.turn().begun] == ["silent"], "it is open again, and nothing is heard"
