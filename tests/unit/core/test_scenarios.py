"""When something planted happens, and how much of it in each minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from leadline.core.scenarios import DAY_MINUTES, MILLION, MONDAY, Effect, Kind, Planted, Rhythm, Scenario, Shape

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def planted(shape: Shape = Shape.OUTAGE, *, duration: int = 10, period: int = 1) -> Planted:
    return Planted("it", Kind.INCIDENT, shape, "", (), 0, False, duration, DAY_MINUTES, 1, period, ())


def a_scenario(*things: Planted, days: int = 28) -> Scenario:
    return Scenario("s", 1, days * DAY_MINUTES, {}, {}, things)


def minute(text: str) -> int:
    return int((datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) / timedelta(minutes=1))


def at(minutes: int) -> str:
    return (EPOCH + timedelta(minutes=minutes)).isoformat(timespec="minutes")[:16]


@pytest.mark.parametrize(
    ("shape", "period", "expected"),
    [
        (Shape.OUTAGE, 1, [10] * 10),
        (Shape.RAMP, 1, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (Shape.RECOVERY, 1, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (Shape.FLAPPING, 4, [10, 10, 0, 0, 10, 10, 0, 0, 10, 10]),
        (Shape.FLAPPING, 3, [10, 10, 0, 10, 10, 0, 10, 10, 0, 10]),
        (Shape.BURST, 4, [10, 0, 0, 0, 10, 0, 0, 0, 10, 0]),
        (Shape.CASCADE, 1, [10] * 10),
    ],
)
def test_a_shape_unfolds_within_its_time_and_is_nothing_outside(shape: Shape, period: int, expected: list[int]) -> None:
    weights = planted(shape, period=period).weights(np.arange(-2, 12))
    assert weights.tolist() == [0, 0, *(tenths * MILLION // 10 for tenths in expected), 0, 0]


def test_the_first_cycle_begins_on_a_monday() -> None:
    assert at(MONDAY) == "1970-01-05T00:00"
    assert (EPOCH + timedelta(minutes=MONDAY)).weekday() == 0


def test_what_is_planted_happens_again_with_each_cycle() -> None:
    # 1970-01-05 and 732 cycles of 28 days later, 20,496 days, are Mondays: the latter is 2026-02-16
    thing = replace(planted(), start=2 * DAY_MINUTES + 13 * 60)
    found = a_scenario(thing).starts(thing, minute("2026-02-01T00:00"), minute("2026-04-01T00:00"))
    assert [at(start) for start in found] == ["2026-02-18T13:00", "2026-03-18T13:00"]


def test_what_is_repeated_happens_so_often_in_each_cycle() -> None:
    thing = replace(planted(), times=3, every=7 * DAY_MINUTES)
    found = a_scenario(thing).starts(thing, minute("2026-02-17T00:00"), minute("2026-03-17T00:00"))
    assert [at(start) for start in found] == ["2026-02-23T00:00", "2026-03-02T00:00", "2026-03-16T00:00"]


def test_what_happens_once_does_not_come_again() -> None:
    thing = replace(planted(), start=minute("2026-03-01T13:30"), is_once=True)
    found = a_scenario(thing).starts(thing, minute("2020-01-01T00:00"), minute("2030-01-01T00:00"))
    assert [at(start) for start in found] == ["2026-03-01T13:30"]


def test_a_story_happens_around_its_begin_and_nowhere_else() -> None:
    thing = replace(planted(), start=-90, is_in_story=True, times=2, every=120)
    silent = a_scenario(thing)
    assert not list(silent.starts(thing, minute("2020-01-01T00:00"), minute("2030-01-01T00:00")))
    told = silent.told_from(minute("2026-03-01T13:30"))
    [happens] = told.planted
    found = told.starts(happens, minute("2020-01-01T00:00"), minute("2030-01-01T00:00"))
    assert [at(start) for start in found] == ["2026-03-01T12:00", "2026-03-01T14:00"]


@pytest.mark.parametrize(
    ("start", "end", "is_there"),
    [
        ("13:39", "13:40", True),
        ("13:40", "13:41", False),
        ("13:29", "13:30", False),
        ("13:30", "13:31", True),
        ("13:00", "14:00", True),
    ],
)
@pytest.mark.parametrize("is_once", [True, False])
def test_a_span_knows_what_lies_partly_in_it(start: str, end: str, is_there: bool, is_once: bool) -> None:
    begin = minute("2026-03-01T13:30") if is_once else (minute("2026-03-01T13:30") - MONDAY) % (28 * DAY_MINUTES)
    thing = replace(planted(), start=begin, is_once=is_once)
    found = a_scenario(thing).starts(thing, minute(f"2026-03-01T{start}"), minute(f"2026-03-01T{end}"))
    assert len(list(found)) == is_there


def test_a_lag_keeps_an_event_in_sight_until_its_last_effect_is_over() -> None:
    effect = Effect("x", MILLION, 30, (), 0, None)
    thing = replace(planted(), start=minute("2026-03-01T13:30"), is_once=True, effects=(effect,))
    assert list(a_scenario(thing).starts(thing, minute("2026-03-01T14:09"), minute("2026-03-01T15:00")))
    assert not list(a_scenario(thing).starts(thing, minute("2026-03-01T14:10"), minute("2026-03-01T15:00")))


def test_an_effect_is_about_the_groups_that_have_its_labels() -> None:
    everyone = Effect("x", MILLION, 0, (), 0, None)
    some = replace(everyone, groups=((("region", "eu"),), (("region", "us"), ("tier", "0"))))
    assert everyone.is_about(())
    assert some.is_about((("region", "eu"), ("tier", "1")))
    assert some.is_about((("region", "us"), ("tier", "0")))
    assert not some.is_about((("region", "us"), ("tier", "1")))
    assert not some.is_about(())


def test_without_leaves_out_what_is_named_and_nothing_else() -> None:
    one, two = planted(), replace(planted(), name="other")
    assert a_scenario(one, two).without("it").planted == (two,)
    assert replace(a_scenario(one, two), planted=()) == a_scenario(one, two).without("it", "other")


def test_a_rhythm_is_that_of_the_middle_of_the_afternoon_when_it_is_not_said() -> None:
    assert Rhythm().peak == 900
