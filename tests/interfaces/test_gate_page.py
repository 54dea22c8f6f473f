"""The pages of the gate: what may ship now, the answers and why, duties, and what people let through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from contract.test_releases import DUTY
from instants import NOON
from leadline.adapters.store import open_store
from made_commands import HANDBOOK, a_shop, three_days, typed
from served import Served, served

POLICY = """\
---
apiVersion: leadline/v1
kind: BudgetPolicy
metadata: {name: house}
spec:
  onUnknown: closed
  roles: {lead: {people: [bob]}}
  rules:
    feature: {healthy: approve(lead), warning: approve(lead), critical: deny, depleted: deny}
    bug_fix: {healthy: allow, warning: allow, critical: allow, depleted: deny}
  breakGlass: {}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: blind, displayName: The <b>blind}
spec: {}
"""
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    shop = a_shop(tmp_path_factory.mktemp("gate"), HANDBOOK + POLICY)
    assert typed("slices", "import", three_days(shop / "s.csv"), shop=shop).code == 0
    with open_store(f"sqlite:///{shop}/handbook/.leadline/leadline.db") as store:
        store.releases.enter([], [replace(DUTY, text="Plan <b>it", due_at=DUTY.made_at - 60)])
    with served(shop, now=lambda: NOON) as running:
        for change, ref in (("feature", HOSTILE), ("bug-fix", "4f2a"), ("cake", "9c")):
            asked = {"service": "shop", "change": change, "ref": ref, "author": "ada"}
            assert running.ask("POST", "/api/v1/gate", json=asked).status_code == 200
        broken = {"service": "shop", "change": "feature", "reason": HOSTILE, "who": "ada"}
        assert running.ask("POST", "/api/v1/permits/glass", json=broken).status_code == 200
        yield running


def text(server: Served, path: str, code: int = 200) -> str:
    answer = server.ask("GET", path, headers={"Accept": "text/html"})
    assert answer.status_code == code
    assert "<script>alert" not in answer.text
    assert "<b>blind" not in answer.text
    assert "<b>it" not in answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_the_page_says_what_may_ship_what_was_answered_and_what_is_to_be_done(server: Served) -> None:
    page = text(server, "/gate")
    assert "A feature may ship on 0 of 2 services" in page
    assert "1 service cannot be told, 1 duty is overdue" in page
    assert "shop Healthy 100.0 % lead Allowed" in page
    assert "The <b>blind Unknown Cannot tell Cannot tell" in page
    assert "Cake 9c shop Blocked" in page
    assert "Bug fix 4f2a shop Allowed" in page
    assert "Plan <b>it shop critical sre, lead Overdue" in page
    assert "waits for a second person ada" in page
    assert "Cake" not in text(server, "/gate?service=blind")


def test_a_decision_tells_its_verdict_its_reasons_and_the_way_out(server: Served) -> None:
    asked = text(server, "/gate/decisions/1")
    assert "Feature of shop" in asked
    assert "Approval needed. Feature needs an approval at healthy: checkout of shop has 100.0 % of its budget" in asked
    assert "Let lead type: leadline approve 1." in asked
    assert f"Ref {HOSTILE} ." in asked
    assert "1. The worst decides: healthy" in asked
    denied = text(server, "/gate/decisions/3")
    assert "Blocked. The policy house does not know the kind cake, and denies what it does not know." in denied
    assert "exit code 1" in denied
    for nothing in ("99", "x", "-1", "9" * 40):
        assert "no decision has the number" in text(server, f"/gate/decisions/{nothing}", 404)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
@pytest.mark.parametrize("path", ["/gate", "/gate/decisions/1", "/gate/decisions/2"])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_a_phone(
    path: str, theme: str, width: int, server: Served, chromium: Any
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.goto(server.url + path)
    found = [each for each in Axe().run(page).response["violations"] if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_the_page_works_without_javascript(server: Served, chromium: Any) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/gate")
    page.get_by_role("link", name="Bug fix 4f2a").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Bug fix of shop"
    context.close()
