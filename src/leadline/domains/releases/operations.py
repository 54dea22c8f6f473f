"""Operations of releases, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Pages, Permission, Where

_HERE = "leadline.domains.releases"
_ENTRIES, _ENTRY = f"{_HERE}.entries", f"{_HERE}.entry_model"
OPERATIONS = (
    Operation(
        "changes.record", "Write down a change, such as a deployment, or the end of one.",
        f"{_ENTRY}:RecordChange", f"{_ENTRY}:ShownChange", f"{_ENTRIES}:record_change",
        Permission.RESPONDER, Where.SERVER, route="POST /changes", is_read_only=False,
    ),
    Operation(
        "changes.list", "List the changes that began in a time.",
        f"{_ENTRY}:ListChanges", f"{_ENTRY}:ShownChanges", f"{_ENTRIES}:list_changes",
        Permission.VIEWER, Where.SERVER, route="GET /changes", pages=Pages("changes", ("id",)),
    ),
    Operation(
        "incidents.record", "Write down an incident.",
        f"{_ENTRY}:RecordIncident", f"{_ENTRY}:ShownIncident", f"{_ENTRIES}:record_incident",
        Permission.RESPONDER, Where.SERVER, route="POST /incidents", is_read_only=False,
    ),
    Operation(
        "incidents.list", "List the incidents that held in a time.",
        f"{_ENTRY}:ListIncidents", f"{_ENTRY}:ShownIncidents", f"{_ENTRIES}:list_incidents",
        Permission.VIEWER, Where.SERVER, route="GET /incidents", pages=Pages("incidents", ("id",)),
    ),
    Operation(
        "incidents.end", "Say that an incident is over.",
        f"{_ENTRY}:EndIncident", f"{_ENTRY}:ShownIncident", f"{_ENTRIES}:end_incident",
        Permission.RESPONDER, Where.SERVER, route="POST /incidents/{id}/end", is_read_only=False,
    ),
)  # fmt: skip
