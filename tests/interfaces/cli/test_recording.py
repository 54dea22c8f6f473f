"""What people know, as they type it."""

from __future__ import annotations

from pathlib import Path

from made_commands import AT, a_shop, three_days, typed

DOWN = ("record", "downtime", "checkout", "--from", "2026-03-04T10:00:00Z", "--to")


def test_eb_17_half_an_hour_of_half_an_outage_is_a_quarter_of_an_hour(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    typed("slices", "import", three_days(shop / "s.csv"), shop=shop)
    first = typed(*DOWN, "2026-03-04T10:30:00Z", "--fraction", "50%", shop=shop)
    assert (first.code, first.out) == (0, "15,000 bad events; 30 slices of 1 series recorded\n")
    again = typed(*DOWN, "2026-03-04T10:30:00Z", "--fraction", "0.3", shop=shop)
    assert (again.code, again.out) == (0, "15,000 bad events; 0 slices of 0 series recorded\n")

    def bad(at: str) -> int:
        [slo] = typed("status", "--at", at, "--json", shop=shop).json["slos"]
        return int(slo["bad"])

    assert [bad(at) for at in (AT, "2026-03-04T10:00:00Z", "2026-03-04T10:10:00Z")] == [15_000, 0, 5_000]
    assert typed(*DOWN, "2026-03-04T11:00:00Z", "--take-back", shop=shop).code == 0
    assert bad(AT) == 0


def test_failures_are_recorded_exactly(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    typed("slices", "import", three_days(shop / "s.csv"), shop=shop)
    interval = ("--from", "2026-03-04T10:00:00Z", "--to", "2026-03-04T10:07:30Z")
    told = typed("record", "failures", "requests", "--bad", "1000", *interval, "--json", shop=shop)
    assert told.json == {"slices": 8, "series": 1, "bad": 1000.0, "warnings": []}
    assert typed("status", "--at", AT, "--json", shop=shop).json["slos"][0]["bad"] == 1000


def test_what_cannot_be_recorded_ends_with_its_code(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    assert typed(*DOWN, "2026-03-04T09:00:00Z", shop=shop).code == 2
    assert typed(*DOWN, "2199-03-04T09:00:00Z", shop=shop).code == 2
    refused = typed(*DOWN, "2026-03-04T10:30:00Z", "--fraction", "30", shop=shop)
    assert refused.code == 2
    assert "did you mean 0.30?" in refused.err
    assert typed("record", "downtime", "nothing", *DOWN[3:], "2026-03-04T11:00:00Z", shop=shop).code == 4
    failures = ("record", "failures", "requests", *DOWN[3:], "2026-03-04T11:00:00Z", "--bad")
    assert typed(*failures, "1", shop=shop).code == 4
