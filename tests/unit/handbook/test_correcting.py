"""Corrections as the handbook has them: each mistake at its key, and notice that is too short."""

from __future__ import annotations

from pathlib import Path

import pytest

import made_yaml as made
from made_yaml import loaded, only

END = "  end: 2026-03-01T13:00:30Z\n"
WEEKLY = "  duration: 1h\n  recurrence: FREQ=WEEKLY;BYDAY=SU\n  zone: Europe/Berlin\n"


@pytest.mark.parametrize(
    ("times", "told"),
    [
        ("", ("end", "missing key", "", "add end: …, or duration: 2h")),
        ("  §duration: 1 hour\n", ("duration", "not a duration", "1 hour", "write whole numbers")),
        (END + "  §duration: 1h\n", ("duration", "both end and duration", "1h", "keep one")),
        (END + "  §zone: Europe/Berln\n", ("zone", "no such time zone", "Europe/Berln", "IANA")),
        (END + "  §until: 2026-04-01\n", ("until", "until without recurrence", "2026-04-01", "add recurrence")),
        (
            WEEKLY.replace("recurrence: FREQ=WEEKLY", "§recurrence: FREQ=SECONDLY"),
            ("recurrence", "FREQ is out of range", "FREQ=SECONDLY;BYDAY=SU", "write DAILY"),
        ),
        (WEEKLY.replace("  zone: Europe/Berlin\n", ""), ("zone", "missing key", "", "add zone: Europe/Berlin")),
        (WEEKLY + "  §until: 2026-02-01\n", ("until", "before it starts", "2026-02-01", "write an instant after")),
        (
            WEEKLY.replace("duration: 1h", "§duration: 400d"),
            ("duration", "too long for something that recurs", "400d", "a year at most"),
        ),
        (END + "  §announcedAt: then\n", ("announcedAt", "not an instant", "then", "write 2026-03-01T12:00:00Z")),
        (END + "  §notice: a day\n", ("notice", "not a duration", "a day", "write whole numbers")),
    ],
)
def test_a_mistake_in_the_times_is_told_at_its_key(tmp_path: Path, times: str, told: tuple[str, str, str, str]) -> None:
    text = made.CORRECTION.replace(END, times)
    key, what, value, hint = told
    marked = text.find("§")
    problem = only(loaded(tmp_path, correction=text.replace("§", "")).problems)
    assert (problem.key, problem.what, problem.value) == (f"spec.{key}", what, value)
    assert hint in problem.hint
    assert marked < 0 or problem.line == text[:marked].count("\n") + 1


def test_a_correction_may_recur_in_local_time(tmp_path: Path) -> None:
    found = loaded(tmp_path, correction=made.CORRECTION.replace(END, WEEKLY)).handbook
    assert found is not None
    move = found.corrections["move"]
    assert move.recurrence is not None
    assert (move.recurrence.rule, move.recurrence.zone) == ("FREQ=WEEKLY;BYDAY=SU", "Europe/Berlin")
    assert move.end - move.start == 3600


@pytest.mark.parametrize(
    ("announced", "what"),
    [
        ("", "notice without announcedAt"),
        ("  announcedAt: 2026-02-28T12:01:01Z\n", "announced less than 24h ahead"),
        ("  announcedAt: 2026-02-28T12:01:00Z\n", None),
    ],
)
def test_notice_that_is_too_short_is_warned_of(tmp_path: Path, announced: str, what: str | None) -> None:
    found = loaded(tmp_path, correction=made.CORRECTION.replace(END, f"{END}  notice: 24h\n{announced}"))
    assert found.handbook is not None, "a warning alone"
    told = [warning for warning in found.warnings if warning.key.startswith(("spec.notice", "spec.announcedAt"))]
    assert [warning.what for warning in told] == ([what] if what else [])
    assert all("agreements count it as measured" in warning.hint for warning in told)
