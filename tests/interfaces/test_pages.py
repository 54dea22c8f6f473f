"""Pages as they are sent: every state of the frame, the overview, services, teams and search, without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from instants import NOON
from leadline.domains import operations
from leadline.domains.measurement.model import Collected, Collection, Outcome
from leadline.engine.board import Board, Filling, TurnMemory
from leadline.errors import Problem
from leadline.interfaces.web.pages import PAGES
from made_commands import HANDBOOK, a_shop, typed
from served import Served, practice, served

NAMES = {
    "/gate/decisions/{name}": "1",
    "/services/{name}": "api",
    "/teams/{name}": "sre",
    "/slos/{name:path}": "slo-api-001",
}
EMPTY = """\
apiVersion: leadline/v1
kind: Handbook
metadata: {name: new, displayName: A new practice}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with practice(tmp_path_factory.mktemp("practice")) as server:
        asked = {"service": "api", "change": "feature", "ref": "4f2a"}
        assert server.ask("POST", "/api/v1/gate", json=asked).status_code == 200
        yield server


@pytest.fixture
def board(site: Served) -> Iterator[Callable[..., None]]:
    """Puts up the board with some of it changed, for one test."""
    before = site.boards.newest
    yield lambda **changes: site.boards.publish(replace(before, **changes))
    site.boards.publish(before)


def get(site: Served, path: str, **headers: str) -> httpx.Response:
    return site.ask("GET", path, headers={"Accept": "text/html", **headers})


def text(answer: httpx.Response) -> str:
    """What a reader sees, in one line."""
    body = re.sub(r"<(script|style|svg|dialog|head)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ").split())


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_with_its_policy_and_nothing_inline(site: Served, path: str) -> None:
    answer = get(site, re.sub(r"{name.*}", NAMES.get(path, ""), path))
    assert answer.status_code == 200
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert not re.findall(r"<script(?! src=)|<style| style=| on\w+=\"", answer.text)
    assert not re.findall(r"(?:src|href)=\"https?:", answer.text)
    assert len(re.findall(r"<h1>", answer.text)) == 1


@pytest.mark.parametrize("path", PAGES)
def test_no_link_of_a_page_is_dead(site: Served, path: str) -> None:
    page = get(site, re.sub(r"{name.*}", NAMES.get(path, ""), path)).text
    links = {unescape(link) for link in re.findall(r"<a [^>]*href=\"(/[^\"#]*)", page)}
    chosen = sorted({re.sub(r"[\w-]+$", "", link) + "|" + link for link in links})
    seen: dict[str, str] = {}
    for each in chosen:
        kind, _, link = each.partition("|")
        seen.setdefault(kind, link)
    dead = {link: code for link in seen.values() if (code := get(site, link).status_code) != 200}
    assert not {
        link: code for link, code in dead.items() if not (link.startswith("/slos/") and "/slos/{name}" not in PAGES)
    }


def test_the_overview_opens_with_a_sentence_and_shows_every_objective_by_service(site: Served) -> None:
    page = get(site, "/")
    assert re.search(r"<p class=\"lede\"[^>]*>(Of|Every|No)[^<]*27[^<]*objectives", page.text)
    assert len(re.findall(r"<tr role=\"row\" data-level=", page.text)) == 27
    services = re.findall(r"<div class=\"service\"><a href=\"/services/(\w+)\"", page.text)
    assert services == ["node", "prov", "bench", "api"]


def test_an_objective_is_not_named_twice(site: Served) -> None:
    page = text(get(site, "/"))
    assert "Availability slo-api-001" in page
    assert "SLO-API-001 Availability" not in page


def test_what_is_promised_is_said_as_the_handbook_says_it(site: Served) -> None:
    page = text(get(site, "/"))
    assert "> 24 h between failures" in page
    assert "> 50 in 95 %" in page
    assert "0.5–0.8 in 95 %" in page
    assert "= 100 % No error allowed: 0 of" in page
    assert "99.9305" not in page


def test_simulated_slices_are_said_to_be(site: Served) -> None:
    assert "These figures are simulated. Slices of every objective" in text(get(site, "/teams"))


def test_the_name_of_the_practice_stands_in_the_rail(site: Served) -> None:
    assert '<p class="org">VirtEngine reliability practice</p>' in get(site, "/").text


def test_counts_by_level_filter(site: Served) -> None:
    page = get(site, "/").text
    (level, number), *_ = re.findall(r"href=\"/\?level=(\w+)\">.*?</svg>(\d+) \w+</a>", page)
    filtered = get(site, f"/?level={level}").text
    assert set(re.findall(r"data-level=\"(\w+)\"", filtered)) == {level}
    assert len(re.findall(r"data-level=", filtered)) == int(number)


def test_a_level_at_which_nothing_stands_offers_all(site: Served) -> None:
    page = text(get(site, "/?level=critical"))
    assert "No objective stands at critical now. Show all" in page


