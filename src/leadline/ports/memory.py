"""Memory: what a running server has worked out already and need not work out again until something changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Memory(Protocol):
    """Values that hold for one state of ledger, handbook and clock; whoever changes one begins a new memory."""

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value known by this key, else the one that `make` returns."""

    def known(self, key: Hashable) -> Any:
        """The value known by this key; None where there is none."""


class Forgetful:
    """The memory of a program that answers once and ends."""

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:  # noqa: ARG002 - the port's signature
        return make()

    def known(self, key: Hashable) -> None: ...


NO_MEMORY = Forgetful()
