"""What a program pushes is what the ledger holds."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from instants import NOON, NOON_SECONDS
from leadline.client import PushClient
from made_commands import AT, PROGRAM, a_shop, three_days, typed


def test_events_of_a_minute_are_added_up_and_groups_kept_apart() -> None:
    out = io.StringIO()
    with PushClient(out) as client:
        client.add("requests", bad=0, total=3, at=NOON + timedelta(seconds=61), region="eu")
        client.add("requests", bad=1, total=1, at=NOON)
        client.add("requests", bad=0, total=2, at=NOON + timedelta(seconds=59))
        client.add("requests", bad=0, total=4, at=NOON, region="us")
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [
        {"sli": "requests", "start": NOON_SECONDS, "bad": 1, "total": 3},
        {"sli": "requests", "start": NOON_SECONDS, "bad": 0, "total": 4, "region": "us"},
        {"sli": "requests", "start": NOON_SECONDS + 60, "bad": 0, "total": 3, "region": "eu"},
    ]


def test_a_batch_that_fails_is_not_written() -> None:
    out = io.StringIO()
    client = PushClient(out)
    client.add("requests", bad=0, total=1, at=NOON)
    client.__exit__(KeyError, KeyError("lost"), None)
    assert not out.getvalue()


def test_a_new_batch_begins_where_one_was_closed() -> None:
    out = io.StringIO()
    client = PushClient(out)
    client.add("requests", bad=0, total=1, at=NOON)
    client.close()
    client.close()
    assert len(out.getvalue().splitlines()) == 1


@pytest.mark.parametrize(("bad", "total"), [(2, 1), (-1, 1), (float("nan"), 1), (0, float("inf"))])
def test_counts_that_cannot_be_are_refused_at_once(bad: float, total: float) -> None:
    with pytest.raises(ValueError, match="requests: 0 <= bad <= total is wanted"):
        PushClient(io.StringIO()).add("requests", bad=bad, total=total)


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 3, 4)  # noqa: DTZ001 - what is refused
    with pytest.raises(ValueError, match="with a zone"):
        PushClient(io.StringIO()).add("requests", bad=0, total=1, at=naive)


def test_the_client_loads_nothing_of_the_rest() -> None:
    code = "import sys, leadline.client; print(sorted(n for n in sys.modules if n.startswith('leadline.')))"
    code += "; print({n.split('.')[0] for n in sys.modules} & {'numpy', 'sqlalchemy', 'pydantic', 'duckdb', 'typer'})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["['leadline.client']", "set()"]


def piped(text: str, shop: Path) -> subprocess.CompletedProcess[str]:
    command = [PROGRAM, "slices", "import", "-", "--writer", "nightly"]
    return subprocess.run(command, input=text, cwd=shop, capture_output=True, text=True, check=False, timeout=60)


def test_what_a_program_pipes_in_counts_once_however_often(tmp_path: Path) -> None:
    shop, out = a_shop(tmp_path), io.StringIO()
    with PushClient(out) as client:
        for second in range(600):
            client.add("requests", bad=int(second == 77), total=10, at=NOON - timedelta(seconds=600 - second))
    for _ in range(2):
        done = piped(out.getvalue(), shop)
        assert (done.returncode, done.stdout) == (0, "10 slices of 1 series imported from -\n")
    [slo] = typed("status", "--at", AT, "--json", shop=shop).json["slos"]
    assert (slo["bad"], slo["total"]) == (1, 6000)


def test_csv_may_be_piped_in_too(tmp_path: Path) -> None:
    done = piped(f"sli,start,bad,total\nrequests,{NOON_SECONDS},1,2\n", a_shop(tmp_path))
    assert (done.returncode, done.stdout) == (0, "1 slices of 1 series imported from -\n")


def test_every_line_that_is_wrong_is_told_with_its_number(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    lines = [json.dumps({"sli": "requests", "start": AT, "bad": 0, "total": 1}), "{", "[1]", '{"sli": "requests"}']
    lines += ['{"sli": 1, "start": 0, "bad": 0, "total": 0}', ""]
    lines += ['{"sli": "requests", "start": 0, "bad": 0, "total": 0, "region": 7}']
    done = piped("\n".join(lines), shop)
    assert done.returncode == 2
    assert [line.removeprefix("leadline: ").split(",")[0] for line in done.stderr.splitlines()] == [
        "-:2: not JSON",
        "-:3: not an object",
        "-:4: start",
        "-:5: sli is not a text",
        "-:7: label region is not a text",
    ]


def test_every_value_that_is_wrong_is_told_with_its_number(tmp_path: Path) -> None:
    values = [("yesterday", 0), (NOON_SECONDS, True), (NOON_SECONDS, 10**400), (NOON_SECONDS + 1, 0)]
    lines = [json.dumps({"sli": "requests", "start": start, "bad": bad, "total": 1}) for start, bad in values]
    done = piped("\n".join(lines), a_shop(tmp_path))
    assert done.returncode == 2
    assert [f"-:{number}" in done.stderr for number in (1, 2, 3, 4)] == [True] * 4


def test_lines_of_json_are_written_and_read_back(tmp_path: Path) -> None:
    shop, other = a_shop(tmp_path), a_shop(tmp_path / "other")
    typed("slices", "import", three_days(shop / "s.csv", 1), shop=shop)
    assert typed("slices", "export", shop / "all.ndjson", shop=shop).code == 0
    lines = (shop / "all.ndjson").read_text().splitlines()
    assert len(lines) == 3 * 1440
    assert json.loads(lines[0]) == {"sli": "requests", "start": NOON_SECONDS - 3 * 86_400, "bad": 1, "total": 1000}
    assert typed("slices", "import", shop / "all.ndjson", shop=other).code == 0
    one, same = (typed("status", "--at", AT, "--json", shop=each).json for each in (shop, other))
    assert one == same
