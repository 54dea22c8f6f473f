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
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

import promql_parser as parser

from leadline.units import format_duration

_OWN_RATES = ("rate", "irate", "increase")
_LINEAR_CALLS = ("label_replace", "label_join", "sort", "sort_desc", "vector", *_OWN_RATES)
_FRACTIONAL = ("*", "/", "%", "^")
_COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
_LOOKBACK_SECONDS = 300
_OPERATORS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}
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
    tree = parser.parse(text)
    if not _is_vector(tree):
        raise ValueError("names no counter; a counter's query must select series")
    bare = _bare_selectors(tree)
    own = [call for call in _calls(tree) if call.func.name in _OWN_RATES]
    warnings = [*_own_rate_warnings(own, step_seconds), *_shape_warnings(tree, bare, group_by)]
    if not bare and not own:
        warnings.append("no counter of the query could be made an increase; its value at the end of the step is taken")

    def whole(replacement: Callable[[_Selector], str]) -> str:
        return _summed(_rewritten(tree, replacement, step_seconds), group_by)

    return CounterQueries(
        simple=whole(lambda selector: _simple(selector, step_seconds)),
        exact=whole(lambda selector: _exact(selector, step_seconds)) if bare else None,
        probe=" or ".join(_probe(selector, step_seconds, group_by) for selector in bare) if bare else None,
        is_fractional=bool(own) or any(str(node.op) in _FRACTIONAL for node in _binaries(tree)),
        warnings=tuple(dict.fromkeys(warnings)),
    )


@dataclass(frozen=True, slots=True)
class _Selector:
    """An instant selector: its name and matchers, `@` and offset apart."""

    series: str
    at: str
    offset_ms: int

    @staticmethod
    def of(node: parser.VectorSelector) -> _Selector:
        at = ""
        if node.at is not None and node.at.type == parser.AtModifierType.At:
            at = f" @ {node.at.at.timestamp():.3f}" if node.at.at is not None else ""
        elif node.at is not None:
            at = " @ start()" if node.at.type == parser.AtModifierType.Start else " @ end()"
        offset = node.offset or timedelta(0)
        return _Selector((node.name or "") + _matchers(node.matchers), at, _milliseconds(offset))

    def back(self, seconds: int, window: str = "") -> str:
        """The selector as it was some seconds before, with a range when one is given."""
        offset = self.offset_ms + seconds * 1000
        shift = f" offset {'-' if offset < 0 else ''}{_duration(abs(offset))}" if offset else ""
        return f"{self.series}{window}{self.at}{shift}"

    def target_was_up(self, seconds: int) -> str:
        return f"on (job, instance) ({_Selector('up', self.at, self.offset_ms).back(seconds)} == 1)"


def _matchers(matchers: parser.Matchers) -> str:
    """Written out here, because the parser's own text of matchers does not escape quotes."""
    groups = [matchers.matchers, *matchers.or_matchers]
    texts = [", ".join(f"{one.name}{_OPERATORS[str(one.op)]}{_quoted(one.value)}" for one in group) for group in groups]
    text = " or ".join(filter(None, texts))
    return f"{{{text}}}" if text else ""


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _milliseconds(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)


