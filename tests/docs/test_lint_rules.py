"""The page about lint has the rules that there are."""

from __future__ import annotations

import runpy

from leadline.domains.checking.catalogue import RULES
from tree import ROOT

SCRIPT = runpy.run_path(str(ROOT / "scripts" / "lint_rules.py"), run_name="rules")
PAGE = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")


def test_the_page_has_the_table_of_the_catalogue() -> None:
    assert SCRIPT["with_table"](PAGE) == PAGE, "run scripts/lint_rules.py"


def test_every_rule_says_what_it_finds_and_why() -> None:
    short = [rule.id for rule in RULES.values() if len(rule.reason) < 20 or not rule.title.endswith(".")]
    assert short == []
