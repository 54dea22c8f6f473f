"""The syntax tree of a query: its selectors, apart from their offsets, and what has a window of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import promql_parser as parser

from leadline.units import format_duration

OWN_RATES = ("rate", "irate", "increase")
OPERATORS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}


@lru_cache(maxsize=16)
def parsed(text: str) -> parser.Expr:
    """The tree of a query, kept for who asks next; ValueError with PromQL's message when it is ill-written."""
    return parser.parse(text)


@dataclass(frozen=True, slots=True)
class Selector:
    """An instant selector: its name and matchers, `@` and offset apart."""

    series: str
    at: str
    offset_ms: int

    @staticmethod
    def of(node: parser.VectorSelector) -> Selector:
        at = ""
        if node.at is not None and node.at.type == parser.AtModifierType.At:
            at = f" @ {node.at.at.timestamp():.3f}" if node.at.at is not None else ""
        elif node.at is not None:
            at = " @ start()" if node.at.type == parser.AtModifierType.Start else " @ end()"
        offset = node.offset or timedelta(0)
        return Selector((node.name or "") + _matchers(node.matchers), at, milliseconds(offset))

    def back(self, seconds: int, window: str = "") -> str:
        """The selector as it was some seconds before, with a range when one is given."""
        offset = self.offset_ms + seconds * 1000
        shift = f" offset {'-' if offset < 0 else ''}{_duration(abs(offset))}" if offset else ""
        return f"{self.series}{window}{self.at}{shift}"

    def target_was_up(self, seconds: int) -> str:
        return f"on (job, instance) ({Selector('up', self.at, self.offset_ms).back(seconds)} == 1)"


def _matchers(matchers: parser.Matchers) -> str:
    """Written out here, because the parser's own text of matchers does not escape quotes."""
    groups = [matchers.matchers, *matchers.or_matchers]
    texts = [", ".join(f"{one.name}{OPERATORS[str(one.op)]}{_quoted(one.value)}" for one in group) for group in groups]
    text = " or ".join(filter(None, texts))
    return f"{{{text}}}" if text else ""


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def milliseconds(duration: timedelta) -> int:
    """Whole milliseconds of a duration."""
    return duration // timedelta(milliseconds=1)


def _duration(milliseconds: int) -> str:
    return f"{milliseconds}ms" if milliseconds % 1000 else format_duration(milliseconds // 1000)


def is_opaque(node: parser.Expr) -> bool:
    """Inside it the query has its own window: selectors there are left alone."""
    own = isinstance(node, parser.Call) and node.func.name in OWN_RATES
    return own or isinstance(node, parser.MatrixSelector | parser.SubqueryExpr)


def nodes(tree: parser.Expr, encloses: Callable[[parser.Expr], bool] = is_opaque) -> list[tuple[parser.Expr, bool]]:
    """Every node and whether it stands inside something with its own window."""
    found: list[tuple[parser.Expr, bool]] = []
    depth = 0

    def enter(node: parser.Expr) -> None:
        nonlocal depth
        found.append((node, depth > 0))
        depth += encloses(node)

    def leave(node: parser.Expr) -> None:
        nonlocal depth
        depth -= encloses(node)

    parser.walk(tree, enter, leave)
    return found


def open_nodes(tree: parser.Expr, encloses: Callable[[parser.Expr], bool] = is_opaque) -> list[parser.Expr]:
    """Every node that no window encloses, or whatever else is to be taken as one."""
    return [node for node, inside in nodes(tree, encloses) if not inside]


def bare_selectors(found: Iterable[parser.Expr]) -> tuple[Selector, ...]:
    """The selectors of instants among nodes, each once."""
    bare = (Selector.of(node) for node in found if isinstance(node, parser.VectorSelector))
    return tuple(dict.fromkeys(bare))


def is_vector(tree: parser.Expr) -> bool:
    """Whether a query answers series rather than a number."""
    while isinstance(tree, parser.ParenExpr | parser.UnaryExpr):
        tree = tree.expr
    if isinstance(tree, parser.BinaryExpr):
        return is_vector(tree.lhs) or is_vector(tree.rhs)
    if isinstance(tree, parser.Call):
        return bool(tree.func.return_type == parser.ValueType.Vector)
    return isinstance(tree, parser.VectorSelector | parser.AggregateExpr)
