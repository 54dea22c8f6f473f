"""
Runners: what is wanted of an adapter that rolls a change back.

It carries out one signed order and says what came of it. It never goes through a shell, is never waited for longer than
its timeout, keeps nothing, and does not decide whether anything is rolled back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from leadline.errors import SourceError
from leadline.handbook.specs import RollbackPolicy
from leadline.ports.notifier import Key


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be rolled back, and the signed document that says so."""

    rollback: int
    service: str
    ref: str
    change: int
    kind: str
    slo: str
    document: str
    signature: str
    at: int
    """The clock, epoch seconds."""

    @property
    def values(self) -> dict[str, str]:
        """What a placeholder stands for."""
        return {
            "rollback": str(self.rollback),
            "service": self.service,
            "ref": self.ref,
            "change": str(self.change),
            "kind": self.kind,
            "slo": self.slo,
        }


PLACEHOLDERS = ("rollback", "service", "ref", "change", "kind", "slo")


class RunError(SourceError):
    """The rollback did not come to a good end, as far as is known."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False)


class Runner(Protocol):
    """One way to roll back, ready to be used."""

    KEYS: ClassVar[tuple[Key, ...]]
    """All keys of `connectionDetails` that it reads."""
    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]]

    @property
    def timeout_seconds(self) -> float:
        """After so long nothing that it began is still under way."""

    def plan(self, order: Order) -> str:
        """
        What it would do, in one line, without doing anything.

        Raises:
            RunError: the order holds what may not be passed on.
        """

    def run(self, order: Order) -> str:
        """
        Roll back; returns what came of it, for the record.

        Raises:
            RunError: it did not come to a good end.
        """


class Runners(Protocol):
    """Adapters by type, and what they are allowed."""

    def open(self, policy: RollbackPolicy) -> Runner:
        """
        The adapter of a policy, with its secrets.

        Raises:
            RunError: a secret is not set.
            SpecError: its package does not load.
        """

    def key(self) -> bytes:
        """
        What requests are signed with; empty where none is set.

        Raises:
            SpecError: its file cannot be read.
        """

    @property
    def stopped_by(self) -> str:
        """The setting that stops all rollbacks on this machine; empty where none does."""
