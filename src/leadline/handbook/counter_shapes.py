"""What a query of counters is like: whether its events are whole, and what is unwise about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import promql_parser as parser

from leadline.handbook.native_histograms import Native, encloses, natives
from leadline.handbook.syntax import OWN_RATES, Selector, bare_selectors, is_vector, open_nodes, parsed

_LINEAR_CALLS = ("label_replace", "label_join", "sort", "sort_desc", "vector", *OWN_RATES)
_FRACTIONAL = ("*", "/", "%", "^")
_COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")


@dataclass(frozen=True, slots=True)
class CounterShape:
    """What is known of a query of counters before it is asked."""

    is_fractional: bool
    """The events need not be whole numbers."""
    warnings: tuple[str, ...]


def counter_shape(text: str, step_seconds: int = 60, group_by: tuple[str, ...] = ()) -> CounterShape:
    """
    What a query of counters is like, without rewriting it, which takes ten times as long.

    Raises:
        ValueError: not PromQL, or not a vector.
    """
    tree = parsed(text)
    if not is_vector(tree):
        raise ValueError("names no counter; a counter's query must select series")
    found = open_nodes(tree, encloses)
    histograms = natives(found)
    bare = bare_selectors(found)
    own = [node for node in found if isinstance(node, parser.Call) and node.func.name in OWN_RATES]
    found = [node for node in found if Native.of(node) is None]
    warnings = [text for native in histograms for text in native.warnings]
    warnings += [*_own_rate_warnings(own, step_seconds), *_shape_warnings(found, bare), *_lost_labels(tree, group_by)]
    if not bare and not own and not histograms:
        warnings.append("no counter of the query could be made an increase; its value at the end of the step is taken")
    binaries = (node for node in found if isinstance(node, parser.BinaryExpr))
    is_fractional = (
        bool(own)
        or any(native.limits for native in histograms)
        or any(str(node.op) in _FRACTIONAL for node in binaries)
    )
    return CounterShape(is_fractional, tuple(dict.fromkeys(warnings)))


def _own_rate_warnings(own: Iterable[parser.Call], step: int) -> list[str]:
    return [
        f"{call.func.name}(…) of the query itself is scaled to {step} s, which loses or doubles bursts; "
        "name the counter alone and Leadline takes its increase exactly"
        for call in own
    ]


def _shape_warnings(found: Iterable[parser.Expr], bare: tuple[Selector, ...]) -> list[str]:
    warnings = []
    for node in found if bare else ():
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
    return warnings


def _selects(*sides: parser.Expr) -> bool:
    return all(bare_selectors(open_nodes(side, encloses)) for side in sides)


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
