"""An objective's page in Debian's Chromium: from four weeks to the worst day, with and without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from instants import NOON
from made_gallery import write_gallery
from served import Served, served


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = write_gallery(tmp_path_factory.mktemp("gallery"))
    with served(folder, now=lambda: NOON) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "theme"), [("calm", "light"), ("spent", "dark"), ("dark", "light"), ("whole", "dark")]
)
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_a_phone(
    gallery: Served, chromium: Any, name: str, theme: str
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 800}, color_scheme=theme)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{gallery.url}/slos/{name}")
    found = [each for each in Axe().run(page).response["violations"] if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
    assert said == []


@pytest.mark.parametrize("has_script", [True, False])
def test_the_worst_day_is_a_key_press_away(gallery: Served, chromium: Any, *, has_script: bool) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=has_script)
    page = context.new_page()
    page.goto(f"{gallery.url}/slos/calm")
    days = [link.get_attribute("aria-label") for link in page.locator('a[aria-label*="show this day"]').all()]
    worst = max(days, key=lambda day: float((re.findall(r"worst hour ([\d.]+)×", day) or [0])[0]))
    page.locator(f'a[aria-label="{worst}"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**range=24h**")
    assert page.locator("b", has_text="Burn rate of each slice").is_visible()
    assert page.locator("path.heat--5").count() == 1, "the burst"
    page.locator("summary").first.click()
    assert page.locator("details[open] table").first.is_visible()
    context.close()
