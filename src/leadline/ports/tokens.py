"""Tokens: an append-only record of who may come in from outside, and of what was taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from leadline.ports.operation import Permission
from leadline.ports.removal import Removal


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; its secret is not, only a fingerprint."""

    id: str
    """Stands in the token itself, so that it is found without trying all of them."""
    name: str
    """Whose it is; two may have one name while one takes the other's place."""
    role: Permission
    fingerprint: str
    created_at: int
    created_by: str
    expires_at: int
    revocation: Removal | None = None


class Tokens(Protocol):
    """Tokens that were made. What `add` and `revoke` have returned from survives `kill -9`."""

    def add(self, token: Token) -> None:
        """
        Append one.

        Raises:
            RecordError: there is one of that id.
        """

    def revoke(self, token_id: str, revocation: Removal) -> None:
        """
        Append a revocation.

        Raises:
            NotFound: there is none of that id.
            RecordError: it was revoked before.
        """

    def every(self) -> Sequence[Token]:
        """All that were ever made, oldest first."""
