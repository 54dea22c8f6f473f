"""How mistakes are worded: the value read, shortened, and the nearest word that would have been right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from leadline.errors import NotFound

_SHOWN = 80
_LISTED = 12


def shown(value: object) -> str:
    """One line of at most 80 characters that says what was read."""
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    text = " ".join("".join(character if character.isprintable() else " " for character in str(value)).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def near_word(word: str, words: Iterable[str]) -> str | None:
    """
    The word that was probably meant, if any is near: one of the same letters, else the one most alike.

    >>> near_word("sil", ["slo", "sli"])
    'sli'
    """
    lowered = {name.lower(): name for name in words}
    swapped = next((name for name in lowered if sorted(name) == sorted(word.lower())), None)
    if swapped is not None:
        return lowered[swapped]
    found = get_close_matches(word[:_SHOWN].lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def nearest(word: str, words: Iterable[str]) -> str:
    """
    Way out for a word that is not among those allowed.

    >>> nearest("targte", ["target", "value"])
    'did you mean target?'
    """
    known = list(words)
    found = near_word(word, known)
    if found is not None:
        return f"did you mean {found}?"
    if not known:
        return "there is none yet; write one"
    listed = ", ".join(known[:_LISTED])
    return f"write one of {listed}" + (f" or {len(known) - _LISTED} more" if len(known) > _LISTED else "")


def not_found(kind: str, name: str, known: Iterable[str]) -> NotFound:
    """The error for a name that stands for nothing, with the nearest that does."""
    return NotFound(f"no {kind} is named {name}; {nearest(name, known)}")
