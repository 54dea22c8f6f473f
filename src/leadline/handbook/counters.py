"""
Counters made telescoping: queries for the events of one step, rewritten through PromQL's syntax tree.

`simple` subtracts the counter a step ago, so that no increment is lost or counted twice between steps, whatever the
scrape interval. It is wrong in the steps where a series appears, disappears, returns or is reset; `probe` finds just
these, and `exact` answers them from looks every quarter of a step: the increments from sample to sample where the
earlier one lies in the step or at most five minutes before it, the value after a reset, and the whole first value of
a series that was not seen for a day and whose target was up a step before (a first burst of errors is not lost). The
first value of a new target, and of a series that comes back after a longer gap, is where counting begins.

Ranges end 1 s short of the step, because Prometheus 2 reads both ends of a range and Prometheus 3 only the right one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import promql_parser as parser

from leadline.handbook.counter_shapes import counter_shape
from leadline.handbook.native_histograms import Native, encloses, natives
from leadline.handbook.syntax import OWN_RATES, Selector, bare_selectors, milliseconds, open_nodes
from leadline.units import format_duration

_LOOKBACK_SECONDS = 300
Counter = Selector | Native
_FOLDED = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class CounterQueries:
    """Three queries for the events within (t - step, t], to be asked at whole steps t."""

    simple: str
    """Right where `probe` answers nothing."""
    exact: str | None
    """Right everywhere, dearer; None when every part of the query has its own increase or rate."""
    probe: str | None
    """Answers at the steps where `simple` may be wrong."""
    is_fractional: bool
    """The events need not be whole numbers."""
    warnings: tuple[str, ...]


def counter_queries(text: str, step_seconds: int = 60, group_by: tuple[str, ...] = ()) -> CounterQueries:
    """
    Queries for the increase of counters within a step; placeholders must be filled.

    Args:
        text: a query that names counters, such as `http_requests_total` or `sum by (path) (x_total)`.
        step_seconds: length of the step, a multiple of 4.
        group_by: labels that the answer keeps; without any, all series are summed.

    Raises:
        ValueError: not PromQL, or not a vector.

    >>> counter_queries("x_total").simple
    'sum(((x_total - x_total offset 1m >= 0) or (x_total + 0 and x_total offset 1m)))'
    """
    shape = counter_shape(text, step_seconds, group_by)
    tree = parser.parse(text)
    found = open_nodes(tree, encloses)
    bare: tuple[Counter, ...] = (*bare_selectors(found), *natives(found))

    def whole(replacement: Callable[[Counter, int], str]) -> str:
        return _summed(_rewritten(tree, replacement, step_seconds), group_by)

    return CounterQueries(
        simple=whole(_simple),
        exact=whole(_exact) if bare else None,
        probe=" or ".join(_probe(selector, step_seconds, group_by) for selector in bare) if bare else None,
        is_fractional=shape.is_fractional,
        warnings=shape.warnings,
    )


def recorded_query(text: str, step_seconds: int = 60, group_by: tuple[str, ...] = ()) -> str:
    """
    A query for the events of one step that a rule can afford each step: `simple`, and the first value of a new series.

    A series counts as new that was not seen for an hour and whose target was up a step before. What a process counted
    between its last look and its restart is lost, as is what happened while it could not be asked.

    Raises:
        ValueError: not PromQL, or not a vector.
    """
    counter_shape(text, step_seconds, group_by)

    def counted(selector: Counter, step: int) -> str:
        return f"({_birth(selector, step, '[1h]')} or {_simple(selector, step)})"

    return _summed(_rewritten(parser.parse(text), counted, step_seconds), group_by)


def increase_query(text: str, seconds: int, group_by: tuple[str, ...] = ()) -> str | None:
    """
    A query for what counters grew by over a long time, as `increase` extrapolates it; None where it cannot be one.

    >>> increase_query("sum(x_total)", 3600)
    'sum(sum(increase(x_total[1h])))'
    """
    tree = parser.parse(text)
    found = open_nodes(tree, encloses)
    own = any(isinstance(node, parser.Call) and node.func.name in OWN_RATES for node in found)
    if own or natives(found) or not bare_selectors(found):
        return None
    window = f"[{format_duration(seconds)}]"
    return _summed(_rewritten(tree, lambda selector, _: f"increase({selector.back(0, window)})", seconds), group_by)


def _simple(selector: Counter, step: int) -> str:
    now, before = selector.back(0), selector.back(step)
    if isinstance(selector, Native) and selector.limits is not None:
        return _grown(now, before, (selector.count.back(0), selector.count.back(step)))
    return _grown(now, before)


def _grown(now: str, before: str, counts: tuple[str, str] | None = None) -> str:
    """What a counter grew by, or all of it after a reset; `counts` tell of the reset where the counter is inexact."""
    if counts is None:
        return f"(({now} - {before} >= 0) or ({now} + 0 and {before}))"
    now_all, before_all = counts
    grown = f"clamp_min({now} - {before}, 0) and ({now_all} - {before_all} >= 0)"
    return f"(({grown}) or ({now} + 0 and {before}))"


def _exact(selector: Counter, step: int) -> str:
    bridged = f"{_increments(selector, step, _LOOKBACK_SECONDS + step)} and {_in_sight(selector, step)}"
    within = _increments(selector, step, _LOOKBACK_SECONDS)
    seen = f"{selector.back(0)} or present_over_time({selector.back(0, f'[{step * 1000 - 1}ms]')})"
    # The last alternative: a series whose first sample is the step's last was seen, and nothing of it counted yet.
    return f"(({_birth(selector, step)}) or (({bridged} or {within} or {selector.back(0)} * 0) and ({seen})))"


def _increments(selector: Counter, step: int, reach: int) -> str:
    """What each series grew by from look to look within the step, samples `reach` seconds apart at most."""
    look = step // 4
    window = f"[{format_duration(reach)}]"

    # last_over_time reads past the marker that a missed scrape leaves, so that a restart loses nothing.
    def latest(counter: Counter, seconds: int) -> str:
        return f"last_over_time({counter.back(seconds, window)})"

    counts = None
    if isinstance(selector, Native) and selector.limits is not None:
        counts = latest(selector.count, 0), latest(selector.count, look)
    grown = _grown(latest(selector, 0), latest(selector, look), counts)
    return f"sum_over_time({grown}[{step - 1}s:{look}s])"


def _in_sight(selector: Counter, step: int) -> str:
    """Series that had a sample in the five minutes before the step, missed scrapes or not."""
    return f"last_over_time({selector.back(step, f'[{format_duration(_LOOKBACK_SECONDS)}]')})"


def _birth(selector: Counter, step: int, unseen: str = "[1d]") -> str:
    return (
        f"({selector.back(0)} + 0 unless {selector.back(step)} unless last_over_time({selector.back(step, unseen)}))"
        f" and {selector.target_was_up(step)}"
    )


def _probe(selector: Counter, step: int, group_by: tuple[str, ...]) -> str:
    now, before = selector.back(0), selector.back(step)
    seen = format_duration(_LOOKBACK_SECONDS + step)
    counted = selector.count if isinstance(selector, Native) else selector
    resets = f"resets({counted.back(0, f'[{seen}]')}) > 0"
    count = f"count by ({', '.join(group_by)}) " if group_by else "count"
    return f"{count}(({now} unless {before}) or ({before} unless {now})) or {count}({resets})"


def _summed(text: str, group_by: tuple[str, ...]) -> str:
    return f"sum by ({', '.join(group_by)}) ({text})" if group_by else f"sum({text})"


def _scaled(call: parser.Call, step: int) -> str:
    if call.func.name != "increase":
        return f"({call.prettify()} * {step})"
    window_ms = milliseconds(call.args[0].range)
    step_ms = step * 1000
    if window_ms == step_ms:
        return f"({call.prettify()})"
    return f"({call.prettify()} * {step_ms} / {window_ms})"


def _rewritten(tree: parser.Expr, replacement: Callable[[Counter, int], str], step: int) -> str:
    depth = 0

    def enter(node: parser.Expr) -> None:
        nonlocal depth
        depth += encloses(node)

    def leave(node: parser.Expr) -> parser.Expr | None:
        nonlocal depth
        depth -= encloses(node)
        if depth:
            return None
        native = Native.of(node)
        if native is not None:
            return parser.parse(replacement(native, step))
        if isinstance(node, parser.VectorSelector):
            return parser.parse(replacement(Selector.of(node), step))
        if isinstance(node, parser.Call) and node.func.name in OWN_RATES:
            return parser.parse(_scaled(node, step))
        return None

    return _FOLDED.sub(" ", parser.transform(tree, enter, leave).prettify())
