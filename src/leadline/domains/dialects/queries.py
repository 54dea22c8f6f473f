"""
Queries between dialects: rates over a placeholder window become bare counters, whose differences telescope, and back.

`sum(rate(x[{{.window}}]))` says that x is a counter; Leadline takes its increase of each minute exactly, where a rate
loses or doubles bursts. A query that says more than sums and differences of such rates is carried as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import promql_parser as parser

from leadline.handbook.promql import fill
from leadline.handbook.queries import query_mistake
from leadline.handbook.syntax import OWN_RATES, Selector, nodes

_Writer = Callable[[parser.Expr], str]
WINDOW = "{{.window}}"
_SENTINEL_SECONDS = 7919
_RATES = ("rate", "increase")
_PER_MINUTE = re.compile(
    r"sum_over_time\(\((?P<query>.*)\)\[\{\{ *\.window *\}\}:(?:1m)?\]\)"
    r"(?P<zero>\s+or(?:\s+on\s*\(\s*\))?\s+vector\(0\))?",
    re.DOTALL | re.IGNORECASE,
)
_MEAN = re.compile(r"avg_over_time\(\((?P<query>.*)\)\[\{\{\.window\}\}:1m\]\)", re.DOTALL)
_MIXED = "one query has rate and the other increase, so their ratio is off by the window; both are carried as they are"
_OWN = (
    "the {role} query is carried with its own window, which loses or doubles bursts; "
    "name its counter alone where you can"
)
_AS_IS = "the {role} query is carried as it is, over each minute"
_ZERO = "`or vector(0)` is left out: Leadline tells no traffic from no data by itself"
_GROUPS = "its groups share one budget here, and each is shown with its own; the tool keeps them apart: "


class _Unlike(Exception):
    """A query that says more than sums and differences of rates."""


@dataclass(frozen=True, slots=True)
class Bare:
    """A query of counters without its rates."""

    text: str
    inside: str
    """The same without the outermost sum."""
    by: tuple[str, ...] | None
    """Labels that the outermost sum keeps; None without such a sum."""
    functions: frozenset[str]
    had_zero: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """Queries of events as a handbook has them."""

    texts: Mapping[str, str]
    counter: bool
    group_by: tuple[str, ...]
    notes: tuple[str, ...]


def counted(written: Mapping[str, str]) -> Counted:
    """
    The queries of one ratio, by role, as counters where all that they say is a sum of rates.

    >>> counted({"total": "sum(rate(x[{{.window}}]))"}).texts["total"]
    'x'
    """
    minutes = {role: found for role, text in written.items() if (found := _matched(_PER_MINUTE, text)) is not None}
    if len(minutes) == len(written):
        zero = (_ZERO,) if any(found["zero"] for found in minutes.values()) else ()
        return Counted({role: found["query"] for role, found in minutes.items()}, False, (), zero)
    bare = {role: each for role, text in written.items() if (each := without_rates(text)) is not None}
    kinds = frozenset[str]().union(*(found.functions for found in bare.values()))
    if len(kinds) > 1:
        return Counted(dict(written), counter=True, group_by=(), notes=(_MIXED,))
    notes = [
        (_OWN if has_own_rate(text) else _AS_IS).format(role=role) for role, text in written.items() if role not in bare
    ]
    notes += [_ZERO for found in bare.values() if found.had_zero][:1]
    groups = {found.by for found in bare.values()}
    if len(bare) == len(written) and len(groups) == 1 and None not in groups:
        by = next(iter(groups)) or ()
        notes += [_GROUPS + ", ".join(by)] if by else []
        return Counted({role: found.inside for role, found in bare.items()}, True, tuple(sorted(by)), tuple(notes))
    texts = {role: _whole(bare[role]) if role in bare else text for role, text in written.items()}
    counter = bool(bare) or any(has_own_rate(text) for text in written.values())
    return Counted(texts, counter, (), tuple(notes))


def _whole(bare: Bare) -> str:
    return bare.inside if bare.by == () else bare.text


def without_rates(text: str) -> Bare | None:
    """A query with its counters bare; None when it is more than sums and differences of rates over the placeholder."""
    try:
        tree = parser.parse(fill(text, f"{_SENTINEL_SECONDS}s"))
    except ValueError:
        return None
    tree, had_zero = _without_zero(_opened(tree))
    functions: set[str] = set()
    try:
        whole = _bare(tree, functions)
        by = _keeps(tree) if isinstance(tree, parser.AggregateExpr) else None
        inside = (
            _bare(_opened(tree.expr), functions) if isinstance(tree, parser.AggregateExpr) and by is not None else whole
        )
    except _Unlike:
        return None
    return Bare(whole, inside, by, frozenset(functions), had_zero) if functions else None


def _opened(tree: parser.Expr) -> parser.Expr:
    while isinstance(tree, parser.ParenExpr):
        tree = tree.expr
    return tree


def _without_zero(tree: parser.Expr) -> tuple[parser.Expr, bool]:
    """Without a trailing `or vector(0)`."""
    if not isinstance(tree, parser.BinaryExpr) or str(tree.op) != "or":
        return tree, False
    zero = _opened(tree.rhs)
    is_zero = isinstance(zero, parser.Call) and zero.func.name == "vector" and zero.args[0].prettify() in ("0", "0.0")
    return (_opened(tree.lhs), True) if is_zero else (tree, False)


def _keeps(node: parser.AggregateExpr) -> tuple[str, ...] | None:
    """Labels that a sum keeps; None for what names the labels it drops."""
    if node.modifier is None:
        return ()
    return tuple(node.modifier.labels) if node.modifier.type == parser.AggModifierType.By else None


def _bare(node: parser.Expr, functions: set[str]) -> str:
    if isinstance(node, parser.Call) and node.func.name in _RATES:
        matrix = node.args[0]
        if not isinstance(matrix, parser.MatrixSelector) or matrix.range != timedelta(seconds=_SENTINEL_SECONDS):
            raise _Unlike
        functions.add(node.func.name)
        return Selector.of(matrix.vector_selector).back(0)
    return _linear(node, lambda inner: _bare(inner, functions))


def _linear(node: parser.Expr, written: _Writer) -> str:
    """A sum, a difference or brackets; what stands inside is written by the caller."""
    if isinstance(node, parser.ParenExpr):
        return f"({written(node.expr)})"
    if isinstance(node, parser.AggregateExpr) and str(node.op) == "sum":
        return f"{_summed(node.modifier)}({written(node.expr)})"
    if isinstance(node, parser.BinaryExpr) and str(node.op) in ("+", "-") and node.modifier is None:
        return f"{written(node.lhs)} {node.op} {written(node.rhs)}"
    raise _Unlike


def _summed(modifier: parser.AggModifier | None) -> str:
    if modifier is None:
        return "sum"
    word = "by" if modifier.type == parser.AggModifierType.By else "without"
    return f"sum {word} ({', '.join(modifier.labels)}) "


def has_own_rate(text: str) -> bool:
    """Whether a query takes a rate or an increase itself."""
    try:
        tree = parser.parse(fill(text, "1m"))
    except ValueError:
        return False
    open_calls = [node for node, inside in nodes(tree) if isinstance(node, parser.Call) and not inside]
    return any(call.func.name in OWN_RATES for call in open_calls)


def mean_unwrapped(text: str) -> str:
    """A raw ratio without the mean over the window that an export put around it."""
    found = _matched(_MEAN, text)
    return found["query"] if found is not None else text


def _matched(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The match of a whole query whose inner part is a query by itself."""
    found = pattern.fullmatch(text.strip())
    return found if found is not None and query_mistake(found["query"]) is None else None


