"""What a PromQL query says of itself: how it groups, at which times it looks, and whether it takes rates of sums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import promql_parser as parser

from leadline.core.slices import STEP
from leadline.handbook.promql import fill
from leadline.handbook.syntax import OWN_RATES, Selector, nodes, parsed
from leadline.units import format_duration


@dataclass(frozen=True, slots=True)
class QueryShape:
    """One query of an SLI."""

    grouped_by: tuple[str, ...]
    """Labels that the outermost aggregation keeps by name."""
    times: frozenset[str]
    """`@` and offset of each selector, as written; one empty text where all look at the instant itself."""
    has_rate_of_sum: bool


_NOTHING = QueryShape((), frozenset(), has_rate_of_sum=False)


@lru_cache(maxsize=4096)
def query_shape(text: str) -> QueryShape:
    """
    What a query looks like; nothing is said of one that is not PromQL.

    >>> query_shape("sum by (path) (rate(x[5m] offset 1h))").grouped_by
    ('path',)
    """
    try:
        tree = parsed(fill(text, format_duration(STEP)))
    except ValueError:
        return _NOTHING
    found = [node for node, _ in nodes(tree)]
    times = frozenset(_time(node) for node in found if isinstance(node, parser.VectorSelector))
    return QueryShape(_grouped_by(tree), times, any(map(_is_rate_of_sum, found)))


def _time(node: parser.VectorSelector) -> str:
    one = Selector.of(node)
    offset = f" offset {format_duration(one.offset_ms // 1000)}" if one.offset_ms > 0 else ""
    return f"{one.at}{offset or (' offset into the future' if one.offset_ms < 0 else '')}".strip()


def _grouped_by(tree: parser.Expr) -> tuple[str, ...]:
    while isinstance(tree, parser.ParenExpr):
        tree = tree.expr
    if not isinstance(tree, parser.AggregateExpr) or tree.modifier is None:
        return ()
    is_by = tree.modifier.type == parser.AggModifierType.By
    return tuple(sorted(label for label in tree.modifier.labels if label != "le")) if is_by else ()


def _is_rate_of_sum(node: parser.Expr) -> bool:
    if not isinstance(node, parser.Call) or node.func.name not in OWN_RATES:
        return False
    inside = [each for each, _ in nodes(node.args[0])] if isinstance(node.args[0], parser.SubqueryExpr) else []
    return any(isinstance(each, parser.AggregateExpr) for each in inside)
