"""
Leadline for programs: a method for each thing that a server can do, with typed arguments and answers.

    from leadline.interfaces.client.client import Client

    with Client("https://slo.example.com", token) as leadline:
        for slo in leadline.status().slos:
            print(slo.slo, slo.level, slo.budget.remaining)

Errors are those of `leadline.errors`. Programs that only push what they count use `leadline.client`, which needs none
of this. It passes 300 lines as one list, in which each method is its operation's request written out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from leadline.domains.access import model as access
from leadline.domains.alerting import design_model as alert_design
from leadline.domains.alerting import model as alerting
from leadline.domains.backtests import model as backtests
from leadline.domains.budgets import course_model as course
from leadline.domains.budgets import levels
from leadline.domains.budgets import model as budgets
from leadline.domains.budgets import overview_model as summaries
from leadline.domains.checking import cost_model as costs
from leadline.domains.checking import model as checking
from leadline.domains.corrections import model as correcting
from leadline.domains.measurement import model as measurement
from leadline.domains.notifications import model as notifying
from leadline.domains.releases import entry_model as entries
from leadline.domains.releases import model as gating
from leadline.domains.releases import permit_model as permitting
from leadline.domains.rollbacks import model as undoing
from leadline.errors import Problem, SpecError
from leadline.interfaces.client.connection import Connection
from leadline.ports.entries import IncidentSeverity
from leadline.ports.operation import Permission, attribute
from leadline.ports.outbox import DeliveryState

A = TypeVar("A", bound=BaseModel)


class Client(Connection):
    """
    One server; every argument and answer is that of the operation which the method is named for.

    Raises:
        SpecError: an argument, or what the server was told, is ill-written.
        NotFound: there is no such thing.
        NotAllowed: the token does not permit it.
        SourceError: the server cannot be reached, or a source of its.
    """

    def status(
        self, *, at: datetime | None = None, slos: Sequence[str] = (), service: str | None = None
    ) -> budgets.Status:
        """Judge objectives at one instant."""
        return self._ask(budgets.Status, "status.show", at=at, slos=slos, service=service)

    def slo(self, name: str, *, at: datetime | None = None) -> budgets.SloDetail:
        """Show everything about one SLO."""
        return self._ask(budgets.SloDetail, "slo.show", name=name, at=at)

    def slo_history(self, name: str, *, at: datetime | None = None) -> budgets.SloHistory:
        """Show the revisions of one SLO, and its budget under each."""
        return self._ask(budgets.SloHistory, "slo.history", name=name, at=at)

    def slo_levels(self, name: str, *, most: int = 20) -> levels.SloLevels:
        """Show when one SLO changed its level."""
        return self._ask(levels.SloLevels, "slo.levels", name=name, most=most)

    def slo_course(self, name: str, *, at: datetime | None = None, hours: int = 672) -> course.SloCourse:
        """Show how the budget of one SLO went."""
        return self._ask(course.SloCourse, "slo.course", name=name, at=at, hours=hours)

    def slo_slices(
        self, name: str, *, at: datetime | None = None, hours: int = 672, grain: course.Grain = course.Grain.HOUR
    ) -> course.SloSlices:
        """Show the slices of one SLO."""
        return self._ask(course.SloSlices, "slo.slices", name=name, at=at, hours=hours, grain=grain)

    def slo_burns(self, name: str, *, at: datetime | None = None, minutes: int = 180) -> course.SloBurns:
        """Show the burn rates of one SLO against its tier."""
        return self._ask(course.SloBurns, "slo.burns", name=name, at=at, minutes=minutes)

    def needs(
        self, *, at: datetime | None = None, service: str | None = None, team: str | None = None, most: int = 10
    ) -> summaries.Needs:
        """List what needs someone now, most urgent first."""
        return self._ask(summaries.Needs, "needs.list", at=at, service=service, team=team, most=most)

    def overview(
        self,
        *,
        at: datetime | None = None,
        service: str | None = None,
        level: str = "",
        after: int = 0,
        most: int = 100,
    ) -> summaries.Overview:
        """Show objectives by service, a page at a time."""
        fields = {"at": at, "service": service, "level": level, "after": after, "most": most}
        return self._ask(summaries.Overview, "overview.show", **fields)

    def services(self, *, at: datetime | None = None) -> summaries.Services:
        """List the services and how their objectives stand."""
        return self._ask(summaries.Services, "service.list", at=at)

    def service(self, name: str, *, at: datetime | None = None) -> summaries.ServiceDetail:
        """Show one service: its agreements, composites and sources."""
        return self._ask(summaries.ServiceDetail, "service.show", name=name, at=at)

    def teams(self, *, at: datetime | None = None) -> summaries.Teams:
        """List the teams and how the objectives of their services stand."""
        return self._ask(summaries.Teams, "team.list", at=at)

    def team(self, name: str, *, at: datetime | None = None) -> summaries.TeamDetail:
        """Show one team: its services, and how to reach it."""
        return self._ask(summaries.TeamDetail, "team.show", name=name, at=at)

    def find(self, q: str, *, most: int = 20) -> summaries.FoundNames:
        """Find objectives, services and teams by name."""
        return self._ask(summaries.FoundNames, "names.find", q=q, most=most)

    def lint(
        self,
        *,
        live: bool = False,
        at: datetime | None = None,
        service: str | None = None,
        slos: Sequence[str] = (),
    ) -> checking.Linted:
        """Look for what is unwise in the handbook."""
        return self._ask(checking.Linted, "handbook.lint", live=live, at=at, service=service, slos=slos)

    def design_alerts(
        self,
        strategy: str = "workbook",
        *,
        objective: str = "99.9",
        window: str = "28d",
        service_tier: int | None = None,
    ) -> alert_design.Design:
        """Work out what the alerts of a strategy would say of an objective."""
        asked = {"objective": objective, "window": window, "service_tier": service_tier}
        return self._ask(alert_design.Design, "alerts.design", strategy=strategy, **asked)

    def backtest(
        self,
        *,
        slos: Sequence[str] = (),
        strategies: Sequence[str] = (),
        objectives: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        days: int = 28,
    ) -> backtests.Backtest:
        """Tell which alerts strategies would have raised on the history of objectives."""
        tried = {"slos": slos, "strategies": strategies, "objectives": objectives}
        return self._ask(backtests.Backtest, "backtest.run", **tried, start=start, end=end, days=days)

    def cost(
        self,
        *,
        live: bool = False,
        at: datetime | None = None,
        service: str | None = None,
        slos: Sequence[str] = (),
        series: int = 1,
        scrape: int = 30,
    ) -> costs.Cost:
        """Tell what the queries of objectives read from their sources."""
        fields = {"live": live, "at": at, "service": service, "slos": slos, "series": series, "scrape": scrape}
        return self._ask(costs.Cost, "handbook.cost", **fields)

    def push(self, content: bytes, *, writer: str | None = None) -> measurement.Stored:
        """Hand over slices as newline-delimited JSON, as `leadline.client` writes them: all of them or none."""
        return self._ask(measurement.Stored, "slices.push", content=content, writer=writer)

    def collect(
        self,
        *,
        since: datetime | None = None,
        at: datetime | None = None,
        again: bool = False,
        slis: Sequence[str] = (),
    ) -> measurement.Collection:
        """Ask the sources for every slice not yet known."""
        return self._ask(measurement.Collection, "slices.collect", since=since, at=at, again=again, slis=slis)

    def record_slice(
        self,
        sli: str,
        *,
        bad: float,
        total: float,
        start: datetime | None = None,
        labels: Mapping[str, str] | None = None,
        writer: str = "record",
    ) -> measurement.Stored:
        """Write down one slice by hand."""
        return self._ask(
            measurement.Stored,
            "slices.record",
            sli=sli,
            bad=bad,
            total=total,
            start=start,
            labels=labels or {},
            writer=writer,
        )

    def record_downtime(
        self,
        slo: str,
        *,
        start: datetime,
        end: datetime,
        reason: str,
        fraction: Decimal = Decimal(1),
        who: str | None = None,
    ) -> measurement.Recorded:
        """Write down that something was down, wholly or in part."""
        return self._ask(
            measurement.Recorded,
            "record.downtime",
            slo=slo,
            start=start,
            end=end,
            fraction=fraction,
            reason=reason,
            who=who,
        )

    def record_failures(
        self,
        sli: str,
        *,
        bad: int,
        start: datetime,
        end: datetime,
        reason: str,
        who: str | None = None,
        total: int | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> measurement.Recorded:
        """Write down how many events failed in an interval."""
        return self._ask(
            measurement.Recorded,
            "record.failures",
            sli=sli,
            bad=bad,
            total=total,
            start=start,
            end=end,
            labels=labels or {},
            reason=reason,
            who=who,
        )

    def recordings(self, *, removed: bool = False) -> measurement.ShownRecordings:
        """List what was recorded."""
        return self._ask(measurement.ShownRecordings, "record.list", removed=removed)

    def remove_recording(self, id: int, *, reason: str, who: str | None = None) -> measurement.RemovedRecording:  # noqa: A002 - the operation's word
        """Take back what was recorded."""
        return self._ask(measurement.RemovedRecording, "record.remove", id=id, reason=reason, who=who)

    def simulate(
        self,
        *,
        scenario: str = "",
        days: int = 60,
        at: datetime | None = None,
        force: bool = False,
        story_at: datetime | None = None,
    ) -> measurement.Collection:
        """Fill the ledger from a scenario, as if every source had answered."""
        fields = {"scenario": scenario, "days": days, "at": at, "force": force, "story_at": story_at}
        return self._ask(measurement.Collection, "slices.simulate", **fields)

    def plan(
        self, *, scenario: str = "", days: int = 60, at: datetime | None = None, story_at: datetime | None = None
    ) -> measurement.Plan:
        """Tell what a scenario plants, and what follows from it."""
        return self._ask(measurement.Plan, "slices.plan", scenario=scenario, days=days, at=at, story_at=story_at)

    def add_correction(
        self,
        *,
        mode: Literal["exclude", "good", "bad"],
        start: str,
        reason: str,
        approver: str,
        slos: Sequence[str] = (),
        services: Sequence[str] = (),
        end: str | None = None,
        duration: str | None = None,
        recurrence: str | None = None,
        zone: str | None = None,
        until: str | None = None,
        applies_to: Sequence[Literal["slo", "agreement"]] = ("agreement",),
        announced_at: str | None = None,
        notice: str | None = None,
    ) -> correcting.ShownCorrection:
        """Record intervals that count otherwise than measured."""
        return self._ask(
            correcting.ShownCorrection,
            "corrections.add",
            slos=slos,
            services=services,
            start=start,
            end=end,
            duration=duration,
            recurrence=recurrence,
            zone=zone,
            until=until,
            mode=mode,
            applies_to=applies_to,
            reason=reason,
            approver=approver,
            announced_at=announced_at,
            notice=notice,
        )

    def corrections(
        self, *, at: datetime | None = None, active: bool = False, removed: bool = False
    ) -> correcting.ShownCorrections:
        """List the corrections in force."""
        return self._ask(correcting.ShownCorrections, "corrections.list", at=at, active=active, removed=removed)

    def remove_correction(self, name: str, *, reason: str, who: str | None = None) -> correcting.Removed:
        """Take back a recorded correction."""
        return self._ask(correcting.Removed, "corrections.remove", name=name, reason=reason, who=who)

    def silences(self, *, at: datetime | None = None, active: bool = False) -> correcting.Silences:
        """Show maintenance as silences of Alertmanager."""
        return self._ask(correcting.Silences, "corrections.silences", at=at, active=active)

    def maintenance(self, *, at: datetime | None = None, active: bool = False) -> correcting.Maintenance:
        """Show whether maintenance holds, for each objective."""
        return self._ask(correcting.Maintenance, "corrections.maintenance", at=at, active=active)

    def record_change(
        self,
        *,
        service: str,
        kind: str,
        ref: str,
        started: datetime | None = None,
        finished: datetime | None = None,
        fixes: Sequence[int] = (),
        source: str = "api",
        who: str | None = None,
    ) -> entries.ShownChange:
        """Write down a change, such as a deployment, or the end of one."""
        return self._ask(
            entries.ShownChange, "changes.record", service=service, kind=kind, ref=ref, started=started,
            finished=finished, fixes=fixes, source=source, who=who,
        )  # fmt: skip

    def changes(
        self,
        *,
        service: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        most: int = 100,
    ) -> entries.ShownChanges:
        """List the changes that began in a time."""
        return self._ask(entries.ShownChanges, "changes.list", service=service, start=start, end=end, most=most)

    def record_incident(
        self,
        title: str,
        *,
        service: str,
        slos: Sequence[str] = (),
        severity: IncidentSeverity = IncidentSeverity.SEV_3,
        started: datetime | None = None,
        finished: datetime | None = None,
        who: str | None = None,
    ) -> entries.ShownIncident:
        """Write down an incident."""
        return self._ask(
            entries.ShownIncident, "incidents.record", title=title, service=service, slos=slos, severity=severity,
            started=started, finished=finished, who=who,
        )  # fmt: skip

    def incidents(
        self,
        *,
        service: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        open: bool = False,  # noqa: A002 - the operation's word
    ) -> entries.ShownIncidents:
        """List the incidents that held in a time."""
        return self._ask(entries.ShownIncidents, "incidents.list", service=service, start=start, end=end, open=open)

    def end_incident(
        self,
        id: int,  # noqa: A002 - the operation's word
        *,
        finished: datetime | None = None,
        who: str | None = None,
    ) -> entries.ShownIncident:
        """Say that an incident is over."""
        return self._ask(entries.ShownIncident, "incidents.end", id=id, finished=finished, who=who)

    def alerts(self, *, service: str | None = None, firing: bool = False, most: int = 100) -> alerting.Alerts:
        """List alerts, those that began last first, and how many hold now."""
        return self._ask(alerting.Alerts, "alerts.list", service=service, firing=firing, most=most)

    def alert(self, id: int) -> alerting.AlertShown:  # noqa: A002 - the operation's word
        """Show one alert."""
        return self._ask(alerting.AlertShown, "alerts.show", id=id)

    def notifications(
        self, *, state: DeliveryState | None = None, target: str = "", most: int = 100
    ) -> notifying.Deliveries:
        """List deliveries and what became of them, newest first."""
        return self._ask(notifying.Deliveries, "notifications.list", state=state, target=target, most=most)

    def notification_targets(self) -> notifying.Targets:
        """List who is told, and how it stands with them."""
        return self._ask(notifying.Targets, "notifications.targets")

    def test_target(self, target: str) -> notifying.Tested:
        """Send a test message to one target."""
        return self._ask(notifying.Tested, "notifications.test", target=target)

    def retry_delivery(self, id: int) -> notifying.Retried:  # noqa: A002 - the operation's word
        """Send a dead delivery again."""
        return self._ask(notifying.Retried, "notifications.retry", id=id)

    def gate(
        self, service: str, change: str, *, ref: str = "", author: str | None = None, fixes: Sequence[int] = ()
    ) -> gating.ShownDecision:
        """Ask whether a change may be made now, and record the answer."""
        asked = {"service": service, "change": change, "ref": ref, "author": author, "fixes": fixes}
        return self._ask(gating.ShownDecision, "gate.ask", **asked)

    def gate_matrix(self, *, service: str | None = None, at: datetime | None = None) -> gating.Matrix:
        """Show which kinds of change may be made now, service by service."""
        return self._ask(gating.Matrix, "gate.matrix", service=service, at=at)

    def policies(self, *, name: str | None = None) -> gating.ShownPolicies:
        """Show the policies as they hold."""
        return self._ask(gating.ShownPolicies, "policies.show", name=name)

    def decisions(
        self, *, service: str | None = None, most: int = 50, before: int | None = None
    ) -> gating.ListedDecisions:
        """List the newest answers of the gate."""
        return self._ask(gating.ListedDecisions, "decisions.list", service=service, most=most, before=before)

    def decision(self, id: int) -> gating.ShownDecision:  # noqa: A002 - the operation's word
        """Show one answer of the gate, with its reasons."""
        return self._ask(gating.ShownDecision, "decisions.show", id=id)

    def verify_decisions(self, *, id: int | None = None, most: int = 10_000) -> gating.Verified:  # noqa: A002 - as above
        """Recompute answers of the gate from their recorded inputs."""
        return self._ask(gating.Verified, "decisions.verify", id=id, most=most)

    def approve(
        self,
        decision: int,
        *,
        role: str | None = None,
        who: str | None = None,
        checked: Sequence[str] = (),
        expires: str = "24h",
        note: str = "",
    ) -> permitting.ShownPermit:
        """Approve a change that the gate has asked approvals for."""
        return self._ask(
            permitting.ShownPermit, "permits.approve", decision=decision, role=role, who=who, checked=checked,
            expires=expires, note=note,
        )  # fmt: skip

    def grant_exception(
        self,
        service: str,
        change: str,
        *,
        grounds: str,
        reason: str,
        ref: str = "",
        who: str | None = None,
        expires: str | None = None,
    ) -> permitting.ShownPermit:
        """Let a change through although the policy does not."""
        return self._ask(
            permitting.ShownPermit, "permits.except", service=service, change=change, ref=ref, grounds=grounds,
            reason=reason, who=who, expires=expires,
        )  # fmt: skip

    def break_glass(
        self, service: str, change: str, *, reason: str, ref: str = "", who: str | None = None
    ) -> permitting.ShownPermit:
        """Let a change through in an emergency, once a second person has confirmed it."""
        asked = {"service": service, "change": change, "ref": ref, "reason": reason, "who": who}
        return self._ask(permitting.ShownPermit, "permits.break", **asked)

    def confirm_permit(self, id: int, *, who: str | None = None) -> permitting.ShownPermit:  # noqa: A002 - as above
        """Confirm a broken glass, as the second person."""
        return self._ask(permitting.ShownPermit, "permits.confirm", id=id, who=who)

    def withdraw_permit(self, id: int, *, reason: str, who: str | None = None) -> permitting.ShownPermit:  # noqa: A002 - as above
        """Take back an approval, an exception or a broken glass."""
        return self._ask(permitting.ShownPermit, "permits.withdraw", id=id, reason=reason, who=who)

    def permits(self, *, service: str | None = None, all: bool = False) -> permitting.ShownPermits:  # noqa: A002 - as above
        """List approvals, exceptions and broken glasses."""
        return self._ask(permitting.ShownPermits, "permits.list", service=service, all=all)

    def duties(self, *, service: str | None = None, done: bool = False) -> permitting.ShownDuties:
        """List what levels and permits ask people to do."""
        return self._ask(permitting.ShownDuties, "duties.list", service=service, done=done)

    def finish_duty(self, id: int, *, note: str = "", who: str | None = None) -> permitting.ShownDuty:  # noqa: A002 - as above
        """Say that a duty is done."""
        return self._ask(permitting.ShownDuty, "duties.finish", id=id, note=note, who=who)

    def rollbacks(self, *, service: str = "", most: int = 100) -> undoing.RollbackList:
        """List rollbacks, newest first, and whether they are stopped."""
        return self._ask(undoing.RollbackList, "rollbacks.list", service=service, most=most)

    def rollback(self, id: int) -> undoing.RollbackDetails:  # noqa: A002 - as above
        """Show one rollback, and what it was decided from."""
        return self._ask(undoing.RollbackDetails, "rollbacks.show", id=id)

    def verify_rollback(self, id: int) -> undoing.Verified:  # noqa: A002 - as above
        """Check that a request for a rollback is what was signed."""
        return self._ask(undoing.Verified, "rollbacks.verify", id=id)

    def approve_rollback(self, id: int, *, reason: str = "", who: str | None = None) -> undoing.RollbackShown:  # noqa: A002 - as above
        """Let a rollback begin that waits for somebody."""
        return self._ask(undoing.RollbackShown, "rollbacks.approve", id=id, reason=reason, who=who)

    def reject_rollback(self, id: int, *, reason: str, who: str | None = None) -> undoing.RollbackShown:  # noqa: A002 - as above
        """Say that a change is not rolled back."""
        return self._ask(undoing.RollbackShown, "rollbacks.reject", id=id, reason=reason, who=who)

    def run_rollback(self, id: int, *, dry_run: bool = False) -> undoing.RollbackRun:  # noqa: A002 - as above
        """Run a rollback that is due, or tell what would be done."""
        return self._ask(undoing.RollbackRun, "rollbacks.run", id=id, dry_run=dry_run)

    def stop_rollbacks(self, *, reason: str, who: str | None = None) -> undoing.SwitchShown:
        """Let no rollback begin until they are resumed."""
        return self._ask(undoing.SwitchShown, "rollbacks.stop", reason=reason, who=who)

    def resume_rollbacks(self, *, reason: str, who: str | None = None) -> undoing.SwitchShown:
        """Let rollbacks begin again."""
        return self._ask(undoing.SwitchShown, "rollbacks.resume", reason=reason, who=who)

    def create_token(self, *, role: Permission, name: str | None = None, expires: str = "90d") -> access.CreatedToken:
        """Make a token; its secret is told once."""
        return self._ask(access.CreatedToken, "tokens.create", role=role, name=name, expires=expires)

    def tokens(self, *, active: bool = False) -> access.ShownTokens:
        """List the tokens that were made."""
        return self._ask(access.ShownTokens, "tokens.list", active=active)

    def revoke_token(self, id: str, *, reason: str = "") -> access.RevokedToken:  # noqa: A002 - the operation's word
        """Take a token back, at once and for ever."""
        return self._ask(access.RevokedToken, "tokens.revoke", id=id, reason=reason)

    def audit(self, *, limit: int = 100, before: int | None = None) -> access.AuditTrail:
        """List the newest writes that somebody asked for."""
        return self._ask(access.AuditTrail, "audit.list", limit=limit, before=before)

    def _ask(self, answer: type[A], operation: str, **fields: object) -> A:
        model: type[BaseModel] = attribute(self.operations[operation].request)
        try:
            request = model.model_validate(fields)
        except ValidationError as error:
            raise SpecError(_problem(detail) for detail in error.errors()) from error
        found = self.run(operation, request)
        assert isinstance(found, answer)  # noqa: S101 - the declared response, as a test shows for every method
        return found


def _problem(detail: Mapping[str, Any]) -> Problem:
    place = ".".join(str(part) for part in detail["loc"])
    return Problem("request", 0, 0, place, "not what is wanted", str(detail["input"])[:80], detail["msg"].lower())
