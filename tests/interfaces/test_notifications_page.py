"""The page of notifications: who is told, what waits and why, and what was given up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from contract.test_outbox import FIRED, RESOLVED
from instants import NOON, NOON_SECONDS
from leadline.adapters.store import open_store
from leadline.ports.outbox import Attempt, DeliveryState, Notice, Outbox, Planned
from made_commands import HANDBOOK, a_shop
from served import Served, served

TARGETS = """\
---
apiVersion: leadline/v1
kind: NotificationTarget
metadata: {name: chat, displayName: The <b>channel}
spec: {type: webhook, connectionDetails: {url: "https://chat.example.com"}}
---
apiVersion: leadline/v1
kind: NotificationTarget
metadata: {name: pager}
spec: {type: pagerduty, connectionDetails: {routingKey: "${KEY_OF_NOBODY}"}}
---
apiVersion: leadline/v1
kind: NotificationRoute
metadata: {name: everything}
spec: {targets: [chat, pager]}
"""


def put(outbox: Outbox, notice: Notice, target: str, state: DeliveryState, why: str) -> None:
    outbox.add([notice])
    outbox.plan(outbox.unrouted(1)[0].number, [Planned(target, NOON_SECONDS - 300)])
    (delivery, *_) = outbox.newest(1)
    outbox.begin(delivery, NOON_SECONDS - 300, NOON_SECONDS)
    outbox.end(Attempt(delivery.id, NOON_SECONDS - 299, state, why, due_at=NOON_SECONDS + 60))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    shop = a_shop(tmp_path_factory.mktemp("shop"), HANDBOOK + TARGETS)
    database = shop / "handbook" / ".leadline" / "leadline.db"
    with open_store(f"sqlite:///{database}") as store:
        put(store.outbox, FIRED, "chat", DeliveryState.DELIVERED, "answered 200")
        put(store.outbox, RESOLVED, "chat", DeliveryState.WAITING, "answered 503")
        put(store.outbox, replace(FIRED, key="2", title="<script>"), "pager", DeliveryState.DEAD, "answered 400")
    with served(shop, now=lambda: NOON) as found:
        yield found


def text(server: Served, path: str) -> str:
    answer = server.ask("GET", path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert "<b>channel" not in answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_the_page_says_who_is_told_what_waits_and_what_was_given_up(server: Served) -> None:
    page = text(server, "/notifications")
    assert "1 message on the way, 1 message given up, pager cannot be told." in page
    assert "Cannot deliver KEY_OF_NOBODY is not set" in page
    assert "Waits since 4 Mar 11:55 : answered 503" in page
    assert "Given up answered 400" in page
    assert "Again 4 Mar 12:01 , after 1 attempt." in page


def test_the_page_shows_one_state_alone(server: Served) -> None:
    page = text(server, "/notifications?state=dead")
    assert "answered 400" in page
    assert "answered 200" not in page
    assert "No message is in this state." in text(server, "/notifications?state=simulated")
    assert "answered 200" in text(server, "/notifications?state=nonsense")


def test_every_page_says_that_somebody_is_not_told(server: Served) -> None:
    page = text(server, "/teams")
    assert "Cannot deliver to chat. 1 waiting since 2026-03-04 11:55 UTC: answered 503" in page
    assert "Given up. 1 to pager in the last 24 hours" in page
    warnings = server.ask("GET", "/readyz").json()["warnings"]
    assert [each.partition(":")[0] for each in warnings] == ["cannot deliver to chat", "given up"]


def test_without_targets_the_page_says_how_to_write_one(tmp_path: Path) -> None:
    with served(a_shop(tmp_path), now=lambda: NOON) as alone:
        page = text(alone, "/notifications")
    assert "Nobody is told: the handbook has no NotificationTarget." in page
    assert "Nothing had to be told yet." in page


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (390, "light")])
def test_the_page_keeps_nobody_out_and_is_no_wider_than_its_window(
    server: Served, chromium: Any, width: int, theme: str
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    page.goto(f"{server.url}/notifications")
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