def over_window(text: str, group_by: tuple[str, ...], *, counter: bool) -> str | None:
    """
    A query of events over `{{.window}}`, as Sloth wants it; None when it cannot be said.

    >>> over_window("x - y", (), counter=True)
    'sum(rate(x[{{.window}}]) - rate(y[{{.window}}]))'
    """
    if WINDOW in text:
        return text
    if not counter:
        return f"sum_over_time(({text})[{WINDOW}:1m])" if not group_by else None
    try:
        tree = parser.parse(text)
        written = _rated(_opened(tree))
    except (ValueError, _Unlike):
        return None
    by = f" by ({', '.join(group_by)}) " if group_by else ""
    is_summed = _is_summed(_opened(tree)) and not group_by
    return written if is_summed else f"sum{by}({written})"


def _is_summed(node: parser.Expr) -> bool:
    """Whether every series of a query was summed already, so that a sum around it says nothing."""
    node = _opened(node)
    if isinstance(node, parser.BinaryExpr):
        return _is_summed(node.lhs) and _is_summed(node.rhs)
    return isinstance(node, parser.AggregateExpr)


def _rated(node: parser.Expr) -> str:
    if isinstance(node, parser.VectorSelector):
        return f"rate({Selector.of(node).back(0, f'[{WINDOW}]')})"
    return _linear(node, _rated)


def mean_over_window(text: str) -> str:
    """A raw ratio over `{{.window}}`."""
    return text if WINDOW in text else f"avg_over_time(({text})[{WINDOW}:1m])"


def plain_selector(text: str) -> parser.VectorSelector | None:
    """The selector that a query is, and nothing else; None when it is more."""
    try:
        tree = _opened(parser.parse(fill(text, "1m")))
    except ValueError:
        return None
    return tree if isinstance(tree, parser.VectorSelector) and tree.name else None


def counted_gauge(good: str, total: str) -> str | None:
    """The gauge of noughts and ones whose sum is `good` and whose count is `total`; None for other queries."""
    try:
        trees = [_opened(parser.parse(fill(text, "1m"))) for text in (good, total)]
    except ValueError:
        return None
    sums = [tree for tree in trees if isinstance(tree, parser.AggregateExpr)]
    if len(sums) < len(trees):
        return None
    operators, inside = [str(tree.op) for tree in sums], [_opened(tree.expr) for tree in sums]
    is_alike = _keeps(sums[0]) == _keeps(sums[1]) and inside[0].prettify() == inside[1].prettify()
    if operators != ["sum", "count"] or not is_alike or not isinstance(inside[0], parser.VectorSelector):
        return None
    return Selector.of(inside[0]).back(0)


def added(selector: str, label: str, operator: str, value: str) -> str | None:
    """A selector with one more matcher; None when the text is more than a selector."""
    found = plain_selector(selector)
    if found is None:
        return None
    series = Selector.of(found)
    name, brace, matchers = series.series.partition("{")
    listed = [matchers.removesuffix("}")] if brace else []
    text = f"{name}{{{', '.join([*listed, f'{label}{operator}{quoted(value)}'])}}}"
    return Selector(text, series.at, series.offset_ms).back(0)


def quoted(value: str) -> str:
    """A text as PromQL writes it."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


__all__ = [
    "Bare",
    "Counted",
    "added",
    "counted",
    "counted_gauge",
    "has_own_rate",
    "mean_over_window",
    "mean_unwrapped",
    "over_window",
    "plain_selector",
    "query_mistake",
    "without_rates",
]
