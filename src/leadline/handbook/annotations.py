"""
What stands under `leadline/` in a document's annotations: names, which kinds may carry them, and how each is read.

Readers raise ValueError("what is wrong; the way out"); `read_annotations` gives it its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeVar

from leadline.core.budgets import OnNoData, OnNoTraffic
from leadline.core.composites import CompositeKind, OnMissing
from leadline.core.slices import STEP
from leadline.core.windows import floor_to_step
from leadline.handbook.ceilings import dependencies
from leadline.handbook.hours import read_hours
from leadline.handbook.lint_ignores import lint_ignores
from leadline.handbook.mending import value_at
from leadline.handbook.reading import PathInside
from leadline.handbook.shaping import Written
from leadline.handbook.specs import Limit
from leadline.handbook.wording import near_word, nearest
from leadline.units import parse_duration, parse_instant, parse_ratio

PREFIX = "leadline/"
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
_BAND = re.compile(r"\s*(\S+?)\s*\.\.\s*(\S+)\s*")
_MAX_LABELS = 10


class OffBoundary(StrEnum):
    """What becomes of a limit that no bucket of a histogram has."""

    BRACKET = "bracket"
    REFUSE = "refuse"


Word = TypeVar("Word", bound=StrEnum)


def _tier(text: str) -> int:
    if text not in ("0", "1", "2"):
        raise ValueError("not a tier; write 0 (critical), 1 (high) or 2 (standard)")
    return int(text)


def _word(words: type[Word]) -> Callable[[str], Word]:
    def read(text: str) -> Word:
        allowed = [str(word) for word in words]
        if text not in allowed:
            raise ValueError(f"not one of the words allowed; {nearest(text, allowed)}")
        return words(text)

    return read


def coverage(text: str) -> Fraction:
    """A share above 0."""
    share = parse_ratio(text)
    if share == 0:
        raise ValueError("a coverage of 0 would accept blindness; write a share such as 0.9")
    return Fraction(share)


def _starts_at(text: str) -> int:
    return floor_to_step(parse_instant(text).timestamp())


def _effective_from(text: str) -> str:
    return parse_instant(text).astimezone(UTC).isoformat()


def finite(text: str) -> Decimal:
    """A number within ± 1e15."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError("not a number; write one such as 0.001") from None
    if not number.is_finite() or abs(number) > Decimal(10) ** 15 or abs(number.adjusted()) > 20:
        raise ValueError("out of range; write a number such as 0.001")
    return number


def _quantum(text: str) -> Fraction:
    number = finite(text)
    if not Decimal("1e-9") <= number <= Decimal(10) ** 6:
        raise ValueError("not a quantum; write how many events one unit stands for, such as 1 or 0.001")
    return Fraction(number)


def _labels(text: str) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    wrong = next((name for name in names if not _LABEL.fullmatch(name)), None)
    if wrong is not None or not names or len(names) > _MAX_LABELS:
        raise ValueError("not label names; write them with commas between, such as path, method")
    if len(set(names)) < len(names):
        raise ValueError("a label is named twice; name each once")
    return tuple(sorted(names))


def _band(text: str) -> Limit:
    found = _BAND.fullmatch(text)
    if found is None:
        raise ValueError('not a band; write the lowest and highest good value, such as "0.5..0.8"')
    low, high = finite(found[1]), finite(found[2])
    if low > high:
        raise ValueError(f'the band is upside down; write "{found[2]}..{found[1]}"')
    return Limit(low=float(low), high=float(high))


def _mtbf(text: str) -> int:
    seconds = int(parse_duration(text).total_seconds())
    if seconds % STEP or seconds <= STEP:
        raise ValueError("not whole minutes above 1; write a duration such as 24h")
    return seconds // STEP


def _short_window(text: str) -> int:
    seconds = int(parse_duration(text).total_seconds())
    if seconds % STEP or not seconds:
        raise ValueError("not whole minutes; write a duration such as 5m")
    return seconds


