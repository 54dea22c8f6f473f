"""Corrections recorded beside the handbook's: what they do to budgets, and what becomes of them when taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from fakes import MemoryCorrections, MemoryLedger
from instants import NOON, NOON_SECONDS
from leadline.core.slices import HOUR, STEP, SeriesKey, SliceBatch
from leadline.domains.budgets.model import ShowStatus
from leadline.domains.budgets.service import show_status
from leadline.domains.corrections.model import (
    AddCorrection,
    ListCorrections,
    RemoveCorrection,
    ShowMaintenance,
    ShowSilences,
    State,
)
from leadline.domains.corrections.service import (
    add_correction,
    list_corrections,
    remove_correction,
    show_maintenance,
    show_silences,
)
from leadline.errors import NotFound, RecordError, SpecError
from leadline.handbook.specs import Correction, Place
from leadline.ports.operation import Context
from made_handbooks import a_context, a_handbook, an_sli, an_slo

MINUTES = 2 * 1440
FIRST_HOUR = {"start": "2026-03-03T12:00:00Z", "duration": "1h"}


def shop(*, days_ago: int = 0, written: Correction | None = None) -> Context:
    """Two days of 1 bad of 1,000 each minute, and an objective of 99.9 % over two days."""
    ledger = MemoryLedger()
    starts = NOON_SECONDS - days_ago * 24 * HOUR - np.arange(MINUTES, 0, -1) * STEP
    ledger.append("x", [SliceBatch(SeriesKey("api"), starts, np.full(MINUTES, 1), np.full(MINUTES, 1000))])
    handbook = a_handbook([an_sli("api")], [an_slo(an_sli("api"), "checkout", days=2)])
    if written is not None:
        handbook = replace(handbook, corrections={written.name: written})
    return a_context(handbook, ledger=ledger)


def add(context: Context, **fields: Any) -> Any:
    wanted = {"slos": ("checkout",), "mode": "exclude", "applies_to": ("slo",), "reason": "moved", "approver": "Ada"}
    return add_correction(AddCorrection(**{**FIRST_HOUR, **wanted, **fields}), context)


def counted(context: Context, at: Any = NOON) -> tuple[float, float, float | None]:
    [slo] = show_status(ShowStatus(at=at), context).slos
    return slo.bad, slo.total, slo.budget.remaining


@pytest.mark.parametrize(
    ("mode", "bad", "total"),
    [
        ("exclude", 2_820, 2_820_000),  # sixty minutes count on neither side
        ("good", 2_820, 2_880_000),  # their sixty bad events are good
        ("bad", 62_820, 2_880_000),  # all of their 60,000 events are bad
    ],
)
def test_what_a_corrected_hour_stands_for(mode: str, bad: int, total: int) -> None:
    context = shop()
    assert counted(context) == (2_880, 2_880_000, pytest.approx(0))
    add(context, mode=mode)
    assert counted(context) == (bad, total, pytest.approx(1 - bad / (total / 1000)))
    [slo] = show_status(ShowStatus(at=NOON), context).slos
    assert slo.raw is not None
    assert (slo.raw.bad, slo.raw.total) == (2_880, 2_880_000)


def test_a_service_is_corrected_in_all_its_objectives() -> None:
    context = shop()
    add(context, slos=(), services=("shop",))
    assert counted(context)[:2] == (2_820, 2_820_000)


def test_removing_a_correction_brings_the_same_bytes_back() -> None:
    context = shop()
    before = show_status(ShowStatus(at=NOON), context).model_dump_json()
    name = add(context).name
    assert show_status(ShowStatus(at=NOON), context).model_dump_json() != before
    remove_correction(RemoveCorrection(name=name, reason="a slip", who="Bob"), context)
    assert show_status(ShowStatus(at=NOON), context).model_dump_json() == before


def test_a_correction_of_an_agreement_leaves_the_objective_alone() -> None:
    context = shop()
    before = show_status(ShowStatus(at=NOON), context).model_dump_json()
    add(context, applies_to=("agreement",))
    assert show_status(ShowStatus(at=NOON), context).model_dump_json() == before


def test_what_happened_sixty_days_ago_can_be_corrected() -> None:
    context, then = shop(days_ago=60), NOON - timedelta(days=60)
    assert counted(context, then)[:2] == (2_880, 2_880_000)
    add(context, start=(then - timedelta(hours=3)).isoformat(), duration="1h")
    assert counted(context, then)[:2] == (2_820, 2_820_000)


def test_maintenance_that_recurs_takes_out_each_of_its_hours() -> None:
    context = shop()
    add(context, start="2026-02-01T05:00", zone="Europe/Berlin", recurrence="FREQ=DAILY")
    assert counted(context)[:2] == (2_760, 2_760_000), "04:00 to 05:00 UTC of two days"


def test_overlaps_of_handbook_and_record_count_once_and_exclude_wins() -> None:
    hour = Correction(
        "written", (), ("shop",), NOON_SECONDS - 24 * HOUR, NOON_SECONDS - 23 * HOUR, "exclude", ("slo",),
        "why", "Ada", Place("c.yaml", 7),
    )  # fmt: skip
    context = shop(written=hour)
    assert counted(context)[:2] == (2_820, 2_820_000)
    add(context, start="2026-03-03T12:30:00Z", mode="bad")
    # 12:00 to 13:00 is excluded, 13:00 to 13:30 is bad: 30,000 events instead of 30.
    assert counted(context)[:2] == (2_880 - 90 + 30_000, 2_820_000)
    assert [each.name for each in list_corrections(ListCorrections(), context).corrections] == ["written", "recorded:1"]


def test_what_stands_in_the_handbook_is_removed_there() -> None:
    written = Correction("move", (), ("shop",), 0, HOUR, "bad", ("slo",), "why", "Ada", Place("c.yaml", 7))
    with pytest.raises(RecordError, match=r"move stands in the handbook, at c.yaml:7; remove it there"):
        remove_correction(RemoveCorrection(name="move", reason="a slip", who="Bob"), shop(written=written))


def test_the_list_tells_the_interval_that_holds_or_comes_next() -> None:
    context = shop()
    add(context)
    add(context, start="2026-03-04T11:00:00Z", duration="2h")
    add(context, start="2026-02-01T05:00", zone="Europe/Berlin", recurrence="FREQ=WEEKLY;BYDAY=SU")
    found = list_corrections(ListCorrections(at=NOON), context).corrections
    assert [each.state for each in found] == [State.PAST, State.ACTIVE, State.UPCOMING]
    assert found[2].start.isoformat() == "2026-03-08T04:00:00+00:00"
    [active] = list_corrections(ListCorrections(at=NOON, active=True), context).corrections
    assert active.name == "recorded:2"


def test_the_last_interval_is_told_of_a_rule_that_has_ended() -> None:
    context = shop()
    add(context, start="2026-02-01T05:00", zone="UTC", recurrence="FREQ=WEEKLY;BYDAY=SU;COUNT=2")
    [past] = list_corrections(ListCorrections(at=NOON), context).corrections
    assert (past.state, past.start.isoformat()) == (State.PAST, "2026-02-08T05:00:00+00:00")


def test_maintenance_silences_each_service_and_objective_that_it_names() -> None:
    context = shop()
    add(context, start="2026-03-04T11:00:00Z", duration="2h", services=("shop",))
    add(context, start="2026-03-05T00:00:00Z")
    found = show_silences(ShowSilences(at=NOON), context).silences
    assert [(each.matchers[0].name, each.matchers[0].value) for each in found] == [
        ("service", "shop"), ("slo", "checkout"), ("slo", "checkout"),
    ]  # fmt: skip
    assert found[0].model_dump(mode="json", by_alias=True) == {
        "matchers": [{"name": "service", "value": "shop", "isRegex": False, "isEqual": True}],
        "startsAt": "2026-03-04T11:00:00Z", "endsAt": "2026-03-04T13:00:00Z",
        "createdBy": "Ada", "comment": "recorded:1: moved",
    }  # fmt: skip
    assert len(show_silences(ShowSilences(at=NOON, active=True), context).silences) == 2


@pytest.mark.parametrize("mode", ["good", "bad"])
def test_what_mends_a_measurement_is_no_maintenance(mode: str) -> None:
    context = shop()
    add(context, start="2026-03-04T11:00:00Z", duration="2h", mode=mode)
    assert show_silences(ShowSilences(at=NOON), context).silences == ()
    assert show_maintenance(ShowMaintenance(at=NOON), context).samples == ()


def test_maintenance_is_told_for_each_objective_while_it_holds_and_before() -> None:
    context = shop()
    add(context, slos=(), services=("shop",), start="2026-03-04T12:00:00Z", duration="1h")
    told = {}
    for minutes in (-1, 0, 59, 60):
        samples = show_maintenance(ShowMaintenance(at=NOON + timedelta(minutes=minutes)), context).samples
        told[minutes] = [(each.slo, each.service, each.correction, each.is_active) for each in samples]
    key = ("checkout", "shop", "recorded:1")
    assert told == {-1: [(*key, False)], 0: [(*key, True)], 59: [(*key, True)], 60: []}


def test_late_notice_is_told() -> None:
    context = shop()
    wanted = {"start": "2026-03-05T12:00:00Z", "applies_to": ("agreement",)}
    assert add(context, notice="24h", **wanted).is_announced_in_time, "announced when it is recorded"
    assert not add(context, notice="25h", **wanted).is_announced_in_time
    assert add(context, notice="25h", announced_at="2026-03-04T11:00:00Z", **wanted).is_announced_in_time


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"start": "soon"}, "--from: not an instant, read soon, write 2026-03-01T12:00:00Z or epoch seconds"),
        ({"duration": "1 hour"}, "--for: not a duration, read 1 hour, write whole numbers"),
        ({"duration": None}, "--to: missing key, read nothing, add end: …, or duration: 2h"),
        ({"duration": "30s", "start": "2026-03-03T12:00:01Z"}, "--for: no slice starts within, read 30s"),
        ({"end": "2026-03-03T13:00:00Z"}, "--for: both end and duration, read 1h, keep one"),
        ({"end": "2026-03-03T12:00:00Z", "duration": None}, "--to: ends before it starts, read 2026-03-03T12:00:00Z"),
        ({"recurrence": "FREQ=DAILY"}, "--zone: missing key, read nothing, add zone: Europe/Berlin"),
        ({"zone": "Mars/Base"}, "--zone: no such time zone, read Mars/Base, write a name of the IANA database"),
        ({"recurrence": "FREQ=HOURLY", "zone": "UTC"}, "--rrule: FREQ is out of range, read FREQ=HOURLY, write DAILY"),
        (
            {"recurrence": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "zone": "UTC"},
            "--rrule: it never occurs, read FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30, write days that there are",
        ),
        ({"until": "2026-04-01"}, "--until: until without recurrence, read 2026-04-01, add recurrence:"),
        (
            {"until": "2026-01-01", "recurrence": "FREQ=DAILY", "zone": "UTC"},
            "--until: before it starts, read 2026-01-01, write an instant after",
        ),
        ({"announced_at": "never"}, "--announced-at: not an instant, read never"),
        ({"notice": "long"}, "--notice: not a duration, read long"),
        ({"slos": ()}, "--service: neither an SLO nor a service, read nothing, name an SLO, or give --service"),
    ],
)
def test_what_is_ill_written_is_told_with_its_option_and_a_way_out(fields: dict[str, Any], message: str) -> None:
    context = shop()
    with pytest.raises(SpecError) as told:
        add(context, **fields)
    [problem] = told.value.problems
    assert str(problem).startswith(message)
    assert context.corrections.in_force() == {}


@pytest.mark.parametrize("fields", [{"slos": ("chekout",)}, {"services": ("chop",)}])
def test_what_is_not_there_cannot_be_corrected(fields: dict[str, Any]) -> None:
    context = shop()
    with pytest.raises(NotFound, match=r"did you mean (checkout|shop)\?"):
        add(context, **fields)
    assert isinstance(context.corrections, MemoryCorrections)
    assert context.corrections.in_force() == {}
