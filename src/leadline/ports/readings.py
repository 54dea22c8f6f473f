"""
Readings: what one evaluation found, as far as it may concern anyone but the budget: levels, burn rates, silence.

One domain makes them and another one acts on them, in the same turn; neither knows the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from leadline.core.budgets import Figures
from leadline.core.slices import Labels
from leadline.handbook.specs import Handbook
from leadline.ports.levels import LevelChange


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Every objective at one instant."""

    handbook: Handbook
    figures: Figures
    index: Mapping[tuple[str, Labels | None], int]
    """Where each objective, and each of its groups, stands in the figures."""
    composites: Mapping[str, Mapping[int, Fraction | None]]
    """Of each composite its share of error by window in seconds; None where it cannot be told."""
    levels: Sequence[LevelChange]
    """Objectives that stand at another level than the last one written down."""

    @property
    def at(self) -> int:
        return self.figures.at
