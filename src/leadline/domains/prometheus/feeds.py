"""
Series that a unit test gives to the rules of an objective: those that its queries select, where that can be worked out.

Pure. Of a ratio whose parts are one selector each, series are made that both select, or one alone. Of anything else
none are made, and it has no unit test, which is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import promql_parser as parser

from leadline.domains.prometheus.played import Played, as_counter
from leadline.domains.prometheus.writing import quoted
from leadline.handbook.specs import RatioMeasure, Slo
from leadline.handbook.syntax import nodes, parsed

Series = list[tuple[str, str]]
"""Name with labels, and samples."""
Labels = dict[str, str]
_OTHER = "leadline-other"


@dataclass(frozen=True, slots=True)
class Pick:
    """A selector: its metric and its matchers (label, operator, value)."""

    metric: str
    matchers: frozenset[tuple[str, str, str]]

    def takes(self, labels: Mapping[str, str]) -> bool:
        return all(_matches(operator, value, labels.get(name, "")) for name, operator, value in self.matchers)

    def is_apart(self, other: Pick) -> bool:
        """Whether no series can be selected by both, by a label that they want to be different."""
        if self.metric != other.metric:
            return True
        mine = {name: value for name, operator, value in self.matchers if operator == "Equal"}
        return any(operator == "Equal" and mine.get(name, value) != value for name, operator, value in other.matchers)


def picks(slo: Slo) -> tuple[Pick, Pick] | None:
    """Selector of the part and of the total of a counted ratio; None for anything else."""
    measure = slo.sli.measure
    if not isinstance(measure, RatioMeasure) or not measure.counter or slo.sli.only_when or slo.is_mtbf:
        return None
    part = measure.bad or measure.good
    found = None if part is None else _pick(part.text), _pick(measure.total.text)
    return (found[0], found[1]) if found[0] is not None and found[1] is not None else None


def series_given(slo: Slo, events: Played, chosen: tuple[Pick, Pick]) -> Series | None:
    """Counters that the queries select; None where no labels are found for them."""
    part, total = chosen
    measure, groups = slo.sli.measure, dict.fromkeys(slo.sli.group_by, "one")
    is_bad = isinstance(measure, RatioMeasure) and measure.bad is not None
    good = tuple(None if b is None or t is None else t - b for b, t in zip(events.bad, events.total, strict=True))
    of_part, of_rest = (events.bad, good) if is_bad else (good, events.bad)
    if part.metric != total.metric:
        inside, outside = _labels(part.matchers, groups), _labels(total.matchers, groups)
        of_rest = events.total
    else:
        inside = _labels(part.matchers | total.matchers, groups)
        outside = _beside(part, total, groups)
        if outside is not None and (part.takes(outside) or not total.takes(outside)):
            return None
    if inside is None or outside is None or not part.takes(inside) or not total.takes(outside):
        return None
    shown = events.total
    return [
        (_series(part.metric, inside), as_counter(of_part, shown)),
        (_series(total.metric, outside), as_counter(of_rest, shown)),
    ]


def _pick(text: str) -> Pick | None:
    try:
        found = [node for node, _ in nodes(parsed(text))]
    except ValueError:
        return None
    [*selectors] = [node for node in found if isinstance(node, parser.VectorSelector)]
    others = [node for node in found if not isinstance(node, parser.VectorSelector | parser.ParenExpr)]
    if len(selectors) != 1 or any(
        not isinstance(node, parser.AggregateExpr) or str(node.op) != "sum" for node in others
    ):
        return None
    [selector] = selectors
    if not selector.name or selector.offset is not None or selector.at is not None or selector.matchers.or_matchers:
        return None
    matchers = selector.matchers.matchers
    return Pick(selector.name, frozenset((one.name, str(one.op).partition(".")[2], one.value) for one in matchers))


def _matches(operator: str, value: str, text: str) -> bool:
    if operator in ("Equal", "NotEqual"):
        return (text == value) == (operator == "Equal")
    try:
        return (re.fullmatch(value, text) is not None) == (operator == "Re")
    except re.error:
        return False


def _labels(matchers: Iterable[tuple[str, str, str]], start: Labels) -> Labels | None:
    """Labels that satisfy all matchers."""
    labels, known = dict(start), sorted(matchers)
    labels |= {name: value for name, operator, value in known if operator == "Equal"}
    for name, _, value in known:
        fits = [one for one in ("", labels.get(name, ""), _OTHER, *_candidates(value)) if _fits(known, name, one)]
        if not fits:
            return None
        if not _fits(known, name, labels.get(name, "")):
            labels[name] = fits[0]
    return labels


def _fits(matchers: Iterable[tuple[str, str, str]], name: str, text: str) -> bool:
    return all(_matches(operator, value, text) for label, operator, value in matchers if label == name)


def _candidates(pattern: str) -> list[str]:
    """Texts that a pattern may match: each of its alternatives, with any character as 0."""
    plain = [each.strip("^$()") for each in pattern.split("|")]
    return [
        re.sub(r"\[[^\]]*\]|\\d|\.", "0", re.sub(r"[+*?]", "", each.replace("\\.", "\0"))).replace("\0", ".")
        for each in plain
    ]


def _beside(part: Pick, total: Pick, groups: Labels) -> Labels | None:
    """Labels that the total takes, and the part does not."""
    labels = _labels(total.matchers, groups)
    if labels is None or not part.takes(labels):
        return labels
    for name, _, value in sorted(part.matchers - total.matchers):
        for text in (_OTHER, value, *_candidates(value)):
            tried = {**labels, name: text}
            if total.takes(tried) and not part.takes(tried):
                return tried
    return None


def _series(name: str, labels: Mapping[str, str]) -> str:
    return name + "{" + ", ".join(f"{label}={quoted(value)}" for label, value in sorted(labels.items()) if value) + "}"
