"""Figures as text: the only place of the command line where anything is rounded."""

from __future__ import annotations

import math
from collections.abc import Mapping

LEVEL_SIGNS = {"healthy": "●", "warning": "▲", "critical": "◆", "depleted": "■", "unknown": "?"}
"""Shape beside the word, so that no level is told by colour alone."""
LEVEL_STYLES = {
    "healthy": "green",
    "warning": "yellow",
    "critical": "bold red",
    "depleted": "bold white on red",
    "unknown": "bold magenta",
}
NOTHING = "—"
BAR_CELLS = 10


def ratio(value: float | None) -> str:
    """A share of good events; rounded down, so that a missed objective never looks kept."""
    if value is None:
        return NOTHING
    percent = math.floor(round(value * 1e6, 4)) / 1e4
    return f"{percent:.4f} %" if percent < 100 else "100 %"


def target(value: float) -> str:
    """An objective with just the digits it was written with, up to ten; a longer one is one that was computed."""
    is_written = abs(round(value, 10) - value) < 1e-13
    return f"{round(value * 100, 8):.10g} %" if is_written else f"{round(value * 100, 8):.6g} %"


def share(value: float | None) -> str:
    """A share of the budget, signed; rounded down."""
    return NOTHING if value is None else f"{math.floor(round(value * 1e3, 4)) / 10:.1f} %"


def coverage(value: float | None) -> str:
    """A share of slices; rounded down."""
    return NOTHING if value is None else f"{math.floor(round(value * 1e4, 4)) / 100:g} %"


def rate(value: float | None) -> str:
    """A burn rate."""
    if value is None:
        return NOTHING
    return "0" if value == 0 else f"{value:.2f}x" if value < 100 else f"{value:,.0f}x"


def rate_over(window: str, burn: Mapping[str, float | None]) -> str:
    """A burn rate with its window: `0.35x 6h`."""
    found = burn.get(window)
    return NOTHING if found is None else f"{rate(found)} {window}"


def share_of(bad: float | None, total: float | None) -> str:
    """Bad among all, or a dash where nothing is counted."""
    return NOTHING if bad is None and total is None else f"{count(bad)} of {count(total)}"


def count(value: float | None) -> str:
    """A number of events."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:,.2f}"


def counted(number: int, noun: str) -> str:
    """A number of things: `1 problem`, `2 problems`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def bar(value: float | None) -> str:
    """What is left of a budget; clamped here and nowhere else."""
    if value is None:
        return "·" * BAR_CELLS
    full = math.floor(max(0.0, min(1.0, value)) * BAR_CELLS)
    return "█" * full + "░" * (BAR_CELLS - full)