def test_a_past_instant_is_said_and_left_by_a_link(site: Served) -> None:
    page = get(site, "/?at=now-2h&zone=Europe/Berlin&service=api")
    assert "You look at Wed 4 Mar 2026 11:02 CET. 2 h ago" in text(page)
    assert '<a class="button button--small" href="?zone=Europe%2FBerlin&amp;service=api">Back to now</a>' in page.text
    assert "/slos/slo-api-001?at=now-2h&amp;zone=Europe%2FBerlin" in page.text


def test_what_cannot_be_read_is_told_and_the_page_still_answers(site: Served) -> None:
    page = text(get(site, "/?at=yesterday&zone=Mars&range=9y"))
    assert "read “yesterday”" in page
    assert "read “Mars”" in page
    assert "read “9y”" in page
    assert "Objectives All 27" in page


def test_a_service_that_is_not_there_is_answered_with_the_nearest(site: Served) -> None:
    for path in ("/services/nod", "/?service=nod"):
        answer = get(site, path)
        assert answer.status_code == 404
        assert "no service is named nod; did you mean node?" in text(answer)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_an_address_without_a_page_is_a_page_for_people_and_a_problem_for_programs(site: Served) -> None:
    answer = get(site, "/nowhere")
    assert (answer.status_code, "Go to the overview" in answer.text) == (404, True)
    assert site.ask("GET", "/nowhere").headers["content-type"] == "application/problem+json"
    assert get(site, "/api/v1/nowhere").headers["content-type"] == "application/problem+json"


def test_a_broken_edit_of_the_handbook_is_told_everywhere(site: Served, board: Callable[..., None]) -> None:
    board(
        problems=(Problem("api/slos.yaml", 8, 3, "spec.objectives[0].target", "not a target", "99.9", "write 0.999"),)
    )
    page = text(get(site, "/services"))
    assert "The last edit of the handbook has 1 mistake. The handbook before it stays in force." in page
    assert "api/slos.yaml:8:3 spec.objectives[0].target: not a target, read 99.9, write 0.999" in page


def test_a_source_that_is_late_is_told_beside_as_of(site: Served, board: Callable[..., None]) -> None:
    failed = Collected(sli="requests", source="prometheus", outcome=Outcome.FAILED, message="connection refused")
    fine = Collected(sli="errors", source="prometheus", outcome=Outcome.CURRENT)
    board(collection=Collection(at=NOON, slis=(failed, fine), slices=0))
    page = text(get(site, "/"))
    assert "1 of 1 source late" in page
    assert "Source prometheus did not answer for 1 of 2 SLIs. connection refused" in page


def test_a_step_that_failed_is_told_with_its_reason(site: Served, board: Callable[..., None]) -> None:
    board(faults={"collect_newest": "the disk is full", "other_step": "gone"})
    page = text(get(site, "/"))
    assert "Nothing was collected in the last turn. the disk is full" in page
    assert "The step other_step of the last turn failed. gone" in page


@pytest.mark.parametrize(("minutes", "is_stale"), [(3, False), (4, True)])
def test_a_board_older_than_three_steps_is_stale(
    site: Served, board: Callable[..., None], minutes: int, is_stale: bool
) -> None:
    board(now=NOON + timedelta(minutes=2 - minutes))
    page = get(site, "/")
    assert ("asof--stale" in page.text) is is_stale
    assert (f"These figures are {minutes} min old" in text(page)) is is_stale


def test_history_that_is_being_filled_in_tells_how_far_it_is(site: Served, board: Callable[..., None]) -> None:
    board(filling=Filling(timedelta(days=12), timedelta(days=60)))
    page = get(site, "/")
    assert "History is being filled in: 12 of 60 days" in text(page)
    assert '<progress class="filling" max="1" value="0.200"' in page.text
    board(filling=Filling(timedelta(days=60), timedelta(days=60)))
    assert "being filled in" not in text(get(site, "/"))


def test_before_the_first_turn_has_ended_that_is_said(site: Served, board: Callable[..., None]) -> None:
    board(number=0)
    assert "The first turn is under way" in text(get(site, "/"))


