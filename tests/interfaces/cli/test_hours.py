"""Business hours as the command line shows them, over a real store."""

from __future__ import annotations

from pathlib import Path

from made_commands import AT, HANDBOOK, a_shop, three_days, typed

HOURS = "Mon-Fri 09:30-17:15 Europe/Berlin"
OPEN = HANDBOOK.replace("  name: checkout\n", f'  name: checkout\n  annotations: {{leadline/hours: "{HOURS}"}}\n')


def test_status_and_show_tell_that_business_hours_alone_count(tmp_path: Path) -> None:
    shop = a_shop(tmp_path, OPEN)
    assert typed("slices", "import", three_days(tmp_path / "slices.csv"), shop=shop).code == 0
    shown = typed("status", "--at", AT, shop=shop)
    assert f"business hours alone ({HOURS}): checkout" in shown.out
    assert f"counts business hours alone: {HOURS}" in typed("slo", "show", "checkout", "--at", AT, shop=shop).out
    [slo] = typed("status", "--at", AT, "--json", shop=shop).json["slos"]
    assert slo["window"]["hours"] == HOURS
    # From Monday 12:00 UTC, which is 13:00 in Berlin: 255 minutes, 465 on Tuesday, 210 on Wednesday until 13:00.
    assert (slo["total"], slo["coverage"]) == (930_000, 1.0)
