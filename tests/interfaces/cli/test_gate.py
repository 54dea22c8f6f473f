"""`leadline gate` as a pipeline types it: exit codes, words, and answers that are recomputed."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from made_commands import HANDBOOK, a_shop, typed

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
    cleanup: {healthy: deny, warning: deny, critical: deny, depleted: deny}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: blind}
spec: {}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop that is healthy now, since the gate judges now."""
    made = a_shop(tmp_path_factory.mktemp("gate"), HANDBOOK + POLICY)
    now = int(datetime.now(UTC).timestamp()) // 60 * 60
    lines = "".join(f"requests,{start},0,1000\n" for start in range(now - 3 * 86_400, now, 60))
    (made / "s.csv").write_text(f"sli,start,bad,total\n{lines}")
    assert typed("slices", "import", made / "s.csv", shop=made).code == 0
    return made


@pytest.mark.parametrize(
    ("service", "change", "code", "said"),
    [
        ("shop", "bug-fix", 0, "allowed: bug_fix 4f2a of shop, which is healthy"),
        ("shop", "cleanup", 1, "denied: cleanup is denied at healthy: checkout of shop has 100.0 % of its budget left"),
        ("shop", "cake", 1, "denied: the policy house does not know the kind cake"),
        ("blind", "bug_fix", 3, "cannot tell: blind has no objective that could be judged"),
        ("shop", "feature", 5, "still wanted: lead"),
    ],
)
def test_the_exit_code_is_the_answer_and_the_words_say_why(
    service: str, change: str, code: int, said: str, shop: Path
) -> None:
    ran = typed("gate", "--service", service, "--change", change, "--ref", "4f2a", shop=shop)
    assert ran.code == code
    assert said in ran.out
    assert "by the policy house, which fails closed" in ran.out
    as_json = typed("gate", "--service", service, "--change", change, "--ref", "4f2a", "--json", shop=shop)
    assert (as_json.code, as_json.json["exit_code"]) == (code, code)


def test_a_service_that_is_not_there_is_no_answer(shop: Path) -> None:
    ran = typed("gate", "--service", "shp", "--change", "feature", shop=shop)
    assert (ran.code, ran.out) == (4, "")
    assert "did you mean shop?" in ran.err


def test_an_approval_lets_the_change_through_and_the_record_is_recomputed(shop: Path) -> None:
    question = ("gate", "--service", "shop", "--change", "feature", "--ref", "9c", "--author", "ada")
    number = str(typed(*question, "--json", shop=shop).json["id"])
    assert typed("approve", number, "--who", "ada", shop=shop).code == 4
    assert typed("approve", number, "--who", "bob", shop=shop).code == 0
    again = typed(*question, shop=shop)
    assert (again.code, "approved by bob as lead" in again.out) == (0, True)
    (shop / "handbook" / "more.yaml").write_text(POLICY.split("---")[2].replace("blind", "other"))
    assert typed("decision", "verify", "--all", shop=shop).code == 0
    database = sqlite3.connect(shop / "handbook" / ".leadline" / "leadline.db")
    with database:
        database.execute("UPDATE decision SET inputs = replace(inputs, 'healthy', 'warning') WHERE id = ?", (number,))
    database.close()
    verified = typed("decision", "verify", "--all", shop=shop)
    assert verified.code == 1
    assert f"decision {number}: the record was changed" in verified.out
