"""
A document read so that nothing is dropped without a word: what no dialect asked for is told as lost when it ends.

`Spot` is a place inside a document; asking it for a key says that the key is understood. Leaves out what keys mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from leadline.domains.dialects.model import Lost, Note
from leadline.errors import Problem
from leadline.handbook.models import NAME
from leadline.handbook.reading import PathInside, Tree, dotted
from leadline.handbook.specs import Place
from leadline.handbook.wording import shown

NO_PLACE = "a handbook has no place for it"
_NAME = re.compile(NAME)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
_LONGEST_NAME = 110
"""So that two of them and the name of an alert still make a name."""


def _compact(value: object) -> object:
    """Mappings and lists as one line of JSON, so that what was lost can be read."""
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) and value else value


@dataclass(slots=True)
class Journal:
    """What was found wrong, could not be carried, or is worth knowing."""

    problems: list[Problem] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def lose(self, place: Place, key: str, value: object, why: str) -> None:
        self.lost.append(Lost(file=place.file, line=place.line, key=key, value=shown(_compact(value)), why=why))

    def note(self, place: Place, text: str) -> None:
        note = Note(file=place.file, line=place.line, text=text)
        if note not in self.notes:
            self.notes.append(note)


@dataclass(slots=True)
class Account:
    """One document, which of its keys were understood, and why others are not."""

    tree: Tree
    journal: Journal
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Name of a key → why a handbook has no place for it."""
    taken: set[PathInside] = field(default_factory=set)

    def close(self) -> None:
        """Tell what nobody asked for as lost."""
        for path in self._rest(self.tree.value, ()):
            value = _at(self.tree.value, path)
            names = [part for part in path if isinstance(part, str)]
            why = next((self.reasons[name] for name in reversed(names) if name in self.reasons), NO_PLACE)
            Spot(self, path).lose_here(value, why)

    def _rest(self, value: Any, path: PathInside) -> Iterator[PathInside]:
        if path in self.taken or value in (None, {}, []):
            return
        if isinstance(value, dict | list) and any(taken[: len(path)] == path for taken in self.taken):
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                yield from self._rest(item, (*path, key))
        else:
            yield path


def _at(value: Any, path: PathInside) -> Any:
    for part in path:
        value = value[part]
    return value


@dataclass(frozen=True, slots=True)
class Spot:
    """A mapping inside a document; an empty one where nothing is written."""

    account: Account
    path: PathInside = ()

    @property
    def value(self) -> dict[str, Any]:
        found: Any = self.account.tree.value
        for part in self.path:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                return {}
        return found if isinstance(found, dict) else {}

    @property
    def place(self) -> Place:
        return Place(self.account.tree.file, self.account.tree.place(self.path)[0])

    def has(self, key: str) -> bool:
        return self.value.get(key) is not None

    def take(self, *keys: str) -> None:
        """Say of keys, and all below them, that they are understood."""
        self.account.taken.update((*self.path, key) for key in keys)

    def text(self, key: str, default: str = "") -> str:
        """A scalar as text; a problem when it is a list or a mapping."""
        self.take(key)
        value = self.value.get(key)
        if value is None:
            return default
        if isinstance(value, dict | list):
            self.problem(key, "text is wanted", 'write text, such as "checkout"')
            return default
        return _plain(value)

    def needed(self, key: str, hint: str) -> str:
        """A text that must be there and not empty."""
        text = self.text(key).strip()
        if not text and not isinstance(self.value.get(key), dict | list):
            self.problem(key, "missing key" if not self.has(key) else "empty", hint)
        return text

    def name(self, key: str, hint: str) -> str:
        """A text that can name a document."""
        text = self.needed(key, hint)
        if text:
            self.check_name(key, text)
        return text

    def check_name(self, key: str, text: str) -> None:
        """A problem when what a key brings cannot name a document."""
        if not _NAME.fullmatch(text) or len(text) > _LONGEST_NAME:
            hint = f"use at most {_LONGEST_NAME} letters, digits and - . _ between; begin and end with a letter"
            self.problem(key, "not a name", hint)

    def number(self, key: str) -> Decimal | None:
        """A number exactly as written, with or without quotes; None, and a problem, when it is none."""
        text = self.text(key).strip()
        if not text:
            return None
        try:
            number = Decimal(text) if len(text) <= 40 else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or abs(number.adjusted()) > 18:
            self.problem(key, "not a number", "write a number such as 99.9")
            return None
        return number

    def flag(self, key: str, *, default: bool) -> bool:
        self.take(key)
        value = self.value.get(key, default)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.problem(key, "true or false is wanted", "write true or false without quotes")
            return default
        return value

    def inner(self, key: str) -> Spot:
        """The mapping below a key; a problem when something else stands there."""
        if self.has(key) and not isinstance(self.value[key], dict):
            self.take(key)
            self.problem(key, "a mapping is wanted", "write keys and values, indented below this key")
        return Spot(self.account, (*self.path, key))

    def each(self, key: str) -> list[Spot]:
        """The mappings of a list; a problem when something else stands there."""
        value = self.value.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.take(key)
            self.problem(key, "a list of mappings is wanted", "begin each item with a dash")
            return []
        return [Spot(self.account, (*self.path, key, index)) for index in range(len(value))]

    def texts(self, key: str) -> dict[str, str]:
        """Labels or annotations."""
        inner = self.inner(key)
        self.take(key)
        return {name: _plain(value) for name, value in inner.value.items() if not isinstance(value, dict | list)}

    def names(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        self.take(key)
        value = self.value.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or any(isinstance(item, dict | list) or item is None for item in value):
            self.problem(key, "a list of names is wanted", "begin each item with a dash")
            return ()
        return tuple(_plain(item) for item in value)

    def labels(self, key: str) -> tuple[str, ...]:
        """A list of the names of labels, in order."""
        names = self.names(key)
        if not all(_LABEL.fullmatch(name) for name in names):
            self.problem(key, "not names of labels", "write names such as handler")
        return tuple(sorted(set(names)))

    def problem(self, key: str, what: str, hint: str) -> None:
        path = (*self.path, key) if key else self.path
        value = self.value.get(key, "") if key else ""
        self.account.journal.problems.append(self.account.tree.problem(path, what, value, hint))

    def note(self, text: str) -> None:
        self.account.journal.note(self.place, text)

    def lose(self, key: str, why: str) -> None:
        """Say that a key is understood and cannot be carried."""
        self.take(key)
        Spot(self.account, (*self.path, key)).lose_here(self.value.get(key), why)

    def lose_here(self, value: object, why: str) -> None:
        """Say that this place cannot be carried."""
        self.account.journal.lose(self.place, dotted(self.path), value, why)

    def lose_all(self, key: str, why: str) -> None:
        """Say that a key keeps all of this mapping from being carried."""
        self.lose(key, why)
        self.account.taken.add(self.path)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
