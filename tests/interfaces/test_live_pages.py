"""Pages in Debian's Chromium: what a script adds, what stays without one, and what axe-core finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from leadline.errors import Problem
from leadline.interfaces.web.rendering import RAIL
from served import Served, practice

WIDTHS = (390, 760, 1024, 1440, 1920)
PATHS = ("/", "/services/node", "/teams/sre", "/search?q=node", "/notifications", "/alerts", "/gate", "/nowhere")
MISTAKE = Problem("a.yaml", 1, 1, "spec", "a mistake", "it", "mend it")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with practice(tmp_path_factory.mktemp("practice")) as server:
        yield server


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page whose console must stay silent."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    context.close()
    assert [text for text in said if "404" not in text] == []


def serious(page: Any) -> list[tuple[str, str]]:
    """What axe-core finds that keeps somebody out."""
    found = [each for each in Axe().run(page).response["violations"] if each["impact"] in {"serious", "critical"}]
    return [(each["id"], each["nodes"][0]["html"][:120]) for each in found]


@pytest.mark.parametrize(("path", "theme"), [*((path, "light") for path in PATHS), ("/", "dark"), (PATHS[1], "dark")])
def test_axe_finds_nothing_serious(site: Served, page: Any, path: str, theme: str) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto(site.url + path)
    assert serious(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_the_menu_holds_the_whole_rail_and_opens_by_key(site: Served, page: Any, theme: str) -> None:
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(site.url + "/")
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#menu:popover-open")
    rail = [word for _, links in RAIL for word, _ in links]
    words = []
    for _ in range(len(rail) + 2):
        page.keyboard.press("Tab")
        words.append(page.evaluate("document.activeElement.id || document.activeElement.innerText.trim()"))
    assert words == [*rail, "API", "theme"]
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.wait_for_selector("#theme", state="hidden")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window(site: Served, page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in PATHS:
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_turn_replaces_what_changed_and_keeps_focus_and_scroll(site: Served, page: Any) -> None:
    page.goto(site.url + "/")
    link = page.locator('a[href="/slos/slo-api-003"]')
    link.focus()
    page.evaluate("window.scrollTo(0, 400)")
    page.evaluate("window.here = true")
    before = site.boards.newest
    site.boards.publish(replace(before, number=before.number + 1, problems=(MISTAKE,)))
    page.wait_for_selector("text=The last edit of the handbook has 1 mistake")
    assert page.evaluate("window.here"), "the page was loaded anew"
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/slos/slo-api-003"
    assert page.evaluate("scrollY") == 400
    assert page.locator("#content").get_attribute("data-board") == site.boards.newest.mark
    site.boards.publish(replace(before, number=before.number + 2))
    page.wait_for_selector("text=The last edit of the handbook", state="detached")


def test_a_page_that_shows_the_newest_turn_is_not_asked_for_again(site: Served, page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.resource_type) if request.url == site.url + "/" else None)
    page.goto(site.url + "/")
    told = "() => new Promise((hear) => new EventSource('/api/v1/events').addEventListener('turn', () => hear()))"
    page.evaluate(told)
    assert asked == ["document"]
    with page.expect_request(site.url + "/"):
        site.boards.publish(replace(site.boards.newest, number=site.boards.newest.number + 1))


def test_focus_stays_where_it_was_although_its_part_is_replaced(site: Served, page: Any) -> None:
    page.goto(site.url + "/?zone=UTC")
    page.locator("nav.filters a").first.focus()
    before = site.boards.newest
    later = replace(
        before, number=before.number + 1, now=before.now + timedelta(minutes=1), memory=type(before.memory)()
    )
    shown = page.locator("#asof").get_attribute("data-at")
    site.boards.publish(later)
    page.wait_for_function("at => document.getElementById('asof').dataset.at !== at", arg=shown)
    assert page.evaluate("document.activeElement.closest('nav.filters') !== null")
    site.boards.publish(replace(before, number=before.number + 2))


def test_the_theme_changes_at_once_and_is_remembered(site: Served, page: Any) -> None:
    page.goto(site.url + "/services")
    with page.expect_response("**/theme"):
        page.select_option("#theme", "dark")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.goto(site.url + "/teams")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("#theme").input_value() == "dark"


def test_the_palette_opens_by_key_finds_and_leads_there(site: Served, page: Any) -> None:
    page.goto(site.url + "/")
    page.keyboard.press("Control+k")
    page.keyboard.type("node eng")
    page.wait_for_selector("dialog.palette a >> text=Node engineering")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.palette", state="hidden")
    page.keyboard.press("/")
    page.keyboard.press("Control+a")
    page.keyboard.type("benchmark daemon")
    page.wait_for_selector("dialog.palette a >> text=Benchmark daemon")
    page.keyboard.press("Enter")
    page.wait_for_url("**/services/bench")


def test_a_key_that_comes_while_the_palette_still_closes_opens_it_again(site: Served, page: Any) -> None:
    page.goto(site.url + "/")
    page.keyboard.press("/")
    closed_and_typed = """() => {
        document.querySelector("dialog.palette").close();
        const key = new KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true });
        document.getElementById("palette-q").dispatchEvent(key);
    }"""
    page.evaluate(closed_and_typed)
    assert page.locator("dialog.palette").is_visible()


def test_only_what_was_typed_last_is_looked_for(site: Served, page: Any) -> None:
    page.goto(site.url + "/")
    page.route("**/search?q=n", lambda _: None)
    page.keyboard.press("/")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/search?q=n")):
        page.keyboard.type("nowhere")
    page.wait_for_selector("dialog.palette >> text=No objective, service or team has “nowhere” in its name.")


def test_without_an_answer_the_palette_offers_nothing_and_leads_to_the_page(site: Served, page: Any) -> None:
    page.goto(site.url + "/")
    page.keyboard.press("/")
    page.keyboard.type("sre")
    page.wait_for_selector("dialog.palette a >> text=SRE")
    page.route(
        "**/search?*",
        lambda route: route.fulfill(status=404) if route.request.resource_type == "fetch" else route.continue_(),
    )
    page.keyboard.type(" x")
    page.wait_for_selector("dialog.palette a", state="detached")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=sre+x")


def test_a_control_applies_at_once_and_leaves_a_short_address(site: Served, page: Any) -> None:
    page.goto(site.url + "/")
    page.select_option("#c-service", "api")
    page.wait_for_url("**/?service=api")
    page.fill("#c-at", "now-1h")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?service=api&at=now-1h")
    page.click("text=Back to now")
    page.wait_for_url("**/?service=api")


def test_the_keyboard_goes_through_the_page_in_reading_order(site: Served, page: Any) -> None:
    page.goto(site.url + "/")
    rail = [word for _, links in RAIL for word, _ in links]
    words = []
    for _ in range(len(rail) + 9):
        page.keyboard.press("Tab")
        words.append(page.evaluate("document.activeElement.id || document.activeElement.innerText.trim()"))
    assert words[0] == "Skip to content"
    assert words[3:][: len(rail)] == rail
    assert words[3 + len(rail) :][:5] == ["API", "theme", "c-service", "c-at", "c-zone"]


def test_without_a_script_forms_do_the_same(site: Served, chromium: Any) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(site.url + "/")
    page.select_option("#c-service", "api")
    page.click("text=Show")
    page.wait_for_url("**/?service=api*")
    assert page.locator("tr[data-level]").count() == 5
    page.select_option("#theme", "dark")
    page.click("text=Set")
    page.wait_for_selector("html[data-theme=dark]")
    assert "service=api" in page.url
    page.click("a.jump")
    page.fill("#q", "sre")
    page.click("main button")
    page.wait_for_url("**/search?q=sre")
    assert page.locator("main [data-found] a").first.inner_text().startswith("SRE")
    context.close()
