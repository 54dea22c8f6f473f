"""
Native histograms as counters: `histogram_count(x)` and `histogram_fraction(low, high, x) * histogram_count(x)`.

Both only grow until the process starts anew, so that differences of them are events. They are looked at like a bare
selector, but as expressions: ranges become subqueries with a look every quarter of a minute. A share times a count is
off by the noise of floats, so that the count alone says when a histogram was reset.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import promql_parser as parser

from leadline.handbook.syntax import Selector, is_opaque

_LOOK = "15s"
_COARSE_LOOK = "5m"
"""For looks over an hour or a day, where a series shows for five minutes after each sample."""
_LONG = ("[1h]", "[1d]")


@dataclass(frozen=True, slots=True)
class Native:
    """Events of a native histogram: all of them, or those between two limits."""

    selector: Selector
    limits: tuple[float, float] | None = None

    @staticmethod
    def of(node: parser.Expr) -> Native | None:
        """None for what is neither a count nor a share times its count."""
        if isinstance(node, parser.BinaryExpr) and str(node.op) == "*":
            sides = [_bare(node.lhs), _bare(node.rhs)]
            for share, count in (sides, sides[::-1]):
                whole, part = Native.of(count), _fraction(share)
                if whole is not None and whole.limits is None and part is not None and part.selector == whole.selector:
                    return part
            return None
        if isinstance(node, parser.Call) and node.func.name == "histogram_count":
            inside = _bare(node.args[0])
            return Native(Selector.of(inside)) if isinstance(inside, parser.VectorSelector) else None
        return None

    @property
    def count(self) -> Native:
        """All events of the same histogram."""
        return replace(self, limits=None)

    def back(self, seconds: int, window: str = "") -> str:
        """The number as it was some seconds before; with a range, the looks in it."""
        series = self.selector.back(seconds)
        text = f"histogram_count({series})"
        if self.limits is not None:
            low, high = (_number(limit) for limit in self.limits)
            share = f"histogram_fraction({low}, {high}, {series}) * {text} >= 0"
            text = f"({share} or {text} * 0)"  # a share of no events is NaN
        look = _COARSE_LOOK if window in _LONG else _LOOK
        return f"({text}){window[:-1]}:{look}]" if window else text

    def target_was_up(self, seconds: int) -> str:
        return self.selector.target_was_up(seconds)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is said of limits that cannot be a boundary in every resolution."""
        return tuple(
            f"histogram_fraction estimates what lies below {limit:g} within a bucket, as {limit:g} is no power of two; "
            f"{2.0 ** math.floor(math.log2(limit)):g} and {2.0 ** math.ceil(math.log2(limit)):g} are exact"
            for limit in self.limits or ()
            if 0 < limit < math.inf and math.frexp(limit)[0] != 0.5
        )


def encloses(node: parser.Expr) -> bool:
    """Selectors inside are not counters by themselves."""
    return is_opaque(node) or Native.of(node) is not None


def natives(found: Iterable[parser.Expr]) -> tuple[Native, ...]:
    """The native histograms among nodes that no window encloses, each once."""
    return tuple(dict.fromkeys(native for node in found if (native := Native.of(node)) is not None))


def _fraction(node: parser.Expr) -> Native | None:
    if not isinstance(node, parser.Call) or node.func.name != "histogram_fraction":
        return None
    low, high, inside = (_bare(each) for each in node.args)
    limits = _limit(low), _limit(high)
    if limits[0] is None or limits[1] is None or not isinstance(inside, parser.VectorSelector):
        return None
    return Native(Selector.of(inside), (limits[0], limits[1]))


def _limit(node: parser.Expr) -> float | None:
    if isinstance(node, parser.UnaryExpr):
        inner = _limit(_bare(node.expr))
        return None if inner is None else -inner
    return float(node.val) if isinstance(node, parser.NumberLiteral) else None


def _bare(node: parser.Expr) -> parser.Expr:
    while isinstance(node, parser.ParenExpr):
        node = node.expr
    return node


def _number(limit: float) -> str:
    return {math.inf: "Inf", -math.inf: "-Inf"}.get(limit, repr(limit))
