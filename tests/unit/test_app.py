"""Where inside and outside meet: what is opened, and what is remembered from one process to the next."""

from __future__ import annotations

import json
import sqlite3
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from instants import NOON
from leadline.app import load_handbook, opened
from leadline.domains import operations
from leadline.errors import SpecError
from leadline.registry import SOURCES, source_types
from leadline.settings import Settings
from made_commands import AT, HANDBOOK, a_shop, leadline, three_days, typed
from made_handbooks import Steps


def settings(shop: Path) -> Settings:
    return Settings.of({"LEADLINE_HANDBOOK": str(shop / "handbook")})


def database(shop: Path) -> Path:
    return shop / "handbook" / ".leadline" / "leadline.db"


def rows(shop: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(database(shop))
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_context_has_the_handbook_the_clock_and_a_store_that_is_empty_at_first(tmp_path: Path) -> None:
    with opened(settings(a_shop(tmp_path)), Steps(), now=lambda: NOON, environ={}) as context:
        assert list(context.handbook.slos) == ["checkout"]
        assert context.now() == NOON
        assert context.ledger.series() == ()


def test_a_question_makes_no_database(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    assert typed("status", shop=shop).code == 0
    assert not database(shop).exists()


def test_a_handbook_with_problems_opens_nothing(tmp_path: Path) -> None:
    shop = a_shop(tmp_path, HANDBOOK.replace("0.999", "99.9"))
    with pytest.raises(SpecError, match=r"99\.9"), opened(settings(shop), Steps()):
        pass
    assert not database(shop).exists()


def test_a_push_source_can_be_opened_by_its_type(tmp_path: Path) -> None:
    with opened(settings(a_shop(tmp_path)), Steps(), environ={}) as context:
        source = context.source(context.handbook.sources["people"])
        source.check()
        source.close()


def test_operations_are_those_of_every_domain() -> None:
    assert {name.split(".")[0] for name in operations()} == {
        "alerts",
        "backtest",
        "slices",
        "status",
        "slo",
        "specs",
        "corrections",
        "dashboards",
        "notifications",
        "record",
        "tokens",
        "audit",
        "needs",
        "overview",
        "service",
        "team",
        "names",
        "changes",
        "handbook",
        "decisions",
        "duties",
        "gate",
        "incidents",
        "permits",
        "policies",
        "rollbacks",
        "rules",
    }


def test_packages_from_outside_add_their_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("graphite", "graphite_source:GraphiteSource", "leadline.sources")
    monkeypatch.setattr(
        "leadline.registry.entry_points", lambda *, group: [point] if group == "leadline.sources" else []
    )
    assert source_types()["graphite"] == "graphite_source:GraphiteSource"
    assert {"prometheus", "push"} <= set(source_types())


def test_a_source_that_does_not_load_is_an_error_of_the_one_who_installed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SOURCES, "push", "absent_package:Source")
    with opened(settings(a_shop(tmp_path)), Steps()) as context, pytest.raises(SpecError, match="absent_package"):
        context.source(context.handbook.sources["people"])


def test_a_handbook_whose_source_nobody_answers_for_is_told_with_its_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(SOURCES, "push")
    loaded = load_handbook(settings(a_shop(tmp_path)))
    assert loaded.handbook is None
    [problem] = loaded.problems
    assert (problem.key, problem.value, problem.line) == ("spec.type", "push", 1)
    assert loaded.counts["SLO"] == 1


def test_eb_14_a_budget_survives_the_end_of_the_process(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    three_days(shop / "s.csv", 1)
    assert leadline("slices", "import", "s.csv", cwd=shop).code == 0
    answers = [leadline("status", "--at", AT, "--json", cwd=shop).json for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["slos"][0]["bad"] == 2_880
    assert answers[0]["slos"][0]["level"] == "depleted"


def test_eb_15_history_is_appended_and_both_targets_are_kept(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    typed("slices", "import", three_days(shop / "s.csv", 1), shop=shop)
    first = rows(shop, "SELECT * FROM ledger_change ORDER BY seq")
    typed("record", "slice", "requests", "--bad", "0", "--total", "1000", "--start", "2026-03-04T11:59:00Z", shop=shop)
    second = rows(shop, "SELECT * FROM ledger_change ORDER BY seq")
    assert second[: len(first)] == first
    assert len(second) > len(first)
    (shop / "handbook" / "shop.yaml").write_text(HANDBOOK.replace("0.999", "0.99"))
    typed("slices", "import", three_days(shop / "s.csv", 1), shop=shop)
    kept = rows(shop, "SELECT canonical FROM spec_revision WHERE kind = 'SLO' AND name = 'checkout'")
    targets = {json.loads(str(text))["spec"]["objectives"][0]["target"] for (text,) in kept}
    assert {str(target) for target in targets} == {"0.999", "0.99"}
    assert len(kept) == 2


def test_eb_16_what_fails_is_judged_as_what_succeeds_is(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    typed("slices", "import", three_days(shop / "s.csv", 0), shop=shop)
    typed(
        "record", "slice", "requests", "--bad", "9000", "--total", "9000", "--start", AT[:11] + "11:59:00Z", shop=shop
    )
    [judged] = typed("status", "--at", AT, "--json", shop=shop).json["slos"]
    shown = typed("slo", "show", "checkout", "--at", AT, "--json", shop=shop).json
    assert shown["objectives"] == [judged], "one reckoning serves every command"
    assert judged["level"] == "depleted"
    assert judged["burn"]["5m"] == pytest.approx(9000 / 14_000 / 0.001, rel=1e-9)
    assert shown["burn_down"]["checkout"][-1]["remaining"] == pytest.approx(judged["budget"]["remaining"], abs=1e-9)
