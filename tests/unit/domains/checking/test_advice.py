"""What lint says of a handbook without asking anybody: for each rule one that it finds, and one that it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.domains.checking.catalogue import RULES, rule_of
from leadline.handbook.loader import load
from made_commands import typed
from made_lint import linted, practice, rules, slo, the
from tree import ROOT, python_files


def test_a_handbook_with_nothing_unwise_in_it_is_clean(tmp_path: Path) -> None:
    found = linted(tmp_path, practice(slo()), code=0)
    assert (rules(found), found["objectives"], found["unanswered"]) == ([], 1, [])


@pytest.mark.parametrize(
    ("rule", "unwise", "weight"),
    [
        ("rate-of-sum", slo(bad="increase(sum(errors_total)[5m:1m])"), "warning"),
        ("blind-to-outage", slo(notes="leadline/onNoData: exclude"), "warning"),
        ("two-instants", slo(bad="errors_total offset 5m"), "error"),
        ("two-instants", slo(bad="errors_total @ 1700000000"), "error"),
        ("hidden-grouping", slo(total="sum by (path) (requests_total)"), "note"),
        ("no-description", slo(description=""), "note"),
        ("own-window", slo(bad="increase(errors_total[5m])"), "warning"),
        ("odd-counter", slo(bad="max(errors_total)"), "warning"),
        ("half-good", slo(target="0.01"), "warning"),
    ],
)
def test_what_is_unwise_is_found_with_its_place_and_the_way_out(
    rule: str, unwise: str, weight: str, tmp_path: Path
) -> None:
    found = linted(tmp_path, practice(unwise))
    one = next(each for each in found["findings"] if each["rule"] == rule)
    assert (one["weight"], one["file"].endswith("practice.yaml"), one["line"] > 1) == (weight, True, True)
    assert (one["kind"], one["name"], bool(one["way_out"])) == ("SLO", "checkout", True)


@pytest.mark.parametrize(
    ("rule", "wise"),
    [
        ("rate-of-sum", slo(bad="sum(increase(errors_total[5m]))")),
        ("blind-to-outage", slo(notes="leadline/onNoData: bad")),
        ("two-instants", slo(bad="errors_total offset 5m", total="requests_total offset 5m")),
        ("hidden-grouping", slo(total="sum by (path) (requests_total)", notes="leadline/groupBy: path")),
    ],
)
def test_what_looks_alike_and_is_sound_is_left_alone(rule: str, wise: str, tmp_path: Path) -> None:
    assert rule not in rules(linted(tmp_path, practice(wise)))


def test_what_nobody_owns_and_nothing_uses_is_told(tmp_path: Path) -> None:
    idle = "---\napiVersion: openslo/v1\nkind: Service\nmetadata: {name: attic}\nspec: {}\n"
    metric = "{metricSource: {metricSourceRef: metrics, spec: {query: x_total}}}"
    unused = (
        "---\napiVersion: openslo/v1\nkind: SLI\nmetadata: {name: dust}\n"
        f"spec: {{ratioMetric: {{counter: true, bad: {metric}, total: {metric}}}}}\n"
    )
    found = linted(tmp_path, practice(slo(), team="") + idle + unused, code=0)
    assert rules(found) == ["idle-service", "no-owner", "unused-sli"]
    assert [the(found, rule)["name"] for rule in rules(found)] == ["attic", "checkout", "dust"]


def test_an_error_ends_with_1_and_a_warning_only_when_asked(tmp_path: Path) -> None:
    linted(tmp_path, practice(slo(bad="errors_total offset 5m")), code=1)
    unowned = practice(slo(), team="")
    linted(tmp_path, unowned, code=0)
    linted(tmp_path, unowned, "--strict", code=1)


def test_an_ill_written_handbook_ends_with_2_and_tells_all_that_validate_does(tmp_path: Path) -> None:
    text = practice(slo(target="99.9"), slo("other", bad="sum(", target="0.01"))
    found = linted(tmp_path, text, code=2)
    loaded = load(tmp_path / "handbook")
    assert len(loaded.problems) == 2
    assert rules(found) == ["half-good", "ill-written", "ill-written"]
    assert {one["line"] for one in found["findings"]} == {each.line for each in (*loaded.problems, *loaded.warnings)}


def test_a_document_switches_a_rule_off_with_a_reason(tmp_path: Path) -> None:
    quiet = practice(slo(notes='leadline/lintIgnore: "no-owner: a sandbox"'), slo("other"), team="")
    found = linted(tmp_path, quiet, "--strict", code=1)
    told = {one["name"]: one["switched_off"] for one in found["findings"]}
    assert told == {"checkout": "a sandbox", "other": ""}
    assert found["counts"] == {"error": 0, "warning": 1, "note": 0, "switched_off": 1}
    whole = quiet.replace("shop, annotations: {", 'shop, annotations: {leadline/lintIgnore: "no-owner: x", ')
    assert the(linted(tmp_path, whole), "idle-ignore")["name"] == "shop"


def test_the_handbook_document_switches_a_rule_off_everywhere(tmp_path: Path) -> None:
    note = 'leadline/lintIgnore: "no-owner: everything is ours; no-description: never"'
    book = (
        f"---\napiVersion: leadline/v1\nkind: Handbook\nmetadata: {{name: all, annotations: {{{note}}}}}\nspec: {{}}\n"
    )
    found = linted(tmp_path, practice(slo(), slo("other"), team="") + book, "--strict", code=0)
    assert rules(found) == ["idle-ignore"]
    assert the(found, "idle-ignore")["value"] == "no-description"


def test_a_switch_without_a_reason_or_of_no_rule_is_told(tmp_path: Path) -> None:
    without = linted(tmp_path, practice(slo(notes='leadline/lintIgnore: "no-owner"')), code=2)
    assert "without a reason" in the(without, "ill-written")["what"]
    slip = linted(tmp_path, practice(slo(notes='leadline/lintIgnore: "no-ovner: x"')), code=0)
    assert "did you mean no-owner?" in the(slip, "unknown-rule")["way_out"]


def test_a_part_of_the_handbook_is_looked_at_alone(tmp_path: Path) -> None:
    text = practice(slo("one", description=""), slo("two", description=""))
    assert the(linted(tmp_path, text, "--slo", "two"), "no-description")["name"] == "two"
    assert linted(tmp_path, text, "--slo", "two")["objectives"] == 1


def test_trap_19_a_rule_file_of_several_documents_is_an_error(tmp_path: Path) -> None:
    one = "groups: [{name: a, rules: [{record: x, expr: '1'}, {record: y, expr: '1'}]}]\n"
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "fine.yaml").write_text(one)
    assert rules(linted(tmp_path, practice(slo()), "--rule-files", str(folder), code=0)) == []
    (folder / "lost.yaml").write_text(f"{one}---\n{one}")
    found = linted(tmp_path, practice(slo()), "--rule-files", str(folder), code=1)
    lost = the(found, "several-documents")
    assert (lost["file"].endswith("lost.yaml"), lost["line"], "drops 2 rules" in lost["what"]) == (True, 3, True)


def test_every_warning_of_the_loader_has_a_rule_of_its_own(tmp_path: Path) -> None:
    told = [rule_of(words) for rule in RULES.values() for words in rule.told_as]
    assert sorted(set(told)) == sorted(rule.id for rule in RULES.values() if rule.told_as)
    text = "".join(path.read_text(encoding="utf-8") for path in python_files("src/leadline/handbook"))
    silent = [words for rule in RULES.values() for words in rule.told_as if words not in text]
    assert silent == [], "a warning was worded anew; say so in the catalogue"


@pytest.mark.parametrize("name", ["starter", "virtengine"])
def test_the_handbooks_that_are_shipped_have_no_error(name: str) -> None:
    ran = typed("lint", "--json", "--handbook", str(ROOT / "handbooks" / name), shop=ROOT)
    assert (ran.code, ran.json["counts"]["error"], rules(ran.json).count("unwise")) == (0, 0, 0)


def test_trap_14_an_alert_that_no_failure_reaches_is_told(tmp_path: Path) -> None:
    # At 90 % everything bad burns at 10: the workbook's 13.4 is out of reach, its 5.6 is not.
    found = linted(tmp_path, practice(slo(target="0.9")))
    assert "with every event bad it burns at 10" in the(found, "unreachable-alert")["what"]
    assert "unreachable-alert" not in rules(linted(tmp_path, practice(slo(target="0.95"))))


def test_trap_17_one_error_that_pages_is_told_with_the_traffic_below_which_it_does(tmp_path: Path) -> None:
    # The workbook's table: 69.4 requests an hour at a factor of 14.4 over 30 days.
    found = linted(tmp_path, practice(slo(notes="leadline/lowTraffic: 'off'")))
    assert the(found, "one-error-pages")["what"] == "one error pages below 69.4 events an hour"
    assert rules(linted(tmp_path, practice(slo(notes="leadline/lowTraffic: 'on'")))) == []


def test_what_the_loader_warns_of_is_told_once(tmp_path: Path) -> None:
    two = slo(target="0.9").replace("{target: 0.9}", "{target: 0.9}, {target: 0.92}")
    named = linted(tmp_path, practice(two, notes="leadline/strategy: workbook"))
    assert [one["slo"] for one in named["findings"] if one["rule"] == "unreachable-alert"] == ["", ""]
    unnamed = linted(tmp_path, practice(two))
    told = [one["slo"] for one in unnamed["findings"] if one["rule"] == "unreachable-alert"]
    assert told == ["checkout/1", "checkout/2"]


def test_trap_15_a_page_within_the_budget_is_a_warning_and_a_ticket_a_note_told_once(tmp_path: Path) -> None:
    # Over 28 d the workbook's ticket of 3 d has 0.1 * 28 / 3 = 0.933; over 1 d its page of 1 h has 0.02 * 24 = 0.48.
    month = linted(tmp_path, practice(slo("one", window="28d"), slo("two", window="28d")), "--strict", code=0)
    early = the(month, "alert-within-budget")
    assert (early["weight"], early["value"], early["slo"]) == ("note", "0.933", "one, two")
    day = linted(tmp_path, practice(slo(window="1d")))
    pages = [one["value"] for one in day["findings"] if one["weight"] == "warning"]
    assert pages == ["0.48", "0.2"]


def test_an_objective_without_any_alert_is_told(tmp_path: Path) -> None:
    # Over 90 d the factors are 43, 18, 9 and 3, and with every event bad 50 % burns at 2.
    found = linted(tmp_path, practice(slo(target="0.5", window="90d")))
    assert [rule for rule in rules(found) if "alert" in rule] == ["no-alert"]


def test_switches_outside_of_the_part_that_is_looked_at_are_left_alone(tmp_path: Path) -> None:
    quiet = slo("one", description="", notes='leadline/lintIgnore: "no-description: told elsewhere"')
    assert rules(linted(tmp_path, practice(quiet, slo("two")), "--slo", "two")) == []
