"""
Egress: how anything is asked of the outside that a handbook names, but the sources.

Whoever may edit a handbook must not be able to make the server ask its own network: an address that is private, of the
machine itself or of a cloud's metadata is refused unless the operator allows it, and what is connected to is the
address that was looked at. Redirects are not followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from socket import socket
from typing import Protocol

from leadline.errors import LeadlineError


class EgressRefused(LeadlineError):
    """The address may not be asked; the message says how the operator allows it."""

    exit_code = 3


class EgressFailed(LeadlineError):
    """Nobody answered: no such name, no connection, no answer in time."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request."""

    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = 10.0
    """For all of it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    """Its first mebibyte."""


class Egress(Protocol):
    """The guarded way out."""

    def ask(self, asked: Asked) -> Answered:
        """
        Send one request.

        Raises:
            EgressRefused: the address may not be asked, or is none.
            EgressFailed: nobody answered.
        """

    def connect(self, host: str, port: int, timeout_seconds: float) -> socket:
        """
        A connection to a host that may be asked.

        Raises:
            EgressRefused: the address may not be asked.
            EgressFailed: nobody answered.
        """

    @property
    def allowed(self) -> tuple[str, ...]:
        """Networks that the operator allows, for programs that guard their own way out."""
