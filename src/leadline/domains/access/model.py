"""Nouns of access: what is asked for, and what comes back; the shapes here are the published JSON."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from leadline.ports.message import Message
from leadline.ports.operation import Permission

Named = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*$")
]


class CreateToken(Message):
    """Make a token."""

    role: Permission
    name: Named | None = None
    """Whose it is; by default its role and its id."""
    expires: str = "90d"
    """How long it is good, at most ten years."""


class CreatedToken(Message):
    """A new token; this answer is the only one that holds it."""

    token: str
    id: str
    name: str
    role: Permission
    expires_at: datetime


class ListTokens(Message):
    """The tokens that were made."""

    active: bool = False
    """Only those that open something now."""


class TokenState(StrEnum):
    """Whether a token opens anything."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ShownToken(Message):
    """One token, without its secret."""

    id: str
    name: str
    role: Permission
    state: TokenState
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    reason: str | None
    """Why it was revoked."""


class ShownTokens(Message):
    """Tokens, as of an instant."""

    at: datetime
    tokens: tuple[ShownToken, ...]


class RevokeToken(Message):
    """Take a token back, at once and for ever; the record keeps both."""

    id: str
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class RevokedToken(Message):
    """What was taken back."""

    id: str
    name: str


class ListAudit(Message):
    """The newest writes that somebody asked for."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    before: Annotated[int, Field(ge=1)] | None = None
    """Only those with smaller numbers: what the answer before this one has told as `next`."""


class AuditedWrite(Message):
    """One write that was asked for."""

    id: int
    at: datetime
    who: str
    via: str
    token_id: str | None
    operation: str
    request: str
    """JSON, without secrets."""
    outcome: str | None
    """`done`, or the error; null when it is under way, or its process was killed before the end."""


class AuditTrail(Message):
    """Writes, newest first."""

    writes: tuple[AuditedWrite, ...]
    next: int | None
    """Where the rest begins; null when this is all."""
