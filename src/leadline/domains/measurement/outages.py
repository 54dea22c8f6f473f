"""
What people know of an outage becomes whole bad events of slices.

Pure, in integers. Leaves out which slices there are and the writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from leadline.core.slices import STEP
from leadline.core.windows import Span, floor_to_step

_BITS = 16
_HALVES = 2 << _BITS


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of one slice an interval covers."""

    start: int
    """Start of the slice, epoch seconds."""
    seconds: int
    """1 to STEP."""


def overlaps(start: int, end: int) -> tuple[Overlap, ...]:
    """
    The slices that [start, end) touches, each with the seconds of it; those at the edges by their share.

    >>> overlaps(30, 130)
    (Overlap(start=0, seconds=30), Overlap(start=60, seconds=60), Overlap(start=120, seconds=10))
    """
    first = floor_to_step(start)
    return tuple(Overlap(at, min(end, at + STEP) - max(start, at)) for at in range(first, end, STEP))


def touched(start: int, end: int) -> Span:
    """The whole slices that [start, end) touches."""
    return Span(floor_to_step(start), floor_to_step(end + STEP - 1))


def failed(overlap: Overlap, fraction: Fraction, total: int) -> int:
    """
    Events of one slice that failed, as a whole number.

    What remains of an event falls to this slice or not by a fixed threshold of its own. Thresholds of neighbours are
    spread evenly (bits of the slice's number, reversed), so that 0.5 of one probe a minute is every second minute. A
    larger share never gives fewer, whence the larger of two recordings is their union, in any order.

    Args:
        overlap: the slice and its covered seconds.
        fraction: share of the events that failed while the interval lasted, 0 to 1.
        total: events of the slice, >= 0.

    Returns:
        fraction · seconds/STEP · total, rounded up or down; 0 to total.
    """
    exact = fraction * overlap.seconds * total / STEP
    whole, rest = divmod(exact.numerator, exact.denominator)
    number = overlap.start // STEP % (1 << _BITS)
    threshold = 2 * int(f"{number:0{_BITS}b}"[::-1], 2) + 1
    return whole + (rest * _HALVES > threshold * exact.denominator)


def apportioned(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """
    Whole parts in proportion to the weights, exactly `amount` in sum: largest remainders, the earlier one first.

    Args:
        amount: >= 0.
        weights: >= 0, not all 0.

    Raises:
        ValueError: there is no weight.

    >>> apportioned(10, [1, 1, 1])
    (4, 3, 3)
    """
    whole = sum(weights)
    if whole <= 0:
        raise ValueError("there is nothing to spread over")
    parts = [amount * weight // whole for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda each: (-(amount * weights[each] % whole), each))
    for each in remainders[: amount - sum(parts)]:
        parts[each] += 1
    return tuple(parts)
