"""Who comes in: tokens, names of the server, pages of other sites, the page that takes a token."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from fakes import MemoryTokens
from leadline.errors import StoreUnavailable
from leadline.interfaces.api.access import COOKIE, Door, KnownTokens
from leadline.ports.operation import Permission
from made_commands import PROGRAM, a_shop, typed
from served import Served, served

ROLES = tuple(Permission)
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - told to a server that refuses it, or does not listen there


def make(shop: Path, role: str, *more: str) -> str:
    made = typed("token", "create", "--role", role, *more, shop=shop)
    assert made.code == 0, made.err
    return made.out.strip()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return a_shop(tmp_path)


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(a_shop(tmp_path_factory.mktemp("open"))) as server:
        yield server


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    shop = a_shop(tmp_path_factory.mktemp("guarded"))
    tokens = {role: make(shop, role, "--name", f"the {role}") for role in ROLES}
    with served(shop) as server:
        yield SimpleNamespace(server=server, tokens=tokens, shop=shop)


def test_without_any_token_everybody_on_this_machine_may_all(open_house: Served) -> None:
    assert open_house.ask("GET", "/api/v1/slos").status_code == 200
    assert open_house.ask("GET", "/").status_code == 200
    assert open_house.ask("POST", "/api/v1/slices/collect").status_code == 200
    assert open_house.ask("GET", "/api/v1/tokens").json()["tokens"] == []


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("127.0.0.1:99", 200), ("[::1]:8321", 200), ("evil.example", 421), ("", 421), ("[", 421)],
)
@pytest.mark.parametrize("path", ["/api/v1/slos", "/", "/static/app.css"])
def test_a_name_that_was_rebound_to_this_machine_gets_no_answer(
    open_house: Served, host: str, status: int, path: str
) -> None:
    answer = open_house.ask("GET", path, headers={"Host": host})
    assert answer.status_code == status
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert "--public-url" in answer.json()["detail"]


def test_the_name_that_users_know_is_expected(shop: Path) -> None:
    with served(shop, public_url="https://slo.example.com") as server:
        assert server.ask("GET", "/api/v1/slos", headers={"Host": "slo.example.com"}).status_code == 200
        assert server.ask("GET", "/api/v1/slos", headers={"Host": "slo.example.org"}).status_code == 421
        mine, other = ({"Origin": f"https://{name}"} for name in ("slo.example.com", "evil.example"))
        assert server.ask("POST", "/api/v1/slices/collect", headers=mine).status_code == 200
        assert server.ask("POST", "/api/v1/slices/collect", headers=other).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:8321", "Host": "localhost:8321"}, 200),
        ({"Origin": "http://localhost:9999", "Host": "localhost:8321"}, 403),
    ],
)
def test_a_page_of_another_site_cannot_write(open_house: Served, headers: dict[str, str], status: int) -> None:
    assert open_house.ask("POST", "/api/v1/slices/collect", headers=headers).status_code == status
    assert open_house.ask("GET", "/api/v1/slos", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/slos", "/api/v1/openapi.json", "/api/v1/nothing", "/metrics", "/nothing"])
def test_once_a_token_was_made_a_request_without_one_is_told_what_it_needs(guarded: SimpleNamespace, path: str) -> None:
    answer = guarded.server.ask("GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "needs a token" in answer.json()["detail"]
    assert (answer.json()["needed"], answer.json()["exit_code"]) == ("viewer", 4)


def test_health_is_told_to_everybody(guarded: SimpleNamespace) -> None:
    for path in ("/healthz", "/readyz"):
        assert guarded.server.ask("GET", path, headers={"Host": "10.0.0.7"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/logout"), ("PUT", "/login"), ("GET", "/nothing"), ("GET", "/static/nothing")]
)
def test_who_is_not_in_sees_nothing_of_the_handbook(guarded: SimpleNamespace, method: str, path: str) -> None:
    answer = guarded.server.ask(method, path, headers={"Accept": "text/html"})
    assert answer.status_code in {303, 401, 404}
    assert "handbook" not in answer.text


def test_what_is_no_token_and_what_is_none_of_ours_open_nothing(guarded: SimpleNamespace) -> None:
    viewer = guarded.tokens["viewer"]
    wrong = viewer[:-1] + ("0" if viewer[-1] != "0" else "1")
    unknown = f"ll_{'0' * 10}_{'0' * 64}"
    words = {"secret": "no token of Leadline", wrong: "no such token", unknown: "no such token"}
    for presented, why in words.items():
        answer = guarded.server.ask("GET", "/api/v1/slos", token=presented)
        assert answer.status_code == 401
        assert why in answer.json()["detail"]
        assert presented not in answer.text
    assert guarded.server.ask("GET", "/api/v1/slos", token=viewer).status_code == 200


def test_a_role_that_does_not_suffice_is_told_which_one_does(guarded: SimpleNamespace) -> None:
    answer = guarded.server.ask("POST", "/api/v1/slices/collect", token=guarded.tokens["responder"])
    assert answer.status_code == 403
    assert answer.json()["detail"] == "slices.collect needs the role editor, and the responder is a responder"
    assert (answer.json()["needed"], answer.json()["role"]) == ("editor", "responder")


def test_a_token_that_is_revoked_or_expired_opens_nothing(shop: Path) -> None:
    clock = [datetime.now(UTC)]
    first, second = make(shop, "viewer"), make(shop, "viewer", "--expires", "1h")
    with served(shop, now=lambda: clock[0]) as server:
        assert [server.ask("GET", "/api/v1/slos", token=each).status_code for each in (first, second)] == [200, 200]
        clock[0] += timedelta(hours=2)
        answer = server.ask("GET", "/api/v1/slos", token=second)
        assert answer.status_code == 401
        assert "expired since" in answer.json()["detail"]
        admin = make(shop, "admin")
        deadline = datetime.now(UTC) + timedelta(seconds=10)
        while server.ask("GET", "/api/v1/tokens", token=admin).status_code != 200:  # seen a second later at most
            assert datetime.now(UTC) < deadline
        assert server.ask("POST", f"/api/v1/tokens/{first.split('_')[1]}/revocation", token=admin).status_code == 200
        while server.ask("GET", "/api/v1/slos", token=first).status_code == 200:
            assert datetime.now(UTC) < deadline
        assert "revoked since" in server.ask("GET", "/api/v1/slos", token=first).json()["detail"]


def test_the_door_stays_shut_when_the_last_token_has_gone(shop: Path) -> None:
    token = make(shop, "admin")
    assert typed("token", "revoke", token.split("_")[1], shop=shop).code == 0
    with served(shop) as server:
        assert server.ask("GET", "/api/v1/slos").status_code == 401


def test_the_tokens_known_last_hold_while_the_store_does_not_answer() -> None:
    record, clock = MemoryTokens(), [0.0]
    known = KnownTokens(record, lambda: clock[0])
    door = Door(known, lambda: datetime.now(UTC), "127.0.0.1")

    def down() -> None:
        raise StoreUnavailable("the database is down")

    every, record.every = record.every, down  # type: ignore[method-assign,assignment] # the store stops answering
    with pytest.raises(StoreUnavailable):
        door.wants_token()
    record.every = every  # type: ignore[method-assign] # and answers again
    assert not door.wants_token()
    record.every, clock[0] = down, 5.0  # type: ignore[method-assign,assignment] # as above
    assert not door.wants_token()


@pytest.mark.parametrize("host", [EVERY_ADDRESS, "::", "slo.example.com", ""])
def test_an_address_that_others_reach_is_refused_without_a_token(shop: Path, host: str) -> None:
    ran = subprocess.run(
        [PROGRAM, "up", "--host", host, "--port", "0", "--handbook", shop / "handbook"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert "leadline token create --role admin" in ran.stderr
    assert "others can reach this address" in ran.stderr


def test_an_address_that_others_reach_wants_a_token_of_everybody(shop: Path) -> None:
    token = make(shop, "viewer")
    with served(shop, host=EVERY_ADDRESS) as server:
        assert server.ask("GET", "/api/v1/slos").status_code == 401
        assert server.ask("GET", "/api/v1/slos", token=token, headers={"Host": "slo.example.com"}).status_code == 200


def test_a_page_leads_to_the_login_and_from_there_back(guarded: SimpleNamespace) -> None:
    browser = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    ask, token = guarded.server.ask, guarded.tokens["viewer"]
    away = ask("GET", "/?at=now-2h", headers=browser)
    assert (away.status_code, away.headers["location"]) == (303, "/login?next=%2F%3Fat%3Dnow-2h")
    shown = ask("GET", away.headers["location"], headers=browser)
    assert shown.status_code == 200
    assert 'value="/?at=now-2h"' in shown.text
    refused = ask("POST", "/login", headers=browser, data={"token": "ll_x", "next": "/?at=now-2h"})
    assert refused.status_code == 401
    assert 'role="alert"' in refused.text
    assert "set-cookie" not in refused.headers
    entered = ask("POST", "/login", headers=browser, data={"token": f" {token}\n", "next": "/?at=now-2h"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/?at=now-2h")
    cookie = entered.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(re.split("; ", cookie))
    held = {"Cookie": f"{COOKIE}={token}"}
    assert ask("GET", "/", headers=browser | held).status_code == 200
    assert ask("GET", "/login?next=/", headers=browser | held).headers["location"] == "/"
    out = ask("POST", "/logout", headers=browser | held)
    assert out.headers["location"] == "/login"
    assert 'leadline_token=""' in out.headers["set-cookie"]


def test_a_link_from_elsewhere_comes_back_with_the_cookie(guarded: SimpleNamespace) -> None:
    shown = guarded.server.ask("GET", "/login?next=/", headers={"Sec-Fetch-Site": "cross-site"})
    assert 'http-equiv="refresh"' in shown.text
    assert 'http-equiv="refresh"' not in guarded.server.ask("GET", "/login?next=/").text


@pytest.mark.parametrize("following", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", ""])
def test_the_login_leads_to_no_other_host(guarded: SimpleNamespace, following: str) -> None:
    entered = guarded.server.ask("POST", "/login", data={"token": guarded.tokens["viewer"], "next": following})
    assert entered.headers["location"] == "/"


def test_a_login_over_https_makes_a_cookie_that_is_never_sent_without_it(shop: Path) -> None:
    token = make(shop, "viewer")
    with served(shop, public_url="https://slo.example.com") as server:
        assert "Secure" in server.ask("POST", "/login", data={"token": token}).headers["set-cookie"]


def test_another_sites_page_cannot_log_a_browser_in_or_out(guarded: SimpleNamespace) -> None:
    for path in ("/login", "/logout"):
        answer = guarded.server.ask("POST", path, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403


def test_the_audit_tells_whose_token_asked_for_which_write_and_how_it_ended(guarded: SimpleNamespace) -> None:
    ask, tokens = guarded.server.ask, guarded.tokens
    removal = ask("POST", "/api/v1/corrections/recorded:1/removal", token=tokens["editor"], json={"reason": "a slip"})
    assert removal.status_code == 404
    made = ask("POST", "/api/v1/tokens", token=tokens["admin"], json={"role": "viewer", "name": "a board"})
    assert made.headers["cache-control"] == "no-store"
    writes = ask("GET", "/api/v1/audit", token=tokens["admin"], params={"limit": 2}).json()
    newest, before = writes["writes"]
    assert (newest["operation"], newest["who"], newest["via"], newest["outcome"]) == (
        "tokens.create",
        "the admin",
        "api",
        "done",
    )
    assert newest["token_id"] == tokens["admin"].split("_")[1]
    assert (before["operation"], before["who"]) == ("corrections.remove", "the editor")
    assert before["outcome"].startswith("refused: no correction is named recorded:1")
    everything = ask("GET", "/api/v1/audit", token=tokens["admin"], params={"limit": 1000}).text
    assert not any(secret.split("_")[2] in everything for secret in [*tokens.values(), made.json()["token"]])


def test_no_secret_is_in_the_database(guarded: SimpleNamespace) -> None:
    stored = b"".join(file.read_bytes() for file in (guarded.shop / "handbook" / ".leadline").iterdir())
    for token in guarded.tokens.values():
        assert token.split("_")[1].encode() in stored
        assert token.split("_")[2].encode() not in stored


JAM = {"title": "the till jams", "service": "shop"}


def test_what_is_written_with_a_token_is_said_by_whose_it_is(guarded: SimpleNamespace) -> None:
    ask, token = guarded.server.ask, guarded.tokens["responder"]
    for said in ({}, {"who": "the responder"}):
        answer = ask("POST", "/api/v1/incidents", token=token, json={**JAM, **said})
        assert (answer.status_code, answer.json()["who"]) == (200, "the responder")


def test_no_token_speaks_in_the_name_of_somebody_else(guarded: SimpleNamespace) -> None:
    ask, token = guarded.server.ask, guarded.tokens["editor"]
    why = {"reason": "a slip", "who": "Ada"}
    writes = {
        "incidents": {**JAM, "title": "somebody else's", "who": "Ada"},
        "recordings/1/removal": why,
        "corrections/recorded:1/removal": why,
    }
    for path, body in writes.items():
        answer = ask("POST", f"/api/v1/{path}", token=token, json=body)
        assert (answer.status_code, answer.json()["exit_code"]) == (403, 4), path
        assert "who is said to be Ada, and the token is the editor's" in answer.json()["detail"]
    kept = ask("GET", "/api/v1/incidents", token=token).json()["incidents"]
    assert "somebody else's" not in [incident["title"] for incident in kept]


def test_a_change_names_who_made_it_whoever_tells_of_it(guarded: SimpleNamespace) -> None:
    change = {"service": "shop", "kind": "feature", "ref": "4f2a", "who": "Ada"}
    told = guarded.server.ask("POST", "/api/v1/changes", token=guarded.tokens["editor"], json=change)
    assert (told.status_code, told.json()["who"]) == (200, "Ada")


def test_where_nobody_needs_a_token_the_name_that_is_given_is_kept(open_house: Served) -> None:
    named = open_house.ask("POST", "/api/v1/incidents", json={**JAM, "who": "Ada"})
    unnamed = open_house.ask("POST", "/api/v1/incidents", json={**JAM, "title": "it jams again"})
    assert (named.json()["who"], unnamed.json()["who"]) == ("Ada", "local")


def test_a_command_elsewhere_is_signed_by_its_token_else_by_its_account(
    guarded: SimpleNamespace, open_house: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ben")
    record = ("incident", "record", "the drawer sticks", "--service", "shop", "--json")
    at_a_door = ("--server", guarded.server.url, "--token", guarded.tokens["responder"])
    assert json.loads(typed(*record, *at_a_door, shop=guarded.shop).out)["who"] == "the responder"
    assert json.loads(typed(*record, "--server", open_house.url, shop=guarded.shop).out)["who"] == "ben"
    refused = typed(*record, *at_a_door, "--who", "Ada", shop=guarded.shop)
    assert (refused.code, "leave who out" in refused.err) == (4, True)


def test_nothing_that_people_write_stands_in_an_address(open_house: Served) -> None:
    paths = open_house.ask("GET", "/api/v1/openapi.json").json()["paths"]
    queried = {
        path
        for path, methods in paths.items()
        for method, told in methods.items()
        if method != "get" and any(each["in"] == "query" for each in told["parameters"])
    }
    assert queried == {"/api/v1/slices"}
    body = paths["/api/v1/recordings/{id}/removal"]["post"]["requestBody"]["content"]["application/json"]
    assert set(body["example"]) <= set(body["schema"]["properties"]) == {"reason", "who"}
