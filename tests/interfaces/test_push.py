"""Pushing slices to a server: what is taken, under whose name, and what a refusal says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadline.adapters.store import open_store
from made_commands import typed
from served import Served, served
from terminal import write

SHOP = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: apps}
spec: {type: push}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: shop-answers}
spec:
  service: shop
  indicator:
    metadata: {name: answers}
    spec:
      ratioMetric:
        bad: {metricSource: {metricSourceRef: apps, spec: {}}}
        total: {metricSource: {metricSourceRef: apps, spec: {}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
"""
LINES = {"Content-Type": "application/x-ndjson"}
START = int(time.time()) // 60 * 60 - 3600


def line(minute: int, bad: object = 1, sli: str = "answers") -> str:
    return json.dumps({"sli": sli, "start": START + 60 * minute, "bad": bad, "total": 10})


def held(shop: Path) -> dict[int, int]:
    """Bad events by minute, as a process of its own reads them."""
    with open_store(f"sqlite:///{shop}/handbook/.leadline/leadline.db") as store:
        found = store.ledger.read(["answers"], START, START + 3600)
    return {minute: int(dense.bad[minute]) for dense in found.values() for minute in range(60) if dense.seen[minute]}


def writers(shop: Path) -> tuple[str, ...]:
    with open_store(f"sqlite:///{shop}/handbook/.leadline/leadline.db") as store:
        return store.ledger.writers(["answers"]).get("answers", ())


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write(tmp_path, SHOP)
    return tmp_path


@pytest.fixture
def server(shop: Path) -> Iterator[Served]:
    with served(shop) as running:
        yield running


def test_what_was_acknowledged_is_there_for_another_process(server: Served, shop: Path) -> None:
    answer = server.ask("POST", "/api/v1/slices", content=f"{line(0)}\n{line(1, 2)}\n", headers=LINES)
    assert (answer.status_code, answer.json()) == (200, {"slices": 2, "series": 1, "warnings": []})
    assert held(shop) == {0: 1, 1: 2}
    server.ask("POST", "/api/v1/slices", content=line(1, 5), headers=LINES)
    assert held(shop) == {0: 1, 1: 5}, "the last word counts"
    assert writers(shop) == ("push",)


def test_one_slice_or_an_array_of_them_may_come_as_json(server: Served, shop: Path) -> None:
    assert server.ask("POST", "/api/v1/slices", json=json.loads(line(0))).json()["slices"] == 1
    assert server.ask("POST", "/api/v1/slices", json=[json.loads(line(1)), json.loads(line(2))]).json()["slices"] == 2
    assert held(shop) == {0: 1, 1: 1, 2: 1}


def test_a_mistake_in_one_line_refuses_all_of_them_with_its_place_and_the_way_out(server: Served, shop: Path) -> None:
    content = "\n".join([line(0), line(1, 11), line(2, sli="answer"), "none"])
    answer = server.ask("POST", "/api/v1/slices", content=content, headers=LINES)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(each["file"], each["line"]) for each in answer.json()["problems"]] == [("body", 4)]
    answer = server.ask("POST", "/api/v1/slices", content=content.removesuffix("none"), headers=LINES)
    told = [(each["line"], each["value"], each["hint"]) for each in answer.json()["problems"]]
    assert told == [
        (2, "11", "bad events are a part of total; check the columns' order"),
        (3, "answer", "did you mean answers?"),
    ]
    assert held(shop) == {}


def test_more_than_is_taken_at_once_is_refused_before_it_is_read(server: Served, shop: Path) -> None:
    answer = server.ask("POST", "/api/v1/slices", content=b" " * ((16 << 20) + 1), headers=LINES)
    assert answer.status_code == 413
    assert "send fewer slices at once, 16 MiB at most" in answer.json()["detail"]
    assert held(shop) == {}


def test_a_push_has_the_name_that_it_gives_itself_else_its_tokens(shop: Path) -> None:
    token = typed("token", "create", "--role", "responder", "--name", "till 7", shop=shop).out.strip()
    with served(shop) as server:
        for query, header in (("", {}), ("?writer=by-query", {}), ("", {"Leadline-Writer": "by-header"})):
            headers = {**LINES, **header}
            answer = server.ask("POST", f"/api/v1/slices{query}", token=token, content=line(0), headers=headers)
            assert answer.status_code == 200, answer.text
    assert writers(shop) == ("by-header", "by-query", "till 7")
