"""The gate's answers, worked out from all that it knows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instants import NOON_SECONDS as NOON
from leadline.core.decisions import rule
from leadline.core.policies import OnUnknown, Outcome
from leadline.core.questions import (
    Hold,
    Inputs,
    OpenIncident,
    Permit,
    PermitForm,
    Rank,
    Rule,
    Standing,
    Terms,
)
from leadline.core.terms import Level

RULES = (
    Rule(Level.HEALTHY, "allow", ()),
    Rule(Level.WARNING, "approve", ("lead", "sre")),
    Rule(Level.CRITICAL, "deny", ()),
    Rule(Level.DEPLETED, "deny", ()),
)
TERMS = Terms(
    policy="standard",
    on_unknown=OnUnknown.CLOSED,
    rules=RULES,
    ranks=(Rank("vp", ("lead", "sre")), Rank("cto", ("vp",))),
    checklist=("rollback",),
    checklist_at=(Level.WARNING,),
    exception_roles=tuple(Rank(level, (role,)) for level, role in (("warning", "vp"), ("critical", "cto"))),
    incident_severities=("sev-1",),
    is_denied_while_paging=True,
)


def standing(level: Level, slo: str = "checkout", **more: object) -> Standing:
    reason = "newest slice is 30 min old" if level is Level.UNKNOWN else ""
    return replace(Standing(slo, "shop", level, reason, 0.4, 1.0), **more)  # type: ignore[arg-type]  # fields by name


def asked(*levels: Level, **more: object) -> Inputs:
    standings = tuple(standing(level, f"slo-{place}") for place, level in enumerate(levels))
    blank = Inputs(1, "shop", "feature", "4f2a", "ada", NOON, NOON - 120, (), TERMS, standings, (), (), (), ())
    return replace(blank, **more)  # type: ignore[arg-type]  # fields by name


def approval(role: str, who: str = "bob", **more: object) -> Permit:
    made = Permit(7, PermitForm.APPROVAL, role, who, "", NOON + 3600, ("rollback",))
    return replace(made, **more)  # type: ignore[arg-type]  # fields by name


H, W, C, D, U = Level.HEALTHY, Level.WARNING, Level.CRITICAL, Level.DEPLETED, Level.UNKNOWN
ALLOW, APPROVE, UNKNOWN, DENY = Outcome


@pytest.mark.parametrize(
    ("levels", "outcome"),
    [
        ((H,), ALLOW), ((W,), APPROVE), ((C,), DENY), ((D,), DENY), ((U,), UNKNOWN), ((), UNKNOWN),
        ((H, W), APPROVE), ((W, U), UNKNOWN), ((U, C), DENY), ((H, U), UNKNOWN), ((D, U, W, H), DENY),
    ],
)  # fmt: skip
def test_of_several_objectives_deny_outweighs_unknown_and_that_outweighs_approval(
    levels: tuple[Level, ...], outcome: Outcome
) -> None:
    assert rule(asked(*levels)).outcome is outcome
    assert rule(asked(*reversed(levels))).outcome is outcome


def test_a_kind_that_the_policy_does_not_know_is_denied_before_anything_is_looked_at() -> None:
    ruling = rule(asked(H, terms=replace(TERMS, rules=())))
    assert (ruling.outcome, ruling.reasons[0].code) == (DENY, "unknown_kind")
    glass = Permit(3, PermitForm.BREAK_GLASS, "", "bob", "eve", NOON + 60)
    assert rule(asked(H, terms=replace(TERMS, rules=()), permits=(glass,))).outcome is DENY


def test_fail_open_allows_what_cannot_be_told_with_a_warning_but_not_a_service_without_objectives() -> None:
    terms = replace(TERMS, on_unknown=OnUnknown.OPEN)
    ruling = rule(asked(H, U, terms=terms))
    assert ruling.outcome is ALLOW
    assert ruling.warnings == (
        "allowed without knowledge, as the policy fails open: slo-1 of shop cannot be told: newest slice is 30 min old",
    )
    assert rule(asked(W, U, terms=terms)).outcome is APPROVE
    assert rule(asked(C, U, terms=terms)).outcome is DENY
    assert rule(asked(terms=terms)).outcome is UNKNOWN


def test_what_is_denied_at_every_level_is_denied_where_the_level_cannot_be_told() -> None:
    never = tuple(Rule(level, "deny", ()) for level in (H, W, C, D))
    for on_unknown in OnUnknown:
        assert rule(asked(U, terms=replace(TERMS, rules=never, on_unknown=on_unknown))).outcome is DENY


def test_an_approval_may_be_wanted_where_nothing_is_known_and_allow_may_not_be_said() -> None:
    asking = replace(TERMS, rules=(*RULES, Rule(U, "approve", ("cto",))))
    assert rule(asked(U, terms=asking)).needs == ("cto",)
    saying = replace(TERMS, rules=(*RULES, Rule(U, "allow", ())))
    assert rule(asked(U, terms=saying)).outcome is UNKNOWN


def test_every_wanted_role_must_approve_and_a_higher_one_stands_in_for_both() -> None:
    assert rule(asked(W)).needs == ("lead", "sre")
    half = rule(asked(W, permits=(approval("sre"),)))
    assert (half.outcome, half.needs, half.checklist) == (APPROVE, ("lead",), ("rollback",))
    assert rule(asked(W, permits=(approval("sre"), approval("lead", id=8)))).approvals == (7, 8)
    assert rule(asked(W, permits=(approval("cto"),))).outcome is ALLOW


def test_eb_20_an_approval_ends_and_nobody_approves_his_own_change_or_without_the_checklist() -> None:
    for wrong, why in (
        (approval("cto", expires_at=NOON), "the approval of bob ran out 2026-03-04 12:00 UTC"),
        (approval("cto", who=" Ada "), "the approval of  Ada  does not count: nobody approves a change of his own"),
        (approval("cto", checked=()), "the approval of bob does not count: rollback not seen to"),
    ):
        ruling = rule(asked(W, permits=(wrong,)))
        assert (ruling.outcome, ruling.warnings) == (APPROVE, (why,))


def test_eb_20_an_exception_counts_until_it_ends_and_only_by_whom_the_level_asks_for() -> None:
    granted = Permit(3, PermitForm.EXCEPTION, "vp", "bob", "", NOON + 60)
    assert rule(asked(W, permits=(granted,))).permit == 3
    assert rule(asked(C, permits=(granted,))).outcome is DENY
    assert rule(asked(C, permits=(replace(granted, role="cto"),))).outcome is ALLOW
    assert rule(asked(D, permits=(replace(granted, role="cto"),))).outcome is DENY, "nobody grants one there"
    assert rule(asked(W, permits=(replace(granted, expires_at=NOON),))).outcome is APPROVE
    assert rule(asked(W, permits=(replace(granted, who="ada"),))).outcome is APPROVE


def test_a_broken_glass_counts_once_a_second_person_has_confirmed_it() -> None:
    glass = Permit(3, PermitForm.BREAK_GLASS, "", "ada", "", NOON + 60)
    assert rule(asked(D, permits=(glass,))).outcome is DENY
    assert rule(asked(D, permits=(replace(glass, second="ADA"),))).outcome is DENY
    assert rule(asked(D, U, permits=(replace(glass, second="bob"),))).permit == 3


def test_a_freeze_lets_only_the_kinds_pass_that_it_names() -> None:
    freeze = Hold("freeze year-end", "nobody is here", NOON + 86_400, "deny", (), ("security_patch",))
    ruling = rule(asked(H, holds=(freeze,)))
    assert ruling.outcome is DENY
    assert ruling.reasons[0].text == "freeze year-end holds until 2026-03-05 12:00 UTC: nobody is here"
    assert rule(asked(H, holds=(freeze,), kind="security_patch")).outcome is ALLOW


def test_outside_a_calendar_an_approval_may_be_wanted_of_the_kinds_it_concerns() -> None:
    closed = Hold("calendar days", "", None, "approve", ("sre",), (), ("feature",))
    assert rule(asked(H, holds=(closed,))).needs == ("sre",)
    assert rule(asked(W, holds=(closed,))).needs == ("lead", "sre")
    assert rule(asked(H, holds=(closed,), kind="bug_fix")).outcome is ALLOW


def test_an_open_incident_or_a_page_denies_a_change_unless_it_is_the_fix() -> None:
    jam = OpenIncident(4, "the till jams", "sev-1")
    assert rule(asked(H, incidents=(jam,))).outcome is DENY
    assert rule(asked(H, incidents=(jam,), fixes=(4,), pages=("fast burn of checkout",))).outcome is ALLOW
    assert rule(asked(H, incidents=(jam, replace(jam, id=5)), fixes=(4,))).outcome is DENY
    assert rule(asked(H, incidents=(replace(jam, severity="sev-3"),))).outcome is ALLOW
    assert rule(asked(H, pages=("fast burn of checkout",))).outcome is DENY


def test_reasons_are_words_that_a_person_understands_worst_first() -> None:
    below = standing(C, "ledger", service="bank", is_dependency=True, remaining=0.0712)
    ruling = rule(asked(standings=(standing(H), below)))
    assert [reason.text for reason in ruling.reasons] == [
        "feature is denied at critical: ledger of bank, a dependency, has 7.1 % of its budget left",
        "feature is allowed at healthy: checkout of shop has 40.0 % of its budget left",
    ]
