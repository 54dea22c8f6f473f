"""Operations of rollbacks, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Pages, Permission, Where

_HERE = "leadline.domains.rollbacks"
_MODEL, _SERVICE = f"{_HERE}.model", f"{_HERE}.service"
OPERATIONS = (
    Operation(
        "rollbacks.list", "List the newest rollbacks, and whether they are stopped.",
        f"{_MODEL}:ListRollbacks", f"{_MODEL}:RollbackList", f"{_SERVICE}:list_rollbacks",
        Permission.VIEWER, Where.SERVER, route="GET /rollbacks", pages=Pages("rollbacks", ("id",)), is_live=True,
    ),
    Operation(
        "rollbacks.show", "Show one rollback, each of its steps, and what it was decided from.",
        f"{_MODEL}:ShowRollback", f"{_MODEL}:RollbackDetails", f"{_SERVICE}:show_rollback",
        Permission.VIEWER, Where.SERVER, route="GET /rollbacks/{id}", is_live=True,
    ),
    Operation(
        "rollbacks.verify", "Check that a request for a rollback is what was signed.",
        f"{_MODEL}:VerifyRollback", f"{_MODEL}:Verified", f"{_SERVICE}:verify_rollback",
        Permission.VIEWER, Where.SERVER, route="GET /rollbacks/{id}/verification", is_live=True,
    ),
    Operation(
        "rollbacks.approve", "Let a rollback begin that waits for somebody.",
        f"{_MODEL}:ApproveRollback", f"{_MODEL}:RollbackShown", f"{_SERVICE}:approve_rollback",
        Permission.RESPONDER, Where.SERVER, route="POST /rollbacks/{id}/approve", is_read_only=False,
    ),
    Operation(
        "rollbacks.reject", "Say that a change is not rolled back.",
        f"{_MODEL}:RejectRollback", f"{_MODEL}:RollbackShown", f"{_SERVICE}:reject_rollback",
        Permission.RESPONDER, Where.SERVER, route="POST /rollbacks/{id}/reject", is_read_only=False,
    ),
    Operation(
        "rollbacks.run", "Run a rollback that is due, or tell what would be done.",
        f"{_MODEL}:RunRollback", f"{_MODEL}:RollbackRun", f"{_SERVICE}:run_rollback",
        Permission.RESPONDER, Where.SERVER, route="POST /rollbacks/{id}/run", is_read_only=False,
    ),
    Operation(
        "rollbacks.stop", "Let no rollback begin until they are resumed.",
        f"{_MODEL}:StopRollbacks", f"{_MODEL}:SwitchShown", f"{_SERVICE}:stop_rollbacks",
        Permission.RESPONDER, Where.SERVER, route="POST /rollbacks/stop", is_read_only=False,
    ),
    Operation(
        "rollbacks.resume", "Let rollbacks begin again.",
        f"{_MODEL}:ResumeRollbacks", f"{_MODEL}:SwitchShown", f"{_SERVICE}:resume_rollbacks",
        Permission.EDITOR, Where.SERVER, route="POST /rollbacks/resume", is_read_only=False,
    ),
)  # fmt: skip