def _duration(milliseconds: int) -> str:
    return f"{milliseconds}ms" if milliseconds % 1000 else format_duration(milliseconds // 1000)


def _simple(selector: _Selector, step: int) -> str:
    now, before = selector.back(0), selector.back(step)
    return f"(({now} - {before} >= 0) or ({now} + 0 and {before}))"


def _exact(selector: _Selector, step: int) -> str:
    bridged = f"{_increments(selector, step, _LOOKBACK_SECONDS + step)} and {_in_sight(selector, step)}"
    within = _increments(selector, step, _LOOKBACK_SECONDS)
    seen = f"{selector.back(0)} or present_over_time({selector.back(0, f'[{step * 1000 - 1}ms]')})"
    # The last alternative: a series whose first sample is the step's last was seen, and nothing of it counted yet.
    return f"(({_birth(selector, step)}) or (({bridged} or {within} or {selector.back(0)} * 0) and ({seen})))"


def _increments(selector: _Selector, step: int, reach: int) -> str:
    """What each series grew by from look to look within the step, samples `reach` seconds apart at most."""
    look = step // 4
    window = f"[{format_duration(reach)}]"
    # last_over_time reads past the marker that a missed scrape leaves, so that a restart loses nothing.
    now = f"last_over_time({selector.back(0, window)})"
    before = f"last_over_time({selector.back(look, window)})"
    return f"sum_over_time((({now} - {before} >= 0) or ({now} + 0 and {before}))[{step - 1}s:{look}s])"


def _in_sight(selector: _Selector, step: int) -> str:
    """Series that had a sample in the five minutes before the step, missed scrapes or not."""
    return f"last_over_time({selector.back(step, f'[{format_duration(_LOOKBACK_SECONDS)}]')})"


def _birth(selector: _Selector, step: int) -> str:
    return (
        f"({selector.back(0)} + 0 unless {selector.back(step)} unless last_over_time({selector.back(step, '[1d]')}))"
        f" and {selector.target_was_up(step)}"
    )


def _probe(selector: _Selector, step: int, group_by: tuple[str, ...]) -> str:
    now, before = selector.back(0), selector.back(step)
    seen = format_duration(_LOOKBACK_SECONDS + step)
    resets = f"resets({selector.back(0, f'[{seen}]')}) > 0"
    count = f"count by ({', '.join(group_by)}) " if group_by else "count"
    return f"{count}(({now} unless {before}) or ({before} unless {now})) or {count}({resets})"


def _summed(text: str, group_by: tuple[str, ...]) -> str:
    return f"sum by ({', '.join(group_by)}) ({text})" if group_by else f"sum({text})"


def _scaled(call: parser.Call, step: int) -> str:
    if call.func.name != "increase":
        return f"({call.prettify()} * {step})"
    window_ms = _milliseconds(call.args[0].range)
    step_ms = step * 1000
    if window_ms == step_ms:
        return f"({call.prettify()})"
    return f"({call.prettify()} * {step_ms} / {window_ms})"


def _is_opaque(node: parser.Expr) -> bool:
    """Inside it the query has its own window: selectors there are left alone."""
    own = isinstance(node, parser.Call) and node.func.name in _OWN_RATES
    return own or isinstance(node, parser.MatrixSelector | parser.SubqueryExpr)


def _rewritten(tree: parser.Expr, replacement: Callable[[_Selector], str], step: int) -> str:
    depth = 0

    def enter(node: parser.Expr) -> None:
        nonlocal depth
        depth += _is_opaque(node)

    def leave(node: parser.Expr) -> parser.Expr | None:
        nonlocal depth
        depth -= _is_opaque(node)
        if depth:
            return None
        if isinstance(node, parser.VectorSelector):
            return parser.parse(replacement(_Selector.of(node)))
        if isinstance(node, parser.Call) and node.func.name in _OWN_RATES:
            return parser.parse(_scaled(node, step))
        return None

    return _FOLDED.sub(" ", parser.transform(tree, enter, leave).prettify())


def _nodes(tree: parser.Expr) -> list[tuple[parser.Expr, bool]]:
    """Every node and whether it stands inside something with its own window."""
    found: list[tuple[parser.Expr, bool]] = []
    depth = 0

    def enter(node: parser.Expr) -> None:
        nonlocal depth
        found.append((node, depth > 0))
        depth += _is_opaque(node)

    def leave(node: parser.Expr) -> None:
        nonlocal depth
        depth -= _is_opaque(node)

    parser.walk(tree, enter, leave)
    return found


def _bare_selectors(tree: parser.Expr) -> tuple[_Selector, ...]:
    bare = (
        _Selector.of(node) for node, inside in _nodes(tree) if isinstance(node, parser.VectorSelector) and not inside
    )
    return tuple(dict.fromkeys(bare))


def _calls(tree: parser.Expr) -> list[parser.Call]:
    return [node for node, inside in _nodes(tree) if isinstance(node, parser.Call) and not inside]


def _binaries(tree: parser.Expr) -> list[parser.BinaryExpr]:
    return [node for node, inside in _nodes(tree) if isinstance(node, parser.BinaryExpr) and not inside]


def _is_vector(tree: parser.Expr) -> bool:
    while isinstance(tree, parser.ParenExpr | parser.UnaryExpr):
        tree = tree.expr
    if isinstance(tree, parser.BinaryExpr):
        return _is_vector(tree.lhs) or _is_vector(tree.rhs)
    if isinstance(tree, parser.Call):
        return bool(tree.func.return_type == parser.ValueType.Vector)
    return isinstance(tree, parser.VectorSelector | parser.AggregateExpr)


def _own_rate_warnings(own: Iterable[parser.Call], step: int) -> list[str]:
    return [
        f"{call.func.name}(…) of the query itself is scaled to {step} s, which loses or doubles bursts; "
        "name the counter alone and Leadline takes its increase exactly"
        for call in own
    ]


def _shape_warnings(tree: parser.Expr, bare: tuple[_Selector, ...], group_by: tuple[str, ...]) -> list[str]:
    warnings = []
    for node, inside in _nodes(tree) if bare else ():
        if inside:
            continue
        if isinstance(node, parser.AggregateExpr) and str(node.op) != "sum":
            warnings.append(f"{node.op} of increases is not the increase of {node.op}; sum counters")
        elif isinstance(node, parser.BinaryExpr) and str(node.op) in _COMPARISONS:
            warnings.append(f"{node.op} compares the increase of each step, not the counter; select with labels")
        elif isinstance(node, parser.BinaryExpr) and str(node.op) in _FRACTIONAL and _selects(node.lhs, node.rhs):
            warnings.append(f"{node.op} of two counters is not a number of events; write good or bad, and total")
        elif isinstance(node, parser.Call) and node.func.name not in _LINEAR_CALLS:
            warnings.append(
                f"{node.func.name} of increases is not the increase of {node.func.name}; name counters alone"
            )
    if any(selector.series.startswith("{") and '__name__="' not in selector.series for selector in bare):
        warnings.append("a selector without a metric name fails where two metrics share labels; name the metric")
    return warnings + _lost_labels(tree, group_by)


def _selects(*sides: parser.Expr) -> bool:
    return all(_bare_selectors(side) for side in sides)


def _lost_labels(tree: parser.Expr, group_by: tuple[str, ...]) -> list[str]:
    while isinstance(tree, parser.ParenExpr):
        tree = tree.expr
    if not isinstance(tree, parser.AggregateExpr):
        return []
    kept = tree.modifier
    listed = set(kept.labels) if kept is not None else set()
    by = kept is None or kept.type == parser.AggModifierType.By
    lost = [label for label in group_by if (label in listed) != by]
    return [f"label {label} of groupBy is lost by {tree.op}; name it in `by (…)`" for label in lost]
