"""A notifier from outside, as it would stand in a package of its own: it writes what it is told into a file."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from leadline.ports.egress import Egress
from leadline.ports.notifier import Details, Key, Message, Sent


class PigeonNotifier:
    """A `Notifier`."""

    KEYS: ClassVar[tuple[Key, ...]] = (Key("loft", "Where it lives.", is_required=True),)
    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init__(self, _name: str, details: Details, _egress: Egress) -> None:
        self._loft = Path(details.text("loft"))

    def send(self, message: Message) -> Sent:
        self._loft.write_text(message.notice.title)
        return Sent("flew")
