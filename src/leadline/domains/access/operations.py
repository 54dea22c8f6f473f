"""Operations of access, declared; importing them loads nothing that they need."""

from __future__ import annotations

from leadline.ports.operation import Operation, Pages, Permission, Where

_HERE = "leadline.domains.access"
OPERATIONS = (
    Operation(
        "tokens.create", "Make a token for those who ask from outside; its secret is told once.",
        f"{_HERE}.model:CreateToken", f"{_HERE}.model:CreatedToken", f"{_HERE}.service:create_token",
        Permission.ADMIN, Where.SERVER, route="POST /tokens", is_read_only=False,
    ),
    Operation(
        "tokens.list", "List the tokens that were made.",
        f"{_HERE}.model:ListTokens", f"{_HERE}.model:ShownTokens", f"{_HERE}.service:list_tokens",
        Permission.ADMIN, Where.SERVER, route="GET /tokens", pages=Pages("tokens", ("id",)),
    ),
    Operation(
        "tokens.revoke", "Take a token back, at once and for ever.",
        f"{_HERE}.model:RevokeToken", f"{_HERE}.model:RevokedToken", f"{_HERE}.service:revoke_token",
        Permission.ADMIN, Where.SERVER, route="POST /tokens/{id}/revocation", is_read_only=False,
    ),
    Operation(
        "audit.list", "List the newest writes that somebody asked for, and how they ended.",
        f"{_HERE}.model:ListAudit", f"{_HERE}.model:AuditTrail", f"{_HERE}.service:list_audit",
        Permission.ADMIN, Where.SERVER, route="GET /audit",
    ),
)  # fmt: skip
