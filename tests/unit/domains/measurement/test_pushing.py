"""What programs push: lines of JSON, all of them or none, and the last word on each slice."""

from __future__ import annotations

import json

import pytest

from fakes import MemoryLedger
from instants import NOON_SECONDS
from leadline.adapters.files.slices import DuckDbSliceFiles
from leadline.core.slices import STEP, SeriesKey
from leadline.domains.measurement.model import PushSlices, Stored
from leadline.domains.measurement.service import push_slices
from leadline.errors import SpecError
from leadline.handbook.specs import Handbook
from made_handbooks import a_context, a_handbook, an_sli

START = NOON_SECONDS - 10 * STEP
TOLD = a_handbook(
    [
        an_sli("requests", None, source="apps"),
        an_sli("orders", None, source="apps", group_by=["region", "zone"]),
        an_sli("volume", None, source="apps", quantum="0.001"),
    ]
)


def line(sli: str = "requests", minute: int = 0, bad: float = 1, total: float = 10, **labels: str) -> str:
    return json.dumps({"sli": sli, "start": START + minute * STEP, "bad": bad, "total": total, **labels})


def pushed(ledger: MemoryLedger, *lines: str, handbook: Handbook = TOLD, writer: str = "apps") -> Stored:
    context = a_context(handbook, ledger=ledger, files=DuckDbSliceFiles())
    return push_slices(PushSlices(content="\n".join(lines).encode(), writer=writer), context)


def held(ledger: MemoryLedger) -> dict[SeriesKey, tuple[list[int], list[int]]]:
    found = ledger.read(["requests", "orders", "volume"], START, START + 3 * STEP)
    return {key: (dense.bad.tolist(), dense.total.tolist()) for key, dense in found.items()}


def test_mixed_slices_of_one_batch_come_to_their_series() -> None:
    ledger = MemoryLedger()
    stored = pushed(
        ledger,
        line("orders", 1, 2, 20, region="eu", zone="b"),
        line("requests", 0),
        line("volume", 2, 0.25, 1.5),
        line("orders", 0, 1, 5, region="eu", zone="a"),
        line("orders", 0, 3, 30, region="eu"),
        line("orders", 2, 4, 40, region="eu", zone="b"),
    )
    assert (stored.slices, stored.series) == (6, 5)
    assert held(ledger) == {
        SeriesKey.of("requests"): ([1, 0, 0], [10, 0, 0]),
        SeriesKey.of("volume"): ([0, 0, 250], [0, 0, 1500]),
        SeriesKey.of("orders", region="eu"): ([3, 0, 0], [30, 0, 0]),
        SeriesKey.of("orders", region="eu", zone="a"): ([1, 0, 0], [5, 0, 0]),
        SeriesKey.of("orders", region="eu", zone="b"): ([0, 2, 4], [0, 20, 40]),
    }


def test_the_same_slice_again_replaces_it_within_a_push_and_between_two() -> None:
    ledger = MemoryLedger()
    stored = pushed(ledger, line(bad=5), line(minute=1), line(bad=3))
    assert stored.slices == 2
    assert "name a slice that a later row names again" in stored.warnings[0]
    assert held(ledger)[SeriesKey.of("requests")] == ([3, 1, 0], [10, 10, 0])
    pushed(ledger, line(bad=7, total=70))
    assert held(ledger)[SeriesKey.of("requests")] == ([7, 1, 0], [70, 10, 0])


def test_every_mistake_is_told_with_its_line_and_nothing_is_written() -> None:
    ledger = MemoryLedger()
    with pytest.raises(SpecError) as refused:
        pushed(
            ledger,
            line(),
            "",
            line("request"),
            line(bad=11),
            line("volume", bad=0.0001),
            line(bad=0.5),
            line(region="eu"),
            line(bad=-1),
        )
    assert [(each.file, each.line, each.key) for each in refused.value.problems] == [
        ("body", 3, "sli"),
        ("body", 4, "bad"),
        ("body", 5, "bad"),
        ("body", 6, "bad"),
        ("body", 7, "region"),
        ("body", 8, "bad"),
    ]
    assert str(refused.value.problems[0]) == "body:3 sli: no such SLI, read request, did you mean requests?"
    assert "whole multiples of 0.001" in refused.value.problems[2].hint
    assert held(ledger) == {}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("no json", "body:1: not JSON, read no json"),
        ("[1]", "body:1: not an object"),
        ('{"sli": "requests"}', "body:1: start, bad, total is missing"),
        ('{"sli": "requests", "start": 1e400, "bad": 0, "total": 0}', "not an instant"),
    ],
)
def test_what_is_no_slice_is_told_with_its_line(content: str, told: str) -> None:
    with pytest.raises(SpecError, match="body") as refused:
        pushed(MemoryLedger(), content)
    assert told in str(refused.value)


def test_nothing_is_a_push_of_no_slices() -> None:
    assert pushed(MemoryLedger()) == Stored(slices=0, series=0)
