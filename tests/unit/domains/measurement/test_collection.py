"""Collecting: what is asked, what is written, and what an answer that is missing or broken spoils."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from pydantic import ValidationError

from fakes import MemoryLedger
from instants import NOON, NOON_SECONDS
from leadline.core.slices import STEP, SeriesKey
from leadline.domains.measurement.collection import collect
from leadline.domains.measurement.model import Collect, Collected, Collection, Outcome
from leadline.errors import NotFound, SpecError
from leadline.handbook.specs import Handbook, Limit
from leadline.ports.source import Source
from made_handbooks import Steps, a_context, a_handbook, an_sli, an_slo, gauge, ratio, rewound
from made_sources import Table, TableSource

HOUR_AGO = NOON - timedelta(hours=1)
START = NOON_SECONDS - 3600
DONE = NOON_SECONDS - 120
REQUESTS = SeriesKey("requests")


def steady(value: float, start: int = START, end: int = NOON_SECONDS) -> Table:
    return dict.fromkeys(range(start, end, STEP), value)


def run(
    handbook: Handbook,
    source: Source,
    ledger: MemoryLedger | None = None,
    *,
    now: datetime = NOON,
    at: datetime | None = None,
    since: datetime | None = HOUR_AGO,
    again: bool = False,
    slis: Sequence[str] = (),
) -> Collection:
    context = a_context(handbook, {"prom": source}, ledger=ledger or MemoryLedger(), now=now)
    return collect(Collect(since=since, at=at, again=again, slis=tuple(slis)), context)


def one(found: Collection, sli: str = "requests") -> Collected:
    return next(each for each in found.slis if each.sli == sli)


def sums(ledger: MemoryLedger, key: SeriesKey = REQUESTS) -> tuple[int, int, int]:
    """Bad, total and number of slices seen in the hours before and after noon."""
    dense = ledger.read([key.sli], START - 86_400, NOON_SECONDS + 86_400).get(key)
    return (0, 0, 0) if dense is None else (int(dense.bad.sum()), int(dense.total.sum()), int(dense.seen.sum()))


PLAIN = a_handbook([an_sli(measure=ratio(bad="errors"))])


def test_collecting_writes_what_the_source_says_up_to_the_settled_instant() -> None:
    ledger = MemoryLedger()
    found = run(PLAIN, TableSource({"errors": steady(1), "total": steady(10)}), ledger)
    assert sums(ledger) == (58, 580, 58), "two of sixty minutes have not settled"
    assert found.at == NOON - timedelta(minutes=2)
    assert (one(found).outcome, one(found).slices, one(found).no_data) == (Outcome.COLLECTED, 58, 0)
    assert found.is_complete


def test_an_explicit_instant_has_no_settle() -> None:
    ledger = MemoryLedger()
    run(PLAIN, TableSource({"total": steady(10)}), ledger, at=NOON)
    assert sums(ledger) == (0, 600, 60)


def test_an_instant_in_the_future_claims_nothing_that_has_not_happened() -> None:
    ledger = MemoryLedger()
    source = TableSource({"total": steady(10, end=NOON_SECONDS + 7200)})
    run(PLAIN, source, ledger, at=NOON + timedelta(days=365))
    assert ledger.watermarks("prom", ["requests"])["requests"].end == NOON_SECONDS
    run(PLAIN, source, ledger, now=NOON + timedelta(hours=1))
    assert sums(ledger)[2] == 60 + 58


def test_without_since_a_collection_reaches_as_far_as_the_longest_window() -> None:
    sli = an_sli(measure=ratio(bad="errors"))
    source = TableSource({"total": steady(10)})
    run(a_handbook([sli], [an_slo(sli, "week", days=7), an_slo(sli, "days", days=2)]), source, since=None)
    assert source.spans("total")[0][0] == NOON_SECONDS - 120 - 7 * 86_400


def test_a_window_that_has_grown_is_filled_backwards() -> None:
    sli, ledger, source = an_sli(measure=ratio(bad="errors")), MemoryLedger(), TableSource({"total": steady(10)})
    run(a_handbook([sli], [an_slo(sli, days=1)]), source, ledger, since=None)
    run(a_handbook([sli], [an_slo(sli, days=3)]), source, ledger, since=None)
    mark = ledger.watermarks("prom", ["requests"])["requests"]
    assert (mark.start, mark.end) == (NOON_SECONDS - 120 - 3 * 86_400, NOON_SECONDS - 120)


def test_time_before_the_history_begins_is_not_a_dead_source() -> None:
    ledger, source = MemoryLedger(), TableSource({"errors": steady(1.0), "total": steady(10.0)})
    run(PLAIN, source, ledger)
    found = run(PLAIN, source, ledger, since=HOUR_AGO - timedelta(days=2))
    assert one(found).outcome is Outcome.COLLECTED
    assert found.is_complete


@pytest.mark.parametrize("again", [False, True], ids=["new", "again"])
def test_no_more_than_four_hundred_days_are_asked_for_at_once(again: bool) -> None:
    ledger, source = MemoryLedger(), TableSource({"errors": steady(1.0), "total": steady(10.0)})
    run(PLAIN, source, ledger)
    spans = source.spans("total")
    with pytest.raises(SpecError, match=r"(?s)too much is missing.*read 401 days.*nearest to what is there first"):
        run(PLAIN, source, ledger, since=HOUR_AGO - timedelta(days=400, minutes=1), again=again)
    assert source.spans("total") == spans, "nothing was asked"
    run(PLAIN, source, ledger, since=HOUR_AGO - timedelta(days=400))
    run(PLAIN, source, ledger, since=HOUR_AGO - timedelta(days=800))
    assert ledger.watermarks("prom", ["requests"])["requests"].start == START - 800 * 86_400


def test_a_query_that_was_mended_is_told_until_its_history_is_asked_for_again() -> None:
    ledger = MemoryLedger()
    source = TableSource({"errors": steady(0.0), "failures": steady(3.0), "total": steady(10.0)})
    mended = a_handbook([an_sli(measure=ratio(bad="failures"))])
    run(PLAIN, source, ledger)
    assert sums(ledger)[:2] == (0, 10 * sums(ledger)[2])
    told = one(run(mended, source, ledger))
    assert "its query has changed" in told.message
    assert "collect --again --since 28d --sli requests" in told.message
    assert "its query has changed" in one(run(mended, source, ledger)).message
    assert sums(ledger)[0] == 0, "the past is not rewritten unasked"
    assert not one(run(mended, source, ledger, again=True)).message
    bad, total, seen = sums(ledger)
    assert (bad, total) == (3 * seen, 10 * seen)
    assert not one(run(mended, source, ledger)).message


def test_a_second_run_asks_only_for_what_is_new_and_the_newest_five() -> None:
    ledger, source = MemoryLedger(), TableSource({"total": steady(10, end=NOON_SECONDS + 600)})
    run(PLAIN, source, ledger)
    source.asked.clear()
    found = run(PLAIN, source, ledger, now=NOON + timedelta(minutes=3))
    assert source.spans("total") == [(NOON_SECONDS - 120 - 300, NOON_SECONDS + 60)]
    assert one(found).slices == 8
    assert sums(ledger) == (0, 610, 61)


def test_a_run_with_nothing_new_asks_nothing_and_is_complete() -> None:
    ledger, source = MemoryLedger(), TableSource({"total": steady(10)})
    run(PLAIN, source, ledger)
    source.asked.clear()
    found = run(PLAIN, source, ledger)
    assert source.asked == []
    assert one(found).outcome is Outcome.CURRENT
    assert found.is_complete


def test_late_data_of_the_newest_five_minutes_replaces_what_was_read() -> None:
    ledger, early, late = MemoryLedger(), steady(10), dict(steady(10, end=NOON_SECONDS + 60))
    late[NOON_SECONDS - 120 - 60] = 25
    run(PLAIN, TableSource({"total": early}), ledger)
    run(PLAIN, TableSource({"total": late}), ledger, now=NOON + timedelta(minutes=1))
    assert sums(ledger) == (0, 58 * 10 + 15 + 10, 59)


def test_asking_again_replaces_and_adds_nothing() -> None:
    ledger = MemoryLedger()
    run(PLAIN, TableSource({"total": steady(10)}), ledger)
    run(PLAIN, TableSource({"total": steady(7)}), ledger, again=True)
    assert sums(ledger) == (0, 7 * 58, 58)


def test_a_source_that_is_down_fails_its_slis_and_writes_nothing() -> None:
    ledger = MemoryLedger()
    found = run(PLAIN, TableSource({"total": steady(10)}, down="connection refused"), ledger)
    assert one(found).outcome is Outcome.FAILED
    assert "connection refused" in one(found).message
    assert not found.is_complete
    assert ledger.series() == ()
    assert ledger.watermarks("prom", ["requests"]) == {}


def test_a_source_that_goes_down_leaves_the_watermark_where_it_stood() -> None:
    ledger, source = MemoryLedger(), TableSource({"total": steady(10, end=NOON_SECONDS + 3600)})
    run(PLAIN, source, ledger)
    before, written = ledger.watermarks("prom", ["requests"]), sums(ledger)
    source.down = "connection refused"
    run(PLAIN, source, ledger, now=NOON + timedelta(minutes=30))
    assert (ledger.watermarks("prom", ["requests"]), sums(ledger)) == (before, written)
    source.down = ""
    run(PLAIN, source, ledger, now=NOON + timedelta(minutes=40))
    assert sums(ledger) == (0, (58 + 40) * 10, 58 + 40), "the hour that was missed is caught up"


def test_a_source_is_closed_even_when_it_is_down() -> None:
    sources = [TableSource({"total": steady(10)}), TableSource({}, down="refused")]
    for source in sources:
        run(PLAIN, source)
    assert [source.closed for source in sources] == [1, 1]


def test_one_query_that_fails_spoils_no_other_sli() -> None:
    slis = [an_sli("broken", ratio(bad="oops")), an_sli("whole", ratio(bad="errors"))]
    ledger, source = MemoryLedger(), TableSource({"errors": steady(1), "total": steady(10)}, broken={"oops"})
    found = run(a_handbook(slis), source, ledger)
    assert [each.outcome for each in found.slis] == [Outcome.FAILED, Outcome.COLLECTED]
    assert "parse error: oops" in one(found, "broken").message
    assert sums(ledger, SeriesKey("whole")) == (58, 580, 58)
    assert sums(ledger, SeriesKey("broken")) == (0, 0, 0), "a total without its bad part is no slice"
    assert set(ledger.watermarks("prom", ["broken", "whole"])) == {"whole"}


def test_a_query_that_is_left_unanswered_is_a_failure_not_silence() -> None:
    found = run(PLAIN, TableSource({"total": steady(10)}, silent={"errors"}))
    assert one(found).outcome is Outcome.FAILED
    assert "1 of its queries unanswered" in one(found).message


def test_an_sli_without_any_series_is_told_and_the_collection_is_not_complete() -> None:
    found = run(PLAIN, TableSource({"errors": steady(1)}))
    assert one(found).outcome is Outcome.NO_SERIES
    assert "no series in the whole range; check names and labels of total" in one(found).message
    assert not found.is_complete


def test_a_query_that_never_found_anything_is_asked_for_its_whole_history_once_it_is_mended() -> None:
    ledger = MemoryLedger()
    for _ in range(2):
        assert not run(PLAIN, TableSource({}), ledger).is_complete, "a second run finds no series either"
    run(PLAIN, TableSource({"total": steady(10)}), ledger)
    assert sums(ledger) == (0, 580, 58)


def test_the_time_before_the_first_series_is_asked_for_once() -> None:
    ledger = MemoryLedger()
    run(PLAIN, TableSource({"total": steady(10)}), ledger, since=NOON - timedelta(days=3))
    assert ledger.watermarks("prom", ["requests"])["requests"].start == NOON_SECONDS - 3 * 86_400


def test_a_short_range_without_any_series_is_told_as_well() -> None:
    found = run(PLAIN, TableSource({}), since=NOON - timedelta(minutes=5))
    assert one(found).outcome is Outcome.NO_SERIES


def test_one_seen_slice_is_not_no_series() -> None:
    found = run(PLAIN, TableSource({"total": {NOON_SECONDS - 600: 0.0}}))
    assert (one(found).outcome, one(found).no_data) == (Outcome.COLLECTED, 57)
    assert found.is_complete


def test_a_number_too_large_to_count_fails_its_sli_alone() -> None:
    slis = [an_sli("huge", ratio(bad="errors", total="much")), an_sli("whole", ratio(bad="errors"))]
    found = run(a_handbook(slis), TableSource({"much": steady(1e30), "total": steady(10)}))
    assert [each.outcome for each in found.slis] == [Outcome.FAILED, Outcome.COLLECTED]
    assert "too large" in one(found, "huge").message


def test_slis_whose_slices_are_pushed_are_skipped_and_do_not_make_it_incomplete() -> None:
    slis = [an_sli("told", None, source="people"), an_sli("asked", ratio(bad="errors"))]
    found = run(a_handbook(slis), TableSource({"total": steady(10)}))
    assert [each.outcome for each in found.slis] == [Outcome.SKIPPED, Outcome.COLLECTED]
    assert found.is_complete


def test_a_gauge_without_a_limit_is_skipped_and_says_so() -> None:
    sli = an_sli("cpu", gauge())
    found = run(a_handbook([sli], []), TableSource({"gauge": steady(1)}))
    assert one(found, "cpu").outcome is Outcome.SKIPPED
    assert "limit" in one(found, "cpu").message


def test_a_gauge_is_asked_once_and_judged_by_each_limit() -> None:
    sli, ledger = an_sli("cpu", gauge()), MemoryLedger()
    slos = [an_slo(sli, "tight", limit=Limit("lt", 0.5)), an_slo(sli, "loose", limit=Limit("lt", 0.9))]
    source = TableSource({"gauge": steady(0.7)})
    run(a_handbook([sli], slos), source, ledger)
    assert len(source.asked) == 1
    assert sums(ledger, SeriesKey("cpu@lt0.5")) == (58, 58, 58)
    assert sums(ledger, SeriesKey("cpu@lt0.9")) == (0, 58, 58)


def test_groups_are_kept_apart() -> None:
    eu, us = (("region", "eu"),), (("region", "us"),)
    ledger = MemoryLedger()
    tables = {"errors": {eu: steady(1)}, "total": {eu: steady(10), us: steady(5)}}
    run(a_handbook([an_sli(measure=ratio(bad="errors"), group_by=["region"])]), TableSource(tables), ledger)
    assert sums(ledger, SeriesKey("requests", eu)) == (58, 580, 58)
    assert sums(ledger, SeriesKey("requests", us)) == (0, 290, 58)


def test_several_sources_each_answer_for_their_own_and_one_that_is_down_spoils_no_other() -> None:
    slis = [an_sli("a", ratio(bad="errors")), an_sli("b", ratio(bad="errors"), source="other")]
    ledger = MemoryLedger()
    sources = {"prom": TableSource({}, down="refused"), "other": TableSource({"total": steady(10)})}
    context = a_context(a_handbook(slis), sources, ledger=ledger)
    found = collect(Collect(since=HOUR_AGO), context)
    assert [each.outcome for each in found.slis] == [Outcome.FAILED, Outcome.COLLECTED]
    assert set(ledger.watermarks("other", ["a", "b"])) == {"b"}, "the writer is the data source's name"


def test_only_the_slis_named_are_asked() -> None:
    slis = [an_sli("a", ratio(bad="errors")), an_sli("b", ratio(bad="errors", total="other"))]
    source = TableSource({"total": steady(1), "other": steady(1)})
    assert [each.sli for each in run(a_handbook(slis), source, slis=["b"]).slis] == ["b"]
    assert {text for text, _, _ in source.asked} == {"errors", "other"}


def test_an_sli_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(NotFound, match="no SLI is named request; did you mean requests"):
        run(PLAIN, TableSource({}), slis=["request"])


def test_contradictions_are_told_and_remembered_once_however_often_they_are_asked() -> None:
    ledger = MemoryLedger()
    errors = {NOON_SECONDS - 180: 11.0, NOON_SECONDS - 1800: 12.0, NOON_SECONDS + 30 * 60: 13.0}
    source = TableSource({"errors": errors, "total": steady(10, end=NOON_SECONDS + 3600)})
    found = run(PLAIN, source, ledger)
    assert one(found).inconsistent == 2
    assert "in 2 slices the source said bad > total" in one(found).message
    run(PLAIN, source, ledger, now=NOON + timedelta(minutes=1))
    assert ledger.watermarks("prom", ["requests"])["requests"].inconsistent_count == 2
    run(PLAIN, source, ledger, now=NOON + timedelta(hours=1))
    assert ledger.watermarks("prom", ["requests"])["requests"].inconsistent_count == 3
    assert sums(ledger)[0] == 30, "clamped to ten each"


def test_progress_counts_every_slice_of_every_query_once() -> None:
    context = a_context(PLAIN, {"prom": TableSource({"total": steady(10)})})
    collect(Collect(since=HOUR_AGO), context)
    steps = context.progress
    assert isinstance(steps, Steps)
    assert steps.begun == [("Collecting", 116)]
    assert (steps.advanced, steps.ended) == (116, 1)


@pytest.mark.parametrize("committed", range(5))
def test_a_process_killed_between_transactions_loses_nothing_and_counts_nothing_twice(committed: int) -> None:
    slis = [an_sli("a", ratio(bad="errors"), quantum="2"), an_sli("b", ratio(bad="errors"))]
    first = NOON_SECONDS - 3 * 86_400
    tables = {"errors": steady(0.25, first), "total": steady(1.25, first)}
    reach, ledger, truth = NOON - timedelta(days=3), MemoryLedger(), MemoryLedger()
    run(a_handbook(slis), TableSource(tables), truth, since=reach)
    with rewound(ledger, committed), suppress(InterruptedError):
        run(a_handbook(slis), TableSource(tables), ledger, since=reach)
    reached = ledger.watermarks("prom", ["a"])
    assert (not reached) if not committed else reached["a"].end == min(first + 43_200 + (committed - 1) * 86_400, DONE)
    run(a_handbook(slis), TableSource(tables), ledger, since=reach)
    for name in ("a", "b"):
        kept, wanted = (each.read([name], first, NOON_SECONDS)[SeriesKey(name)] for each in (ledger, truth))
        assert np.array_equal(kept.bad, wanted.bad)
        assert np.array_equal(kept.total, wanted.total)
        assert np.array_equal(kept.seen, wanted.seen)
    assert sums_of(ledger, "b", first) == (1080, 5398)


def sums_of(ledger: MemoryLedger, name: str, start: int) -> tuple[int, int]:
    """4318 slices of 0.25 bad and 1 good are 1079.5 bad, rounded up, and 4318 good."""
    dense = ledger.read([name], start, NOON_SECONDS)[SeriesKey(name)]
    return int(dense.bad.sum()), int(dense.total.sum())


def test_what_is_owed_to_two_series_of_one_sli_is_kept_apart() -> None:
    sli = an_sli("up", ratio(good="up", total="minutes"), failures="crashes")
    handbook = a_handbook([sli], [an_slo(sli), an_slo(sli, "mtbf", mtbf_minutes=1440, series="up@mtbf")])
    ledger = MemoryLedger()
    end = NOON_SECONDS + 3600
    source = TableSource({"up": steady(0.7, end=end), "minutes": steady(1, end=end), "crashes": steady(0.1, end=end)})
    for minute in range(0, 30, 3):
        run(handbook, source, ledger, now=NOON + timedelta(minutes=minute))
    owed = ledger.watermarks("prom", ["up"])["up"].carry
    assert len(owed) == len(set(owed.values())) == 2, "each series has its own debt"
    count = 58 + 27
    assert abs(sums(ledger, SeriesKey("up"))[0] - 0.3 * count) < 1
    assert abs(sums(ledger, SeriesKey("up@mtbf"))[0] - 0.1 * count) < 1
    assert abs(sums(ledger, SeriesKey("up@mtbf"))[1] - 0.7 * count) < 1


def test_eb_04_a_service_whose_errors_stop_is_read_as_recovered_without_a_new_error() -> None:
    ledger = MemoryLedger()
    errors = dict.fromkeys(range(START, START + 1200, STEP), 10.0)
    source = TableSource({"errors": errors, "total": steady(10, end=NOON_SECONDS + 7200)})
    run(PLAIN, source, ledger)
    run(PLAIN, source, ledger, now=NOON + timedelta(hours=1))
    dense = ledger.read(["requests"], NOON_SECONDS, NOON_SECONDS + 58 * STEP)[REQUESTS]
    assert (int(dense.bad.sum()), int(dense.total.sum())) == (0, 580), "good slices come in though nothing bad does"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        Collect(at=NOON.replace(tzinfo=None))


def test_instants_are_told_in_utc() -> None:
    found = run(PLAIN, TableSource({"total": steady(10)}))
    assert one(found).start == HOUR_AGO
    assert one(found).end == datetime(2026, 3, 4, 11, 58, tzinfo=UTC)
