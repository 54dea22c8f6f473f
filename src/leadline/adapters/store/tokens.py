"""The record of tokens: each one and each revocation is added, nothing is edited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.database import Database
from leadline.adapters.store.rows import fetch, put
from leadline.errors import RecordError
from leadline.handbook.wording import not_found
from leadline.ports.operation import Permission
from leadline.ports.removal import Removal
from leadline.ports.tokens import Token

_EVERY = """
SELECT t.id, t.name, t.role, t.fingerprint, t.created_at, t.created_by, t.expires_at, r.reason, r.who, r.revoked_at
FROM token t LEFT JOIN token_revocation r ON r.token_id = t.id ORDER BY t.created_at, t.id
"""


class SqlTokens:
    """A `Tokens` in tables of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, token: Token) -> None:
        values = (
            token.id, token.name, token.role.value, token.fingerprint, token.created_at, token.created_by,
            token.expires_at,
        )  # fmt: skip
        with self._database.writing() as connection:
            if not put(connection, schema.token, *([value] for value in values), replace=False):
                raise RecordError(f"there is a token {token.id} already; make another")

    def revoke(self, token_id: str, revocation: Removal) -> None:
        with self._database.writing() as connection:
            known = {token.id: token for token in _every(connection)}
            in_force = [token.id for token in known.values() if token.revocation is None]
            if token_id not in in_force:
                raise _why_not(token_id, known.get(token_id), in_force)
            columns = ([token_id], [revocation.reason], [revocation.who], [revocation.removed_at])
            put(connection, schema.token_revocation, *columns)

    def every(self) -> Sequence[Token]:
        with self._database.reading() as connection:
            return _every(connection) if connection else ()


def _every(connection: Connection) -> Sequence[Token]:
    return [_token(row) for row in fetch(connection, _EVERY)]


def _token(row: Any) -> Token:
    *made, reason, who, revoked_at = row
    token_id, name, role, fingerprint, created_at, created_by, expires_at = made
    revocation = None if revoked_at is None else Removal(reason, who, revoked_at)
    return Token(token_id, name, Permission(role), fingerprint, created_at, created_by, expires_at, revocation)


def _why_not(token_id: str, known: Token | None, in_force: Sequence[str]) -> RecordError:
    if known is None or known.revocation is None:
        return not_found("token", token_id, in_force)
    at = f"{datetime.fromtimestamp(known.revocation.removed_at, UTC):%Y-%m-%d %H:%M} UTC"
    return RecordError(f"token {token_id} was revoked already, {at} by {known.revocation.who}")
