"""
Exhaustion: the budget as its window moves on, hour by hour: what ages out, when it is spent, and when it is back.

The past is a list of `Leaving`, exact; a future is bad events by the hour, one row or many (paths drawn from the past
come as rows). Leaves out how likely a future is, and where the counts come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.core.slices import HOUR
from leadline.units import NoData

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Bad events that have left the window by an instant, and not by the one before."""

    by: int
    """Epoch seconds."""
    bad: Fraction
    """In quanta, above 0."""


def leaving(edges: Sequence[int], bad: Sequence[Fraction], window_seconds: int) -> tuple[Leaving, ...]:
    """
    When the bad events of a rolling window leave it.

    Args:
        edges: epoch seconds, increasing, from the window's start to its end.
        bad: bad events that start in [edges[i], edges[i + 1]).
        window_seconds: length of the window.

    Returns:
        Of each stretch with bad events the instant at which all of them are older than the window.

    Raises:
        ValueError: other than one count for each stretch between edges.

    >>> [(each.by, int(each.bad)) for each in leaving([0, 3600, 7200], [Fraction(5), Fraction(0)], 7200)]
    [(10800, 5)]
    """
    if len(bad) != len(edges) - 1:
        raise ValueError(f"{len(bad)} counts between {len(edges)} edges")
    return tuple(Leaving(end + window_seconds, count) for end, count in zip(edges[1:], bad, strict=True) if count)


def aged_out(leaves: Sequence[Leaving], start: int, end: int) -> Fraction:
    """
    Bad events that leave the window in (start, end], epoch seconds.

    >>> int(aged_out([Leaving(3600, Fraction(5)), Leaving(7200, Fraction(2))], 0, 3600))
    5
    """
    return sum((each.bad for each in leaves if start < each.by <= end), Fraction(0))


def recovers_at(leaves: Sequence[Leaving], allowed: Fraction, floor: Fraction) -> int | NoData:
    """
    First instant at which more than `floor` of the budget is left, if nothing further fails.

    Args:
        leaves: all bad events of the window, as `leaving` tells them.
        allowed: bad events that the window allows, in quanta; as many from now on, for traffic stays as expected.
        floor: share of the budget, 0 <= floor < 1, that must be exceeded (strictly).

    Returns:
        Epoch seconds, to the grain of the stretches; `NoData` where that much is left already, or where there is no
        budget that could come back.

    >>> recovers_at([Leaving(3600, Fraction(9)), Leaving(7200, Fraction(3))], Fraction(10), Fraction(1, 20))
    3600
    """
    if allowed <= 0:
        return NoData("there is no budget that could come back")
    inside = sum((each.bad for each in leaves), Fraction(0))
    if inside < (1 - floor) * allowed:
        return NoData("that much is left now")
    for each in sorted(leaves, key=lambda one: one.by):
        inside -= each.bad
        if inside < (1 - floor) * allowed:
            return each.by
    raise ValueError("a floor is below the whole budget")


def by_hour(leaves: Sequence[Leaving], at: int, hours: int) -> Floats:
    """
    Bad events that leave in each of the hours after `at`, as `rolled` wants them; what leaves later is not there.

    >>> by_hour([Leaving(3600, Fraction(5))], 0, 3).tolist()
    [5.0, 0.0, 0.0]
    """
    found = np.zeros(hours)
    for each in leaves:
        hour = -(-(each.by - at) // HOUR) - 1
        if 0 <= hour < hours:
            found[hour] += float(each.bad)
    return found


def rolled(bad: float, leaves: Floats, future: NDArray[Any], allowed: float | Floats) -> Floats:
    """
    What remains of the budget at the end of each hour to come.

    Args:
        bad: bad events of the window now.
        leaves: bad events of the past that leave the window in each hour of a whole window, `by_hour`.
        future: bad events of each hour to come, [hours] or [paths, hours]; they age out in their turn.
        allowed: bad events that the window allows at the end of each hour, > 0; one number where that stays.

    Returns:
        Shares of the budget, signed, in the shape of `future`.

    Source: design §2, exhaustion.

    >>> rolled(6, np.array([6.0, 0.0]), np.array([0.0, 5.0, 0.0, 0.0]), 10).tolist()
    [1.0, 0.5, 0.5, 1.0]
    """
    span, hours = len(leaves), future.shape[-1]
    past = np.zeros(hours)
    past[:span] = leaves[:hours]
    gone = np.zeros(future.shape)
    gone[..., span:] = future[..., : max(0, hours - span)]
    inside = bad + np.cumsum(future - gone - past, axis=-1)
    return np.asarray(1 - inside / allowed, dtype=np.float64)


def exhausted_after(remaining: Floats) -> int | NoData:
    """
    Hours until nothing of the budget is left.

    Args:
        remaining: of one future, as `rolled` tells it.

    Returns:
        Hours, >= 1; `NoData` where something is left for as long as was looked ahead. A number within 1e-9 of nothing
        is nothing.

    >>> exhausted_after(np.array([0.5, 0.0, -0.5]))
    2
    """
    spent = np.flatnonzero(remaining <= 1e-9)
    return int(spent[0]) + 1 if len(spent) else NoData(f"something is left for all of {len(remaining)} h")
