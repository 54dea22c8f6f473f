"""
Mend the tree of an ill-shaped document, for judging only: so that its other mistakes are found in the same run.

A misspelt key takes the name that it is nearest to; a wrong or missing value is replaced by one that fits. Where that
was done, nothing more is said: `is_silenced`. A handbook with a mended document is never handed out. Leaves out how
mistakes are told, which `shaping` does.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from leadline.handbook.models import Model
from leadline.handbook.reading import PathInside
from leadline.handbook.wording import near_word

_TRUTH = {"true": True, "yes": True, "on": True, "y": True, "false": False, "no": False, "off": False, "n": False}
_FITTING = ("x", "00:00", "EUR")
"""Texts of which one fits each pattern of the models."""


def value_at(value: Any, path: PathInside) -> Any:
    """What stands at a path, or None."""
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


@dataclass(slots=True)
class Mending:
    """The value of a document, mended step by step, and what was done to it."""

    model: type[Model]
    value: dict[str, Any]
    silenced: set[PathInside] = field(default_factory=set)
    """Places that were told already; nothing at or below them is."""
    renamed: dict[PathInside, str | None] = field(default_factory=dict)
    """Mended path → the key as it was written; None where a list was put around what was written."""
    unclear: set[PathInside] = field(default_factory=set)
    """Mappings with a misspelt key that fits nothing: what they seem to lack may be it."""
    is_copy: bool = False

    def is_silenced(self, path: PathInside) -> bool:
        """Whether a place, or one that it lies in, was told already."""
        return bool(self.silenced) and any(path[:length] in self.silenced for length in range(len(path) + 1))

    def as_written(self, path: PathInside) -> PathInside:
        """The place that a path of the mended value has in the file."""
        if not self.renamed:
            return path
        parts = (self.renamed.get(path[: index + 1], part) for index, part in enumerate(path))
        return tuple(part for part in parts if part is not None)

    def rename(self, path: PathInside, name: str | None) -> None:
        """Give an unknown key the name that was meant, or take it out."""
        holder: dict[str | int, Any] = self._own(path[:-1])
        value, key = holder.pop(path[-1]), str(path[-1])
        if name is None or holder.get(name) is not None:
            return
        holder[name] = value
        self.renamed[(*path[:-1], name)] = key

    def replace(self, path: PathInside, kind: str) -> None:
        """Put a fitting value where a wrong one stands or one is missing, and be silent about the place."""
        slot = _slot(self.model, path)
        holder: Any = self._own(path[:-1])
        written = value_at(self.value, path)
        if kind == "tuple_type" and _is_item(written, slot):
            self.renamed[(*path, 0)] = None
            holder[path[-1]] = [written]
            return
        if kind == "too_long" and isinstance(written, list):
            holder[path[-1]] = written[: slot.longest]
            return
        if path in self.renamed:
            self.unclear.add(path[:-1])
        self.silenced.add(path)
        fitting = _fitting(slot, written)
        if fitting is None and isinstance(holder, dict):
            holder.pop(path[-1], None)
        else:
            holder[path[-1]] = _fitting(slot, written, is_needed=True)

    def _own(self, path: PathInside) -> Any:
        if not self.is_copy:
            self.value, self.is_copy = deepcopy(self.value), True
        return value_at(self.value, path)


@dataclass(frozen=True, slots=True)
class _Slot:
    """What a model wants at a path."""

    type: Any
    is_required: bool = True
    pattern: str | None = None
    longest: int | None = None


def _plain(annotation: Any) -> tuple[Any, str | None]:
    """A type without None and notes, and the pattern that was noted."""
    pattern = None
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            notes = [getattr(note, "pattern", None) for note in annotation.__metadata__]
            notes += [getattr(inner, "pattern", None) for note in annotation.__metadata__ for inner in _inner(note)]
            pattern = next((note for note in notes if isinstance(note, str)), pattern)
            annotation = annotation.__origin__
        elif origin in (Union, types.UnionType):
            annotation = next(one for one in get_args(annotation) if one is not type(None))
        else:
            return annotation, pattern


def _inner(note: Any) -> Iterable[Any]:
    return getattr(note, "metadata", ())


def _slot(model: type[Model], path: PathInside) -> _Slot:
    at = _Slot(model)
    for part in path:
        wanted = at.type
        if isinstance(wanted, type) and issubclass(wanted, Model):
            info = next((one for one in wanted.model_fields.values() if one.alias == part), None)
            if info is None:
                return _Slot(Any, is_required=False)
            found, pattern = _plain(info.annotation)
            noted = [getattr(note, "pattern", None) for note in info.metadata]
            longest = next((note.max_length for note in info.metadata if hasattr(note, "max_length")), None)
            pattern = pattern or next((note for note in noted if isinstance(note, str)), None)
            at = _Slot(found, info.is_required(), pattern, longest)
        elif get_origin(wanted) is tuple:
            at = _Slot(*_plain_item(get_args(wanted)[0]))
        elif get_origin(wanted) is Mapping and get_args(wanted):
            found, pattern = _plain(get_args(wanted)[1])
            at = _Slot(found, is_required=False, pattern=pattern)
        else:
            return _Slot(Any, is_required=False)
    return at


def _plain_item(annotation: Any) -> tuple[Any, bool, str | None]:
    found, pattern = _plain(annotation)
    return found, True, pattern


def _is_item(written: object, slot: _Slot) -> bool:
    """Whether a list was left out around one item."""
    item, _, _ = _plain_item(get_args(slot.type)[0]) if get_origin(slot.type) is tuple else (None, False, None)
    is_model = isinstance(item, type) and issubclass(item, Model)
    return (is_model and isinstance(written, dict)) or (item is str and isinstance(written, str))


def _fitting(slot: _Slot, written: object, *, is_needed: bool = False) -> Any:
    """A value that fits; None where none is needed and none suggests itself."""
    wanted, origin = slot.type, get_origin(slot.type)
    meant = _meant(wanted, written)
    if meant is not None or (isinstance(wanted, type) and issubclass(wanted, Model)):
        return {} if meant is None else meant
    if origin is tuple:
        item = _Slot(*_plain_item(get_args(wanted)[0]))
        return [_fitting(item, None, is_needed=True)]
    if not (slot.is_required or is_needed):
        return None
    if origin is Mapping:
        return {}
    if origin is Literal:
        return get_args(wanted)[0]
    return {bool: False, int: 1, Decimal: 1}.get(wanted, _text(slot.pattern))


def _meant(wanted: Any, written: object) -> Any:
    """The word or truth that a wrong one was probably meant to be."""
    text = str(written)
    if get_origin(wanted) is Literal:
        return near_word(text, [word for word in get_args(wanted) if isinstance(word, str)])
    return _TRUTH.get(text.lower()) if wanted is bool else None


def _text(pattern: str | None) -> str:
    return next((text for text in _FITTING if pattern is None or re.search(pattern, text)), _FITTING[0])


def keys_at(model: type[Model], path: PathInside) -> list[str]:
    """Keys of the model that stands at a path below another."""
    wanted = _slot(model, path).type
    is_model = isinstance(wanted, type) and issubclass(wanted, Model)
    return [str(info.alias) for info in wanted.model_fields.values()] if is_model else []
