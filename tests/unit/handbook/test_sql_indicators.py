"""SLIs on SQL: one text answers bad and total, and no counter is asked of a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.handbook.loader import Loaded, load
from leadline.handbook.specs import Query, RatioMeasure

HANDBOOK = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: weblog}
spec: {type: SQL, connectionDetails: {files: "access.log*", format: nginx}}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: requests}
spec:
  ratioMetric:
    counter: COUNTER
    total: {metricSource: {metricSourceRef: weblog, spec: TOTAL}}
    KIND: {metricSource: {metricSourceRef: weblog, spec: PART}}
"""
TEXT = '{query: "SELECT time, bad, good, total FROM log"}'
OTHER = '{query: "SELECT time, bad FROM errors"}'


def loaded(folder: Path, counter: str = "false", total: str = TEXT, kind: str = "bad", part: str = "{}") -> Loaded:
    text = HANDBOOK.replace("COUNTER", counter).replace("TOTAL", total).replace("KIND", kind).replace("PART", part)
    (folder / "handbook.yaml").write_text(text)
    return load(folder)


@pytest.mark.parametrize("kind", ["bad", "good"])
def test_what_is_left_empty_is_a_column_of_what_total_answers(kind: str, tmp_path: Path) -> None:
    found = loaded(tmp_path, kind=kind)
    assert found.problems == ()
    assert found.handbook is not None
    query = Query("SELECT time, bad, good, total FROM log", "weblog")
    parts = {"bad": None, "good": None, kind: query}
    assert found.handbook.slis["requests"].measure == RatioMeasure(query, **parts, counter=False)


def test_bad_may_have_a_text_of_its_own(tmp_path: Path) -> None:
    handbook = loaded(tmp_path, part=OTHER).handbook
    assert handbook is not None
    measure = handbook.slis["requests"].measure
    assert isinstance(measure, RatioMeasure)
    assert measure.bad == Query("SELECT time, bad FROM errors", "weblog")


@pytest.mark.parametrize(
    ("changed", "key", "hint"),
    [
        ({"counter": "true"}, "counter", "counter: false"),
        ({"total": "{}"}, "total", "add query"),
        ({"part": "{qurey: x}"}, "bad", "write query in place of qurey"),
        ({"part": "{query: 5}"}, "bad", "in quotes"),
    ],
)
def test_a_mistake_stands_at_its_place(changed: dict[str, str], key: str, hint: str, tmp_path: Path) -> None:
    (problem, *_) = loaded(tmp_path, **changed).problems
    assert f".ratioMetric.{key}" in problem.key
    assert hint in problem.hint
