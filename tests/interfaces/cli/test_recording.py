"""What people know, as they type it."""

from __future__ import annotations

from pathlib import Path

from made_commands import AT, a_shop, three_days, typed

DOWN = ("record", "downtime", "checkout", "--from", "2026-03-04T10:00:00Z", "--to")


WHY = ("--reason", "the probe was down too", "--who", "Ada")


def bad(shop: Path, at: str = AT) -> int:
    [slo] = typed("status", "--at", at, "--json", shop=shop).json["slos"]
    return int(slo["bad"])


def test_eb_17_half_an_hour_of_half_an_outage_is_a_quarter_of_an_hour(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    typed("slices", "import", three_days(shop / "s.csv"), shop=shop)
    first = typed(*DOWN, "2026-03-04T10:30:00Z", "--fraction", "50%", *WHY, shop=shop)
    assert (first.code, first.out) == (0, "recording 1: 15,000 bad events; 30 slices changed\n")
    again = typed(*DOWN, "2026-03-04T10:30:00Z", "--fraction", "0.3", *WHY, shop=shop)
    assert (again.code, again.out) == (0, "recording 2: 15,000 bad events; 0 slices changed\n")
    assert [bad(shop, at) for at in (AT, "2026-03-04T10:00:00Z", "2026-03-04T10:10:00Z")] == [15_000, 0, 5_000]
    assert typed("record", "remove", "1", *WHY, shop=shop).out == "recording 1 is removed; 30 slices changed\n"
    assert bad(shop) == 9_000


def test_removing_everything_brings_the_same_bytes_back(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    typed("slices", "import", three_days(shop / "s.csv", 1), shop=shop)

    def told() -> tuple[str, str]:
        return typed("status", "--at", AT, "--json", shop=shop).out, typed("slices", "export", "-", shop=shop).out

    before = told()
    typed(*DOWN, "2026-03-04T10:30:00Z", *WHY, shop=shop)
    interval = ("--from", "2026-02-20T10:00:00Z", "--to", "2026-02-20T10:07:30Z")
    typed("record", "failures", "requests", "--bad", "9", "--total", "70", *interval, *WHY, shop=shop)
    assert told() != before
    for number in ("1", "2"):
        assert typed("record", "remove", number, *WHY, shop=shop).code == 0
    assert told() == before


def test_the_list_tells_what_holds_and_when_asked_what_was_removed(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    assert typed("record", "list", shop=shop).out == "0 recordings\n"
    typed("slices", "import", three_days(shop / "s.csv"), shop=shop)
    typed(*DOWN, "2026-03-04T10:30:00Z", "--fraction", "50%", *WHY, shop=shop)
    typed("record", "failures", "requests", "--bad", "1000", *DOWN[3:], "2026-03-04T10:07:30Z", *WHY, shop=shop)
    typed("record", "remove", "1", "--reason", "a slip", "--who", "Bob", shop=shop)
    [head, _, row] = typed("record", "list", shop=shop).out.splitlines()
    assert head == "1 recording, and 1 removed (--removed)"
    assert "failures" in row
    assert "requests" in row
    assert "2026-03-04 10:00 to 10:07:30 UTC" in row
    assert "1,000 failed" in row
    assert "Ada" in row
    lines = typed("record", "list", "--removed", shop=shop).out.splitlines()
    assert "50 % down" in lines[2]
    assert lines[2].endswith("UTC by Bob: a slip")
    found = typed("record", "list", "--removed", "--json", shop=shop).json
    assert [(each["id"], each["kind"], each["removed_by"]) for each in found["recordings"]] == [
        (1, "downtime", "Bob"), (2, "failures", None),
    ]  # fmt: skip


def test_failures_are_recorded_exactly(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    typed("slices", "import", three_days(shop / "s.csv"), shop=shop)
    interval = ("--from", "2026-03-04T10:00:00Z", "--to", "2026-03-04T10:07:30Z")
    told = typed("record", "failures", "requests", "--bad", "1000", *interval, *WHY, "--json", shop=shop)
    assert told.json == {"id": 1, "slices": 8, "series": 1, "bad": 1000.0, "warnings": []}
    assert bad(shop) == 1000


def test_what_cannot_be_recorded_ends_with_its_code(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    assert typed(*DOWN, "2026-03-04T09:00:00Z", *WHY, shop=shop).code == 2
    assert typed(*DOWN, "2199-03-04T09:00:00Z", *WHY, shop=shop).code == 2
    refused = typed(*DOWN, "2026-03-04T10:30:00Z", "--fraction", "30", *WHY, shop=shop)
    assert refused.code == 2
    assert "did you mean 0.30?" in refused.err
    unsaid = typed(*DOWN, "2026-03-04T10:30:00Z", shop=shop)
    assert (unsaid.code, "--reason: not what is wanted, read nothing" in unsaid.err) == (2, True)
    assert typed("record", "downtime", "nothing", *DOWN[3:], "2026-03-04T11:00:00Z", *WHY, shop=shop).code == 4
    failures = ("record", "failures", "requests", *DOWN[3:], "2026-03-04T11:00:00Z", *WHY, "--bad")
    assert typed(*failures, "1", shop=shop).code == 4
    missing = typed("record", "remove", "1", *WHY, shop=shop)
    assert (missing.code, "no recording is named 1; there is none yet" in missing.err) == (4, True)
    stolen = typed("slices", "import", three_days(shop / "s.csv"), "--writer", "recordings", shop=shop)
    assert (stolen.code, "the name of what people record" in stolen.err) == (2, True)
