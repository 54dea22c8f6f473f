"""Maintenance reaches a real Alertmanager as silences, and what it concerns is silent, and nothing else."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from made_commands import a_shop, typed
from servers import program

WHY = ("--reason", 'moved to another "rack"', "--approver", "Ada")


def asked(url: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/api/v2/{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read() or "null")


def instant(**later: float) -> str:
    return f"{datetime.now(UTC) + timedelta(**later):%Y-%m-%dT%H:%M:00Z}"


def test_a_real_alertmanager_takes_the_silences_and_silences_what_they_concern(
    tmp_path: Path, alertmanager_server: str
) -> None:
    shop = a_shop(tmp_path)
    typed("correct", "add", "checkout", "--from", instant(minutes=-30), "--for", "2h", *WHY, shop=shop)
    typed("correct", "add", "--service", "shop", "--from", instant(days=2), "--for", "1h", *WHY, shop=shop)
    silences = shop / "silences.json"
    silences.write_text(typed("correct", "list", "--alertmanager", shop=shop).out)
    subprocess.run(
        [program("amtool"), f"--alertmanager.url={alertmanager_server}", "silence", "import", str(silences)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    found = asked(alertmanager_server, "silences")
    assert sorted((each["matchers"][0]["name"], each["status"]["state"]) for each in found) == [
        ("service", "pending"), ("slo", "active"),
    ]  # fmt: skip
    assert {each["createdBy"] for each in found} == {"Ada"}
    assert any(each["comment"] == 'recorded:1: moved to another "rack"' for each in found)
    alerts = [
        {"labels": {"alertname": "BudgetBurns", "service": "shop", "slo": name}} for name in ("checkout", "search")
    ]
    asked(alertmanager_server, "alerts", alerts)
    told = {each["labels"]["slo"]: each["status"]["state"] for each in asked(alertmanager_server, "alerts")}
    assert told["checkout"] == "suppressed"
    assert told["search"] != "suppressed"
