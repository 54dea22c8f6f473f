"""Laws of policies and of the gate, over policies that nobody has thought of."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from leadline.core.decisions import rule
from leadline.core.policies import WORSENING, Outcome, is_at_least_as_strict, looser_levels
from leadline.core.questions import Hold, Inputs, OpenIncident, Standing
from leadline.core.terms import Level
from leadline.domains.releases.gathering import terms_of
from leadline.domains.releases.recorded import inputs_of, inputs_text, ruling_of, ruling_text
from leadline.handbook.loader import load
from leadline.handbook.specs import BudgetPolicy

ROLES = ("lead", "sre", "vp", "cto")
NOW = 1_772_625_600
_approvals = st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True).map(
    lambda roles: f"approve({', '.join(roles)})"
)
verdicts = st.one_of(st.just("allow"), st.just("deny"), _approvals)
rules = st.dictionaries(
    st.sampled_from(["feature", "bug-fix", "security_patch", "own"]),
    st.fixed_dictionaries({}, optional={level.value: verdicts for level in (*WORSENING, Level.UNKNOWN)}),
    min_size=1,
)
aboves = st.sampled_from([{}, {"vp": ["lead", "sre"], "cto": ["vp"]}, {"cto": ["lead", "sre", "vp"]}])
levels = st.lists(st.sampled_from(list(Level)), max_size=4)


def read(folder: Path, written: dict[str, dict[str, str]], above: dict[str, list[str]]) -> BudgetPolicy | None:
    """The policy as it loads; None when it does not."""
    roles = {role: {"above": above.get(role, [])} for role in ROLES}
    spec = {"onUnknown": "closed", "roles": roles, "rules": written}
    document = {"apiVersion": "leadline/v1", "kind": "BudgetPolicy", "metadata": {"name": "made"}, "spec": spec}
    (folder / "policy.yaml").write_text(json.dumps(document), encoding="utf-8")
    found = load(folder).handbook
    return found.policies["made"] if found else None


def standings(of: list[Level]) -> tuple[Standing, ...]:
    return tuple(Standing(f"slo-{place}", "shop", level, "", 0.1, 0.9) for place, level in enumerate(of))


def asked(policy: BudgetPolicy, kind: str, of: list[Level]) -> Inputs:
    return Inputs(
        1, "shop", kind, "4f2a", "ada", NOW, NOW - 120, (), terms_of(policy, kind), standings(of), (), (), (), ()
    )


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=rules, above=aboves)
def test_a_policy_that_loads_never_allows_more_at_a_worse_level(
    written: dict[str, dict[str, str]], above: dict[str, list[str]], tmp_path: Path
) -> None:
    policy = read(tmp_path, written, above)
    assume(policy is not None)
    assert policy is not None
    for kind, row in policy.rules.items():
        assert list(looser_levels(row, above)) == []
        weights = [rule(asked(policy, kind, [level])).outcome.weight for level in WORSENING]
        assert weights == sorted(weights)
        for better, worse in pairwise(WORSENING):
            assert is_at_least_as_strict(row[worse], row[better], above)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=rules, above=aboves, of=levels, kind=st.sampled_from(["feature", "bug_fix", "own", "nobody"]))
def test_nothing_is_allowed_without_knowledge_where_a_policy_fails_closed(
    written: dict[str, dict[str, str]], above: dict[str, list[str]], of: list[Level], kind: str, tmp_path: Path
) -> None:
    policy = read(tmp_path, written, above)
    assume(policy is not None)
    assert policy is not None
    ruling = rule(asked(policy, kind, of))
    if not of or Level.UNKNOWN in of:
        assert ruling.outcome is not Outcome.ALLOW
    if kind not in policy.rules:
        assert ruling.outcome is Outcome.DENY
    surely = rule(asked(policy, kind, [Level.DEPLETED, *of])).outcome
    assert surely.weight >= rule(asked(policy, kind, [Level.DEPLETED])).outcome.weight


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=rules, of=levels, more=st.sampled_from(list(Level)), text=st.text(max_size=20))
def test_another_objective_never_makes_an_answer_milder_and_the_record_gives_it_again(
    written: dict[str, dict[str, str]], of: list[Level], more: Level, text: str, tmp_path: Path
) -> None:
    policy = read(tmp_path, written, {})
    assume(policy is not None)
    assert policy is not None
    for kind in policy.rules:
        inputs = replace(
            asked(policy, kind, [*of, Level.HEALTHY]),
            ref=text,
            holds=(Hold(text, text, None, "approve", ("sre",), ()),),
            incidents=(OpenIncident(1, text, "sev-2"),),
        )
        more_asked = replace(inputs, standings=standings([*of, Level.HEALTHY, more]))
        assert rule(more_asked).outcome.weight >= rule(inputs).outcome.weight
        written_down = inputs_text(inputs)
        assert inputs_of(written_down) == inputs
        assert inputs_text(inputs_of(written_down)) == written_down
        ruling = rule(inputs)
        assert ruling_of(ruling_text(ruling)) == ruling == rule(inputs_of(written_down))
