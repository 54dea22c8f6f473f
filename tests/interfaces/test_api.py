"""The API of a running server: lists by page, ETags, errors, and the stream of turns."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from leadline.domains import operations
from leadline.domains.budgets.model import ShowStatus, Status
from leadline.interfaces.client.connection import Connection
from leadline.ports.operation import attribute
from made_commands import a_shop
from made_pushed import pushed_objectives
from served import Served, served
from terminal import write

MANY = 250


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("fleet")
    write(folder, pushed_objectives(MANY))
    with served(folder) as server:
        yield server


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(a_shop(tmp_path_factory.mktemp("shop"))) as server:
        yield server


def walked(server: Served, **query: Any) -> list[list[str]]:
    """Names of the objectives, page after page."""
    pages, cursor = [], {}
    while True:
        answer = server.ask("GET", "/api/v1/slos", params=query | cursor).json()
        pages.append([slo["slo"] for slo in answer["slos"]])
        if answer["next"] is None:
            return pages
        cursor = {"cursor": answer["next"]}


def test_a_list_comes_in_pages_of_a_hundred_that_hold_everything_once(fleet: Served) -> None:
    pages = walked(fleet)
    assert [len(page) for page in pages] == [100, 100, 50]
    assert [name for page in pages for name in page] == [f"answers-{number}" for number in range(MANY)]
    assert [len(page) for page in walked(fleet, limit=60)] == [60, 60, 60, 60, 10]
    assert [len(page) for page in walked(fleet, limit=50)] == [50] * 5, "no empty page at the end"


def test_who_asks_by_the_client_gets_the_whole_list(fleet: Served) -> None:
    with Connection(fleet.url) as connection:
        status: Status = connection.run("status.show", ShowStatus())
    assert len(status.slos) == MANY


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=all", "limit"),
        ("cursor=WzFd", "cursor"),
        ("page=2", "page"),
    ],
)
def test_a_page_that_cannot_be_is_refused_with_the_key(fleet: Served, query: str, key: str) -> None:
    answer = fleet.ask("GET", f"/api/v1/slos?{query}")
    assert answer.status_code == 422
    assert [each["key"] for each in answer.json()["problems"]] == [key]


def test_who_knows_the_etag_is_told_that_nothing_changed(fleet: Served) -> None:
    first = fleet.ask("GET", "/api/v1/slos?limit=5")
    other = fleet.ask("GET", "/api/v1/slos?limit=6")
    tag = first.headers["etag"]
    again = fleet.ask("GET", "/api/v1/slos?limit=5", headers={"If-None-Match": f'"x", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert other.headers["etag"] != tag


def test_what_is_not_there_is_a_problem_document_that_names_what_is(shop: Served) -> None:
    for method, path, status in (("GET", "/api/v1/slo", 404), ("PUT", "/api/v1/slos", 405), ("GET", "/api/none", 404)):
        answer = shop.ask(method, path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["status"] == status
        assert "/api/v1/openapi.json" in answer.json()["detail"]


def test_a_defect_tells_an_id_that_stands_in_the_log_and_nothing_else(
    shop: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> object:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr("leadline.interfaces.api.service.perform", broken)
    answer = shop.ask("GET", "/api/v1/slos", params={"at": "2026-03-04T12:00:00Z"})
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
    logged = capsys.readouterr().out
    assert answer.json()["id"] in logged
    assert "a secret of the inside" in logged


def test_a_body_that_is_no_object_is_refused(shop: Served) -> None:
    for content, status in ((b"{", 400), (b"[1]", 400), (b" " * ((1 << 20) + 1), 413)):
        answer = shop.ask("POST", "/api/v1/corrections", content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_text_that_cannot_be_written_is_told_all_the_same(shop: Served) -> None:
    answer = shop.ask("POST", "/api/v1/corrections", content=b'{"reason": "\\ud800", "mode": "\\ud800"}')
    assert answer.status_code == 422


def told(lines: Iterator[str]) -> dict[str, str]:
    """The next event of a stream."""
    event: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name and name != "retry":
            event[name] = value
        elif not line and event:
            return event
    raise AssertionError("the stream ended")


CORRECTION = {
    "services": ["shop"],
    "start": "2026-03-04T10:00:00Z",
    "duration": "1h",
    "mode": "exclude",
    "reason": "Planned work",
    "approver": "ada",
}


def test_the_stream_tells_the_turn_and_every_write_after_it(shop: Served) -> None:
    with httpx.stream("GET", f"{shop.url}/api/v1/events", timeout=20) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        first = told(lines)
        assert first["event"] == "turn"
        assert json.loads(first["data"])["turn"] == 1
        assert shop.ask("POST", "/api/v1/corrections", json=CORRECTION).status_code == 200
        second = told(lines)
        assert second["id"] != first["id"]


def test_who_comes_back_hears_only_what_was_missed(shop: Served) -> None:
    with httpx.stream("GET", f"{shop.url}/api/v1/events", timeout=20) as stream:
        known = told(stream.iter_lines())["id"]
    with httpx.stream("GET", f"{shop.url}/api/v1/events", headers={"Last-Event-ID": known}, timeout=20) as stream:
        lines = stream.iter_lines()
        assert shop.ask("POST", "/api/v1/corrections", json=CORRECTION).status_code == 200
        assert told(lines)["id"] != known


def test_two_hundred_who_follow_take_no_answer_from_others_and_a_stop_ends_them(tmp_path: Path) -> None:
    followers = []
    with served(a_shop(tmp_path)) as server:
        for _ in range(200):
            follower = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            follower.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            followers.append(follower)
        for follower in followers:
            assert follower.recv(4096).startswith(b"HTTP/1.1 200")
        assert server.ask("GET", "/api/v1/slos").status_code == 200
    for follower in followers:
        while follower.recv(4096):
            pass
        follower.close()


INSTANTS = ("0001-01-01T00:00:00Z", "1970-01-01T00:00:00+14:00", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00")
ASKED_AT = [
    operation.route.partition(" ")[2]
    for operation in operations().values()
    if operation.route.startswith("GET") and "at" in attribute(operation.request).model_fields
]


@pytest.mark.parametrize("path", ASKED_AT)
def test_an_instant_around_which_nothing_can_be_worked_out_is_refused_with_its_place(shop: Served, path: str) -> None:
    for at in INSTANTS:
        answer = shop.ask("GET", f"/api/v1{path.replace('{name}', 'checkout-availability')}", params={"at": at})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        [problem] = answer.json()["problems"]
        assert (problem["key"], problem["value"]) == ("at", at)
        assert "between 1970 and 2200" in problem["what"]
    edges = [{"at": "1970-01-01T00:00:00Z"}, {"at": "2199-12-31T23:59:59Z"}]
    found = [shop.ask("GET", f"/api/v1{path.replace('{name}', 'nobody')}", params=edge) for edge in edges]
    assert all(answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR for answer in found)
