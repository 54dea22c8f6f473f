"""Operations of other tools' files, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Permission, Where

_HERE = "leadline.domains.dialects"
OPERATIONS = (
    Operation(
        "specs.import", "Read the files of Sloth, Pyrra, slo-generator, Nobl9 or OpenSLO v1alpha into a handbook.",
        f"{_HERE}.model:ImportSpecs", f"{_HERE}.model:Carried", f"{_HERE}.service:import_specs",
        Permission.EDITOR, Where.LOCAL, is_read_only=False, is_audited=False,
    ),
    Operation(
        "specs.export", "Write the handbook's objectives in the form of another tool.",
        f"{_HERE}.model:ExportSpecs", f"{_HERE}.model:Carried", f"{_HERE}.service:export_specs",
        Permission.VIEWER, Where.LOCAL,
    ),
)  # fmt: skip
