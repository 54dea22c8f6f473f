"""Rows that a SQL text answered, put on the grid of steps; what silence means is decided here, once for all formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from leadline.core.slices import STEP, Labels
from leadline.ports.source import Floats, Role

COLUMNS = {
    Role.TOTAL: "total",
    Role.BAD: "bad",
    Role.GOOD: "good",
    Role.VALUE: "value",
    Role.FAILURES: "failures",
    Role.DEMAND: "value",
}
"""Column of the answer that each role reads."""
LAST = frozenset({"value"})
"""Columns of which a step's last row counts; of the others its rows are summed."""


@dataclass(frozen=True, slots=True)
class Reach:
    """From when until when the data is known to be whole, in epoch seconds; `until` is -inf where nothing is known."""

    since: float = inf
    until: float = -inf

    def covered(self, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Steps that lie within; the one in which the history begins counts."""
        covered: NDArray[np.bool_] = (starts + STEP > self.since) & (starts + STEP <= self.until)
        return covered


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """One row for each step and group: its start, its labels, and numbers by column."""

    starts: Floats
    labels: Sequence[Sequence[str | None]]
    """For each label of `groupBy`, in its order, the rows' texts."""
    numbers: Mapping[str, Floats]


def groups_of(
    rows: Rows, group_by: Sequence[str], role: Role, span: tuple[int, int], reach: Reach
) -> dict[Labels, Floats]:
    """
    Numbers of one role on the span [start, end) for each group.

    A step without a row is 0 where the data is known to reach beyond it, and NaN elsewhere, for an idle night is not a
    dead log. A row whose number is NULL says that it does not know.
    """
    start, end = span
    count = (end - start) // STEP
    starts = np.arange(start, end, STEP)
    silence = np.full(count, np.nan) if COLUMNS[role] in LAST else np.where(reach.covered(starts), 0.0, np.nan)
    groups: dict[Labels, Floats] = {} if group_by else {(): silence.copy()}
    at = ((rows.starts - start) // STEP).astype(np.int64)
    numbers = rows.numbers[COLUMNS[role]]
    for index, labels in enumerate(_labels(rows, group_by)):
        values = groups.setdefault(labels, silence.copy())
        values[at[index]] = numbers[index]
    return {labels: values for labels, values in groups.items() if not np.isnan(values).all()}


def _labels(rows: Rows, group_by: Sequence[str]) -> Sequence[Labels]:
    if not group_by:
        return [()] * len(rows.starts)
    order = sorted(range(len(group_by)), key=lambda index: group_by[index])
    return [
        tuple((group_by[index], text) for index in order if (text := texts[index]) is not None)
        for texts in zip(*rows.labels, strict=True)
    ]
