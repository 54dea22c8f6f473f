"""Policies as they are written: what is refused, what is filled in, and what comes with Leadline."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.core.policies import WORSENING, OnUnknown, is_at_least_as_strict
from leadline.core.terms import Level
from leadline.handbook.loader import Loaded, load
from leadline.handbook.policies import shipped_policy

HEAD = """\
apiVersion: leadline/v1
kind: BudgetPolicy
metadata: {name: standard}
spec:
"""
RULES = """\
  rules:
    feature: {healthy: allow, warning: approve(sre), critical: deny, depleted: deny}
    security-patch: {healthy: allow, warning: allow, critical: approve(sre), depleted: approve(cto)}
"""
PATCH = "spec.rules.security-patch"
MILDER = "says approve(sre); say nothing milder here, or less there"
ROLES = "  roles: {cto: {above: [sre]}}\n"


def read(folder: Path, text: str) -> Loaded:
    (folder / "policy.yaml").write_text(HEAD + text, encoding="utf-8")
    return load(folder)


def problems(folder: Path, text: str) -> list[str]:
    return [f"{p.line} {p.key}: {p.what}, read {p.value}, {p.hint}" for p in read(folder, text).problems]


def test_eb_19_a_worse_level_that_allows_more_is_refused_with_its_line(tmp_path: Path) -> None:
    assert problems(tmp_path, RULES.replace("critical: deny", "critical: allow") + ROLES) == [
        f"6 spec.rules.feature.critical: critical allows more than warning, read allow, warning {MILDER}"
    ]
    assert problems(tmp_path, RULES.replace("depleted: approve(cto)", "depleted: approve(intern)") + ROLES) == [
        f"7 {PATCH}.depleted: depleted allows more than critical, read approve(intern), critical {MILDER}"
    ]


def test_without_a_rank_another_role_is_not_as_strict(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, RULES)
    assert "depleted allows more than critical" in told
    assert read(tmp_path, RULES + ROLES).problems == ()


def test_a_role_above_itself_and_kinds_and_services_that_are_not_there_are_refused(tmp_path: Path) -> None:
    circle = "  roles: {cto: {above: [sre]}, sre: {above: [cto]}}\n"
    assert [told.split(",")[0] for told in problems(tmp_path, RULES + circle)] == [
        "8 spec.roles.cto.above[0]: a role above itself",
        "8 spec.roles.sre.above[0]: a role above itself",
    ]
    freezes = """\
  freezes:
    - {name: year-end, start: 2026-12-20T00:00, end: 2026-12-10T00:00, zone: Europe/Berlin, passes: [hotfix]}
    - {name: fridays, start: 2026-01-02T15:00, duration: 9h, recurrence: FREQ=WEEKLY;BYDAY=FR, services: [shp]}
  calendars:
    - {name: days, start: "17:00", end: "09:00", kinds: [featur], outside: allow}
  incidents: {deny: [features]}
