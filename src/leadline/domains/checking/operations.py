"""Operations of checking, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Pages, Permission, Where

_HERE = "leadline.domains.checking"
OPERATIONS = (
    Operation(
        "handbook.lint", "Look for what is unwise in the handbook, and ask the sources whether its queries hold.",
        f"{_HERE}.model:LintHandbook", f"{_HERE}.model:Linted", f"{_HERE}.service:lint_handbook",
        Permission.VIEWER, Where.SERVER, route="GET /lint", pages=Pages("findings", ("id",)),
    ),
    Operation(
        "handbook.cost", "Tell what the queries of objectives read from their sources.",
        f"{_HERE}.cost_model:ShowCost", f"{_HERE}.cost_model:Cost", f"{_HERE}.costing:show_cost",
        Permission.VIEWER, Where.SERVER, route="GET /cost", pages=Pages("slos", ("slo",)),
    ),
    Operation(
        "rules.lint", "Look for Prometheus rule files of which Prometheus would drop a part.",
        f"{_HERE}.model:LintRuleFiles", "leadline.ports.findings:Findings", f"{_HERE}.service:lint_rule_files",
        Permission.VIEWER, Where.LOCAL,
    ),
)  # fmt: skip
