"""
Terms: all that the arithmetic of budgets needs to know of one objective.

Exact where a decision falls: objectives are Decimals, the budget is a Fraction. Leaves out what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from leadline.core.hours import BusinessHours
from leadline.core.windows import Window


class BudgetingMethod(StrEnum):
    """What is counted, in OpenSLO's words."""

    OCCURRENCES = "Occurrences"
    TIMESLICES = "Timeslices"
    RATIO_TIMESLICES = "RatioTimeslices"


class Level(StrEnum):
    """How much of the budget is left; `unknown` is never shown as healthy."""

    HEALTHY = "healthy"
    WARNING = "warning"
    CRITICAL = "critical"
    DEPLETED = "depleted"
    UNKNOWN = "unknown"


class OnNoData(StrEnum):
    """What a slice in which nothing was seen stands for."""

    UNKNOWN = "unknown"
    BAD = "bad"
    EXCLUDE = "exclude"


class OnNoTraffic(StrEnum):
    """What a seen slice without a single event stands for."""

    EXCLUDE = "exclude"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class LevelThresholds:
    """Remaining budget above which each level holds (strict); at or below `critical` the budget is depleted."""

    healthy: Fraction = Fraction(1, 2)
    warning: Fraction = Fraction(1, 4)
    critical: Fraction = Fraction(1, 20)


@dataclass(frozen=True, slots=True)
class BudgetTerms:
    """All that the arithmetic needs to know of one objective."""

    target: Decimal
    """Promised share of good events, 0 < target <= 1."""
    error_budget: Fraction
    """1 - target exactly; 1/m for a mean time between failures of m minutes."""
    window: Window
    method: BudgetingMethod = BudgetingMethod.OCCURRENCES
    slice_target: Decimal | None = None
    """Time slices: the share of good events from which a slice is good."""
    slice_seconds: int = 60
    """Time slices: length of one, a multiple of STEP."""
    on_no_data: OnNoData = OnNoData.UNKNOWN
    on_no_traffic: OnNoTraffic = OnNoTraffic.EXCLUDE
    min_coverage: Fraction = Fraction(9, 10)
    starts_at: int | None = None
    """Birth of the SLO in epoch seconds when the handbook says it; otherwise the first slice."""
    collection_seconds: int = 60
    """How often the source is collected."""
    thresholds: LevelThresholds = LevelThresholds()
    hours: BusinessHours | None = None
    """Slices count while these are open; None: always."""