"""
    told = [line.split(", ")[0].partition(" ")[2] for line in problems(tmp_path, RULES + ROLES + freezes)]
    assert told == [
        "spec.freezes[0].end: ends before it starts",
        "spec.freezes[0].passes[0]: no such kind of change",
        "spec.freezes[1].zone: missing key",
        "spec.freezes[1].services[0]: no such Service",
        "spec.calendars[0].end: ends before it starts",
        "spec.calendars[0].kinds[0]: no such kind of change",
        "spec.calendars[0].outside: a calendar that allows outside its hours",
        "spec.incidents.deny[0]: no such kind of change",
    ]


def test_a_level_that_is_not_written_takes_the_verdict_of_the_next_worse_one_and_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, "  rules: {feature: {healthy: allow, critical: approve(sre)}, own: {warning: deny}}\n")
    assert found.handbook is not None
    rules = found.handbook.policies["standard"].rules
    assert [str(rules["feature"][level]) for level in WORSENING] == ["allow", "approve(sre)", "approve(sre)", "deny"]
    assert [str(rules["own"][level]) for level in WORSENING] == ["deny"] * 4
    assert [f"{told.key}: {told.what}, {told.hint}" for told in found.warnings] == [
        "spec.rules.feature: no verdict for depleted, it is deny, as the next worse one; write it down",
        "spec.rules.feature: no verdict for warning, it is approve(sre), as the next worse one; write it down",
        "spec.rules.own: no verdict for healthy, it is deny, as the next worse one; write it down",
    ]


def test_nothing_is_allowed_without_knowledge_unless_the_policy_says_that_it_fails_open(tmp_path: Path) -> None:
    unknown = RULES.replace("healthy: allow, warning: allow", "unknown: allow, healthy: allow, warning: allow") + ROLES
    (told,) = problems(tmp_path, unknown)
    assert told.startswith("7 spec.rules.security-patch.unknown: allowed without knowledge, and")
    (told,) = problems(tmp_path, unknown.replace("unknown: allow", "unknown: approve(sre)"))
    assert "depleted says approve(cto)" in told
    assert problems(tmp_path, unknown.replace("unknown: allow", "unknown: approve(cto)")) == []
    opened = read(tmp_path, "  onUnknown: open\n" + unknown).handbook
    assert opened is not None
    assert opened.policies["standard"].on_unknown is OnUnknown.OPEN


def test_eb_20_kinds_are_words_of_the_policy_whatever_their_hyphens(tmp_path: Path) -> None:
    found = read(tmp_path, RULES + ROLES).handbook
    assert found is not None
    assert list(found.policies["standard"].rules) == ["feature", "security_patch"]
    twice = RULES + "    security_patch: {healthy: allow, warning: deny, critical: deny, depleted: deny}\n" + ROLES
    (told,) = problems(tmp_path, twice)
    assert told.startswith("8 spec.rules.security_patch: a kind of change twice")


def test_a_security_patch_that_is_worse_off_than_a_feature_is_told(tmp_path: Path) -> None:
    worse = RULES.replace("security-patch: {healthy: allow", "security-patch: {healthy: approve(sre)")
    worse = worse.replace("approve(sre), warning: allow", "approve(sre), warning: approve(sre)") + ROLES
    found = read(tmp_path, worse)
    assert found.problems == ()
    assert [told.what for told in found.warnings] == ["a security_patch is worse off than a feature"]


def test_the_shipped_policy_fails_closed_and_a_security_patch_is_never_worse_off_than_a_feature() -> None:
    policy = shipped_policy()
    above = {name: role.above for name, role in policy.roles.items()}
    feature = policy.rules["feature"]
    assert policy.on_unknown is OnUnknown.CLOSED
    assert [str(feature[level]) for level in WORSENING] == ["allow", "approve(owner)", "deny", "deny"]
    for level in WORSENING:
        assert is_at_least_as_strict(feature[level], policy.rules["security_patch"][level], above)
    assert Level.UNKNOWN not in feature
    assert set(policy.rules) == {
        "feature", "experiment", "bug_fix", "critical_bug_fix", "stability", "performance", "refactoring",
        "infrastructure", "security_patch", "emergency_fix", "remediation",
    }  # fmt: skip


@pytest.mark.parametrize(("policies", "holds"), [(0, "shipped"), (1, "standard"), (2, "shipped")])
def test_a_service_that_names_no_policy_has_the_default_or_the_only_one_or_the_shipped(
    policies: int, holds: str, tmp_path: Path
) -> None:
    service = "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: shop}\nspec: {}\n"
    texts = [HEAD.replace("standard", name) + RULES + ROLES for name in ("standard", "strict")[:policies]]
    (tmp_path / "all.yaml").write_text("---\n".join([service, *texts]), encoding="utf-8")
    found = load(tmp_path).handbook
    assert found is not None
    policy = found.policy_of("shop")
    assert policy is not None
    assert policy.name == holds
