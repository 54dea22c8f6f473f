"""Nouns of rollbacks: what is asked for, and what comes back; the shapes here are the published JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from leadline.ports.message import Message
from leadline.ports.rollbacks import RollbackState

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Number = Annotated[int, Field(ge=1)]


class ListRollbacks(Message):
    """The newest rollbacks."""

    service: str = ""
    most: Annotated[int, Field(ge=1, le=1000)] = 100


class ShowRollback(Message):
    """One rollback."""

    id: Number


class VerifyRollback(Message):
    """Whether a request is what was signed."""

    id: Number


class ApproveRollback(Message):
    """Let a rollback begin that waits."""

    id: Number
    who: Said | None = None
    """By default who asks, and no other where a token is needed."""
    reason: str = ""


class RejectRollback(Message):
    """Say that a change is not rolled back."""

    id: Number
    who: Said | None = None
    """By default who asks, and no other where a token is needed."""
    reason: Said


class RunRollback(Message):
    """Run a rollback that is due now, rather than at the next turn."""

    id: Number
    dry_run: bool = False
    """Tell what would be done, of any rollback, and do nothing."""


class StopRollbacks(Message):
    """Let no rollback begin until they are resumed."""

    reason: Said
    who: Said | None = None
    """By default who asks, and no other where a token is needed."""


class ResumeRollbacks(Message):
    """Let rollbacks begin again."""

    reason: Said
    who: Said | None = None
    """By default who asks, and no other where a token is needed."""


class RollbackStepShown(Message):
    """One thing that happened."""

    at: datetime
    state: RollbackState
    """What it led to."""
    who: str
    detail: str


class RollbackShown(Message):
    """One rollback."""

    id: int
    state: RollbackState
    service: str
    slo: str
    tier: str
    """Of the alert."""
    episode: str
    """Thread of the alert."""
    change: int | None
    """Null where there is nothing to roll back."""
    kind: str
    ref: str
    """Both of the change; empty where there is none."""
    policy: str
    """Empty where no policy names the service."""
    mode: str
    asked_at: datetime
    is_signed: bool
    steps: tuple[RollbackStepShown, ...]
    """Oldest first."""


class RollbackDetails(Message):
    """One rollback, and what it was decided from."""

    rollback: RollbackShown
    document: str
    """Canonical JSON."""
    signature: str
    """HMAC-SHA256 of the document, in hexadecimal; empty where no key was set."""


class SwitchShown(Message):
    """Whether rollbacks may begin."""

    is_stopped: bool
    at: datetime | None
    """Null where nobody has touched the switch."""
    who: str
    reason: str


class RollbackList(Message):
    """Rollbacks, newest first, and how the switch stands."""

    switch: SwitchShown
    rollbacks: tuple[RollbackShown, ...]


class Verified(Message):
    """Whether a request is what was signed."""

    id: int
    is_valid: bool
    flaws: tuple[str, ...]


class RollbackRun(Message):
    """What a rollback has come to, or would."""

    rollback: RollbackShown
    plan: str
    """What would be done; empty where it was done, or cannot be."""
    held_by: str
    """Why it could not begin now; empty where it could."""
