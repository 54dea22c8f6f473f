"""Use cases of access: make, list and revoke tokens, and read the audit."""

from __future__ import annotations

import secrets
from datetime import UTC, timedelta

from leadline.domains.access import rules
from leadline.domains.access.model import (
    AuditedWrite,
    AuditTrail,
    CreatedToken,
    CreateToken,
    ListAudit,
    ListTokens,
    RevokedToken,
    RevokeToken,
    ShownTokens,
    TokenState,
)
from leadline.errors import Problem, SpecError
from leadline.handbook.wording import shown
from leadline.ports.audit import AuditEntry
from leadline.ports.operation import Context
from leadline.ports.removal import Removal
from leadline.ports.tokens import Token
from leadline.units import parse_duration


def create_token(request: CreateToken, context: Context) -> CreatedToken:
    """Draw a secret, keep its fingerprint, and hand it out this once."""
    now = int(context.now().timestamp())
    expires_at = now + int(_life(request.expires).total_seconds())
    token_id, secret = secrets.token_hex(rules.ID_BYTES), secrets.token_hex(rules.SECRET_BYTES)
    name = request.name or f"{request.role.value}-{token_id}"
    who = context.caller.name
    context.tokens.add(Token(token_id, name, request.role, rules.fingerprint(secret), now, who, expires_at))
    return CreatedToken(
        token=rules.written(token_id, secret),
        id=token_id,
        name=name,
        role=request.role,
        expires_at=rules.instant(expires_at),
    )


def _life(expires: str) -> timedelta:
    def refused(what: str, hint: str) -> SpecError:
        return SpecError([Problem("--expires", 0, 0, "", what, shown(expires), hint)])

    try:
        life = parse_duration(expires)
    except ValueError as error:
        raise refused("not a duration", "write one such as 90d") from error
    if not timedelta(minutes=1) <= life <= rules.LONGEST:
        raise refused("a token lives for a minute at least and ten years at most", "write one such as 90d")
    return life


def list_tokens(request: ListTokens, context: Context) -> ShownTokens:
    """What was made, and what became of it."""
    at = context.now()
    found = tuple(rules.shown_token(token, int(at.timestamp())) for token in context.tokens.every())
    chosen = tuple(token for token in found if token.state is TokenState.ACTIVE or not request.active)
    return ShownTokens(at=at.astimezone(UTC), tokens=chosen)


def revoke_token(request: RevokeToken, context: Context) -> RevokedToken:
    """Append a revocation; a server sees it within a second."""
    context.tokens.revoke(request.id, Removal.of(request.reason, context.caller.name, context.now()))
    name = next(token.name for token in context.tokens.every() if token.id == request.id)
    return RevokedToken(id=request.id, name=name)


def list_audit(request: ListAudit, context: Context) -> AuditTrail:
    """One page, newest first."""
    found = context.audit.newest(request.limit + 1, request.before)
    writes = tuple(_shown(entry) for entry in found[: request.limit])
    return AuditTrail(writes=writes, next=writes[-1].id if len(found) > request.limit else None)


def _shown(entry: AuditEntry) -> AuditedWrite:
    return AuditedWrite(
        id=entry.id,
        at=rules.instant(entry.at),
        who=entry.caller.name,
        via=entry.caller.via,
        token_id=entry.caller.token_id or None,
        operation=entry.operation,
        request=entry.request,
        outcome=entry.outcome,
    )
