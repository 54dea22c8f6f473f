"""Business hours as the handbook says them: what is read, what is refused, and what a past handbook keeps."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import made_yaml as made
from leadline.core.hours import BusinessHours, DailyHours
from leadline.handbook import cache
from leadline.handbook.hours import read_hours
from leadline.handbook.loader import load
from made_yaml import loaded, only, write

WORKDAYS = (0, 1, 2, 3, 4)
KEY = "metadata.annotations.leadline/hours"


def slo_with(hours: str) -> str:
    found = made.SLO.replace("    leadline/onNoData: unknown\n", f"    leadline/hours: {json.dumps(hours)}\n")
    assert found != made.SLO
    return found


def hours_in(folder: Path, hours: str, handbook: str = made.HANDBOOK) -> BusinessHours | None:
    found = loaded(folder, slo=slo_with(hours), handbook=handbook)
    assert found.problems == ()
    assert found.handbook is not None
    return found.handbook.slos["availability"].terms.hours


def test_without_the_annotation_every_hour_counts(tmp_path: Path) -> None:
    found = loaded(tmp_path).handbook
    assert found is not None
    assert found.slos["availability"].terms.hours is None


def test_business_are_the_working_hours_of_the_handbook(tmp_path: Path) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    found = hours_in(tmp_path / "plain", "business")
    assert found == BusinessHours((DailyHours(WORKDAYS, 540, 1020),), berlin)
    more = "days: [saturday, monday]\n    zone: Asia/Tokyo\n    holidays: [2026-12-26, 2026-12-25]"
    own = made.HANDBOOK.replace('    end: "17:00"\n', f'    end: "24:00"\n    {more}\n')
    found = hours_in(tmp_path / "own", "business", own)
    holidays = (date(2026, 12, 25), date(2026, 12, 26))
    assert found == BusinessHours((DailyHours((0, 5), 540, 1440),), ZoneInfo("Asia/Tokyo"), holidays)
    assert str(found) == "Mon, Sat 09:00-24:00 Asia/Tokyo without 2 holidays"


def test_hours_of_an_slo_hold_in_the_zone_of_the_handbook_unless_they_name_one(tmp_path: Path) -> None:
    daily = (DailyHours(WORKDAYS, 480, 1200), DailyHours((0, 5, 6), 600, 840))
    found = hours_in(tmp_path / "berlin", "Mon-Fri 08:00-20:00, Sat-Mon 10:00-14:00")
    assert found == BusinessHours(daily, ZoneInfo("Europe/Berlin"))
    found = hours_in(tmp_path / "london", "Mon-Fri 08:00-20:00,Sat, Sun,Mon 10:00-14:00 Europe/London")
    assert found == BusinessHours(daily, ZoneInfo("Europe/London"))


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("busines", "not a day of the week", 'write "Mon-Fri 09:00-17:00 Europe/Berlin", or business'),
        ("Monday-Friday 09:00-17:00", "not a day of the week", "did you mean Mon?"),
        ("Mo-Fr 09:00-17:00", "not a day of the week", "did you mean Mon?"),
        ("Mon-Wed-Fri 09:00-17:00", "not business hours", "Mon-Fri 09:00-17:00"),
        ("Mon-Fri", "days without times", "Mon-Fri 09:00-17:00"),
        ("Mon-Fri 9-17", "not times of a day", "09:00-17:00"),
        ("Mon-Fri 09:00-25:00", "not times of a day", "24:00"),
        ("Mon-Fri 22:00-06:00", "the hours end before they begin", "Mon-Fri 22:00-24:00, Tue-Sat 00:00-06:00"),
        ("Mon-Fri 09:00-09:00", "the hours end before they begin", "two stretches"),
        ("Mon-Fri 09:00-17:00 Europe/Berln", "no such time zone", "did you mean Europe/Berlin?"),
        ("Mon 09:00-17:00 UTC, Tue 09:00-17:00", "a zone in the midst", "at the end"),
        ("Mon 09:00-17:00,", "not a day of the week", "Mon-Fri"),
    ],
)
def test_ill_written_hours_are_told_with_a_way_out(tmp_path: Path, text: str, what: str, hint: str) -> None:
    problem = only(loaded(tmp_path, slo=slo_with(text)).problems)
    assert (problem.key, problem.what, problem.value) == (KEY, what, text)
    assert hint in problem.hint


def test_business_without_working_hours_is_told_and_ill_written_ones_are_told_once(tmp_path: Path) -> None:
    without = made.HANDBOOK.replace('  workingHours:\n    start: "09:00"\n    end: "17:00"\n', "")
    problem = only(loaded(tmp_path / "none", slo=slo_with("business"), handbook=without).problems)
    assert (problem.key, problem.what) == (KEY, "the handbook has no workingHours")
    assert "add workingHours" in problem.hint
    for number, (good, wrong) in enumerate((("09:00", "nine"), ("17:00", "08:00"))):
        ill = made.HANDBOOK.replace(good, wrong)
        problem = only(loaded(tmp_path / str(number), slo=slo_with("business"), handbook=ill).problems)
        assert problem.value == wrong


def test_hours_in_which_no_time_slice_begins_are_refused(tmp_path: Path) -> None:
    sliced = (
        slo_with("Mon-Fri 09:10-09:50")
        .replace("budgetingMethod: Occurrences", "budgetingMethod: Timeslices")
        .replace("target: 0.999", "target: 0.999\n      timeSliceTarget: 0.9\n      timeSliceWindow: 1h")
    )
    problem = only(loaded(tmp_path / "never", slo=sliced).problems)
    assert problem.key == "spec.objectives[0].timeSliceWindow"
    assert problem.what == "no slice begins within Mon-Fri 09:10-09:50 Europe/Berlin"
    assert loaded(tmp_path / "often", slo=sliced.replace("1h", "10m")).problems == ()


def test_hours_of_a_service_have_no_meaning(tmp_path: Path) -> None:
    service = made.SERVICE.replace("  annotations:\n", "  annotations:\n    leadline/hours: business\n")
    problem = only(loaded(tmp_path, service=service).problems)
    assert (problem.what, problem.hint) == ("annotation of another kind", "it belongs to SLO")


def test_a_composite_of_other_slos_has_no_hours(tmp_path: Path) -> None:
    journey = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: journey
  annotations:
    leadline/composite: worst
    leadline/components: availability, latency
    leadline/hours: business
spec:
  service: checkout
  budgetingMethod: Occurrences
  timeWindow: [{duration: 28d, isRolling: true}]
  objectives: [{target: 0.9}]
"""
    found = load(write(tmp_path, made.VALID | {"journey.yaml": journey}))
    problem = next(each for each in found.problems if each.key == KEY)
    assert problem.what == "a composite of other SLOs has no hours"
    assert "at its components" in problem.hint


def test_the_cache_keeps_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "FRESH_NS", -1_000_000_000)
    folder = write(tmp_path, made.VALID | {"slo.yaml": slo_with("business")})
    first = load(folder).handbook
    [entry] = (folder / ".leadline" / "cache").glob("*.pickle")
    kept = cache.read(folder, entry.stem)
    assert kept is not None
    again = load(folder).handbook
    assert first is not None
    assert again is not None
    assert again.slos["availability"].terms.hours == first.slos["availability"].terms.hours is not None


days = st.sets(st.integers(0, 6), min_size=1).map(lambda found: tuple(sorted(found)))
minutes = st.sets(st.integers(0, 1440), min_size=2, max_size=2).map(sorted)
daily = st.builds(lambda on, of: DailyHours(on, of[0], of[1]), days, minutes)


@given(st.lists(daily, min_size=1, max_size=4), st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]))
def test_hours_are_shown_as_they_can_be_written(found: list[DailyHours], zone: str) -> None:
    shown = str(BusinessHours(tuple(found), ZoneInfo(zone)))
    read = read_hours(shown)
    assert (read.daily, read.zone) == (tuple(found), ZoneInfo(zone))
