"""
Figures: a number with its unit, its target and what it was compared with; and how time is taken.

A ratio compares two numbers of one run on one machine, so it says more than either of them.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """At most or at least so much."""

    limit: float
    is_least: bool = False

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.is_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.is_least else '≤'} {number(self.limit)}"


def at_most(limit: float) -> Target:
    return Target(limit)


def at_least(limit: float) -> Target:
    return Target(limit, is_least=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number."""

    name: str
    value: float
    unit: str
    target: Target | None = None
    note: str = ""
    """What the number was taken over, or compared with."""
    runs: tuple[float, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        verdict = ""
        if self.target is not None:
            verdict = f"   target {self.target}: {'met' if self.target.is_met(self.value) else 'MISSED'}"
        note = f"   ({self.note})" if self.note else ""
        return f"  {self.name:<54}{number(self.value):>12} {self.unit}{verdict}{note}"

    def as_json(self) -> dict[str, object]:
        is_met = None if self.target is None else self.target.is_met(self.value)
        return asdict(self) | {"target": str(self.target) if self.target else None, "is_met": is_met}


def number(value: float) -> str:
    """Three significant digits, thousands apart."""
    if abs(value) < 0.001:
        return f"{value:.3g}"
    whole = len(str(int(abs(value))))
    return f"{value:,.{max(0, 3 - whole) if abs(value) >= 1 else 4}f}"


def say(text: str) -> None:
    """Progress, for whoever waits."""
    print(f"    … {text}", file=sys.stderr, flush=True)


def seconds_of(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def repeated(action: Callable[[], object], times: int, *, warm: int = 1) -> tuple[float, ...]:
    """Seconds of each run after some that do not count; the collector of garbage waits meanwhile."""
    for _ in range(warm):
        action()
    return each(action for _ in range(times))


def each(actions: Iterable[Callable[[], object]]) -> tuple[float, ...]:
    """Seconds of each action, one after the other."""
    gc.collect()
    gc.disable()
    try:
        return tuple(seconds_of(action) for action in actions)
    finally:
        gc.enable()


def median(runs: Sequence[float]) -> float:
    return statistics.median(runs)


def milliseconds(name: str, runs: Sequence[float], target: Target | None = None, note: str = "") -> Figure:
    in_ms = tuple(run * 1000 for run in runs)
    note = f"median of {len(runs)}" + (f"; {note}" if note else "")
    return Figure(name, median(in_ms), "ms", target, note, in_ms)


def per_second(name: str, count: int, runs: Sequence[float], target: Target | None = None, note: str = "") -> Figure:
    rates = tuple(count / run for run in runs)
    return Figure(name, median(rates), "slices/s", target, note, rates)


def ratio(name: str, value: float, note: str = "", target: Target | None = None) -> Figure:
    return Figure(name, value, "×", target, note)
