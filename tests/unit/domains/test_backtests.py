"""What alerts are worth against incidents, worked by hand."""

from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from leadline.core.alert_tiers import AlertTier, BurnLimit, Severity
from leadline.core.windows import Span
from leadline.domains.backtests.model import RunBacktest
from leadline.domains.backtests.rules import Episode, Known, runs, worth

TIER = AlertTier("page", (BurnLimit(300, Fraction(10)),), Severity.PAGE)
HOUR = 3600
DAY = 24 * HOUR


def page(start: int, end: int | None) -> Episode:
    return Episode(TIER, start, end, 20.0, 0.02)


def test_runs_begin_where_a_condition_begins_to_hold_and_end_where_it_no_longer_does() -> None:
    begins, ends = runs(np.array([True, True, False, True]))
    assert begins.tolist() == [0, 3]
    assert ends.tolist() == [2, 4]


def test_pages_are_weighed_against_the_incidents_they_meet() -> None:
    incidents = [Known(1, Span(HOUR, 2 * HOUR)), Known(2, Span(10 * HOUR, 11 * HOUR)), Known(3, Span(20 * HOUR, DAY))]
    pages = [
        page(HOUR + 600, HOUR + 900),  # detects the first after ten minutes
        page(HOUR + 1800, 3 * HOUR),  # meets it again
        page(5 * HOUR, 6 * HOUR),  # meets none
        page(19 * HOUR, None),  # was open before the third began
    ]
    found = worth(pages, incidents, DAY)
    assert found.precision == pytest.approx(3 / 4)
    assert found.recall == pytest.approx(2 / 3)
    assert found.detection_seconds == (600.0, 0.0)
    assert found.never == 1


def test_a_page_that_ends_as_an_incident_begins_does_not_meet_it() -> None:
    found = worth([page(0, HOUR)], [Known(1, Span(HOUR, 2 * HOUR))], DAY)
    assert found.precision == 0
    assert found.never == 1


def test_without_incidents_there_is_neither_precision_nor_recall() -> None:
    found = worth([page(0, HOUR)], [], DAY)
    assert found.precision is None
    assert found.recall is None


@pytest.mark.parametrize(
    ("typed", "share"), [("99.9", "0.999"), ("99.9%", "0.999"), ("0.999", "0.999"), ("1", "1"), ("100", "1")]
)
def test_an_objective_is_a_percentage_or_a_ratio(typed: str, share: str) -> None:
    [read] = RunBacktest(objectives=(typed,)).objectives
    assert Fraction(read) == Fraction(share)


@pytest.mark.parametrize("typed", ["x", "0", "101", "-1", ""])
def test_what_is_no_objective_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        RunBacktest(objectives=(typed,))
