"""What the earlier implementation got wrong, as a person sees it at the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leadline.domains.dialects.model import Target
from leadline.handbook.loader import load
from leadline.units import parse_duration
from made_commands import AT, HANDBOOK, a_shop, three_days, typed
from made_dialects import exported

FROM = ("--from", "2026-03-04T11:30:00Z", "--for", "1h")
WHY = ("--reason", "moved", "--approver", "Ada")
METRIC = re.compile(r"leadline_maintenance_active\{(.*)\} ([01])")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    shop = a_shop(tmp_path)
    typed("slices", "import", three_days(shop / "s.csv", 1), shop=shop)
    return shop


def samples(shop: Path, at: str) -> list[tuple[str, str]]:
    printed = typed("correct", "list", "--metrics", "--at", at, shop=shop).out
    return [(found[1], found[2]) for line in printed.splitlines() if (found := METRIC.fullmatch(line))]


def test_eb_18_an_adjustment_has_a_type_an_approver_and_a_reason(shop: Path) -> None:
    hour = ("--from", "2026-03-03T12:00:00Z", "--for", "1h", "--applies-to", "slo")
    # 60 slices with one bad of 1,000 each: left out, counted as good, counted as wholly bad.
    for mode, bad, total in (("exclude", 2_820, 2_820_000), ("good", 2_820, 2_880_000), ("bad", 62_820, 2_880_000)):
        added = typed("correct", "add", "checkout", *hour, "--mode", mode, *WHY, "--json", shop=shop).json
        assert (added["mode"], added["reason"], added["approver"]) == (mode, "moved", "Ada")
        [slo] = typed("status", "--at", AT, "--json", shop=shop).json["slos"]
        assert (slo["bad"], slo["total"], slo["raw"]["bad"]) == (bad, total, 2_880)
        typed("correct", "remove", added["name"], "--reason", "next", shop=shop)
    for lacking in (WHY[:2], WHY[2:], (*WHY, "--mode", "refund")):
        assert typed("correct", "add", "checkout", *hour, *lacking, shop=shop).code == 2


def test_eb_22_a_change_of_level_leaves_no_stale_series(shop: Path) -> None:
    typed("correct", "add", "checkout", *FROM, *WHY, shop=shop)
    before, during = samples(shop, "2026-03-04T11:00:00Z"), samples(shop, AT)
    assert [value for _, value in before] == ["0"]
    assert [value for _, value in during] == ["1"]
    assert [labels for labels, _ in before] == [labels for labels, _ in during], "the state is a value, not a label"


def test_eb_23_labels_are_named_and_stand_in_one_order(shop: Path) -> None:
    for _ in range(3):
        typed("correct", "add", "checkout", *FROM, *WHY, shop=shop)
    assert [labels for labels, _ in samples(shop, AT)] == [
        f'slo="checkout",service="shop",correction="recorded:{number}"' for number in (1, 2, 3)
    ]
    assert len({typed("correct", "list", "--metrics", "--at", AT, shop=shop).out for _ in range(3)}) == 1


@pytest.mark.parametrize(
    "window",
    [
        "{duration: 28d, isRolling: true}",
        "{duration: 672h, isRolling: true}",
        "{duration: 1M, isRolling: false, calendar: {startTime: '2026-01-01 00:00:00', timeZone: Europe/Berlin}}",
    ],
)
def test_eb_24_a_period_that_was_exported_is_read_back(window: str, tmp_path: Path) -> None:
    a_shop(tmp_path, HANDBOOK.replace("{duration: 2d, isRolling: true}", window))
    first = load(tmp_path / "handbook").handbook
    assert first is not None
    a_shop(tmp_path / "again", exported(first, Target.OPENSLO).text)
    again = load(tmp_path / "again" / "handbook").handbook
    assert again is not None
    assert again.slos["checkout"].terms.window == first.slos["checkout"].terms.window
    shown = str(first.slos["checkout"].terms.window)
    assert shown == "1M" or parse_duration(shown).days == 28, "and what is shown is a period that can be typed"


def test_eb_26_an_slo_can_be_taken_out_and_put_back(shop: Path) -> None:
    before = typed("status", "--at", AT, "--json", shop=shop).out
    a_shop(shop, HANDBOOK.rpartition("---")[0])
    gone = typed("status", "--json", shop=shop)
    assert (gone.code, gone.json["slos"]) == (0, []), "what is taken out is promised no more"
    a_shop(shop, HANDBOOK)
    assert typed("status", "--at", AT, "--json", shop=shop).out == before, "its slices are still there"


@pytest.mark.parametrize(
    ("tier", "windows"),
    [
        ("0", ["5m", "15m", "1h", "6h"]),
        ("1", ["5m", "15m", "1h", "2h", "12h"]),
        ("2", ["5m", "15m", "1h", "4h", "1d"]),
        (None, ["5m", "30m", "1h", "2h", "6h", "1d"]),
    ],
)
def test_eb_28_the_tier_of_a_service_selects_its_burn_windows(
    tier: str | None, windows: list[str], tmp_path: Path
) -> None:
    service = "metadata: {name: shop}"
    confirmed = f"leadline/tier: '{tier}', leadline/strategy: virtengine"
    tiered = f"metadata: {{name: shop, annotations: {{{confirmed}}}}}" if tier else service
    shop = a_shop(tmp_path, HANDBOOK.replace(service, tiered))
    typed("slices", "import", three_days(shop / "s.csv", 1), shop=shop)
    [slo] = typed("status", "--at", AT, "--json", shop=shop).json["slos"]
    assert slo["burn_windows"] == windows
    shown = typed("slo", "show", "checkout", "--at", AT, shop=shop).out
    [line] = [line for line in shown.splitlines() if line.startswith("burn rate")]
    assert line.split()[2::2] == windows
    assert line.split()[3::2] == ["1.00x"] * len(windows), "one bad of 1,000 burns at 1"


def test_what_ages_out_and_when_the_budget_is_back_is_shown(shop: Path) -> None:
    # 2,880 bad of 2,880 allowed; each hour 60 leave, and 5 % of 2,880 are 144: back when a third hour has left.
    shown = typed("slo", "show", "checkout", "--at", AT, "--json", shop=shop).json["outlook"]["checkout"]
    assert shown["ages_out_next_day"] == 1_440
    assert [(day["start"][:10], day["bad"]) for day in shown["ageing"]] == [
        ("2026-03-04", 1_440),
        ("2026-03-05", 1_440),
    ]
    assert (shown["recovers_at"], shown["reason"]) == ("2026-03-04T15:00:00Z", "")
    text = typed("slo", "show", "checkout", "--at", AT, shop=shop).out
    assert "recovers at 2026-03-04 15:00 UTC" in text
    assert "1,440 bad in 24h" in text
