"""
Notifiers: what is wanted of an adapter that tells people.

It translates one message into the words of what it speaks to, and says what became of it: delivered, to be tried again,
or given up. It waits for nobody longer than its timeouts, keeps nothing, and does not decide who is told or when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

from leadline.errors import SourceError
from leadline.handbook.specs import NotificationTarget
from leadline.ports.outbox import Notice


class KeyKind(StrEnum):
    """What the value of a key of `connectionDetails` is."""

    TEXT = "text"
    URL = "http or https address"
    NUMBER = "number"
    FLAG = "true or false"
    NAMES = "list of texts"
    PAIRS = "names and texts"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of `connectionDetails` that a notifier reads."""

    name: str
    meaning: str
    """For the docs; one sentence."""
    kind: KeyKind = KeyKind.TEXT
    is_secret: bool = False
    """Then only the name of an environment variable may be written, ${NAME}."""
    is_required: bool = False
    usual: str | float | bool | None = None
    """Where it is not written; None: nothing."""
    words: tuple[str, ...] = ()
    """The only values there are."""
    most: float = 0.0
    """Of a number, which must be above 0."""


@dataclass(frozen=True, slots=True)
class Details:
    """`connectionDetails` of one target, checked and with secrets filled in."""

    values: Mapping[str, object]

    def text(self, key: str) -> str:
        """Empty where it is not there."""
        value = self.values.get(key)
        return "" if value is None else str(value)

    def number(self, key: str) -> float:
        return float(str(self.values.get(key) or 0))

    def flag(self, key: str) -> bool:
        return self.values.get(key) is True

    def names(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key)
        return tuple(str(each) for each in value) if isinstance(value, list | tuple) else ()

    def pairs(self, key: str) -> Mapping[str, str]:
        value = self.values.get(key)
        return {str(name): str(text) for name, text in value.items()} if isinstance(value, Mapping) else {}


def no_picture() -> bytes | None:
    """Of a message that has none."""
    return None


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told now."""

    notice: Notice
    at: int
    """The clock, epoch seconds."""
    root: Mapping[str, str] = field(default_factory=dict)
    """What the receiver said of the first message of the thread; empty for the first one."""
    is_doubtful: bool = False
    """Whether an attempt before this one may have come through, because its server died."""
    is_repeat: bool = False
    """Whether it was delivered, and is said again because the receiver forgets."""
    link: str = ""
    """Page of Leadline that shows more; empty where nobody said how the server is reached."""
    picture: Callable[[], bytes | None] = no_picture
    """Makes a PNG of how the budget burns; None where there is nothing to draw, or nothing to draw it with."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver has it."""

    detail: str
    """One line for the record."""
    receipt: Mapping[str, str] = field(default_factory=dict)
    """What later messages of the thread need."""
    repeat_seconds: int | None = None
    """After how long it must be said again, unless the thread has gone on."""


class DeliveryError(SourceError):
    """The receiver does not have it, as far as is known; `retryable` says whether another attempt may help."""

    def __init__(self, message: str, *, retryable: bool, after_seconds: float | None = None) -> None:
        self.after_seconds = after_seconds
        """What the receiver asks to be waited; None where it says nothing."""
        super().__init__(message, retryable=retryable)


class SecretMissing(DeliveryError):
    """A secret is not set where the server runs, so nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=True)


class Notifier(Protocol):
    """One target, ready to be told."""

    KEYS: ClassVar[tuple[Key, ...]]
    """All keys that it reads."""
    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]]
    """Sets of keys of which exactly one must be there; empty where there is no choice."""

    def send(self, message: Message) -> Sent:
        """
        Tell it.

        Raises:
            DeliveryError: the receiver does not have it.
        """


class Notifiers(Protocol):
    """Adapters by type."""

    def open(self, target: NotificationTarget) -> Notifier:
        """
        The adapter of a target, with its secrets.

        Raises:
            SecretMissing: one of them is not set.
            SpecError: its package does not load.
        """
