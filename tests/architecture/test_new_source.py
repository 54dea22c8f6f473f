"""A source is added with one class and one registration, and nothing else of Leadline changes."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from leadline.registry import SOURCES
from made_commands import AT, HANDBOOK, a_shop, typed

SHEET = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: people}
spec:
  type: spreadsheet
  connectionDetails: {sheet: "Q1"}
"""


WHERE = "spreadsheet_source:SpreadsheetSource"
"""The one class, in tests/spreadsheet_source.py as it would stand in a package of its own."""


def by_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCES, "spreadsheet", WHERE)


def by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("spreadsheet", WHERE, "leadline.sources")
    monkeypatch.setattr("leadline.registry.entry_points", lambda *, group: [point] if group == point.group else [])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    rest = HANDBOOK.split("---\n", 1)[1].replace("spec: {}}", "spec: {query: column}}")
    return a_shop(tmp_path, SHEET + "---\n" + rest)


@pytest.mark.parametrize("register", [by_registry, by_entry_point])
def test_one_class_and_one_registration_add_a_source(
    shop: Path, monkeypatch: pytest.MonkeyPatch, register: Callable[[pytest.MonkeyPatch], None]
) -> None:
    assert typed("validate", shop=shop).code == 2, "nobody answers for a spreadsheet yet"
    register(monkeypatch)
    assert typed("validate", shop=shop).code == 0
    collected = typed("collect", "--at", AT, "--json", shop=shop)
    assert collected.code == 0, collected.err
    [slo] = typed("status", "--at", AT, "--json", shop=shop).json["slos"]
    assert (slo["bad"], slo["total"]) == (2_880, 2_880_000)
    assert (slo["coverage"], slo["level"]) == (1, "depleted")
