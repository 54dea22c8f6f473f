"""What every ledger promises: memory, SQLite and PostgreSQL alike."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.ledger_cases import (
    DAY,
    KINDS,
    NOON,
    batch,
    hours_by_hand,
    ledgers,
    new_name,
    rows_of,
    run_of,
    seen,
    slices_of,
)
from leadline.core.slices import HOUR, STEP, DenseSlices, SeriesKey, SliceBatch
from leadline.errors import RecordError
from leadline.ports.ledger import Change, Extent, Ledger, Watermark


@pytest.fixture(params=KINDS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    yield from ledgers(request.param, request, tmp_path)


def test_an_empty_ledger_knows_nothing_and_says_so(ledger: Ledger) -> None:
    assert ledger.series() == ()
    assert ledger.read(["api"], NOON, NOON + HOUR) == {}
    assert ledger.read_hours(["api"], NOON, NOON + HOUR) == {}
    assert ledger.extents(["api"]) == {}
    assert ledger.watermarks("prometheus", ["api"]) == {}
    assert ledger.changes(0) == ()


def test_a_slice_is_read_as_it_was_written(ledger: Ledger) -> None:
    written = {NOON: (3, 100), NOON + 2 * STEP: (0, 0)}
    assert ledger.append("prometheus", [batch("api", written)]) == 2
    assert slices_of(ledger, "api", NOON, NOON + HOUR) == written


def test_silence_is_not_no_traffic(ledger: Ledger) -> None:
    ledger.append("prometheus", [batch("api", {NOON: (0, 0)})])
    dense = ledger.read(["api"], NOON, NOON + 2 * STEP)[SeriesKey("api")]
    assert dense.seen.tolist() == [True, False]
    assert dense.total.tolist() == [0, 0]


def test_a_read_begins_and_ends_where_it_was_asked_to(ledger: Ledger) -> None:
    ledger.append("prometheus", [run_of("api", NOON - 5 * HOUR, 600)])
    dense = ledger.read(["api"], NOON - 7 * STEP, NOON + 5 * STEP)[SeriesKey("api")]
    assert (dense.start, dense.end) == (NOON - 7 * STEP, NOON + 5 * STEP)
    assert dense.total.tolist() == [100] * 12
    assert len(ledger.read(["api"], NOON, NOON)[SeriesKey("api")].bad) == 0


def test_the_last_value_of_a_slice_wins(ledger: Ledger) -> None:
    ledger.append("prometheus", [batch("api", {NOON: (3, 100), NOON + STEP: (1, 1)})])
    ledger.append("prometheus", [batch("api", {NOON: (5, 90)})])
    assert slices_of(ledger, "api", NOON, NOON + HOUR) == {NOON: (5, 90), NOON + STEP: (1, 1)}


def test_the_last_value_wins_within_one_write_too(ledger: Ledger) -> None:
    ledger.append(
        "prometheus", [batch("api", {NOON: (3, 100), NOON - DAY: (1, 1)}), batch("api", {NOON - DAY: (2, 9)})]
    )
    ledger.import_all("prometheus", [batch("api", {NOON: (4, 50)}), batch("api", {NOON: (5, 90)})])
    assert slices_of(ledger, "api", NOON - DAY, NOON + HOUR) == {NOON - DAY: (2, 9), NOON: (5, 90)}


def test_the_same_write_twice_counts_once(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.append("prometheus", [run_of("api", NOON - 5 * HOUR, 301)])
    assert slices_of(ledger, "api", NOON - 6 * HOUR, NOON + HOUR) == {
        NOON - 5 * HOUR + at * STEP: (1, 100) for at in range(301)
    }


def test_writers_are_added_up(ledger: Ledger) -> None:
    ledger.append("eu", [batch("api", {NOON: (3, 100), NOON - DAY: (1, 7)})])
    ledger.append("us", [batch("api", {NOON: (1, 10), NOON + STEP: (0, 5), NOON - DAY: (0, 1)})])
    expected = {NOON - DAY: (1, 8), NOON: (4, 110), NOON + STEP: (0, 5)}
    assert slices_of(ledger, "api", NOON - DAY, NOON + HOUR) == expected
    sums = ledger.read_hours(["api"], NOON, NOON + HOUR)[SeriesKey("api")]
    assert rows_of(sums) == [(4, 115, 0b11, 0b11)]


def test_groups_of_an_sli_are_kept_apart(ledger: Ledger) -> None:
    ledger.append("prometheus", [batch("api", {NOON: (1, 2)}, region="eu"), batch("api", {NOON: (3, 4)}, region="us")])
    assert ledger.series() == (SeriesKey.of("api", region="eu"), SeriesKey.of("api", region="us"))
    assert slices_of(ledger, "api", NOON, NOON + STEP, region="us") == {NOON: (3, 4)}


def test_labels_may_hold_any_character(ledger: Ledger) -> None:
    odd = 'ü"\\\n\t\x01,=%s?{}🌊'
    ledger.append("prometheus", [batch("api", {NOON: (1, 2)}, region=odd)])
    assert ledger.series() == (SeriesKey.of("api", region=odd),)


def test_only_the_slis_asked_for_are_answered(ledger: Ledger) -> None:
    ledger.append("prometheus", [batch(sli, {NOON: (1, 2)}) for sli in ("api", "db", "web")])
    assert ledger.series(["web", "api", "none"]) == (SeriesKey("api"), SeriesKey("web"))
    assert set(ledger.read(["web", "none"], NOON, NOON + STEP)) == {SeriesKey("web")}


def test_hours_count_slices_and_tell_which_were_seen(ledger: Ledger) -> None:
    written = {NOON: (3, 100), NOON + 59 * STEP: (0, 0), NOON + HOUR: (1, 1), NOON - 30 * HOUR: (2, 4)}
    ledger.append("prometheus", [batch("api", written)])
    sums = ledger.read_hours(["api"], NOON - 31 * HOUR, NOON + 2 * HOUR)[SeriesKey("api")]
    assert sums.start == NOON - 31 * HOUR
    assert rows_of(sums) == hours_by_hand(written, NOON - 31 * HOUR, NOON + 2 * HOUR)
    assert rows_of(sums)[31] == (3, 100, 1 << 59 | 1, 1)


def test_late_data_changes_an_hour_that_was_compacted(ledger: Ledger) -> None:
    first = {NOON - 5 * HOUR + at * STEP: (1, 100) for at in range(301)}
    ledger.append("prometheus", [batch("api", first)])
    ledger.compact(NOON)
    late = {NOON - HOUR: (7, 50), NOON - 30 * STEP: (0, 0), NOON + STEP: (2, 2)}
    ledger.append("prometheus", [batch("api", late)])
    expected = first | late
    assert slices_of(ledger, "api", NOON - 6 * HOUR, NOON + HOUR) == expected
    sums = ledger.read_hours(["api"], NOON - 6 * HOUR, NOON + HOUR)[SeriesKey("api")]
    assert rows_of(sums) == hours_by_hand(expected, NOON - 6 * HOUR, NOON + HOUR)


def test_old_data_replaces_what_the_tail_holds(ledger: Ledger) -> None:
    ledger.append("prometheus", [batch("api", {NOON: (1, 10), NOON + STEP: (1, 11)})])
    ledger.append("prometheus", [batch("api", {NOON: (2, 20), NOON + DAY: (3, 30)})])
    expected = {NOON: (2, 20), NOON + STEP: (1, 11), NOON + DAY: (3, 30)}
    assert slices_of(ledger, "api", NOON, NOON + DAY + HOUR) == expected
    sums = ledger.read_hours(["api"], NOON, NOON + HOUR)[SeriesKey("api")]
    assert rows_of(sums) == [(3, 31, 0b11, 0b11)]


def test_extents_are_the_first_and_last_slice_seen(ledger: Ledger) -> None:
    ledger.append("prometheus", [batch("api", {NOON - 3 * DAY + STEP: (0, 0), NOON - DAY: (1, 1), NOON: (1, 1)})])
    ledger.append("prometheus", [batch("old", {NOON - 9 * DAY: (0, 1), NOON - 2 * DAY + 61 * STEP: (0, 1)})])
    ledger.append("import", [batch("old", {NOON - 8 * DAY: (0, 1)})])
    assert ledger.extents(["api", "old", "none"]) == {
        SeriesKey("api"): Extent(NOON - 3 * DAY + STEP, NOON),
        SeriesKey("old"): Extent(NOON - 9 * DAY, NOON - 2 * DAY + 61 * STEP),
    }
    ledger.compact(NOON + DAY)
    assert ledger.extents(["api"]) == {SeriesKey("api"): Extent(NOON - 3 * DAY + STEP, NOON)}


def test_failures_may_outnumber_the_minutes_of_a_slice(ledger: Ledger) -> None:
    ledger.append("prometheus", [SliceBatch(SeriesKey("mtbf"), [NOON], [3], [1], may_exceed=True)])
    assert slices_of(ledger, "mtbf", NOON, NOON + STEP) == {NOON: (3, 1)}


def test_a_watermark_is_kept_for_each_writer(ledger: Ledger) -> None:
    owed = Watermark("api", NOON, NOON + HOUR, {(("region", "eu"),): (0.1, 1 / 3), (): (-0.5, 0.0)}, 4)
    ledger.append("eu", [], watermarks=[owed, Watermark("db", 0, 60)])
    ledger.append("us", [], watermarks=[Watermark("api", 60, 120)])
    assert ledger.watermarks("eu", ["api", "web"]) == {"api": owed}
    later = Watermark("api", NOON, NOON + 2 * HOUR)
    ledger.append("eu", [batch("api", {NOON + HOUR: (1, 1)})], watermarks=[later])
    assert ledger.watermarks("eu", ["db", "api"]) == {"api": later, "db": Watermark("db", 0, 60)}
    assert ledger.watermarks("us", ["api"]) == {"api": Watermark("api", 60, 120)}


def test_every_write_is_told_to_those_who_follow(ledger: Ledger) -> None:
    ledger.append("eu", [batch("api", {NOON: (1, 1), NOON + 5 * STEP: (1, 1)}), batch("db", {NOON - DAY: (1, 1)})])
    first = ledger.changes(0)
    assert [(change.key.sli, change.start, change.end) for change in first] == [
        ("api", NOON, NOON + 6 * STEP),
        ("db", NOON - DAY, NOON - DAY + STEP),
    ]
    last = max(change.seq for change in first)
    assert ledger.changes(last) == ()
    ledger.import_all("us", [batch("api", {NOON: (1, 1)})])
    (second,) = ledger.changes(last)
    assert second == Change(second.seq, SeriesKey("api"), NOON, NOON + STEP)
    assert second.seq > last


def test_a_write_of_nothing_leaves_no_trace(ledger: Ledger) -> None:
    nothing = SliceBatch(SeriesKey("api"), [], [], [])
    assert ledger.append("eu", [nothing]) == 0
    assert ledger.import_all("eu", iter([nothing])) == 0
    assert ledger.series() == ()
    assert ledger.changes(0) == ()


@pytest.mark.parametrize(
    "wrong", [batch("db", {-60: (0, 1)}), batch("db", {NOON * 1000: (0, 1)}), batch("db", {NOON: (0, 2**62)})]
)
def test_what_cannot_be_counted_is_refused_whole(ledger: Ledger, wrong: SliceBatch) -> None:
    with pytest.raises(RecordError, match="db"):
        ledger.append("eu", [batch("api", {NOON: (1, 1)}), wrong])
    with pytest.raises(RecordError, match="db"):
        ledger.import_all("eu", [run_of("api", NOON, 40_000), wrong])
    assert ledger.series() == ()


def test_an_import_counts_its_slices_as_it_goes(ledger: Ledger) -> None:
    steps: list[int] = []
    batches = [run_of(f"sli-{at}", NOON - 20 * DAY, 25_000) for at in range(3)]
    assert ledger.import_all("import", iter(batches), progress=steps.append) == 75_000
    assert sum(steps) == 75_000
    assert ledger.extents(["sli-2"]) == {SeriesKey("sli-2"): Extent(NOON - 20 * DAY, NOON - 20 * DAY + 24_999 * STEP)}
    assert all(
        dense.bad.sum() == 25_000
        for dense in ledger.read([f"sli-{at}" for at in range(3)], NOON - 21 * DAY, NOON).values()
    )
    assert {(change.start, change.end) for change in ledger.changes(0)} == {
        (NOON - 20 * DAY, NOON - 20 * DAY + 25_000 * STEP)
    }


@pytest.mark.parametrize("count", [10, 50_000])
def test_an_import_that_breaks_off_leaves_nothing(ledger: Ledger, count: int) -> None:
    def broken() -> Iterator[SliceBatch]:
        yield run_of("api", NOON - 60 * DAY, count)
        yield run_of("db", NOON - 60 * DAY, count)
        raise ValueError("line 3 is not a number")

    with pytest.raises(ValueError, match="line 3"):
        ledger.import_all("import", broken())
    assert ledger.series() == ()
    assert ledger.changes(0) == ()
    assert ledger.import_all("import", [run_of("api", NOON, 2)]) == 2


def test_a_month_of_one_sli_is_taken_in_one_call(ledger: Ledger) -> None:
    count = 28 * 1440
    at = np.arange(count)
    month = SliceBatch(SeriesKey("api"), NOON + at * STEP, at % 7, 1000 + at % 613)
    mark = Watermark("api", NOON, NOON + count * STEP)
    assert ledger.append("prometheus", [month], watermarks=[mark]) == count
    dense = ledger.read(["api"], NOON, NOON + count * STEP)[SeriesKey("api")]
    assert np.array_equal(dense.bad, month.bad)
    assert np.array_equal(dense.total, month.total)
    sums = ledger.read_hours(["api"], NOON, NOON + count * STEP)[SeriesKey("api")]
    assert np.array_equal(sums.total, month.total.reshape(-1, 60).sum(axis=1))
    assert ledger.watermarks("prometheus", ["api"]) == {"api": mark}


def test_a_very_large_write_is_acknowledged_with_its_watermark(ledger: Ledger) -> None:
    batches = [run_of(f"sli-{at}", NOON, 30_000, total=at + 1) for at in range(5)]
    mark = Watermark("sli-1", NOON, NOON + 30_000 * STEP)
    assert ledger.append("prometheus", batches, watermarks=[mark]) == 150_000
    assert ledger.watermarks("prometheus", ["sli-1"]) == {"sli-1": mark}
    sums = ledger.read_hours(["sli-4"], NOON, NOON + 20 * DAY)[SeriesKey("sli-4")]
    assert sums.total.tolist() == [300] * 480


# Laws. Starts lie within three days, so that writes meet in the tail, in blocks and across both.
_starts = st.integers(0, 3 * 1440 - 1).map(lambda at: NOON + at * STEP)
_values = st.integers(0, 2**40).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))
_slices = st.dictionaries(_starts, _values, min_size=1, max_size=25)
_writers = st.sampled_from(["eu", "us"])
_writes = st.lists(st.tuples(_writers, _slices, st.booleans()), min_size=1, max_size=6)
_laws = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def _write(ledger: Ledger, sli: str, writer: str, slices: dict[int, tuple[int, int]], *, is_import: bool) -> None:
    batches = [batch(sli, slices)]
    count = ledger.import_all(writer, iter(batches)) if is_import else ledger.append(writer, batches)
    assert count == len(slices)


def _summed(writes: list[tuple[str, dict[int, tuple[int, int]], bool]]) -> dict[int, tuple[int, int]]:
    latest: dict[str, dict[int, tuple[int, int]]] = {}
    for writer, slices, _ in writes:
        latest.setdefault(writer, {}).update(slices)
    starts = {start for slices in latest.values() for start in slices}
    return {
        start: tuple(sum(slices.get(start, (0, 0))[column] for slices in latest.values()) for column in (0, 1))
        for start in starts
    }


@_laws
@given(writes=_writes, compacted=st.lists(st.integers(0, 80), max_size=6))
def test_reads_are_what_was_written_last_however_it_came_and_wherever_it_lies(
    ledger: Ledger, writes: list[tuple[str, dict[int, tuple[int, int]], bool]], compacted: list[int]
) -> None:
    sli = new_name()
    for at, (writer, slices, is_import) in enumerate(writes):
        _write(ledger, sli, writer, slices, is_import=is_import)
        if at < len(compacted):
            ledger.compact(NOON + compacted[at] * HOUR)
    expected = _summed(writes)
    start, end = NOON - HOUR, NOON + 4 * DAY
    assert slices_of(ledger, sli, start, end) == expected
    assert rows_of(ledger.read_hours([sli], start, end)[SeriesKey(sli)]) == hours_by_hand(expected, start, end)
    assert ledger.extents([sli]) == {SeriesKey(sli): Extent(min(expected), max(expected))}


@_laws
@given(slices=_slices, data=st.data())
def test_order_of_arrival_and_splitting_do_not_matter(
    ledger: Ledger, slices: dict[int, tuple[int, int]], data: st.DataObject
) -> None:
    whole, parts = new_name(), new_name()
    ledger.append("eu", [batch(whole, slices)])
    order = data.draw(st.permutations(sorted(slices)))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(order)), max_size=4)) | {0, len(order)})
    for low, high in itertools.pairwise(cuts):
        ledger.append("eu", [batch(parts, {start: slices[start] for start in order[low:high]})])
    start, end = NOON - HOUR, NOON + 4 * DAY
    read = ledger.read([whole, parts], start, end)
    assert seen(read[SeriesKey(whole)]) == seen(read[SeriesKey(parts)]) == slices
    hours = ledger.read_hours([whole, parts], start, end)
    assert rows_of(hours[SeriesKey(whole)]) == rows_of(hours[SeriesKey(parts)])


@_laws
@given(slices=_slices, before=st.integers(0, 80))
def test_compaction_changes_no_number(ledger: Ledger, slices: dict[int, tuple[int, int]], before: int) -> None:
    sli = new_name()
    for start in sorted(slices):
        ledger.append("eu", [batch(sli, {start: slices[start]})])
    ledger.compact(NOON + before * HOUR)
    assert slices_of(ledger, sli, NOON - HOUR, NOON + 4 * DAY) == slices
    sums = ledger.read_hours([sli], NOON, NOON + 4 * DAY)[SeriesKey(sli)]
    assert rows_of(sums) == hours_by_hand(slices, NOON, NOON + 4 * DAY)


def test_a_reader_may_leave_out_one_writer(ledger: Ledger) -> None:
    one, other = new_name(), new_name()
    ledger.append("a", [run_of(one, NOON, 2, bad=1, total=10), run_of(other, NOON, 1)])
    ledger.append("b", [run_of(one, NOON + STEP, 2, bad=2, total=20)])
    found = ledger.read([one, other], NOON, NOON + 3 * STEP, without="a")
    assert {key: seen(dense) for key, dense in found.items()} == {
        SeriesKey.of(one): {NOON + STEP: (2, 20), NOON + 2 * STEP: (2, 20)}
    }
    both = ledger.read([one], NOON, NOON + 3 * STEP, without="nobody")
    assert seen(both[SeriesKey.of(one)])[NOON + STEP] == (3, 30)


@pytest.mark.parametrize("hours_ago", [0, 1, 200])
def test_what_a_writer_said_of_an_interval_is_rewritten_and_the_rest_stays(ledger: Ledger, hours_ago: int) -> None:
    name, start = new_name(), NOON - hours_ago * HOUR
    ledger.append("probe", [run_of(name, NOON - 300 * HOUR, 3), run_of(name, NOON, 3)])
    ledger.append("people", [run_of(name, start - 10 * STEP, 30, bad=5, total=5)])
    ledger.compact(NOON - 100 * HOUR)
    said = batch(name, {start + 2 * STEP: (5, 5), start + 3 * STEP: (9, 9)})
    assert ledger.rewrite("people", start, start + 5 * STEP, [said]) == 4
    kept = dict.fromkeys(range(start - 10 * STEP, start, STEP), (5, 5))
    assert seen(_without_probe(ledger, name, start - 10 * STEP, start)) == kept
    found = seen(_without_probe(ledger, name, start, start + 6 * STEP))
    assert found == {start + 2 * STEP: (5, 5), start + 3 * STEP: (9, 9), start + 5 * STEP: (5, 5)}
    assert ledger.rewrite("people", start, start + 5 * STEP, [said]) == 0, "it says so already"


def _without_probe(ledger: Ledger, name: str, start: int, end: int) -> DenseSlices:
    return ledger.read([name], start, end, without="probe")[SeriesKey(name)]


@pytest.mark.parametrize("hours_ago", [0, 200])
def test_what_is_taken_back_is_as_if_never_written(ledger: Ledger, hours_ago: int) -> None:
    name, start = new_name(), NOON - hours_ago * HOUR
    ledger.append("people", [run_of(name, start, 90, bad=5, total=5)])
    ledger.compact(NOON - 100 * HOUR)
    before = ledger.changes(0)[-1].seq
    nothing = batch(name, {})
    assert ledger.rewrite("people", start, start + 60 * STEP, [nothing]) == 60
    key = SeriesKey(name)
    assert ledger.extents([name]) == {key: Extent(start + 60 * STEP, start + 89 * STEP)}
    left = {start + at * STEP: (5, 5) for at in range(60, 90)}
    hours = ledger.read_hours([name], start, start + 2 * HOUR)[key]
    assert rows_of(hours) == hours_by_hand(left, start, start + 2 * HOUR)
    assert [(each.key, each.start, each.end) for each in ledger.changes(before)] == [(key, start, start + 60 * STEP)]
    assert ledger.rewrite("people", start, start + 2 * HOUR, [nothing]) == 30
    assert ledger.extents([name]) == {}
