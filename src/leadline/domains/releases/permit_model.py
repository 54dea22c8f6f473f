"""Nouns of permits and duties: what is asked for, and what comes back; the shapes here are the published JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from leadline.core.questions import PermitForm
from leadline.domains.releases.entry_model import Number, Said
from leadline.domains.releases.model import ChangeKind, Ref
from leadline.ports.message import Message


class Approve(Message):
    """Approve a change that the gate has asked approvals for."""

    decision: Number
    """Number that the gate told."""
    role: str | None = None
    """By default the first wanted role that the approver holds."""
    who: Said | None = None
    """By default who asks; a token speaks for itself alone."""
    checked: tuple[str, ...] = ()
    """Items of the checklist that were seen to; `all` for every one."""
    expires: str = "24h"
    note: Annotated[str, Field(max_length=2000)] = ""


class GrantException(Message):
    """Let a change through although the policy does not."""

    service: str
    change: ChangeKind
    ref: Ref = ""
    """Without it, every change of this kind for as long as it holds."""
    grounds: str
    reason: Said
    who: Said | None = None
    expires: str | None = None
    """By default, and at most, as long as the policy says."""


class BreakGlass(Message):
    """Let a change through in an emergency; a second person must confirm it."""

    service: str
    change: ChangeKind
    ref: Ref = ""
    """Without it, every change of this kind for as long as it holds."""
    reason: Said
    who: Said | None = None


class ConfirmPermit(Message):
    """Confirm a broken glass, as the second person."""

    id: Number
    who: Said | None = None


class WithdrawPermit(Message):
    """Take back an approval, an exception or a broken glass."""

    id: Number
    reason: Said
    who: Said | None = None


class ListPermits(Message):
    """Permits that are not over."""

    service: str | None = None
    all: bool = False
    """Also those that ran out or were taken back."""


class ShownPermit(Message):
    """One approval, exception or broken glass."""

    id: int
    form: PermitForm
    service: str
    change: str
    ref: str
    role: str
    who: str
    given_by: str
    second: str
    """Who confirmed a broken glass; empty until then."""
    grounds: str
    reason: str
    checked: tuple[str, ...]
    given_at: datetime
    expires_at: datetime
    decision: int | None
    holds: bool
    """Whether it counts now."""
    withdrawn_by: str
    withdrawal: str
    next: str
    """What to do now; empty where nothing is to be done."""


class ShownPermits(Message):
    """Permits, oldest first."""

    permits: tuple[ShownPermit, ...]


class ListDuties(Message):
    """What levels and permits ask people to do."""

    service: str | None = None
    done: bool = False
    """Those that are done, instead of those that are to be done."""


class FinishDuty(Message):
    """Say that a duty is done."""

    id: Number
    note: Annotated[str, Field(max_length=2000)] = ""
    who: Said | None = None


class ShownDuty(Message):
    """One duty."""

    id: int
    service: str
    level: str
    name: str
    text: str
    by: tuple[str, ...]
    made_at: datetime
    due_at: datetime
    is_overdue: bool
    done_at: datetime | None
    done_by: str
    note: str


class ShownDuties(Message):
    """Duties, by deadline."""

    at: datetime
    duties: tuple[ShownDuty, ...]
