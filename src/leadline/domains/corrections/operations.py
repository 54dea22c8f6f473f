"""Operations of corrections, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Pages, Permission, Where

_HERE = "leadline.domains.corrections"
OPERATIONS = (
    Operation(
        "corrections.add", "Record intervals that count otherwise than measured.",
        f"{_HERE}.model:AddCorrection", f"{_HERE}.model:ShownCorrection", f"{_HERE}.service:add_correction",
        Permission.EDITOR, Where.SERVER, route="POST /corrections", is_read_only=False,
    ),
    Operation(
        "corrections.list", "List the corrections in force.",
        f"{_HERE}.model:ListCorrections", f"{_HERE}.model:ShownCorrections", f"{_HERE}.service:list_corrections",
        Permission.VIEWER, Where.SERVER, route="GET /corrections", pages=Pages("corrections", ("name",)),
    ),
    Operation(
        "corrections.remove", "Take back a recorded correction.",
        f"{_HERE}.model:RemoveCorrection", f"{_HERE}.model:Removed", f"{_HERE}.service:remove_correction",
        Permission.EDITOR, Where.SERVER, route="POST /corrections/{name}/removal", is_read_only=False,
    ),
    Operation(
        "corrections.silences", "Show maintenance as silences of Alertmanager.",
        f"{_HERE}.model:ShowSilences", f"{_HERE}.model:Silences", f"{_HERE}.service:show_silences",
        Permission.VIEWER, Where.SERVER, route="GET /corrections/silences",
    ),
    Operation(
        "corrections.maintenance", "Show whether maintenance holds, for each objective.",
        f"{_HERE}.model:ShowMaintenance", f"{_HERE}.model:Maintenance", f"{_HERE}.service:show_maintenance",
        Permission.VIEWER, Where.SERVER, route="GET /corrections/maintenance",
        pages=Pages("samples", ("slo", "correction")),
    ),
)  # fmt: skip
