"""What is printed: the published JSON shapes, the result alone on stdout, and flags that equal the environment."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from leadline.interfaces.cli import figures
from made_commands import AT, HANDBOOK, a_shop, leadline, three_days, typed

NUMBER, COUNT = (int, float), (int, float)
BUDGET = {"allowed_bad": NUMBER, "consumed": NUMBER, "remaining": NUMBER}
COUNTED = {"good": COUNT, "bad": COUNT, "total": COUNT, "sli": NUMBER, "coverage": NUMBER, "budget": BUDGET}
SLO = COUNTED | {
    "slo": str,
    "name": str,
    "service": str,
    "tier": (int, type(None)),
    "objective": NUMBER,
    "window": {"kind": str, "duration": str, "start": datetime, "end": datetime, "hours": str | None},
    "level": str,
    "reason": str,
    "short_reason": str,
    "burn": dict,
    "burn_windows": list,
    "is_simulated": bool,
    "groups": list,
    "raw": (dict, type(None)),
    "bracket": (dict, type(None)),
    "composite": (dict, type(None)),
}
GROUP = COUNTED | {"labels": dict, "level": str, "reason": str, "bracket": (dict, type(None))}
RAW = COUNTED | {"level": str}
NULLABLE = {"sli", "coverage", "allowed_bad", "consumed", "remaining"}


def check(shape: dict[str, Any], value: dict[str, Any], where: str = "") -> None:
    """Exactly these keys, of these types; null only where a number may have no value."""
    assert set(value) == set(shape), where
    for key, kind in shape.items():
        found = value[key]
        if isinstance(kind, dict):
            check(kind, found, f"{where}.{key}")
        elif kind is datetime:
            assert datetime.fromisoformat(found).tzinfo is not None, f"{where}.{key}"
        elif found is None and key in NULLABLE:
            continue
        else:
            assert isinstance(found, kind), f"{where}.{key}: {found!r}"
            assert isinstance(found, bool) is (kind is bool), f"{where}.{key}"


CORRECTED = """\
---
apiVersion: leadline/v1
kind: Correction
metadata: {name: move}
spec:
  slos: [checkout]
  start: 2026-03-03T00:00:00Z
  end: 2026-03-03T01:00:00Z
  mode: exclude
  appliesTo: [slo]
  reason: Moved to another rack.
  approver: Ada
