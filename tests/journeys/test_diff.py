"""Two handbooks and one ledger: what a change does to the budgets, told before it is merged."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from instants import NOON_SECONDS
from interfaces.cli.test_exit_codes import PROMETHEUS
from made_commands import AT, HANDBOOK, Ran, a_shop, typed
from servers import find_program

POLICY = """\
---
apiVersion: leadline/v1
kind: BudgetPolicy
metadata: {name: usual}
spec:
  rules:
    feature: {healthy: allow, warning: "approve(sre)", critical: deny, depleted: deny}
    security_patch: {healthy: allow, warning: allow, critical: allow, depleted: "approve(sre)"}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Three days with 59 bad of 100,000 a minute: of a budget of 0.1 % that leaves 41 %, of 0.05 % it leaves -18 %."""
    shop = a_shop(tmp_path, HANDBOOK + POLICY)
    starts = range(NOON_SECONDS - 3 * 86_400, NOON_SECONDS, 60)
    lines = "".join(f"requests,{start},59,100000\n" for start in starts)
    (shop / "s.csv").write_text(f"sli,start,bad,total\n{lines}")
    assert typed("slices", "import", shop / "s.csv", shop=shop).code == 0
    return shop


def other(shop: Path, *edits: tuple[str, str], name: str = "other") -> Path:
    """A copy of the handbook with these words in the place of others."""
    text = (shop / "handbook" / "shop.yaml").read_text()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (shop / name).mkdir(exist_ok=True)
    (shop / name / "shop.yaml").write_text(text)
    return shop / name


def compared(shop: Path, after: Path, *arguments: str) -> Ran:
    database = f"sqlite:///{shop}/handbook/.leadline/leadline.db"
    return typed("diff", shop / "handbook", after, "--at", AT, "--database", database, *arguments, shop=shop)


def effects(shop: Path, after: Path) -> list[dict[str, Any]]:
    ran = compared(shop, after, "--json")
    assert ran.code == 0, ran.err
    return list(ran.json["effects"])


def test_a_stricter_target_is_told_with_what_it_leaves(shop: Path) -> None:
    ran = compared(shop, other(shop, ("0.999", "0.9995")))
    assert ran.code == 0, ran.err
    assert "spec.objectives[0].target: 0.999 → 0.9995" in ran.out
    assert "▼ checkout: 0.999 → 0.9995, remaining 41.0% → -18.0%, level warning → depleted" in ran.out
    assert "gate: feature approve(sre) → deny" in ran.out
    assert "gate: security_patch allow → approve(sre)" in ran.out


def test_unrounded_numbers_decide_what_is_worse(shop: Path) -> None:
    [effect] = effects(shop, other(shop, ("0.999", "0.99900001")))
    assert (effect["outcome"], effect["before"]["level"], effect["after"]["level"]) == ("worse", "warning", "warning")
    assert effect["before"]["remaining"] == pytest.approx(0.41, abs=1e-12)
    assert effect["after"]["remaining"] == pytest.approx(1 - 59e-5 / 0.00099999, abs=1e-9)


def test_a_looser_target_a_new_one_and_one_that_is_gone(shop: Path) -> None:
    [better] = effects(shop, other(shop, ("0.999", "0.99")))
    assert (better["outcome"], better["after"]["level"]) == ("better", "healthy")
    more = other(shop, ("objectives: [{target: 0.999}]", "objectives: [{target: 0.999}, {target: 0.5}]"))
    assert {each["slo"]: each["outcome"] for each in effects(shop, more)} == {
        "checkout": "removed", "checkout/1": "added", "checkout/2": "added",
    }  # fmt: skip


def test_equal_handbooks_have_no_difference(shop: Path) -> None:
    ran = compared(shop, other(shop), "--json", "--fail-on", "worse")
    assert (ran.code, ran.json["documents"], ran.json["effects"], ran.json["unaffected"]) == (0, [], [], 1)


def test_what_has_no_history_cannot_be_told(shop: Path) -> None:
    renamed = other(
        shop,
        ("metadata:\n  name: requests", "metadata:\n  name: calls"),
        ("indicatorRef: requests", "indicatorRef: calls"),
    )
    [effect] = effects(shop, renamed)
    assert (effect["outcome"], effect["before"]["level"], effect["after"]["level"]) == (
        "cannot tell",
        "warning",
        "unknown",
    )
    rest = HANDBOOK.split("---\n", 1)[1]
    asked = rest.replace("people, spec: {}}", 'people, spec: {query: "x_total"}}')
    (shop / "other" / "shop.yaml").write_text(PROMETHEUS.replace("PORT", "9") + "---\n" + asked + POLICY)
    [effect] = effects(shop, shop / "other")
    assert (effect["outcome"], "measures something else" in effect["reason"]) == ("cannot tell", True)


def test_a_policy_that_changes_is_told_for_every_objective(shop: Path) -> None:
    [effect] = effects(shop, other(shop, ('warning: "approve(sre)"', "warning: deny")))
    assert (effect["outcome"], effect["gate"]) == (
        "same",
        [{"key": "feature", "before": "approve(sre)", "after": "deny"}],
    )


def test_alerts_that_come_and_go_are_told(shop: Path) -> None:
    note = '  annotations: {leadline/lowTraffic: "off"}'
    ran = compared(shop, other(shop, ("name: checkout", f"name: checkout\n{note}")))
    assert "= checkout: 0.999, remaining 41.0%, level warning" in ran.out
    # 2 % of the budget of two days in an hour: 0.02 * 48 h / 1 h.
    assert "alert taken out: page-1h: page at 0.96x over 1h and 0.96x over 5m\n" in ran.out
    assert "alert added: page-1h: page at 0.96x over 1h and 0.96x over 5m, however few events\n" in ran.out


def test_it_fails_only_on_what_it_is_told_to(shop: Path) -> None:
    worse = other(shop, ("0.999", "0.9995"))
    assert compared(shop, worse, "--fail-on", "removed").code == 0
    assert compared(shop, worse, "--fail-on", "worse").code == 1
    assert compared(shop, worse, "--fail-on", "wrose").code == 2
    assert compared(shop, other(shop, ("0.999", "99.9"), name="ill")).code == 2


def test_a_comment_on_a_pull_request_says_the_same_and_calls_nobody(shop: Path) -> None:
    after = other(shop, ("0.999", "0.9995"), ("description: Sells things.", "description: 'x | <b> @everyone `y`'"))
    ran = compared(shop, after, "--format", "markdown")
    assert "| ▼ | `checkout` | 0.999 → 0.9995, remaining 41.0% → -18.0%" in ran.out
    assert "<b>" not in ran.out
    assert "@everyone" not in ran.out
    assert "x \\| &lt;b>" in ran.out


@pytest.mark.parametrize("form", ["sarif", "junit"])
def test_other_programs_read_the_effects(shop: Path, form: str) -> None:
    ran = compared(shop, other(shop, ("0.999", "0.9995")), "--format", form)
    assert (ran.code, "budget-worse" in ran.out, "level warning → depleted" in ran.out) == (0, True, True)


@pytest.mark.skipif(find_program("git") is None, reason="needs git")
def test_a_revision_of_git_is_compared_with_the_working_folder(shop: Path) -> None:
    git = ["git", "-C", str(shop), "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for arguments in (["init", "-q"], ["add", "handbook/shop.yaml"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *arguments], check=True)
    file = shop / "handbook" / "shop.yaml"
    file.write_text(file.read_text().replace("0.999", "0.9995"))
    ran = typed("diff", "HEAD", "--at", AT, shop=shop)
    assert (ran.code, ran.out.startswith("HEAD → ")) == (0, True), ran.err
    assert "remaining 41.0% → -18.0%" in ran.out
    file.write_text(file.read_text().replace("0.9995", "99.9"))
    subprocess.run([*git, "commit", "-q", "-a", "-m", "ill"], check=True)
    file.write_text(file.read_text().replace("99.9", "0.999"))
    ran = typed("diff", "HEAD", "--at", AT, shop=shop)
    assert (ran.code, "HEAD-handbook/shop.yaml" in ran.err) == (2, True), ran.err
    ran = typed("diff", "no-such-revision", "--at", AT, shop=shop)
    assert (ran.code, "neither a folder nor a revision" in ran.err or "no such folder" in ran.err) == (2, True)


@pytest.mark.skipif(find_program("git") is None, reason="needs git")
@pytest.mark.parametrize("name", ["--output=owned", "$(touch owned)", "HEAD; touch owned", "-h"])
def test_the_name_of_a_revision_is_never_an_option_nor_a_command(shop: Path, name: str) -> None:
    subprocess.run(["git", "-C", str(shop), "init", "-q"], check=True)
    ran = typed("diff", "--at", AT, "--", name, shop=shop)
    assert ran.code == 2
    assert not (shop / "owned").exists()
    assert not Path("owned").exists()