def test_a_defect_is_told_without_its_traces(
    site: Served, board: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("leadline.interfaces.web.phrases.lede", broken)
    board(memory=TurnMemory())
    with capture_logs() as logs:
        answer = get(site, "/")
    assert [(line["event"], line["path"]) for line in logs if line["log_level"] == "error"] == [
        ("page failed by a defect", "/")
    ]
    assert answer.status_code == 500
    assert "This is a defect of Leadline. Nothing was changed" in text(answer)
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers


def test_the_theme_is_a_cookie_that_the_server_reads(site: Served) -> None:
    back = {"theme": "dark", "back": "/services?zone=UTC"}
    answer = site.ask("POST", "/theme", data=back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/services?zone=UTC")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))
    assert '<html lang="en" data-theme="dark">' in get(site, "/", Cookie="theme=dark").text
    assert '<html lang="en">' in get(site, "/", Cookie="theme=pink").text
    away = site.ask("POST", "/theme", data={"theme": "", "back": "//evil.example/"})
    assert away.headers["location"] == "/"
    assert "Max-Age=0" in away.headers["set-cookie"]


def test_a_service_tells_its_team_tier_sources_and_agreements(site: Served) -> None:
    page = text(get(site, "/services/api"))
    assert "Services api API" in page
    assert "Team API engineering Tier 1, high Part of no composite" in page
    assert "prometheus prometheus 5 4 Mar 12:00 not" in page
    assert "availability network-api public RPC and API endpoints" in page


def test_a_team_without_contacts_says_where_they_are_written(site: Served) -> None:
    page = text(get(site, "/teams/api-engineering"))
    assert "The handbook names no contact. spec.contacts of the Team" in page
    assert "Needs someone now" in page


def test_search_finds_by_name_and_says_when_nothing_is_called_so(site: Served) -> None:
    assert "5 hits for “slo-api”" in text(get(site, "/search?q=slo-api"))
    nothing = text(get(site, "/search?q=<b>"))
    assert "No objective, service or team has “<b>” in its name." in nothing
    assert "<b>”" not in get(site, "/search?q=<b>").text


def test_the_overview_is_laid_out_before_its_turn_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked_again(*_: object) -> None:
        raise AssertionError("worked out when it was asked for")

    with served(a_shop(tmp_path)) as server:
        monkeypatch.setattr("leadline.domains.budgets.overviews.status_of", asked_again)
        assert get(server, "/").status_code == 200


def test_what_is_written_in_a_handbook_is_never_markup(tmp_path: Path) -> None:
    shop = a_shop(tmp_path, HANDBOOK.replace("Checkout works", "<script>alert(1)</script>"))
    with served(shop) as server:
        page = get(server, "/").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_an_objective_without_slices_says_that_it_collects_and_what_to_do(tmp_path: Path) -> None:
    with served(a_shop(tmp_path)) as server:
        page = text(get(server, "/"))
    assert "No slice has come yet" in page
    assert "Check the sources" in page
    assert "Checkout works checkout Unknown" in page


def test_a_handbook_without_an_objective_says_how_to_write_one(tmp_path: Path) -> None:
    with served(a_shop(tmp_path, EMPTY)) as server:
        page = text(get(server, "/"))
        assert "No service" not in page
        assert "names no service yet" in text(get(server, "/services"))
        assert "names no team yet" in text(get(server, "/teams"))
    assert "A new practice" in page
    assert "No objective is written yet. As of" in page
    assert "leadline init" in page


def test_hundreds_of_objectives_are_shown_a_hundred_at_a_time(tmp_path: Path) -> None:
    head, slo = HANDBOOK.rsplit("---\n", 1)
    many = [slo.replace("name: checkout", f"name: slo-{number:03}") for number in range(230)]
    with served(a_shop(tmp_path, "---\n".join([head, *many]))) as server:
        pages = [get(server, path) for path in ("/", "/?after=100", "/?after=200", "/?after=900")]
    assert [len(re.findall("data-level=", page.text)) for page in pages] == [100, 100, 30, 0]
    assert ["Next 100" in page.text for page in pages] == [True, True, False, False]
    assert "201 to 230 of 230" in text(pages[2])
    assert all("All 230" in text(page) for page in pages)


def test_the_commands_tell_what_the_pages_tell(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    assert typed("needs", shop=shop).out.count("checkout") == 1
    assert typed("overview", "--json", shop=shop).json["rows"][0]["status"]["slo"] == "checkout"
    assert typed("find", "check", shop=shop).out.split() == ["objective", "checkout", "Checkout", "works", "shop"]
    assert "shop" in typed("service", "list", shop=shop).out
    assert "source people" in typed("service", "show", "shop", shop=shop).out
    assert typed("team", "show", "nobody", shop=shop).code == 4
    assert typed("team", "list", shop=shop).code == 0


def test_a_board_is_never_mixed_with_the_next(site: Served) -> None:
    page = get(site, "/").text
    assert re.findall(r"data-board=\"(.*?)\"", page) == [site.boards.newest.mark]
    assert isinstance(site.boards.newest, Board)


def test_the_page_of_the_api_tells_every_operation_with_its_role(site: Served) -> None:
    page = text(get(site, "/api"))
    for operation in [each for each in operations().values() if each.route]:
        method, _, path = operation.route.partition(" ")
        assert f"{method} /api/v1{path} {operation.permission} {operation.summary}" in page
    assert "POST /api/v1/slices/record responder Write down one slice by hand. sli *, bad *, total *, start" in page
    assert 'href="/api/v1/openapi.json"' in get(site, "/api").text
    assert 'href="/api"' in get(site, "/").text
