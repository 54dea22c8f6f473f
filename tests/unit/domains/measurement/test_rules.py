"""How numbers become slices: absence, contradiction, limits, demand and rounding."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from leadline.core.slices import STEP, SeriesKey
from leadline.core.windows import Span
from leadline.domains.measurement import rules
from leadline.domains.measurement.rules import LARGEST, Reading, Target, missing_spans, reading, rounded
from leadline.handbook.specs import Limit, Sli
from leadline.ports.ledger import Watermark
from leadline.ports.source import Floats, Role
from made_handbooks import a_handbook, an_sli, an_slo, gauge, ratio, raw

NAN = float("nan")
INF = float("inf")
DAY = 86_400
PLAIN = Target("requests", None, may_exceed=False)


def row(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def read(sli: Sli, target: Target = PLAIN, **roles: Floats) -> tuple[list[float | None], list[float | None], int]:
    """Bad and total of each slice, None where nothing was seen, and how many contradicted themselves."""
    length = len(next(iter(roles.values()))) if roles else 1
    found = reading(sli, target, {Role(name): values for name, values in roles.items()}, length)
    seen = ~np.isnan(found.total)

    def told(values: Floats) -> list[float | None]:
        return [value if there else None for value, there in zip(values.tolist(), seen.tolist(), strict=True)]

    return told(found.bad), told(found.total), int(found.inconsistent.sum())


BY_BAD = an_sli(measure=ratio(bad="errors"))
BY_GOOD = an_sli(measure=ratio(good="fine"))


def test_trap_03_an_error_series_that_is_absent_while_total_is_there_is_zero_bad() -> None:
    assert read(BY_BAD, total=row(10, 20)) == ([0, 0], [10, 20], 0)
    assert read(BY_BAD, total=row(10, 20, 30), bad=row(NAN, 2, NAN)) == ([0, 2, 0], [10, 20, 30], 0)


def test_trap_03_a_good_series_that_is_absent_while_total_is_there_is_all_bad() -> None:
    assert read(BY_GOOD, total=row(10, 20)) == ([10, 20], [10, 20], 0)
    assert read(BY_GOOD, total=row(10, 20), good=row(NAN, 15)) == ([10, 5], [10, 20], 0)


@pytest.mark.parametrize("sli", [BY_BAD, BY_GOOD])
def test_trap_09_without_total_there_is_no_slice_whatever_else_is_said(sli: Sli) -> None:
    said = row(5, 5)
    assert read(sli, total=row(NAN, 7), bad=said, good=said)[1] == [None, 7]
    assert read(sli, bad=said, good=said)[1] == [None, None]


def test_a_total_of_zero_is_a_slice_without_traffic_not_a_missing_one() -> None:
    assert read(BY_BAD, total=row(0)) == ([0], [0], 0)


def test_trap_18_bad_above_total_is_clamped_and_counted() -> None:
    assert read(BY_BAD, total=row(10, 10, 10), bad=row(11, 10, 3)) == ([10, 10, 3], [10, 10, 10], 1)


def test_trap_18_good_above_total_is_no_bad_and_is_counted() -> None:
    assert read(BY_GOOD, total=row(10, 10), good=row(12, 9)) == ([0, 1], [10, 10], 1)


@pytest.mark.parametrize(("bad", "total"), [(-1, 5), (0, -5), (-3, -5)])
def test_negative_counts_become_zero_and_are_counted(bad: float, total: float) -> None:
    assert read(BY_BAD, total=row(total), bad=row(bad)) == ([0], [max(total, 0)], 1)


@pytest.mark.parametrize("total", [INF, -INF])
def test_an_infinite_total_is_as_good_as_absent(total: float) -> None:
    assert read(BY_BAD, total=row(total, 5), bad=row(1, 1)) == ([None, 1], [None, 5], 0)


def test_infinitely_many_bad_events_are_all_bad_and_a_contradiction() -> None:
    assert read(BY_BAD, total=row(5), bad=row(INF)) == ([5], [5], 1)
    assert read(BY_GOOD, total=row(5), good=row(-INF)) == ([5], [5], 1)


def test_failures_may_outnumber_minutes_for_a_mean_time_between_failures_alone() -> None:
    exempt = Target("requests", None, may_exceed=True)
    assert read(BY_BAD, exempt, total=row(1, 0), bad=row(3, 2)) == ([3, 2], [1, 0], 0)


def test_failures_beside_minutes_count_the_failures_over_the_good_minutes() -> None:
    sli = an_sli("up", ratio(good="up", total="minutes"), failures="crashes")
    apart = Target("up@mtbf", None, may_exceed=True, reads_failures=True)
    answers = {"total": row(1, 1, 1, NAN), "good": row(1, 0, NAN, 1), "failures": row(NAN, 2, 0, 5)}
    assert read(sli, apart, **answers) == ([0, 2, 0, None], [1, 0, 0, None], 0)
    assert read(sli, PLAIN, **answers) == ([0, 1, 1, None], [1, 1, 1, None], 0)


def test_an_sli_with_failures_feeds_a_series_of_its_own_for_each_objective_of_that_kind() -> None:
    sli = an_sli("up", ratio(good="up"), failures="crashes")
    slos = [an_slo(sli, "uptime"), an_slo(sli, "mtbf", mtbf_minutes=1440, series="up@mtbf")]
    assert rules.targets(a_handbook([sli], slos), sli) == (
        Target("up", None, may_exceed=False),
        Target("up@mtbf", None, may_exceed=True, reads_failures=True),
    )
    assert [query.role for query in rules.queries(sli)] == [Role.TOTAL, Role.GOOD, Role.FAILURES]


def test_an_sli_whose_own_events_are_failures_may_exceed() -> None:
    sli = an_sli("up", ratio(bad="crashes", total="minutes"))
    handbook = a_handbook([sli], [an_slo(sli, mtbf_minutes=1440)])
    assert rules.targets(handbook, sli) == (Target("up", None, may_exceed=True),)


@pytest.mark.parametrize(
    ("limit", "bad"),
    [
        (Limit("lt", 5), [0, 1, 1]),
        (Limit("lte", 5), [0, 0, 1]),
        (Limit("gt", 5), [1, 1, 0]),
        (Limit("gte", 5), [1, 0, 0]),
        (Limit(low=5, high=5.5), [1, 0, 1]),
        (Limit(low=4.9, high=5.1), [0, 0, 0]),
        (Limit(low=5), [1, 0, 0]),
        (Limit(high=5), [0, 0, 1]),
    ],
)
def test_a_gauge_is_judged_at_the_limit_itself_as_its_operator_says(limit: Limit, bad: list[int]) -> None:
    values = row(4.9, 5, 5.1) if limit.high != 5.5 else row(4.9, 5.5, 5.6)
    sli, target = an_sli("cpu", gauge()), Target("cpu@x", limit, may_exceed=False)
    assert read(sli, target, value=values) == (bad, [1, 1, 1], 0)


def test_a_gauge_that_is_absent_is_no_slice_and_one_at_infinity_is_judged() -> None:
    sli, target = an_sli("cpu", gauge()), Target("cpu@lt5", Limit("lt", 5), may_exceed=False)
    assert read(sli, target, value=row(NAN, INF, -INF, 0)) == ([None, 1, 0, 0], [None, 1, 1, 1], 0)


def test_a_gauge_feeds_one_series_for_each_limit_and_none_without() -> None:
    sli = an_sli("cpu", gauge())
    low, high = Limit("lt", 0.5), Limit("lt", 0.8)
    slos = [an_slo(sli, "a", limit=low), an_slo(sli, "b", limit=high), an_slo(sli, "c", limit=low)]
    assert [target.series for target in rules.targets(a_handbook([sli], slos), sli)] == ["cpu@lt0.5", "cpu@lt0.8"]
    assert rules.targets(a_handbook([sli], []), sli) == ()


@pytest.mark.parametrize(("success", "bad"), [(True, [0.25, 0, 1]), (False, [0.75, 1, 0])])
def test_a_raw_ratio_is_one_event_a_slice(success: bool, bad: list[float]) -> None:
    assert read(an_sli(measure=raw(success=success)), value=row(0.75, 1, 0)) == (bad, [1, 1, 1], 0)


def test_a_raw_ratio_outside_zero_to_one_is_clamped_and_counted() -> None:
    found = read(an_sli(measure=raw(success=True)), value=row(1.5, -0.5, 0.5, NAN, INF))
    assert found == ([0, 1, 0.5, None, 0], [1, 1, 1, None, 1], 3)


def test_a_slice_without_demand_is_no_traffic_and_its_contradictions_do_not_matter() -> None:
    sli = an_sli(measure=ratio(bad="errors"), only_when="queue > 0")
    found = read(sli, total=row(5, 5, 5, NAN), bad=row(1, 9, 1, 1), demand=row(3, 0, NAN, NAN))
    assert found == ([1, 0, 0, None], [5, 0, 0, None], 0)


def test_demand_is_asked_without_groups_and_by_no_sli_that_declares_none() -> None:
    sli = an_sli(measure=ratio(bad="errors"), only_when="queue > 0", group_by=["region"])
    asked = {query.role: query.group_by for query in rules.queries(sli)}
    assert asked == {Role.TOTAL: ("region",), Role.BAD: ("region",), Role.DEMAND: ()}
    assert Role.DEMAND not in {query.role for query in rules.queries(BY_BAD)}


def test_pushed_slices_ask_nothing() -> None:
    assert rules.queries(an_sli(measure=None)) == ()


def whole(bad: Floats, total: Floats, quantum: str = "1", carry: tuple[float, float] = (0, 0)) -> rules.Rounded:
    found = Reading(bad, total, np.zeros(len(bad), dtype=np.bool_))
    key = SeriesKey("requests")
    return rounded(key, 0, found, Fraction(quantum), carry, reopen_at=len(bad) * STEP, may_exceed=False)


def test_whole_numbers_are_kept_as_they_are() -> None:
    found = whole(row(1, 0, 7), row(1, 2**50, 7))
    assert found.batch.bad.tolist() == [1, 0, 7]
    assert found.batch.total.tolist() == [1, 2**50, 7]
    assert found.final == (0, 0)


def test_a_slice_without_data_is_left_out_and_owes_nothing() -> None:
    found = whole(row(1, 0, 7), row(1, NAN, 7))
    assert found.batch.starts.tolist() == [0, 120]


def test_thirds_add_up() -> None:
    found = whole(np.full(9, 1 / 3), np.full(9, 4 / 3))
    assert found.batch.bad.sum() == 3
    assert found.batch.total.sum() == 12


@pytest.mark.parametrize("share", [0.5, 0.1, 0.3, 0.25])
def test_a_fractional_share_of_whole_totals_leaves_each_total_whole(share: float) -> None:
    found = whole(np.full(1000, share), np.ones(1000))
    assert found.batch.total.tolist() == [1] * 1000
    assert found.batch.bad.sum() == 1000 * share


def test_a_quantum_of_a_thousandth_keeps_thousandths() -> None:
    found = whole(row(0.123, 10.1), row(0.456, 505), "0.001")
    assert found.batch.bad.tolist() == [123, 10_100]
    assert found.batch.total.tolist() == [456, 505_000]


def test_what_is_owed_is_told_for_the_slice_that_will_be_asked_again() -> None:
    found = Reading(row(0.25, 0.25, 0.25), row(1.25, 1.25, 1.25), np.zeros(3, dtype=np.bool_))
    key = SeriesKey("requests")
    result = rounded(key, 0, found, Fraction(1), (0, 0), reopen_at=60, may_exceed=False)
    assert result.carry == (0.25, 0)
    assert result.final == (-0.25, 0)


def test_a_number_whose_sums_would_not_fit_is_not_countable() -> None:
    fine, large = Reading(row(0), row(10.0**12 - 1), row(0) > 0), Reading(row(0), row(10.0**12), row(0) > 0)
    assert fine.is_countable(Fraction(1))
    assert not large.is_countable(Fraction(1))
    assert not fine.is_countable(Fraction(1, 1000))


def test_what_was_never_collected_is_asked_for_day_by_day() -> None:
    assert missing_spans(None, DAY - 600, 2 * DAY + 600, again=False) == (
        Span(DAY - 600, DAY),
        Span(DAY, 2 * DAY),
        Span(2 * DAY, 2 * DAY + 600),
    )


def test_a_last_day_shorter_than_what_is_reopened_is_asked_with_the_day_before() -> None:
    assert missing_spans(None, DAY, 2 * DAY + 240, again=False) == (Span(DAY, 2 * DAY + 240),)


def test_a_second_collection_reopens_the_newest_five_slices() -> None:
    known = Watermark("requests", DAY, DAY + 3600)
    assert missing_spans(known, DAY, DAY + 3660, again=False) == (Span(DAY + 3300, DAY + 3660),)


def test_nothing_new_is_nothing_to_ask() -> None:
    known = Watermark("requests", DAY, DAY + 3600)
    assert missing_spans(known, DAY, DAY + 3600, again=False) == ()
    assert missing_spans(known, DAY + 60, DAY + 600, again=False) == ()


def test_reaching_further_back_asks_backwards_from_what_is_known() -> None:
    known = Watermark("requests", 2 * DAY + 60, 2 * DAY + 3600)
    assert missing_spans(known, DAY - 60, 2 * DAY + 3600, again=False) == (
        Span(DAY, 2 * DAY + 60),
        Span(DAY - 60, DAY),
    )


def test_asking_again_from_the_middle_leaves_no_gap_behind_what_is_known() -> None:
    known = Watermark("requests", 0, 3600)
    assert missing_spans(known, 1800, 7200, again=True) == (Span(1800, 7200),)
    assert missing_spans(known, 5400, 7200, again=True) == (Span(3300, 7200),)


def test_a_year_of_the_largest_slices_of_sixteen_series_still_sums_in_64_bits() -> None:
    assert 16 * 366 * 1440 * int(LARGEST) < 2**63