def _low_traffic(text: str) -> str:
    if text not in ("on", "off", "true", "false") and not (text.isdecimal() and 1 <= len(text) <= 4):
        raise ValueError("not a low-traffic rule; write on, off or the least number of bad events, such as 5")
    return text


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("empty; write a value or leave the annotation out")
    return text.strip()


def _components(text: str) -> tuple[tuple[str, Fraction], ...]:
    """`name` or `name weight`, with commas between."""
    found: dict[str, Fraction] = {}
    for item in filter(None, (item.strip() for item in text.split(","))):
        name, _, weight = item.partition(" ")
        share = finite(weight) if weight else Decimal(1)
        if share <= 0:
            raise ValueError("a weight is above 0; write the name and its weight: checkout 2")
        if name in found:
            raise ValueError("a component stands twice; name each once")
        found[name] = Fraction(share)
    if not found:
        raise ValueError("no components; write names of SLOs with commas between")
    return tuple(found.items())


_READERS: Mapping[str, tuple[Callable[[str], Any], tuple[str, ...]]] = {
    "tier": (_tier, ("Service", "SLO")),
    "team": (_filled, ("Service", "SLO")),
    "onNoData": (_word(OnNoData), ("SLO",)),
    "onNoTraffic": (_word(OnNoTraffic), ("SLO",)),
    "minCoverage": (coverage, ("SLO",)),
    "startsAt": (_starts_at, ("SLO",)),
    "hours": (read_hours, ("SLO",)),
    "strategy": (_filled, ("Service", "SLO")),
    "lowTraffic": (_low_traffic, ("SLO",)),
    "policy": (_filled, ("Service", "SLO")),
    "band": (_band, ("SLO",)),
    "mtbf": (_mtbf, ("SLO",)),
    "composite": (_word(CompositeKind), ("SLO",)),
    "components": (_components, ("SLO",)),
    "onMissing": (_word(OnMissing), ("SLO",)),
    "dependsOn": (dependencies, ("Service", "SLO")),
    "quantum": (_quantum, ("SLI",)),
    "groupBy": (_labels, ("SLI",)),
    "onlyWhen": (_filled, ("SLI",)),
    "shortWindow": (_short_window, ("AlertPolicy",)),
    "failures": (_filled, ("SLI",)),
    "offBoundary": (_word(OffBoundary), ("SLI",)),
    "effectiveFrom": (_effective_from, ()),
    "lintIgnore": (lint_ignores, ()),
}


def places() -> Mapping[str, tuple[str, ...]]:
    """Every annotation, and the kinds that may carry it; none named means all."""
    return {name: kinds for name, (_, kinds) in _READERS.items()}


def read_annotations(written: Written, path: PathInside, kinds: tuple[str, ...]) -> dict[str, Any]:
    """Values of the annotations below `path`, of a document that stands for these kinds; the rest is complained of."""
    metadata = value_at(written.value, path)
    found = metadata.get("annotations") if isinstance(metadata, dict) else None
    annotations: dict[str, Any] = found if isinstance(found, dict) else {}
    values: dict[str, Any] = {}
    for key, raw in annotations.items():
        if not key.startswith(PREFIX) or isinstance(raw, dict | list) or raw is None:
            continue
        name, text = key.removeprefix(PREFIX), str(raw).lower() if isinstance(raw, bool) else str(raw)
        inside = (*path, "annotations", key)
        allowed = [PREFIX + known for known, (_, of) in _READERS.items() if not of or set(of) & set(kinds)]
        if key not in allowed:
            elsewhere = _READERS.get(name)
            hint = f"it belongs to {' or '.join(elsewhere[1])}" if elsewhere else nearest(key, allowed)
            what = "unknown annotation" if elsewhere is None else "annotation of another kind"
            written.problem(inside, what, key, hint)
            meant = near_word(key, allowed) if elsewhere is None else None
            if meant is None or meant in annotations:
                continue
            written.silence((*path, "annotations", meant))
            name = meant.removeprefix(PREFIX)
        try:
            values[name] = _READERS[name][0](text)
        except ValueError as error:
            what, _, hint = str(error).partition("; ")
            written.problem(inside, what, text, hint or "write another value")
            written.silence(inside)
    return values
