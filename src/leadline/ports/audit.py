"""The audit: an append-only record of every write that somebody asked for, written before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from leadline.errors import NotAllowed

DONE = "done"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and by which way."""

    name: str
    """The name of a token, or of an account of this machine."""
    via: str
    """`cli`, `api` or `pages`."""
    token_id: str = ""
    """Empty where no token was needed."""

    def signs(self, who: str | None) -> str:
        """
        The name under which something is written down: who a token is made for, or else whoever is said to say so.

        Raises:
            NotAllowed: a token speaks in another name than its own.
        """
        if self.token_id and who is not None and who != self.name:
            raise NotAllowed(f"who is said to be {who[:80]}, and the token is {self.name}'s; leave who out")
        return who or self.name or "unknown"


NOBODY = Caller("", "")
"""Asks for reads that no person began."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One write that was asked for."""

    at: int
    caller: Caller
    operation: str
    request: str
    """As JSON, without secrets; one that is very long is told by its length and its SHA-256."""
    id: int = 0
    """Counted up by the record."""
    outcome: str | None = None
    """`done`, or the error; None when it is under way, or its process was killed."""


class Audit(Protocol):
    """Writes that were asked for."""

    def begin(self, entry: AuditEntry) -> int:
        """Append one; returns its number."""

    def end(self, number: int, outcome: str, at: int) -> None:
        """Append how it ended."""

    def newest(self, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
        """Entries, newest first, that were numbered before this one."""
