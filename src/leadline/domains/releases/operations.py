"""Operations of releases, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Pages, Permission, Where

_HERE = "leadline.domains.releases"
_GATE, _PERMIT = f"{_HERE}.model", f"{_HERE}.permit_model"
_ENTRIES, _ENTRY = f"{_HERE}.entries", f"{_HERE}.entry_model"
OPERATIONS = (
    Operation(
        "changes.record", "Write down a change, such as a deployment, or the end of one.",
        f"{_ENTRY}:RecordChange", f"{_ENTRY}:ShownChange", f"{_ENTRIES}:record_change",
        Permission.RESPONDER, Where.SERVER, route="POST /changes", is_read_only=False, changes_figures=False,
    ),
    Operation(
        "changes.list", "List the changes that began in a time.",
        f"{_ENTRY}:ListChanges", f"{_ENTRY}:ShownChanges", f"{_ENTRIES}:list_changes",
        Permission.VIEWER, Where.SERVER, route="GET /changes", pages=Pages("changes", ("id",)),
    ),
    Operation(
        "incidents.record", "Write down an incident.",
        f"{_ENTRY}:RecordIncident", f"{_ENTRY}:ShownIncident", f"{_ENTRIES}:record_incident",
        Permission.RESPONDER, Where.SERVER, route="POST /incidents", is_read_only=False, changes_figures=False,
    ),
    Operation(
        "incidents.list", "List the incidents that held in a time.",
        f"{_ENTRY}:ListIncidents", f"{_ENTRY}:ShownIncidents", f"{_ENTRIES}:list_incidents",
        Permission.VIEWER, Where.SERVER, route="GET /incidents", pages=Pages("incidents", ("id",)),
    ),
    Operation(
        "incidents.end", "Say that an incident is over.",
        f"{_ENTRY}:EndIncident", f"{_ENTRY}:ShownIncident", f"{_ENTRIES}:end_incident",
        Permission.RESPONDER, Where.SERVER, route="POST /incidents/{id}/end", is_read_only=False, changes_figures=False,
    ),
    Operation(
        "gate.ask", "Ask whether a change may be made now, and record the answer.",
        f"{_GATE}:AskGate", f"{_GATE}:ShownDecision", f"{_HERE}.asking:ask_gate",
        Permission.RESPONDER, Where.SERVER, route="POST /gate", is_read_only=False, is_audited=False,
        changes_figures=False,
    ),
    Operation(
        "gate.matrix", "Show which kinds of change may be made now, service by service.",
        f"{_GATE}:ShowMatrix", f"{_GATE}:Matrix", f"{_HERE}.asking:show_matrix",
        Permission.VIEWER, Where.SERVER, route="GET /gate", pages=Pages("rows", ("service",)),
    ),
    Operation(
        "policies.show", "Show the policies as they hold.",
        f"{_GATE}:ShowPolicies", f"{_GATE}:ShownPolicies", f"{_HERE}.policies:show_policies",
        Permission.VIEWER, Where.SERVER, route="GET /policies",
    ),
    Operation(
        "decisions.list", "List the newest answers of the gate.",
        f"{_GATE}:ListDecisions", f"{_GATE}:ListedDecisions", f"{_HERE}.asking:list_decisions",
        Permission.VIEWER, Where.SERVER, route="GET /decisions", pages=Pages("decisions", ("id",)),
    ),
    Operation(
        "decisions.show", "Show one answer of the gate, with its reasons.",
        f"{_GATE}:ShowDecision", f"{_GATE}:ShownDecision", f"{_HERE}.asking:show_decision",
        Permission.VIEWER, Where.SERVER, route="GET /decisions/{id}",
    ),
    Operation(
        "decisions.verify", "Recompute answers of the gate from their recorded inputs.",
        f"{_GATE}:VerifyDecisions", f"{_GATE}:Verified", f"{_HERE}.asking:verify_decisions",
        Permission.VIEWER, Where.SERVER, route="GET /decisions/verification",
    ),
    Operation(
        "permits.approve", "Approve a change that the gate has asked approvals for.",
        f"{_PERMIT}:Approve", f"{_PERMIT}:ShownPermit", f"{_HERE}.permitting:approve_change",
        Permission.RESPONDER, Where.SERVER, route="POST /permits/approvals", is_read_only=False, changes_figures=False,
    ),
    Operation(
        "permits.except", "Let a change through although the policy does not.",
        f"{_PERMIT}:GrantException", f"{_PERMIT}:ShownPermit", f"{_HERE}.permitting:grant_exception",
        Permission.RESPONDER, Where.SERVER, route="POST /permits/exceptions", is_read_only=False,
        changes_figures=False,
    ),
    Operation(
        "permits.break", "Let a change through in an emergency, once a second person has confirmed it.",
        f"{_PERMIT}:BreakGlass", f"{_PERMIT}:ShownPermit", f"{_HERE}.permitting:break_glass",
        Permission.RESPONDER, Where.SERVER, route="POST /permits/glass", is_read_only=False, changes_figures=False,
    ),
    Operation(
        "permits.confirm", "Confirm a broken glass, as the second person.",
        f"{_PERMIT}:ConfirmPermit", f"{_PERMIT}:ShownPermit", f"{_HERE}.permitting:confirm_permit",
        Permission.RESPONDER, Where.SERVER, route="POST /permits/{id}/confirmation", is_read_only=False,
        changes_figures=False,
    ),
    Operation(
        "permits.withdraw", "Take back an approval, an exception or a broken glass.",
        f"{_PERMIT}:WithdrawPermit", f"{_PERMIT}:ShownPermit", f"{_HERE}.permitting:withdraw_permit",
        Permission.RESPONDER, Where.SERVER, route="POST /permits/{id}/withdrawal", is_read_only=False,
        changes_figures=False,
    ),
    Operation(
        "permits.list", "List approvals, exceptions and broken glasses.",
        f"{_PERMIT}:ListPermits", f"{_PERMIT}:ShownPermits", f"{_HERE}.permitting:list_permits",
        Permission.VIEWER, Where.SERVER, route="GET /permits", pages=Pages("permits", ("id",)),
    ),
    Operation(
        "duties.list", "List what levels and permits ask people to do.",
        f"{_PERMIT}:ListDuties", f"{_PERMIT}:ShownDuties", f"{_HERE}.duties:list_duties",
        Permission.VIEWER, Where.SERVER, route="GET /duties", pages=Pages("duties", ("id",)),
    ),
    Operation(
        "duties.finish", "Say that a duty is done.",
        f"{_PERMIT}:FinishDuty", f"{_PERMIT}:ShownDuty", f"{_HERE}.duties:finish_duty",
        Permission.RESPONDER, Where.SERVER, route="POST /duties/{id}/end", is_read_only=False, changes_figures=False,
    ),
)  # fmt: skip
