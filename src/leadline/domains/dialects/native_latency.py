"""Pyrra's `latencyNative`: a limit on a native histogram, as the counters that Leadline reads from one."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import promql_parser as parser

from leadline.domains.dialects.accounting import Spot
from leadline.domains.dialects.measures import query_at
from leadline.domains.dialects.promises import Events
from leadline.domains.dialects.queries import plain_selector
from leadline.handbook.native_histograms import Native
from leadline.handbook.syntax import Selector, parsed

_LATENCY = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)")
_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000}


def read_latency(spot: Spot) -> tuple[Events, tuple[str, ...]] | None:
    """Events faster than the limit are good; None, and problems, when it is not written so."""
    selector, group_by = query_at(spot.inner("total"), "metric"), spot.labels("grouping")
    text = spot.needed("latency", "add latency: 200ms")
    written = _LATENCY.fullmatch(text or "")
    if text and (written is None or not Decimal(written[1])):
        spot.problem("latency", "not a latency", "write one such as 200ms, 1.5s or 2m")
    if selector is not None and plain_selector(selector) is None:
        spot.inner("total").problem("metric", "more than a selector", "write the name and matchers of one histogram")
        return None
    if selector is None or written is None or not Decimal(written[1]):
        return None
    seconds = Decimal(written[1]) * _MILLISECONDS[written[2]] / 1000
    count = f"histogram_count({selector})"
    good = f"histogram_fraction(0, {seconds.normalize():f}, {selector}) * {count}"
    return Events(count, None, good, counter=True), group_by


def written_latency(measure: Events) -> dict[str, Any] | None:
    """`latencyNative` of events that are such a share and its count; None for others."""
    try:
        good, total = (Native.of(_opened(parsed(text))) for text in (measure.good or "0", measure.total))
    except ValueError:
        return None
    if good is None or good.limits is None or total is None or total.limits is not None or total != good.count:
        return None
    low, high = good.limits
    seconds = Decimal(repr(high)) if 0 < high < float("inf") else Decimal(0)
    if low or not seconds or seconds * 1000 % 1:
        return None
    latency = f"{seconds:f}".removesuffix(".0") + "s" if not seconds % 1 else f"{seconds * 1000:.0f}ms"
    return {"latencyNative": {"latency": latency, "total": {"metric": _text(good.selector)}}}


def _opened(tree: parser.Expr) -> parser.Expr:
    while isinstance(tree, parser.ParenExpr):
        tree = tree.expr
    return tree


def _text(selector: Selector) -> str:
    return selector.back(0)
