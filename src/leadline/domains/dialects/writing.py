"""What a writer of a dialect is given besides the promises: how to tell what its form cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace

from leadline.domains.dialects.accounting import Journal
from leadline.domains.dialects.promises import Alert, Promise
from leadline.handbook.specs import Place

_USUAL = Alert("", "", threshold=0, lookback="")  # type: ignore[arg-type] # only its defaults are read
_NO_FIELD = "no field of an alert says it there"


class Outbox:
    """Takes down what cannot be carried, at the place of the handbook that promises it."""

    def __init__(self, journal: Journal, folder: str) -> None:
        self._journal = journal
        self._folder = folder

    def lose(self, promise: Promise, key: str, value: object, why: str) -> None:
        self._journal.lose(promise.place, f"{promise.name}: {key}", value, why)

    def lose_texts(self, texts: Mapping[str, object], promise: Promise, why: str) -> None:
        """Each annotation or label of a mapping."""
        for name, text in texts.items():
            self.lose(promise, name, text, why)

    def lose_alert(self, promise: Promise, alert: Alert, carried: Sequence[str]) -> None:
        """What an alert says and the dialect has no field for."""
        for field in fields(alert):
            value = getattr(alert, field.name)
            if field.name not in ("name", *carried) and value != getattr(_USUAL, field.name):
                self.lose(promise, f"{alert.name}.{field.name}", value, _NO_FIELD)

    def note(self, text: str) -> None:
        self._journal.note(Place(self._folder, 0), text)

    @staticmethod
    def singles(promises: Sequence[Promise]) -> Iterator[Promise]:
        """Promises of one objective each; those of several are numbered."""
        for promise in promises:
            if len(promise.objectives) == 1:
                yield promise
                continue
            for number, objective in enumerate(promise.objectives, 1):
                yield replace(promise, name=f"{promise.name}-{number}", objectives=(objective,))
