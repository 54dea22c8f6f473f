"""Whichever way an operation is asked, it answers the same, fails alike, and needs the same permission."""

from __future__ import annotations

import inspect
import re
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from interfaces.parity import (
    CASES,
    DOVE,
    ELSEWHERE,
    HERE,
    TOKENS,
    Case,
    Told,
    by_handler,
    by_remote_command,
    seeded,
    sent,
)
from leadline.domains import operations
from leadline.interfaces.client.client import Client
from leadline.ports.operation import Permission, Where, attribute
from leadline.registry import NOTIFIERS
from made_rollbacks import KEY
from served import Served, served

WORKS = {case.operation: case for case in CASES if case.code == 0}.values()
"""One case of each operation that succeeds."""
READS = [case for case in CASES if case.code == 0 and case.declared.is_read_only]
WAYS = (*HERE, *ELSEWHERE)
SERVER = [operation for operation in operations().values() if operation.where is Where.SERVER]


@pytest.fixture(scope="module", autouse=True)
def _doves() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        for kind, where in DOVE.items():
            patched.setitem(NOTIFIERS, kind, where)
        yield


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seeded(tmp_path_factory.mktemp("seed"))


@pytest.fixture(scope="module")
def standing(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Served]]:
    """A server for those who only read."""
    shop = shutil.copytree(seed, tmp_path_factory.mktemp("standing") / "shop")
    with served(shop) as server:
        yield shop, server


def told_by(way: str, case: Case, seed: Path, folder: Path, standing: tuple[Path, Served]) -> Told:
    is_read = case.declared.is_read_only
    shop = standing[0] if is_read else shutil.copytree(seed, folder / way.replace(" ", "-"))
    if way in HERE:
        return masked(HERE[way](case, shop), case)
    with nullcontext(standing[1]) if is_read else served(shop) as server:
        return masked(ELSEWHERE[way](case, shop, server), case)


def masked(told: Told, case: Case) -> Told:
    if not case.masked or not isinstance(told.answer, dict):
        return told
    return Told(told.code, {key: value for key, value in told.answer.items() if key not in case.masked}, told.words)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_way_gives_the_same_answer(case: Case, seed: Path, tmp_path: Path, standing: tuple[Path, Served]) -> None:
    told = {way: told_by(way, case, seed, tmp_path, standing) for way in WAYS}
    assert {way: each.code for way, each in told.items()} == dict.fromkeys(WAYS, case.code)
    assert told["command"] == told["remote command"]
    alike = {way: each for way, each in told.items() if case.prints_model or "command" not in way}
    if case.code == 0:
        assert {way: each.answer for way, each in alike.items()} == dict.fromkeys(alike, told["handler"].answer)
    elif case.is_worded_alike:
        assert {way: each.words for way, each in alike.items()} == dict.fromkeys(alike, told["handler"].words)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the rollbacks of a seeded shop were signed with."""
    monkeypatch.setenv("LEADLINE_ROLLBACK_KEY", KEY.decode())


def test_every_operation_of_a_server_has_a_case_that_succeeds() -> None:
    assert {case.operation for case in CASES if case.code == 0} == {operation.name for operation in SERVER}


def test_every_operation_of_a_server_has_a_route_of_its_own() -> None:
    routes = [re.sub(r"{.*?}", "{}", operation.route) for operation in SERVER]
    assert all(re.fullmatch(r"(GET|POST) (/[\w{}]+)+", route) for route in routes)
    assert len(routes) == len(set(routes))
    for operation in operations().values():
        assert bool(operation.route) is (operation.where is Where.SERVER)
        is_read = operation.route.startswith("GET") or operation.name.endswith(
            (".export", ".lint", ".diff", ".design", ".generate")
        )
        assert operation.is_read_only is is_read


@pytest.mark.parametrize("case", WORKS, ids=lambda case: case.operation)
def test_every_way_needs_the_same_permission(
    case: Case, standing: tuple[Path, Served], seed: Path, tmp_path: Path
) -> None:
    _, server = standing
    needed = case.declared.permission
    assert sent(case, server, None).status_code == 401
    for role in Permission:
        if role.includes(needed):
            continue
        answer = sent(case, server, TOKENS[role])
        assert (answer.status_code, answer.json()["needed"]) == (403, needed.value)
        told = by_remote_command(case, seed, server, role)
        assert told.code == 4
        assert f"{case.operation} needs the role {needed.value}, and Ada is a {role.value}" in told.words
    least = shutil.copytree(seed, tmp_path / "least")
    with served(least) as own:
        assert sent(case, own, TOKENS[needed]).status_code == 200


def test_no_write_needs_only_a_viewer_and_no_read_of_budgets_more() -> None:
    for operation in operations().values():
        if not operation.is_read_only:
            assert operation.permission is not Permission.VIEWER
        elif not operation.name.startswith(("tokens.", "audit.")):
            assert operation.permission is Permission.VIEWER


def methods() -> dict[str, Any]:
    """Operation → the method of the client that asks for it."""
    found = {}
    for _, method in inspect.getmembers(Client, inspect.isfunction):
        asked = re.search(r'self\._ask\(\s*[\w.]+,\s*"([\w.]+)"', inspect.getsource(method))
        if asked:
            assert asked[1] not in found
            found[asked[1]] = method
    return found


def test_the_client_has_a_method_for_every_operation_with_its_fields_and_its_answer() -> None:
    found = methods()
    assert set(found) == {operation.name for operation in SERVER}
    for operation in SERVER:
        signature = inspect.signature(found[operation.name], eval_str=True)
        assert set(signature.parameters) - {"self"} == set(attribute(operation.request).model_fields)
        assert signature.return_annotation is attribute(operation.response)


@pytest.mark.parametrize("case", READS, ids=lambda case: case.name)
def test_a_method_of_the_client_answers_what_the_operation_does(case: Case, standing: tuple[Path, Served]) -> None:
    shop, server = standing
    with Client(server.url, TOKENS[Permission.ADMIN]) as client:
        found = methods()[case.operation](client, **case.fields)
    answer = masked(Told(0, found.model_dump(mode="json")), case).answer
    assert answer == masked(by_handler(case, shop), case).answer
