"""The demo as a person sees it: from the overview to what is wrong and since when, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from demos import Demo, start

pytestmark = pytest.mark.xdist_group("demo")

GUILTY = "slo-node-002"
WIDTHS = {"wide": (1440, 900), "phone": (390, 844)}
LOOKS = [
    pytest.param(has_script, theme, width, id=f"{'live' if has_script else 'plain'}-{theme}-{width}")
    for has_script in (True, False)
    for theme in ("light", "dark")
    for width in WIDTHS
]
SERIOUS = {"serious", "critical"}
PATHS = ("/", f"/slos/{GUILTY}", "/services", "/services/node", "/teams", "/slos/slo-bench-004", "/no-such-page")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    started = start(tmp_path_factory.mktemp("demo") / "home")
    yield started
    started.end()


@dataclass
class Visitor:
    """A page with what went wrong in it."""

    page: Any
    demo: Demo
    said: list[str] = field(default_factory=list)
    """Console messages and errors of scripts; a browser tells violations of the page's policy there."""
    strangers: list[str] = field(default_factory=list)
    """Requests to other hosts."""

    def go(self, path: str) -> None:
        self.page.goto(self.demo.url + path)

    def check(self) -> None:
        """Nothing was complained of, nobody else was asked, and the page is not wider than the window."""
        wide = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert (self.said, self.strangers, wide[0] <= wide[1]) == ([], [], True), self.page.url


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(chromium: Any, demo: Demo) -> Iterator[Visit]:
    contexts = []

    def open_page(width: str = "wide", theme: str = "light", *, has_script: bool = True) -> Visitor:
        wide, high = WIDTHS[width]
        context = chromium.new_context(
            viewport={"width": wide, "height": high},
            color_scheme=theme,
            java_script_enabled=has_script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        visitor = Visitor(context.new_page(), demo)
        visitor.page.on("console", lambda message: visitor.said.append(message.text))
        visitor.page.on("pageerror", lambda error: visitor.said.append(str(error)))
        visitor.page.on("requestfailed", lambda request: _note_failure(visitor, request))
        visitor.page.on("request", lambda request: _note_stranger(visitor, request))
        return visitor

    yield open_page
    for context in contexts:
        context.close()


def _note_stranger(visitor: Visitor, request: Any) -> None:
    if not request.url.startswith((visitor.demo.url, "data:")):
        visitor.strangers.append(request.url)


def _note_failure(visitor: Visitor, request: Any) -> None:
    if request.failure != "net::ERR_ABORTED":  # what is under way ends when its page is left
        visitor.said.append(f"{request.url}: {request.failure}")


def _worst_day(page: Any) -> Any:
    """The day of the heat map that had most bad events, as its name says."""
    days = page.locator("a:has(.heat-day)")
    counts = [_bad(name) for name in days.evaluate_all("days => days.map(day => day.getAttribute('aria-label'))")]
    assert max(counts) > 1000, counts
    return days.nth(counts.index(max(counts)))


def _bad(name: str) -> int:
    found = re.search(r"([\d,]+) bad", name)
    return int(found[1].replace(",", "")) if found else 0


_LEFT = '#objectives tr:has(a[href^="/slos/slo-prov-002"]) .budget b'


@dataclass(frozen=True)
class LeftOpen:
    """A page that was opened when the demo began and that nobody touches, with what it showed then."""

    page: Any
    left: str


@pytest.fixture(scope="module")
def left_open(demo: Demo, chromium: Any) -> Iterator[LeftOpen]:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(demo.url)
    page.evaluate("window.isTheSame = true")
    yield LeftOpen(page, page.locator(_LEFT).first.inner_text())
    context.close()


@pytest.fixture(scope="module")
def whole(demo: Demo, left_open: LeftOpen) -> Demo:
    """The demo, once the history of a whole window is there."""

    def is_whole() -> bool:
        (found,) = [slo for slo in demo.get("/api/v1/slos")["slos"] if slo["slo"] == GUILTY]
        return not found["reason"] and found["coverage"] > 0.99

    demo.wait_until(is_whole, 150)
    assert demo.levels()[GUILTY] == "depleted"
    return demo


@pytest.mark.parametrize(("has_script", "theme", "width"), LOOKS)
def test_the_guilty_objective_and_its_worst_day_are_two_clicks_away(
    whole: Demo, visit: Visit, *, has_script: bool, theme: str, width: str
) -> None:
    visitor = visit(width, theme, has_script=has_script)
    page = visitor.page
    visitor.go("/")
    assert page.get_by_role("heading", level=1).inner_text() == "Overview"
    visitor.check()
    page.locator(f'#needs a[href^="/slos/{GUILTY}"]').first.click()
    page.wait_for_url(f"**/slos/{GUILTY}*")
    assert "Consensus participation" in page.get_by_role("heading", level=1).inner_text()
    assert page.locator(".head-title .badge--depleted").is_visible()
    visitor.check()
    _worst_day(page).click(timeout=10_000)
    page.wait_for_url("**range=24h*", timeout=10_000)
    went = page.locator("#went").inner_text()
    assert "Hours across, minutes down" in went
    worst = re.search(r"worst ([\d,.]+)×", went)
    assert worst, went
    assert float(worst[1].replace(",", "")) > 100
    visitor.check()


def test_the_same_way_can_be_gone_with_keys_alone(whole: Demo, visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    visitor.go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    _tab_to(page, f'a[href^="/slos/{GUILTY}"]')
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/slos/{GUILTY}*")
    link = _worst_day(page).get_attribute("href")
    _tab_to(page, f'a[href="{link}"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**range=24h*")
    visitor.check()


def _tab_to(page: Any, selector: str) -> None:
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no way to {selector} by Tab")


@pytest.mark.parametrize(("theme", "width"), [("light", "wide"), ("dark", "phone")])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_serious_keeps_anybody_out(whole: Demo, visit: Visit, path: str, theme: str, width: str) -> None:
    visitor = visit(width, theme)
    visitor.page.route("**/api/v1/events", lambda _: None)  # no turn changes the page while it is looked over
    visitor.go(path)
    found = Axe().run(visitor.page).response["violations"]
    told = [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found if each["impact"] in SERIOUS]
    assert told == []
    if path != "/no-such-page":  # whose status the console tells
        visitor.check()


def test_each_thing_to_try_is_true(whole: Demo, visit: Visit) -> None:
    guilty, burning, unknown = whole.tries()
    page = visit().page
    page.goto(whole.url + guilty)
    assert page.locator(".head-title .badge--depleted").is_visible()
    assert "\u2212" in page.locator("#verdict .facts dd.big").first.inner_text()
    page.goto(whole.url + burning)
    assert page.locator("#burn .badge--critical").first.is_visible()
    page.goto(whole.url + unknown)
    assert page.locator(".head-title .badge--unknown").is_visible()
    assert "Last known" in page.locator("#verdict").inner_text()


def test_a_page_that_is_left_open_follows_the_turns(left_open: LeftOpen, whole: Demo) -> None:
    page = left_open.page
    is_another = "([place, left]) => document.querySelector(place).innerText !== left"
    page.wait_for_function(is_another, arg=[_LEFT, left_open.left], timeout=75_000)
    assert page.evaluate("window.isTheSame")
