"""Operations of budgets, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Pages, Permission, Where

_HERE = "leadline.domains.budgets"
OPERATIONS = (
    Operation(
        "status.show", "Judge objectives at one instant.",
        f"{_HERE}.model:ShowStatus", f"{_HERE}.model:Status", f"{_HERE}.service:show_status",
        Permission.VIEWER, Where.SERVER, route="GET /slos", pages=Pages("slos", ("slo",)),
    ),
    Operation(
        "slo.show", "Show everything about one SLO.",
        f"{_HERE}.model:ShowSlo", f"{_HERE}.model:SloDetail", f"{_HERE}.service:show_slo",
        Permission.VIEWER, Where.SERVER, route="GET /slos/{name}",
    ),
    Operation(
        "slo.history", "Show the revisions of one SLO, and its budget under each.",
        f"{_HERE}.model:ShowHistory", f"{_HERE}.model:SloHistory", f"{_HERE}.revising:show_history",
        Permission.VIEWER, Where.SERVER, route="GET /slos/{name}/history",
    ),
    Operation(
        "slo.levels", "Show since when one SLO stands as it does, and how it stood before.",
        f"{_HERE}.levels:ShowLevels", f"{_HERE}.levels:SloLevels", f"{_HERE}.levels:show_levels",
        Permission.VIEWER, Where.SERVER, route="GET /slos/{name}/levels",
    ),
    Operation(
        "slo.course", "Show how the budget of one SLO stood at steps of a stretch of time.",
        f"{_HERE}.course_model:ShowCourse", f"{_HERE}.course_model:SloCourse", f"{_HERE}.courses:show_course",
        Permission.VIEWER, Where.SERVER, route="GET /slos/{name}/course",
    ),
    Operation(
        "slo.slices", "Show what was counted of one SLO in each hour or slice of a stretch of time.",
        f"{_HERE}.course_model:ShowSlices", f"{_HERE}.course_model:SloSlices", f"{_HERE}.courses:show_slices",
        Permission.VIEWER, Where.SERVER, route="GET /slos/{name}/slices",
    ),
    Operation(
        "slo.burns", "Show the burn rates of one SLO in the last hours against the alerts of its tier.",
        f"{_HERE}.course_model:ShowBurns", f"{_HERE}.course_model:SloBurns", f"{_HERE}.courses:show_burns",
        Permission.VIEWER, Where.SERVER, route="GET /slos/{name}/burns",
    ),
    Operation(
        "handbook.diff", "Compare two handbooks, and every budget under both of them.",
        f"{_HERE}.comparing_model:CompareHandbooks", f"{_HERE}.comparing_model:HandbookDiff",
        f"{_HERE}.comparing:compare_handbooks",
        Permission.VIEWER, Where.LOCAL,
    ),
    Operation(
        "needs.list", "List what needs someone now, most urgent first.",
        f"{_HERE}.overview_model:ShowNeeds", f"{_HERE}.overview_model:Needs", f"{_HERE}.overviews:show_needs",
        Permission.VIEWER, Where.SERVER, route="GET /needs",
    ),
    Operation(
        "overview.show", "Show objectives by service, a page at a time.",
        f"{_HERE}.overview_model:ShowOverview", f"{_HERE}.overview_model:Overview", f"{_HERE}.overviews:show_overview",
        Permission.VIEWER, Where.SERVER, route="GET /overview",
    ),
    Operation(
        "service.list", "List the services and how their objectives stand.",
        f"{_HERE}.overview_model:ListServices", f"{_HERE}.overview_model:Services", f"{_HERE}.owners:list_services",
        Permission.VIEWER, Where.SERVER, route="GET /services",
    ),
    Operation(
        "service.show", "Show one service: its agreements, composites and sources.",
        f"{_HERE}.overview_model:ShowService", f"{_HERE}.overview_model:ServiceDetail", f"{_HERE}.owners:show_service",
        Permission.VIEWER, Where.SERVER, route="GET /services/{name}",
    ),
    Operation(
        "team.list", "List the teams and how the objectives of their services stand.",
        f"{_HERE}.overview_model:ListTeams", f"{_HERE}.overview_model:Teams", f"{_HERE}.owners:list_teams",
        Permission.VIEWER, Where.SERVER, route="GET /teams",
    ),
    Operation(
        "team.show", "Show one team: its services, and how to reach it.",
        f"{_HERE}.overview_model:ShowTeam", f"{_HERE}.overview_model:TeamDetail", f"{_HERE}.owners:show_team",
        Permission.VIEWER, Where.SERVER, route="GET /teams/{name}",
    ),
    Operation(
        "names.find", "Find objectives, services and teams by name.",
        f"{_HERE}.overview_model:FindNames", f"{_HERE}.overview_model:FoundNames", f"{_HERE}.owners:find_names",
        Permission.VIEWER, Where.SERVER, route="GET /names",
    ),
)  # fmt: skip
