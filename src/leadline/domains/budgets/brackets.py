"""
Both ends of an objective whose limit lies between two buckets, and the level that may be said of it.

Pure. Measured is the worse end; the better one is the same without the events between the buckets. Where both have one
level it is that; where they differ nobody knows, which is never fine and not surely depleted either.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TypedDict

from leadline.core.budgets import Evaluation, Level
from leadline.core.slices import Labels
from leadline.domains.budgets.loading import Judged
from leadline.domains.budgets.model import BracketFigures
from leadline.handbook.specs import BUCKETS


class Verdict(TypedDict, total=False):
    """Fields of a status that two ends decide."""

    level: str
    bracket: BracketFigures
    reason: str
    short_reason: str


def two_ends(judged: Judged, slo: str, labels: Labels | None, of: Fraction) -> Verdict:
    """Level, reason and ends of an objective or group; nothing for what is measured by one bucket."""
    place = judged.better.get((slo, labels))
    if place is None:
        return {}
    low = judged.figures.evaluation(judged.index[slo, labels])
    high = judged.figures.evaluation(place)
    if low.total and low.bad == high.bad:  # the buckets lie outside the window, or nothing fell between them
        return {}
    buckets = tuple(sorted({dict(key.labels).get(BUCKETS, "") for key in judged.columns[place].between}))
    note = _note(buckets, low, high)
    ends = "" if low.level is high.level else f"between {low.level} and {high.level}"
    verdict = Verdict(
        bracket=_figures(low, high, buckets, note, of),
        reason=_joined(ends, low.reason, note),
        short_reason=_joined(ends, low.short_reason, note),
    )
    if ends:
        verdict["level"] = Level.UNKNOWN.value
    return verdict


def _figures(low: Evaluation, high: Evaluation, buckets: tuple[str, ...], note: str, of: Fraction) -> BracketFigures:
    most, fewest = low.bad * of, high.bad * of
    return BracketFigures(
        buckets=buckets,
        sli_low=low.sli,
        sli_high=high.sli,
        bad_low=_number(fewest),
        bad_high=_number(most),
        remaining_low=low.remaining,
        remaining_high=high.remaining,
        level_low=low.level.value,
        level_high=high.level.value,
        note=note,
    )


def _number(count: Fraction) -> float | int:
    return count.numerator if count.denominator == 1 else float(count)


def _note(buckets: tuple[str, ...], low: Evaluation, high: Evaluation) -> str:
    where = ", ".join(map(_in_words, buckets))
    if low.sli is None or high.sli is None:
        return where
    told = f"{where}: true SLI between {_cut(low.sli)} and {_cut(high.sli)}"
    if low.remaining is None or high.remaining is None:
        return told
    return f"{told}, budget left between {_cut(low.remaining)} and {_cut(high.remaining)}"


def _in_words(buckets: str) -> str:
    lower, limit, upper = (part.strip() for part in buckets.split("<"))
    return f"{limit} lies between the buckets {lower} and {upper}"


def _cut(share: float) -> str:
    """Cut off, not rounded up, as everywhere."""
    return f"{math.floor(share * 1_000_000 + 1e-6) / 10_000:.4f} %"


def _joined(*reasons: str) -> str:
    return "; ".join(filter(None, reasons))