"""
GROUPED = HANDBOOK.replace("  name: requests\n", "  name: requests\n  annotations: {leadline/groupBy: region}\n")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return a_shop(tmp_path)


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_the_status_has_exactly_the_published_keys(shop: Path, known: bool) -> None:
    if known:
        typed("slices", "import", three_days(shop / "s.csv", 1), shop=shop)
    found = typed("status", "--at", AT, "--json", shop=shop).json
    assert set(found) == {"at", "slos", "warnings"}
    assert found["at"] == AT
    [slo] = found["slos"]
    check(SLO, slo)
    assert (slo["slo"], slo["name"], slo["objective"]) == ("checkout", "Checkout works", 0.999)
    window = {"kind": "rolling", "duration": "2d", "start": "2026-03-02T12:00:00Z", "end": AT, "hours": None}
    assert slo["window"] == window
    assert slo["reason"] or known
    assert all(rate is None or isinstance(rate, int | float) for rate in slo["burn"].values())
    assert {"5m", "1h", "6h", "1d", "3d"} <= set(slo["burn"])


def test_the_figures_of_the_status_are_those_worked_by_hand(shop: Path) -> None:
    typed("slices", "import", three_days(shop / "s.csv", 1), shop=shop)
    [slo] = typed("status", "--at", AT, "--json", shop=shop).json["slos"]
    assert (slo["bad"], slo["good"], slo["total"]) == (2_880, 2_877_120, 2_880_000), "two days of 1 bad in 1,000"
    assert slo["sli"] == pytest.approx(0.999, abs=1e-12)
    assert slo["budget"]["allowed_bad"] == pytest.approx(2_880, abs=1e-6)
    assert slo["budget"]["remaining"] == pytest.approx(0, abs=1e-9)
    assert slo["coverage"] == 1
    assert slo["burn"]["1h"] == pytest.approx(1, abs=1e-9)
    assert slo["level"] == "depleted"


def test_groups_are_told_with_their_labels(tmp_path: Path) -> None:
    shop = a_shop(tmp_path, GROUPED)
    file = three_days(shop / "s.csv")
    rows = [line + (",region" if number == 0 else ",eu") for number, line in enumerate(file.read_text().splitlines())]
    file.write_text("\n".join(rows) + "\n")
    assert typed("slices", "import", file, shop=shop).code == 0
    [slo] = typed("status", "--at", AT, "--json", shop=shop).json["slos"]
    [group] = slo["groups"]
    check(GROUP, group)
    assert (group["labels"], group["total"], group["level"]) == ({"region": "eu"}, 2_880_000, "healthy")


def test_what_was_corrected_is_told_raw_beside(tmp_path: Path) -> None:
    shop = a_shop(tmp_path, HANDBOOK + CORRECTED)
    typed("slices", "import", three_days(shop / "s.csv"), shop=shop)
    [slo] = typed("status", "--at", AT, "--json", shop=shop).json["slos"]
    check(SLO, slo)
    check(RAW, slo["raw"])
    assert (slo["total"], slo["raw"]["total"]) == (2_820_000, 2_880_000)


def test_validate_has_exactly_the_published_keys(shop: Path) -> None:
    found = typed("validate", "--json", shop=shop).json
    assert found == {"counts": {"DataSource": 1, "SLI": 1, "SLO": 1, "Service": 1}, "problems": [], "warnings": []}
    (shop / "handbook" / "shop.yaml").write_text(HANDBOOK.replace("0.999", "99.9"))
    found = typed("validate", "--json", shop=shop).json
    assert set(found) == {"counts", "problems", "warnings"}
    [problem] = found["problems"]
    assert set(problem) == {"file", "line", "column", "key", "what", "value", "hint"}
    assert problem["file"].endswith("shop.yaml")
    assert problem["line"] == HANDBOOK.splitlines().index("  objectives: [{target: 0.999}]") + 1
    assert problem["value"] == "99.9"


def test_an_sli_inside_an_slo_counts_as_an_sli(shop: Path) -> None:
    sli = "people, spec: {}"
    inline = HANDBOOK.replace("name: checkout", "name: inline").replace(
        "  indicatorRef: requests\n",
        "  indicator:\n    metadata: {name: inside}\n    spec:\n      ratioMetric:\n        counter: true\n"
        f"        bad: {{metricSource: {{metricSourceRef: {sli}}}}}\n"
        f"        total: {{metricSource: {{metricSourceRef: {sli}}}}}\n",
    )
    (shop / "handbook" / "inline.yaml").write_text(inline.split("---\n")[3])
    assert typed("validate", "--json", shop=shop).json["counts"]["SLI"] == 2


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (["collect", "--json"], {"at", "slis", "slices", "warnings"}),
        (["slices", "export", "OUT", "--json"], {"slices", "series", "warnings"}),
        (["record", "slice", "requests", "--bad", "0", "--total", "1", "--json"], {"slices", "series", "warnings"}),
        (
            ["slo", "show", "checkout", "--json"],
            {
                "at", "name", "display_name", "description", "service", "team", "sli", "source", "queries",
                "budgeting", "place", "objectives", "burn_down", "outlook", "corrections", "agreements",
                "collected_until", "inconsistent_slices",
            },
        ),
    ],
)  # fmt: skip
def test_every_json_answer_has_its_keys(shop: Path, arguments: list[str], keys: set[str]) -> None:
    ran = typed(*[str(shop / "o.csv") if word == "OUT" else word for word in arguments], shop=shop)
    assert set(ran.json) == keys


def test_slo_show_draws_the_budget_and_names_what_is_known(shop: Path) -> None:
    typed("slices", "import", three_days(shop / "s.csv", 1), shop=shop)
    ran = typed("slo", "show", "checkout", "--at", AT, shop=shop)
    assert ran.code == 0
    for text in ("Checkout works", "depleted", "99.9 %", ["2,880", "2,880,000"][0], "█", "shop.yaml:"):
        assert text in ran.out, text


def test_warnings_go_to_stderr_and_json_stays_json(shop: Path) -> None:
    file = three_days(shop / "s.csv")
    file.write_text(file.read_text() + file.read_text().splitlines()[-1] + "\n")
    ran = leadline("slices", "import", "s.csv", "--json", cwd=shop)
    assert ran.json["slices"] == 4320
    assert "the last one stands" in ran.err


def test_nothing_but_the_answer_is_on_stdout_when_a_command_fails(shop: Path) -> None:
    ran = leadline("slo", "show", "chekout", "--json", cwd=shop)
    assert (ran.code, ran.out) == (4, "")


@pytest.mark.parametrize("flag", [True, False], ids=["flags", "environment"])
def test_flags_equal_the_environment(tmp_path: Path, flag: bool) -> None:
    shop, other = a_shop(tmp_path / "a"), tmp_path / "b"
    other.mkdir()
    handbook, database = str(shop / "handbook"), f"sqlite:///{tmp_path}/apart.db"
    flags = ["--handbook", handbook, "--database", database] if flag else []
    environ = {} if flag else {"LEADLINE_HANDBOOK": handbook, "LEADLINE_DATABASE_URL": database}
    three_days(other / "s.csv")
    assert leadline("slices", "import", "s.csv", *flags, cwd=other, environ=environ).code == 0
    found = leadline("status", "--at", AT, "--json", *flags, cwd=other, environ=environ).json
    assert found["slos"][0]["total"] == 2_880_000
    assert (tmp_path / "apart.db").exists()
    assert not (shop / "handbook" / ".leadline" / "leadline.db").exists()


def test_a_flag_wins_over_the_environment(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    ran = leadline("validate", "--handbook", shop / "handbook", cwd=shop, environ={"LEADLINE_HANDBOOK": "/absent"})
    assert ran.code == 0


def test_a_setting_that_is_not_known_is_refused(shop: Path) -> None:
    ran = leadline("status", cwd=shop, environ={"LEADLINE_DATABSE_URL": "x"})
    assert ran.code == 2
    assert "LEADLINE_DATABSE_URL" in ran.err


@pytest.mark.parametrize("instant", [AT, "2026-03-04T13:00:30+01:00", "1772625600", "2026-03-04 12:00"])
def test_an_instant_is_taken_after_the_subcommand_and_floored_to_the_step(shop: Path, instant: str) -> None:
    assert typed("status", "--json", "--at", instant, shop=shop).json["at"] == AT


def test_help_names_every_command(shop: Path) -> None:
    text = typed("--help", shop=shop).out
    for command in ("init", "validate", "schema", "collect", "status", "slo", "slices", "record"):
        assert re.search(rf"^\W*{command}\b", text, re.MULTILINE), command


def test_the_version_is_told(shop: Path) -> None:
    assert re.fullmatch(r"leadline \d+\.\d+\.\d+\n", typed("--version", shop=shop).out)


def test_a_file_exported_by_one_handbook_is_imported_by_another(tmp_path: Path) -> None:
    first, second = a_shop(tmp_path / "a"), a_shop(tmp_path / "b")
    typed("slices", "import", three_days(first / "s.csv", 1), shop=first)
    for name in ("out.csv", "out.parquet"):
        assert typed("slices", "export", first / name, shop=first).code == 0
        assert typed("slices", "import", first / name, shop=second).code == 0
    answers = [typed("status", "--at", AT, "--json", shop=shop).out for shop in (first, second)]
    assert answers[0] == answers[1]


def test_a_line_that_a_program_reads_is_never_folded(tmp_path: Path) -> None:
    services = "-".join(["service"] * 30)
    shop = a_shop(tmp_path, HANDBOOK.replace("shop}", services + "}").replace("service: shop", f"service: {services}"))
    lines = typed("status", "--at", AT, shop=shop).out.splitlines()
    assert services in [line.strip() for line in lines], "it is longer than a terminal is wide"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.999, "99.9 %"), (0.99999, "99.999 %"), (0.9999999, "99.99999 %"), (0.9999999999, "99.99999999 %"),
        (1.0, "100 %"), (1 - 1 / 1440, "99.9306 %"),
    ],
)  # fmt: skip
def test_an_objective_below_one_is_never_shown_as_zero_tolerance(value: float, text: str) -> None:
    assert figures.target(value) == text
