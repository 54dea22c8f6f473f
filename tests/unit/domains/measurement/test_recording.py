"""Outages and failures that people write down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from instants import NOON, NOON_SECONDS
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.measurement.model import (
    ListRecordings,
    RecordDowntime,
    Recorded,
    RecordFailures,
    RemovedRecording,
    RemoveRecording,
)
from leadline.domains.measurement.recording import (
    list_recordings,
    record_downtime,
    record_failures,
    remove_recording,
)
from leadline.errors import NotFound, RecordError, SpecError
from leadline.ports.operation import Context
from leadline.ports.removal import Removal
from made_handbooks import a_context, a_handbook, an_sli, an_slo, ratio

PUSHED = an_sli(measure=None, source="people")


def world(total: int = 0, bad: int = 0, minutes: int = 60, **sli: object) -> Context:
    """So many events a minute until noon, in the name of `people`."""
    context = a_context(a_handbook([an_sli(**{"measure": None, "source": "people", **sli})]))  # type: ignore[arg-type]  # a test's own
    if total:
        starts = np.arange(NOON_SECONDS - minutes * STEP, NOON_SECONDS, STEP)
        rows = (np.full(minutes, bad), np.full(minutes, total))
        context.ledger.append("people", [SliceBatch(SeriesKey("requests"), starts, *rows)])
    return context


WHY = {"reason": "seen", "who": "Ada"}


def down(context: Context, minutes_ago: float, minutes: float, fraction: str = "1") -> Recorded:
    start = NOON - timedelta(minutes=minutes_ago)
    end = start + timedelta(minutes=minutes)
    asked = RecordDowntime(slo="requests-slo", start=start, end=end, fraction=Decimal(fraction), **WHY)
    return record_downtime(asked, context)


def slices(context: Context, minutes: int = 60) -> Mapping[int, tuple[int, int]]:
    """(bad, total) by minutes before noon."""
    [dense] = context.ledger.read(["requests"], NOON_SECONDS - minutes * STEP, NOON_SECONDS).values()
    rows = zip(range(minutes, 0, -1), dense.bad.tolist(), dense.total.tolist(), dense.seen.tolist(), strict=True)
    return {ago: (bad, total) for ago, bad, total, is_seen in rows if is_seen}


def test_eb_17_a_partial_outage_counts_in_part_and_when_it_was() -> None:
    context = world(total=100)
    assert down(context, 50, 10, "0.3").bad == 300
    found = slices(context)
    assert {ago for ago, (bad, _) in found.items() if bad} == set(range(41, 51))
    assert {found[ago] for ago in range(41, 51)} == {(30, 100)}


def test_eb_17_recordings_that_overlap_unite() -> None:
    context = world(total=100)
    down(context, 50, 10, "0.5")
    down(context, 45, 10)
    down(context, 50, 10, "0.5")
    found = slices(context)
    assert [found[ago][0] for ago in (51, 50, 46, 45, 36, 35)] == [0, 50, 50, 100, 100, 0]
    assert sum(bad for bad, _ in found.values()) == 5 * 50 + 10 * 100


def test_the_minutes_at_the_edges_count_by_their_share() -> None:
    context = world(total=60)
    assert down(context, 10.5, 2).bad == 30 + 60 + 30
    assert [slices(context)[ago][0] for ago in (11, 10, 9, 8)] == [30, 60, 30, 0]


def test_what_was_measured_as_bad_counts_towards_the_share() -> None:
    context = world(total=100, bad=40)
    assert down(context, 10, 1, "0.5").bad == 10
    assert slices(context)[10] == (50, 100)
    assert down(context, 9, 1, "0.2").bad == 0
    assert slices(context)[9] == (40, 100)


def test_a_thing_that_only_people_watch_is_one_probe_a_minute() -> None:
    context = world()
    assert down(context, 10, 4).bad == 4
    assert slices(context) == dict.fromkeys((10, 9, 8, 7), (1, 1))


def test_half_an_outage_of_one_probe_a_minute_is_every_second_minute() -> None:
    context = world(total=1)
    assert down(context, 60, 60, "0.5").bad == 30
    assert down(world(total=1), 60, 60, "0.25").bad == 15


def test_a_quantum_of_a_thousandth_keeps_a_fraction_of_a_probe() -> None:
    context = world(quantum="0.001")
    assert down(context, 10, 2, "0.3").bad == pytest.approx(0.6, rel=1e-12)
    assert slices(context)[10] == (300, 1000)


def remove(context: Context, number: int) -> RemovedRecording:
    return remove_recording(RemoveRecording(id=number, reason="a slip", who="Bob"), context)


def test_downtime_that_is_removed_leaves_what_was_measured() -> None:
    context = world(total=100, bad=1)
    before = slices(context)
    number = down(context, 50, 20, "0.7").id
    assert slices(context) != before
    assert remove(context, number).slices == 20
    assert slices(context) == before


def test_what_is_left_holds_alone_where_two_overlapped() -> None:
    context = world(total=100)
    first, _ = down(context, 50, 10), down(context, 45, 10, "0.5")
    remove(context, first.id)
    assert [slices(context)[ago][0] for ago in (50, 46, 45, 36, 35)] == [0, 0, 50, 50, 0]


def test_minutes_that_only_people_knew_of_are_unknown_again_once_removed() -> None:
    context = world()
    remove(context, down(context, 10, 4).id)
    assert context.ledger.extents(["requests"]) == {}


def test_the_list_tells_what_was_removed_by_whom_and_why() -> None:
    context = world(total=100)
    first, second = down(context, 50, 10, "0.5"), fail(context, 7)
    remove(context, first.id)
    [kept] = list_recordings(ListRecordings(), context).recordings
    assert (kept.id, kept.kind, kept.bad, kept.fraction, kept.removed_at) == (second.id, "failures", 7, None, None)
    gone, _ = list_recordings(ListRecordings(removed=True), context).recordings
    assert (gone.kind, gone.fraction, gone.reason, gone.who) == ("downtime", 0.5, "seen", "Ada")
    assert (gone.removed_at, gone.removed_by, gone.removal_reason) == (NOON, "Bob", "a slip")


def test_what_is_removed_cannot_be_removed_again_nor_what_is_not_there() -> None:
    context = world(total=100)
    number = down(context, 50, 10).id
    remove(context, number)
    with pytest.raises(RecordError, match="was removed already"):
        remove(context, number)
    with pytest.raises(NotFound, match="no recording is named 7"):
        remove(context, 7)


def test_a_removal_that_was_interrupted_is_finished_by_the_next() -> None:
    context = world(total=100)
    before = slices(context)
    number = down(context, 50, 10).id
    context.recordings.remove(number, Removal("a slip", "Bob", NOON_SECONDS))
    assert slices(context) != before
    with pytest.raises(RecordError, match="was removed already"):
        remove(context, number)
    assert slices(context) == before


def test_failures_count_towards_an_outage_in_either_order() -> None:
    one, other = world(total=100), world(total=100)
    fail(one, 70)
    down(one, 7, 7, "0.5")
    down(other, 7, 7, "0.5")
    fail(other, 70)
    assert slices(one) == slices(other)
    assert [bad for bad, _ in slices(one, 7).values()] == [50] * 7


def test_minutes_without_known_traffic_are_left_out_and_told() -> None:
    context = world(total=100, minutes=5)
    found = down(context, 10, 10)
    assert (found.bad, found.slices) == (500, 5)
    assert "5 slice(s) are left out" in found.warnings[0]


def test_downtime_of_a_source_that_was_down_too_is_refused_with_the_way_out() -> None:
    context = a_context(a_handbook([an_sli(measure=ratio(bad="b"))]))
    with pytest.raises(RecordError, match="leadline record failures requests --bad N --total N"):
        down(context, 10, 10)
    assert context.ledger.series() == ()


def test_downtime_of_a_mean_time_between_failures_is_refused() -> None:
    sli = an_sli(measure=None, source="people")
    context = a_context(a_handbook([sli], [an_slo(sli, mtbf_minutes=1440)]))
    with pytest.raises(RecordError, match="record failures"):
        down(context, 10, 10)


@pytest.mark.parametrize(
    ("minutes_ago", "minutes", "what"),
    [(10, 0, "not after"), (10, -5, "not after"), (10, 11, "in the future"), (200_000, 150_000, "100 days")],
)
def test_an_interval_that_cannot_be_is_refused(minutes_ago: int, minutes: int, what: str) -> None:
    with pytest.raises(SpecError, match=what):
        down(world(total=1), minutes_ago, minutes)


def test_an_unknown_name_is_told_with_those_that_there_are() -> None:
    start = NOON - timedelta(minutes=5)
    with pytest.raises(NotFound, match="requests-slo"):
        record_downtime(RecordDowntime(slo="requets", start=start, end=NOON, **WHY), world())
    with pytest.raises(NotFound, match="requests"):
        record_failures(RecordFailures(sli="requets", bad=1, start=start, end=NOON, **WHY), world())


def fail(context: Context, bad: int, total: int | None = None, **more: object) -> Recorded:
    start = NOON - timedelta(minutes=7)
    asked = {"sli": "requests", "bad": bad, "total": total, "start": start, "end": NOON, **WHY, **more}
    return record_failures(RecordFailures.model_validate(asked), context)


def test_failures_are_spread_exactly_over_known_traffic() -> None:
    context = world(total=100)
    assert fail(context, 10).bad == 10
    assert [bad for bad, _ in slices(context, 7).values()] == [2, 2, 2, 1, 1, 1, 1]
    assert {total for _, total in slices(context, 7).values()} == {100}


def test_failures_follow_the_traffic() -> None:
    context = world(total=10)
    quiet = SliceBatch(SeriesKey("requests"), np.array([NOON_SECONDS - STEP]), np.array([0]), np.array([1000]))
    context.ledger.append("people", [quiet])
    fail(context, 106)
    assert [bad for bad, _ in slices(context, 7).values()] == [1, 1, 1, 1, 1, 1, 100]


def test_more_failures_than_there_were_events_are_refused_with_the_way_out() -> None:
    context = world(total=10, bad=4)
    with pytest.raises(RecordError, match=r"42 good events are known.*--total"):
        fail(context, 43)
    assert fail(context, 42).bad == 42
    with pytest.raises(RecordError, match="0 good events are known"):
        fail(world(), 1)
    with pytest.raises(SpecError, match="exceeds --total"):
        fail(world(), 5, 4)


def test_failures_add_up_and_a_recording_that_says_the_same_is_told() -> None:
    context = world(total=100)
    fail(context, 7)
    assert fail(context, 14).warnings == ()
    assert sum(bad for bad, _ in slices(context, 7).values()) == 21
    assert "recording 1 says the same, and both count" in fail(context, 7).warnings[0]
    assert sum(bad for bad, _ in slices(context, 7).values()) == 28


def test_failures_that_leave_no_room_are_refused_and_removing_makes_room() -> None:
    context = world(total=10)
    first = fail(context, 60)
    with pytest.raises(RecordError, match="10 good events are known"):
        fail(context, 11)
    remove(context, first.id)
    assert fail(context, 11).bad == 11


def test_failures_of_a_group_are_told_by_its_label() -> None:
    context = world(group_by=("region",))
    fail(context, 7, 70, labels={"region": "eu"})
    assert context.ledger.series() == (SeriesKey.of("requests", region="eu"),)
    with pytest.raises(SpecError, match="does not declare this label"):
        fail(context, 7, 70, labels={"zone": "a"})


def test_failures_count_for_a_mean_time_between_failures_without_a_total() -> None:
    sli = an_sli(measure=None, source="people")
    context = a_context(a_handbook([sli], [an_slo(sli, mtbf_minutes=1440)]))
    assert fail(context, 2).bad == 2
    assert sum(bad for bad, _ in slices(context, 7).values()) == 2


def test_counts_that_are_no_multiples_of_the_quantum_are_refused() -> None:
    with pytest.raises(SpecError, match="multiple of 10"):
        fail(world(quantum="10"), 15, 100)
