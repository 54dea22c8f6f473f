"""`leadline correct`: what it prints, and which code it ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from made_commands import AT, HANDBOOK, a_shop, three_days, typed

WHY = ("--reason", "moved to another rack", "--approver", "Ada")
HOUR = ("--from", "2026-03-03T12:00:00Z", "--for", "1h")
WRITTEN = """\
---
apiVersion: leadline/v1
kind: Correction
metadata: {name: move}
spec:
  services: [shop]
  start: 2026-03-03T02:00:00Z
  duration: 1h
  mode: good
  reason: Moved.
  approver: Ada
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    shop = a_shop(tmp_path)
    typed("slices", "import", three_days(shop / "s.csv", 1), shop=shop)
    return shop


def test_a_correction_is_added_shown_and_taken_back_to_the_same_bytes(shop: Path) -> None:
    before = typed("status", "--at", AT, "--json", shop=shop).out
    added = typed("correct", "add", "checkout", *HOUR, "--applies-to", "slo", *WHY, shop=shop)
    assert (added.code, added.out, added.err) == (
        0, "recorded:1: exclude checkout, 2026-03-03 12:00 to 13:00 UTC, for slo\n", "",
    )  # fmt: skip
    [slo] = typed("status", "--at", AT, "--json", shop=shop).json["slos"]
    assert (slo["bad"], slo["raw"]["bad"]) == (2_820, 2_880)
    removed = typed("correct", "remove", "recorded:1", "--reason", "a slip", shop=shop)
    assert (removed.code, removed.out) == (0, "recorded:1 is removed\n")
    assert typed("status", "--at", AT, "--json", shop=shop).out == before


def test_what_was_removed_is_listed_when_asked_with_who_and_why(shop: Path) -> None:
    typed("correct", "add", "checkout", *HOUR, *WHY, shop=shop)
    typed("correct", "remove", "recorded:1", "--reason", "a slip", "--who", "Bob", shop=shop)
    assert typed("correct", "list", "--at", AT, shop=shop).out.startswith("no correction")
    row = typed("correct", "list", "--removed", "--at", AT, shop=shop).out.splitlines()[2]
    assert row.split()[:2] == ["recorded:1", "removed"]
    assert row.endswith("UTC by Bob: a slip")
    [gone] = typed("correct", "list", "--removed", "--json", shop=shop).json["corrections"]
    assert (gone["state"], gone["removed_by"], gone["removal_reason"]) == ("removed", "Bob", "a slip")
    assert typed("correct", "list", "--removed", "--metrics", shop=shop).code == 2


def test_the_list_has_the_handbooks_and_the_recorded(tmp_path: Path) -> None:
    shop = a_shop(tmp_path, HANDBOOK + WRITTEN)
    sundays = ("--from", "2026-03-01T02:00", "--to", "2026-03-01T04:00", "--rrule", "FREQ=WEEKLY;BYDAY=SU")
    added = typed("correct", "add", "--service", "shop", *sundays, "--zone", "Europe/Berlin", *WHY, shop=shop)
    assert added.code == 0
    listed = typed("correct", "list", "--at", AT, shop=shop).out.splitlines()
    assert listed[0] == "2 corrections  as of 2026-03-04 12:00 UTC"
    assert listed[2].split()[:2] == ["move", "past"]
    assert "2026-03-08 01:00 to 03:00 UTC, FREQ=WEEKLY;BYDAY=SU Europe/Berlin" in listed[3]
    found = typed("correct", "list", "--at", AT, "--json", shop=shop).json
    assert [each["state"] for each in found["corrections"]] == ["past", "upcoming"]
    assert typed("correct", "list", "--active", "--at", AT, shop=shop).out.startswith("no correction")
    assert typed("correct", "list", "--active", "--at", "2026-03-08T01:00:00Z", shop=shop).out.startswith("1 corr")


def test_maintenance_is_told_to_the_tools_that_alert(shop: Path) -> None:
    typed("correct", "add", "checkout", "--from", "2026-03-04T11:30:00Z", "--for", "1h", *WHY, shop=shop)
    printed = typed("correct", "list", "--alertmanager", "--at", AT, shop=shop).out
    assert json.loads(printed) == [{
        "matchers": [{"name": "slo", "value": "checkout", "isRegex": False, "isEqual": True}],
        "startsAt": "2026-03-04T11:30:00Z", "endsAt": "2026-03-04T12:30:00Z",
        "createdBy": "Ada", "comment": "recorded:1: moved to another rack",
    }]  # fmt: skip
    assert typed("correct", "list", "--metrics", "--at", AT, shop=shop).out.splitlines() == [
        "# HELP leadline_maintenance_active Whether maintenance of this objective holds (1) or is to come (0).",
        "# TYPE leadline_maintenance_active gauge",
        'leadline_maintenance_active{slo="checkout",service="shop",correction="recorded:1"} 1',
    ]
    before = typed("correct", "list", "--metrics", "--at", "2026-03-04T11:29:00Z", shop=shop).out
    assert before.splitlines()[-1].endswith('"recorded:1"} 0')


def test_what_is_announced_late_is_said_on_stderr(shop: Path) -> None:
    told = ("--announced-at", "2026-03-03T11:00:00Z", "--notice", "24h")
    added = typed("correct", "add", "checkout", *HOUR, *told, *WHY, shop=shop)
    assert added.code == 0
    assert added.err == (
        "leadline: recorded:1 is announced less than 1d ahead; agreements count 2026-03-03 12:00 UTC as measured\n"
    )
    assert "agreement (announced late)" in typed("correct", "list", "--at", AT, shop=shop).out


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        (("add", "checkout", *HOUR, "--approver", "Ada"), 2, "--reason: not what is wanted, read nothing"),
        (("add", "checkout", *HOUR, "--reason", "why"), 2, "--approver: not what is wanted, read nothing"),
        (("add", "checkout", *HOUR, *WHY, "--mode", "mad"), 2, "--mode: not what is wanted, read mad, input should be"),
        (("add", "checkout", *HOUR, *WHY, "--applies-to", "sla"), 2, "--applies-to: not what is wanted, read sla"),
        (("add", "checkout", "--for", "1h", *WHY), 2, "--from: not an instant, read nothing, write 2026-03-01T12:00"),
        (("add", *HOUR, *WHY), 2, "--service: neither an SLO nor a service"),
        (("add", "chekout", *HOUR, *WHY), 4, "no SLO is named chekout; did you mean checkout?"),
        (("add", "--service", "shp", *HOUR, *WHY), 4, "no service is named shp; did you mean shop?"),
        (("remove", "recorded:1", "--reason", "why"), 4, "no correction is named recorded:1; there is none yet"),
        (("remove", "recorded:1"), 2, "--reason: not what is wanted, read nothing"),
        (("list", "--metrics", "--json"), 2, "take one of --json, --alertmanager and --metrics"),
    ],
)
def test_what_cannot_be_done_ends_with_the_code_of_who_must_act(
    shop: Path, command: tuple[str, ...], code: int, message: str
) -> None:
    ran = typed("correct", *command, shop=shop)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err
    assert json.loads(typed("correct", "list", "--json", shop=shop).out)["corrections"] == []
