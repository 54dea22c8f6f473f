"""
The record of releases: what the gate decided and on what grounds, what people permitted, and what a level asks of them.

Nothing is edited: a confirmation, a withdrawal, the end of a duty are added. What a method has returned from survives
`kill -9`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from leadline.core.questions import PermitForm
from leadline.ports.outbox import Notice


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer of the gate, with everything that it depends on."""

    service: str
    kind: str
    ref: str
    author: str
    """Whose change it is."""
    asked_by: str
    at: int
    """Epoch seconds."""
    outcome: str
    inputs: str
    """Canonical JSON of `core.questions.Inputs`."""
    ruling: str
    """Canonical JSON of `core.questions.Ruling`."""
    sha256: str
    """Of both, inputs first, with a line feed between."""
    id: int = 0
    """Counted up by the record."""


@dataclass(frozen=True, slots=True)
class GivenPermit:
    """An approval, an exception or a broken glass, for one change of one service."""

    form: PermitForm
    service: str
    kind: str
    ref: str
    role: str
    """Empty of a broken glass."""
    who: str
    given_by: str
    """The account or token that wrote it down."""
    grounds: str
    """Empty unless it is an exception."""
    reason: str
    checked: tuple[str, ...]
    """Items of the checklist that were seen to."""
    given_at: int
    expires_at: int
    decision: int
    """Id of the decision that asked for it; 0 where none did."""
    second: str = ""
    """Who confirmed a broken glass."""
    withdrawn_by: str = ""
    withdrawal: str = ""
    """Why it was taken back; empty while it stands."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that people are to do by a deadline."""

    key: str
    """Of no other duty; the same key again changes nothing."""
    service: str
    level: str
    """The level that asks for it; empty where a permit does."""
    name: str
    text: str
    by: tuple[str, ...]
    """Roles."""
    made_at: int
    due_at: int
    done_at: int | None = None
    done_by: str = ""
    note: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """The worst level of a service's objectives, as far as it is known, and since when."""

    service: str
    level: str
    since: int


@dataclass(frozen=True, slots=True)
class Done:
    """Who did a duty, and when."""

    who: str
    note: str
    at: int


class Releases(Protocol):
    """Decisions, permits and duties."""

    def add_decision(self, decision: Decision, notices: Sequence[Notice] = ()) -> Decision:
        """Append one, and what people are told of it; returns it with its id."""

    def decision(self, number: int) -> Decision:
        """
        One of them.

        Raises:
            NotFound: there is none of that id.
        """

    def decisions(self, service: str | None, most: int, before: int | None = None) -> tuple[Decision, ...]:
        """The newest ones, newest first, of one service or of all, that have a lower id than `before`."""

    def add_permit(
        self, permit: GivenPermit, duties: Sequence[Duty] = (), notices: Sequence[Notice] = ()
    ) -> GivenPermit:
        """
        Append one, what it asks for afterwards, and what people are told of it.

        Returns it with its id, which replaces `{id}` in keys and texts of duties and notices.
        """

    def confirm_permit(self, number: int, who: str, at: int) -> GivenPermit:
        """
        Append the confirmation of a second person.

        Raises:
            NotFound: there is none of that id.
            RecordError: it was confirmed or taken back before.
        """

    def withdraw_permit(self, number: int, who: str, reason: str, at: int) -> GivenPermit:
        """
        Append that one was taken back.

        Raises:
            NotFound: there is none of that id.
            RecordError: it was taken back before.
        """

    def permits(self, service: str | None, expiring_after: int) -> tuple[GivenPermit, ...]:
        """Those of one service or of all that run out after an instant, oldest first, also what was taken back."""

    def service_levels(self) -> Mapping[str, ServiceLevel]:
        """How each service stood when a turn looked last."""

    def enter(self, levels: Sequence[ServiceLevel], duties: Sequence[Duty], notices: Sequence[Notice] = ()) -> int:
        """Write down levels, and append duties and notices that are new, in one transaction; returns the new duties."""

    def duties(self, service: str | None, *, is_done: bool = False) -> tuple[Duty, ...]:
        """Those that are to be done, or those that are done, of one service or of all, by deadline."""

    def finish_duty(self, number: int, done: Done) -> Duty:
        """
        Append that one is done.

        Raises:
            NotFound: there is none of that id.
            RecordError: it was done before.
        """
