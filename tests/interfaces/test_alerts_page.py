"""The page of alerts: what holds, since when and how fast it burned, and how what is over ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from instants import NOON
from leadline.adapters.store import open_store
from made_alerts import write_down
from made_commands import a_shop
from served import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    shop = a_shop(tmp_path_factory.mktemp("shop"))
    with served(shop, now=lambda: NOON) as found:
        with open_store(f"sqlite:///{shop}/handbook/.leadline/leadline.db") as store:
            write_down(store.episodes)  # after the turn, which would end them
        yield found


def text(server: Served, path: str) -> str:
    answer = server.ask("GET", path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_the_page_says_what_fires_since_when_and_how_fast(server: Served) -> None:
    firing, _, _ = text(server, "/alerts").partition(" Over ")
    assert "Firing now: 1 page, 1 ticket." in firing
    assert "checkout shop · page-1h Page 4 Mar 11:50 5m: 20× limit 14.4× 1h: beyond any rate limit 14.4×" in firing
    assert "Rollback 4 Mar 11:50 2" in firing
    assert "orders shop · silent Ticket 4 Mar 11:50 nothing seen for 10 min – Not told 3" in firing
    assert firing.index("checkout shop") < firing.index("orders shop"), "pages come first"
    assert "ticket-3d" not in firing


def test_what_could_not_be_told_any_longer_is_not_shown_as_recovered(server: Served) -> None:
    _, _, over = text(server, "/alerts").partition(" Over ")
    assert "checkout shop · ticket-3d Ticket 4 Mar 09:50 10 min Cannot tell 7 of 60 slices were seen" in over
    assert "Recovered" not in over


def test_without_an_alert_the_page_does_not_say_that_all_is_well(tmp_path: Path) -> None:
    with served(a_shop(tmp_path), now=lambda: NOON) as alone:
        page = text(alone, "/alerts")
    assert "An objective that is unknown cannot raise one" in page
    assert "No alert is over yet." in page


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (390, "light")])
def test_the_page_keeps_nobody_out_and_is_no_wider_than_its_window(
    server: Served, chromium: Any, width: int, theme: str
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    page.goto(f"{server.url}/alerts")
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
