"""The gate over a whole practice: its decision table, who may permit what, and duties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from instants import NOON, NOON_SECONDS
from leadline.core.policies import Outcome
from leadline.core.terms import Level
from leadline.domains.releases import asking, duties, permitting
from leadline.domains.releases.entries import record_change, record_incident
from leadline.domains.releases.entry_model import RecordChange, RecordIncident
from leadline.domains.releases.model import AskGate, ShowMatrix, VerifyDecisions
from leadline.domains.releases.permit_model import (
    Approve,
    BreakGlass,
    ConfirmPermit,
    FinishDuty,
    GrantException,
    ListDuties,
    WithdrawPermit,
)
from leadline.errors import LeadlineError, NotAllowed, NotFound, RecordError, SpecError
from leadline.handbook.loader import load
from leadline.handbook.shipped import shipped
from leadline.handbook.specs import Handbook
from leadline.ports.audit import Caller
from leadline.ports.levels import LevelChange
from leadline.ports.operation import Context, Permission
from leadline.ports.standings import Standings, Stood
from leadline.ports.tokens import Token
from made_handbooks import a_context

HOUR = timedelta(hours=1)
TABLE = {
    "feature": ("allow", ("engineering-lead", "sre"), "deny", "deny"),
    "experiment": ("allow", "deny", "deny", "deny"),
    "performance": ("allow", "allow", ("sre",), "deny"),
    "refactoring": ("allow", ("engineering-lead", "sre"), "deny", "deny"),
    "infrastructure": ("allow", ("sre",), "deny", "deny"),
    "critical-infrastructure": ("allow", ("sre",), ("vp-engineering",), "deny"),
    "bug_fix": ("allow", "allow", "deny", "deny"),
    "critical_bug_fix": ("allow", "allow", ("vp-engineering",), "deny"),
    "stability": ("allow", "allow", ("sre",), "deny"),
    "security-patch": ("allow", "allow", ("vp-engineering",), ("cto",)),
    "emergency_fix": ("allow", "allow", ("vp-engineering",), ("cto",)),
    "remediation": ("allow", "allow", "allow", "allow"),
    "anything else": ("deny", "deny", "deny", "deny"),
}
"""Policies 2.3, each contradiction settled as 2.13 suggests; roles stand for approvals."""
KNOWN = (Level.HEALTHY, Level.WARNING, Level.CRITICAL, Level.DEPLETED)


@dataclass
class World:
    """The shipped practice, standing as a test wants it."""

    handbook: Handbook
    levels: dict[str, Level] = field(default_factory=dict)
    burn: float | None = 0.5
    pages: dict[str, str] = field(default_factory=dict)
    now: datetime = NOON
    context: Context = field(init=False)

    def __post_init__(self) -> None:
        made = a_context(self.handbook, now=lambda: self.now)
        self.context = replace(made, judge=self._judge, caller=Caller("ci", "cli"))

    def _judge(self, context: Context, slos: Sequence[str], at: datetime | None = None) -> Standings:
        found = [self._stood(context.handbook, name) for name in slos]
        return Standings(int((at or self.now).timestamp()), tuple(found))

    def _stood(self, handbook: Handbook, name: str) -> Stood:
        slo = handbook.slos[name]
        level = self.levels.get(name, self.levels.get("", Level.HEALTHY))
        reason = "newest slice is 30 min old" if level is Level.UNKNOWN else ""
        return Stood(
            name, slo.service, level, reason, None if reason else 0.4, 0.9, self.burn, self.pages.get(name, "")
        )

    def ask(self, change: str = "feature", ref: str = "4f2a", **more: object) -> asking.ShownDecision:
        asked = {"service": "api", "change": change, "ref": ref, "author": "ada", **more}
        return asking.ask_gate(AskGate.model_validate(asked), self.context)

    def as_token(self, name: str, role: Permission = Permission.RESPONDER) -> Context:
        token = Token(f"id-{name}", name, role, "f", NOON_SECONDS, "root", NOON_SECONDS + 10**6)
        if token.id not in {each.id for each in self.context.tokens.every()}:
            self.context.tokens.add(token)
        return replace(self.context, caller=Caller(name, "api", token.id))


@pytest.fixture(scope="module")
def virtengine() -> Handbook:
    found = load(shipped("virtengine")).handbook
    assert found is not None
    return found


@pytest.fixture
def world(virtengine: Handbook) -> World:
    return World(virtengine)


@pytest.mark.parametrize("change", TABLE)
def test_eb_19_the_decision_table_of_the_practice(change: str, world: World) -> None:
    for level, wanted in zip(KNOWN, TABLE[change], strict=True):
        world.levels = {"slo-api-001": level}
        answer = world.ask(change)
        said = answer.needs if answer.outcome is Outcome.APPROVE else answer.outcome.value
        assert said == wanted, level
        assert answer.exit_code == {"allow": 0, "deny": 1}.get(answer.outcome.value, 5)
    world.levels = {"slo-api-002": Level.UNKNOWN}
    unknown = world.ask(change)
    assert unknown.exit_code == (1 if change == "anything else" else 3)
    world.levels = {"slo-api-001": Level.DEPLETED, "slo-api-002": Level.UNKNOWN}
    assert world.ask(change).exit_code == (1 if TABLE[change][3] == "deny" else 3)


def test_w_8_an_unknown_service_is_not_found_and_one_without_objectives_cannot_be_told(world: World) -> None:
    with pytest.raises(NotFound, match="no service is named apy; did you mean api"):
        world.ask(service="apy")
    bare = replace(world.handbook, slos={}, composites={})
    world.context = replace(world.context, handbook=bare)
    assert (world.ask().exit_code, world.ask("anything").exit_code) == (3, 1)
    assert world.context.releases.decisions(None, 9)[0].outcome == "deny"


def test_objectives_of_a_hard_dependency_count_unless_the_policy_leaves_them_out(world: World) -> None:
    services = dict(world.handbook.services)
    services["api"] = replace(services["api"], depends_on=("node",))
    services["node"] = replace(services["node"], depends_on=("prov", "api"))
    world.context = replace(world.context, handbook=replace(world.handbook, services=services))
    for below in ("slo-node-001", "slo-prov-001"):
        world.levels = {below: Level.CRITICAL}
        answer = world.ask()
        assert answer.outcome is Outcome.DENY
        assert [each.slo for each in answer.objectives if each.is_dependency and each.level == "critical"] == [below]
    policy = world.handbook.policies["virtengine"]
    alone = {"virtengine": replace(policy, has_dependencies=False)}
    handbook = replace(world.context.handbook, policies=alone, policy=alone["virtengine"])
    world.context = replace(world.context, handbook=handbook)
    assert world.ask().outcome is Outcome.ALLOW


def test_a_decision_comes_out_again_after_the_handbook_has_changed_and_not_when_it_was_altered(world: World) -> None:
    world.levels = {"slo-api-001": Level.WARNING}
    for change in TABLE:
        world.ask(change)
    stricter = replace(world.handbook, policies={}, policy=None)
    context = replace(world.context, handbook=stricter)
    found = asking.verify_decisions(VerifyDecisions(), context)
    assert (found.checked, found.deviations) == (len(TABLE), ())
    kept = world.context.releases.decision(1)
    for lie, why in (
        (replace(kept, inputs=kept.inputs.replace("warning", "healthy")), "the record was changed"),
        (replace(kept, outcome="allow"), "allow is recorded beside its ruling"),
    ):
        world.context.releases.add_decision(lie)
        (told,) = asking.verify_decisions(VerifyDecisions(most=1), context).deviations
        assert told.reason.startswith(why)


def test_two_roles_approve_and_then_it_is_allowed_until_the_approvals_end(world: World) -> None:
    world.levels = {"slo-api-001": Level.WARNING}
    asked = world.ask()
    assert asked.next == "let engineering-lead and sre type: leadline approve 1 --checked all"
    first = Approve(decision=asked.id, who="sre", checked=("all",), expires="2h")
    assert permitting.approve_change(first, world.context).role == "sre"
    assert world.ask().needs == ("engineering-lead",)
    permitting.approve_change(Approve(decision=asked.id, checked=("all",)), world.as_token("api-engineering"))
    assert world.ask().approvals == (1, 2)
    assert world.ask(ref="other").outcome is Outcome.APPROVE
    world.levels = {"slo-api-001": Level.CRITICAL}
    assert world.ask().outcome is Outcome.DENY
    world.levels, world.now = {"slo-api-001": Level.WARNING}, NOON + 3 * HOUR
    assert world.ask().needs == ("sre",)


@pytest.mark.parametrize(
    ("approve", "error", "why"),
    [
        ({"who": "ADA"}, NotAllowed, "nobody approves a change of his own"),
        ({"who": "eve", "checked": ["all"]}, NotAllowed, "and eve is none of the policy's roles"),
        ({"who": "sre", "role": "cto"}, NotAllowed, "sre does not hold the role cto for api, but is sre"),
        ({"who": "sre", "role": "boss"}, NotFound, "no role is named boss"),
        ({"who": "sre", "checked": ["canary", "cake"]}, SpecError, "not an item of the checklist"),
        ({"who": "sre"}, SpecError, "not seen to: rollback-plan: The plan of the rollback is written"),
        ({"who": "sre", "checked": ["all"], "expires": "8d"}, SpecError, "write at most 168h"),
        ({"who": "sre", "checked": ["all"], "expires": "soon"}, SpecError, "--expires"),
    ],
)
def test_eb_20_an_approval_is_refused_to_whoever_may_not_give_it(
    approve: Mapping[str, object], error: type[LeadlineError], why: str, world: World
) -> None:
    world.levels = {"slo-api-001": Level.WARNING}
    asked = world.ask()
    with pytest.raises(error, match=why):
        permitting.approve_change(Approve.model_validate({"decision": asked.id, **approve}), world.context)
    assert world.context.releases.permits(None, 0) == ()


def test_only_what_wants_approval_and_names_a_ref_is_approved_and_a_token_speaks_for_itself(world: World) -> None:
    done = Approve(decision=1, who="sre", checked=("all",))
    world.ask()
    with pytest.raises(RecordError, match="decision 1 is allow, which no approval changes"):
        permitting.approve_change(done, world.context)
    world.levels = {"slo-api-001": Level.WARNING}
    world.ask(ref="")
    with pytest.raises(RecordError, match="decision 2 names no ref"):
        permitting.approve_change(done.model_copy(update={"decision": 2}), world.context)
    world.ask()
    with pytest.raises(NotAllowed, match="who is said to be sre, and the token is eve's"):
        permitting.approve_change(done.model_copy(update={"decision": 3}), world.as_token("eve", Permission.ADMIN))


def test_eb_20_an_exception_is_granted_by_whom_the_level_asks_for_ends_and_is_to_be_reviewed(world: World) -> None:
    world.levels = {"slo-api-001": Level.CRITICAL}
    wanted = GrantException(service="api", change="feature", grounds="legal", reason="a court says so", who="cto")
    with pytest.raises(NotAllowed, match="an exception at critical is granted by cto, and vp-engineering is"):
        permitting.grant_exception(wanted.model_copy(update={"who": "vp-engineering"}), world.context)
    with pytest.raises(SpecError, match="not a ground for an exception"):
        permitting.grant_exception(wanted.model_copy(update={"grounds": "fun"}), world.context)
    with pytest.raises(RecordError, match="does not know the kind cake"):
        permitting.grant_exception(wanted.model_copy(update={"change": "cake"}), world.context)
    with pytest.raises(SpecError, match="write at most 24h"):
        permitting.grant_exception(wanted.model_copy(update={"expires": "25h"}), world.context)
    made = permitting.grant_exception(wanted, world.context)
    assert made.expires_at == NOON + 24 * HOUR
    assert world.ask().permit == made.id
    (review,) = duties.list_duties(ListDuties(), world.context).duties
    assert (review.name, review.due_at) == ("exception-review", NOON + 48 * HOUR)
    world.levels = {"slo-api-001": Level.DEPLETED}
    assert world.ask().outcome is Outcome.DENY, "there the CEO grants it"
    world.levels, world.now = {"slo-api-001": Level.CRITICAL}, NOON + 24 * HOUR
    assert world.ask().outcome is Outcome.DENY


def test_a_broken_glass_needs_another_person_and_can_be_taken_back(world: World) -> None:
    world.levels = {"": Level.UNKNOWN}
    broken = BreakGlass(service="api", change="feature", reason="the rack burns", who="ada")
    made = permitting.break_glass(broken, world.context)
    assert (made.holds, world.ask().outcome) == (False, Outcome.UNKNOWN)
    with pytest.raises(NotAllowed, match="a second person must confirm it"):
        permitting.confirm_permit(ConfirmPermit(id=made.id, who="Ada"), world.context)
    permitting.confirm_permit(ConfirmPermit(id=made.id), world.as_token("bob"))
    assert world.ask().permit == made.id
    permitting.withdraw_permit(WithdrawPermit(id=made.id, reason="it is out", who="bob"), world.context)
    assert world.ask().outcome is Outcome.UNKNOWN


def test_the_fix_of_an_open_incident_is_not_stopped_by_it_however_it_is_linked(world: World) -> None:
    policy = world.handbook.policies["virtengine"]
    strict = replace(policy, incident_severities=("sev-1",), incident_kinds=("feature", "bug_fix"))
    handbook = replace(world.handbook, policies={"virtengine": strict}, policy=strict)
    world.context = replace(world.context, handbook=handbook)
    down = RecordIncident.model_validate({"title": "down", "service": "api", "severity": "sev-1"})
    record_incident(down, world.context)
    assert world.ask("bug_fix").reasons[0].text == "incident 1 is open (sev-1): down"
    assert world.ask("stability").outcome is Outcome.ALLOW
    assert world.ask("bug_fix", fixes=[1]).outcome is Outcome.ALLOW
    record_change(RecordChange(service="api", kind="bug_fix", ref="9c1d", fixes=(1,)), world.context)
    assert world.ask("bug_fix", ref="9c1d").outcome is Outcome.ALLOW
    with pytest.raises(NotFound, match="no incident has the number 7"):
        world.ask("bug_fix", fixes=[7])


def test_the_matrix_says_what_the_gate_would_say_and_records_nothing(world: World) -> None:
    world.levels = {"slo-api-001": Level.WARNING, "slo-node-001": Level.UNKNOWN}
    found = asking.show_matrix(ShowMatrix(), world.context)
    rows = {row.service: row for row in found.rows}
    assert (rows["api"].level, rows["api"].slo, rows["node"].level) == ("warning", "slo-api-001", "unknown")
    cells = {cell.change: cell for cell in rows["api"].cells}
    assert (cells["feature"].needs, cells["bug_fix"].outcome) == (("engineering-lead", "sre"), Outcome.ALLOW)
    assert {cell.outcome for cell in rows["node"].cells} == {Outcome.UNKNOWN}
    assert world.context.releases.decisions(None, 9) == ()


def test_a_change_is_denied_while_an_alert_of_its_service_pages_where_the_policy_says_so(world: World) -> None:
    policy = world.handbook.policies["virtengine"]
    strict = replace(policy, page_kinds=("feature",), incident_severities=("sev-2",), incident_kinds=("experiment",))
    handbook = replace(world.handbook, policies={"virtengine": strict}, policy=strict)
    world.context = replace(world.context, handbook=handbook)
    assert world.ask().outcome is Outcome.ALLOW
    world.pages = {"slo-api-001": "slo-api-001 burns 12.0x over 5m (fast)", "slo-node-001": "another service"}
    answer = world.ask()
    assert [reason.text for reason in answer.reasons if reason.code == "page"] == [
        "an alert pages now: slo-api-001 burns 12.0x over 5m (fast)"
    ]
    assert (answer.exit_code, world.ask("bug_fix").exit_code) == (1, 0)
    record_incident(
        RecordIncident.model_validate({"title": "down", "service": "api", "severity": "sev-2"}), world.context
    )
    assert world.ask(fixes=[1]).outcome is Outcome.ALLOW
    (row,) = asking.show_matrix(ShowMatrix(service="api"), world.context).rows
    cells = {cell.change: cell.outcome for cell in row.cells}
    assert (cells["feature"], cells["experiment"], cells["bug_fix"]) == (Outcome.DENY, Outcome.DENY, Outcome.ALLOW)


def entered(world: World, slo: str, level: str) -> int:
    """The turn finds an objective at another level."""
    before = world.context.levels.latest()
    change = LevelChange(slo, int(world.now.timestamp()), before[slo].after if slo in before else "", level, "")
    world.context.levels.append([change])
    world.levels[slo] = Level(level)
    return duties.follow_levels(world.context)


def names(world: World) -> list[str]:
    return [each.name for each in duties.list_duties(ListDuties(service="api"), world.context).duties]


def test_entering_a_worse_level_asks_for_its_duties_once_and_recovering_for_nothing(world: World) -> None:
    assert entered(world, "slo-api-001", "healthy") == 0
    assert entered(world, "slo-api-001", "critical") == 4
    assert entered(world, "slo-api-002", "critical") == 0, "the service is there already"
    assert names(world) == ["cause-analysis", "incident-review", "progress", "remediation-plan"]
    assert entered(world, "slo-api-002", "unknown") == 0
    entered(world, "slo-api-002", "healthy")
    assert entered(world, "slo-api-001", "warning") == 0
    first = duties.list_duties(ListDuties(), world.context).duties[0]
    assert (first.text, first.due_at, first.by) == ("Find what ate the budget.", NOON, ("sre", "engineering-lead"))
    done = duties.finish_duty(FinishDuty(id=first.id, note="an index", who="bob"), world.context)
    assert (done.done_by, done.note, len(names(world))) == ("bob", "an index", 3)
    with pytest.raises(RecordError, match="was done by bob already"):
        duties.finish_duty(FinishDuty(id=first.id), world.context)


def test_a_daily_duty_comes_each_day_while_the_level_lasts_and_what_is_overdue_is_told(world: World) -> None:
    entered(world, "slo-api-001", "critical")
    world.now = NOON + 24 * HOUR + timedelta(minutes=1)
    assert duties.follow_levels(world.context) == 1
    assert duties.follow_levels(world.context) == 0
    shown = duties.list_duties(ListDuties(), world.context).duties
    assert [each.due_at for each in shown if each.name == "progress"] == [NOON + 24 * HOUR, NOON + 48 * HOUR]
    assert [each.name for each in shown if each.is_overdue] == ["cause-analysis", "incident-review", "progress"]
    told = world.context.releases.notices.values()  # type: ignore[attr-defined]  # of the stand-in
    assert sum(notice.title.startswith("overdue for api: ") for notice in told) == 3


@pytest.mark.parametrize(("burn", "is_declared"), [(0.9, False), (1.1, True), (None, True)])
def test_sev_1_is_declared_only_while_the_budget_burns_or_nobody_can_tell(
    burn: float | None, is_declared: bool, world: World
) -> None:
    world.burn = burn
    entered(world, "slo-api-001", "depleted")
    assert ("sev-1" in names(world)) is is_declared
    world.burn, world.now = 3.0, NOON + HOUR
    duties.follow_levels(world.context)
    duties.follow_levels(world.context)
    assert names(world).count("sev-1") == 1


def test_whoever_is_to_approve_hears_of_it_once(world: World) -> None:
    world.levels = {"slo-api-001": Level.WARNING}
    world.ask()
    world.ask()
    (notice,) = world.context.releases.notices.values()  # type: ignore[attr-defined]  # of the stand-in
    assert notice.title == "api: feature 4f2a wants the approval of engineering-lead, sre"
