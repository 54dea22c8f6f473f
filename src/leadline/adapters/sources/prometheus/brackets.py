"""
A limit between two buckets: events counted by both neighbours, at the steps that have no bucket of its own.

The neighbours are those that are there at each step, so that a histogram whose buckets change is followed. Leaves out
which of the two counts decides; `domains/measurement` takes the worse one and keeps the difference beside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from leadline.adapters.sources.prometheus.batches import Asker, Grid, Reply
from leadline.adapters.sources.prometheus.plans import filled
from leadline.adapters.sources.prometheus.selectors import Boundary, boundaries, with_limit
from leadline.core.slices import STEP, Bools, Labels
from leadline.errors import SourceError
from leadline.ports.source import Answer, Between, Floats, Role, SourceQuery

_MOST_NAMED = 40


@dataclass(slots=True)
class Buckets:
    """At which steps of the span each boundary of a histogram is there, by group and by its spelling."""

    groups: dict[Labels, dict[str, Bools]] = field(default_factory=dict)

    @property
    def texts(self) -> set[str]:
        return {text for found in self.groups.values() for text in found}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The buckets on both sides of a limit, and the steps of each group at which they are."""

    lower: str
    upper: str
    steps: Mapping[Labels, Bools]


def may_be_between(answer: Answer) -> tuple[Boundary, ...]:
    """The limits of a query whose answer leaves steps or groups without a number; none where all is answered."""
    if answer.error is not None:
        return ()
    groups = answer.groups.values()
    # A group that has other buckets than the rest is simply absent, and nothing here says that it should be there.
    is_whole = bool(answer.groups) and not answer.query.group_by and not any(np.isnan(each).any() for each in groups)
    if is_whole or (answer.groups and not _has_two_ends(answer.query)):
        return ()
    return boundaries(filled(answer.query.text))


def layout_key(query: SourceQuery, boundary: Boundary) -> tuple[str, tuple[str, ...]]:
    """What tells which buckets there are: the selector, and the labels by which the answer is grouped."""
    return boundary.selector, query.group_by


def layouts(
    asker: Asker, keys: Sequence[tuple[str, tuple[str, ...]]], pieces: Sequence[Grid]
) -> dict[tuple[str, tuple[str, ...]], Buckets]:
    """Buckets of each selector at each step; none where the server does not say, as the answer itself stands."""
    count = sum(piece.count for piece in pieces)
    found = {key: Buckets() for key in keys}
    tags = {f"b{number}": key for number, key in enumerate(found)}
    texts = {tag: f"count by ({', '.join(('le', *by))}) ({selector})" for tag, (selector, by) in tags.items()}
    for piece in pieces:
        low = (piece.first - pieces[0].first) // STEP
        for tag, reply in asker.ask(texts, piece).items():
            _note(found[tags[tag]], reply, tags[tag][1], low, count)
    return found


def _note(buckets: Buckets, reply: Reply, group_by: Sequence[str], low: int, count: int) -> None:
    for series in reply.series if reply.error is None else ():
        text = series.labels.get("le", "")
        if _number(text) is not None:
            group = tuple(sorted((name, value) for name, value in series.labels.items() if name in group_by))
            steps = buckets.groups.setdefault(group, {}).setdefault(text, np.zeros(count, np.bool_))
            steps[series.at + low] = True


def neighbours(limit: str, buckets: Buckets, answer: Answer) -> tuple[Neighbours, ...]:
    """Each pair of buckets around the limit, with the steps that lack a number and have the pair, and not the limit."""
    found: dict[tuple[str, str], dict[Labels, Bools]] = {}
    for group, there in buckets.groups.items():
        known = answer.groups.get(group)
        for pair, steps in _pairs(limit, there).items():
            wanted = steps if known is None else steps & np.isnan(known)
            if wanted.any():
                found.setdefault(pair, {})[group] = wanted
    return tuple(Neighbours(*pair, steps) for pair, steps in sorted(found.items()))


def _pairs(limit: str, there: Mapping[str, Bools]) -> dict[tuple[str, str], Bools]:
    asked = float(limit)
    spelt = sorted((float(text), text) for text in there)
    at_limit = [there[text] for number, text in spelt if number == asked]
    count = len(next(iter(there.values())))
    open_steps = ~np.logical_or.reduce(at_limit) if at_limit else np.ones(count, np.bool_)
    below = [text for number, text in spelt if number < asked][::-1]
    above = [text for number, text in spelt if number > asked]
    pairs: dict[tuple[str, str], Bools] = {}
    without_lower = open_steps
    for lower in below:
        steps = without_lower & there[lower]
        without_lower = without_lower & ~there[lower]
        for upper in above:
            if (both := steps & there[upper]).any():
                pairs[lower, upper] = both
            steps = steps & ~there[upper]
    return pairs


def both_ends(query: SourceQuery, limit: str, pair: Neighbours) -> tuple[SourceQuery, SourceQuery]:
    """The same question of the lower and of the upper bucket."""
    lower, upper = (with_limit(query.text, limit, text) for text in (pair.lower, pair.upper))
    return replace(query, text=lower), replace(query, text=upper)


def bracketed(answer: Answer, limit: str, pairs: Sequence[tuple[Neighbours, Answer, Answer]]) -> Answer:
    """The answer with the lower bucket's numbers where it had none, and the upper bucket's beside them."""
    count = next(steps.size for pair, _, _ in pairs for steps in pair.steps.values())
    groups = {labels: values.copy() for labels, values in answer.groups.items()}
    between: list[Between] = []
    warnings = list(answer.warnings)
    for pair, lower, upper in pairs:
        error = lower.error or upper.error
        if error is not None:
            return replace(answer, groups={}, error=error)
        others: dict[Labels, Floats] = {}
        for group, steps in pair.steps.items():
            own = groups.setdefault(group, np.full(count, np.nan))
            own[steps] = lower.groups.get(group, np.full(count, np.nan))[steps]
            others[group] = np.where(steps, upper.groups.get(group, np.nan), np.nan)
        between.append(Between(limit, pair.lower, pair.upper, others))
        warnings += [text for text in (*lower.warnings, *upper.warnings, told(limit, pair)) if text not in warnings]
    return replace(answer, groups=dict(sorted(groups.items())), between=tuple(between), warnings=tuple(warnings))


def told(limit: str, pair: Neighbours) -> str:
    """What to say of a limit between two buckets."""
    return (
        f'le="{limit}" lies between the buckets {pair.lower} and {pair.upper}; counted by both, and judged by both: '
        f'write le="{pair.lower}" or le="{pair.upper}" for one number'
    )


def refusal(query: SourceQuery, found: Mapping[Boundary, Buckets]) -> SourceError | None:
    """The error for a limit that no bucket has while the histogram is there; None otherwise."""
    for boundary, buckets in found.items():
        message = bracket(boundary, buckets.texts)
        if message:
            why = "; leadline/offBoundary refuses to count by both" if _refuses(query) else ""
            return SourceError(message + why, retryable=False)
    return None


def one_limit(query: SourceQuery, found: Mapping[Boundary, Buckets]) -> tuple[str, Buckets] | None:
    """The limit that all histograms of a query share, with their common buckets; None where two ends make no sense."""
    limits = {boundary.text for boundary in found}
    if not _has_two_ends(query) or _refuses(query) or len(limits) != 1 or _number(limit := limits.pop()) is None:
        return None
    first, *others = found.values()
    for other in others:
        first = Buckets(
            {
                group: {
                    text: steps & other.groups[group][text]
                    for text, steps in there.items()
                    if text in other.groups[group]
                }
                for group, there in first.groups.items()
                if group in other.groups
            }
        )
    return limit, Buckets({group: there for group, there in first.groups.items() if there})


def bracket(boundary: Boundary, values: set[str]) -> str:
    """
    Message that names the buckets on both sides of a value which is no boundary; empty when it is one.

    >>> bracket(Boundary("0.3", "x_bucket{}"), {"0.1", "0.25", "0.5", "+Inf"})
    'le="0.3" is not a bucket boundary of x_bucket; write le="0.25" or le="0.5" (boundaries: 0.1, 0.25, 0.5, +Inf)'
    """
    there = sorted({(number, text) for text in values if (number := _number(text)) is not None})
    asked = _number(boundary.text)
    if not there or asked is None or any(number == asked for number, _ in there):
        return ""
    below = [text for number, text in there if number < asked][-1:]
    above = [text for number, text in there if number > asked][:1]
    ways = " or ".join(f'le="{text}"' for text in below + above)
    every = ", ".join(text for _, text in there[:_MOST_NAMED])
    metric = boundary.selector.removesuffix("{}")
    return f'le="{boundary.text}" is not a bucket boundary of {metric}; write {ways} (boundaries: {every})'


def _has_two_ends(query: SourceQuery) -> bool:
    return query.role in (Role.GOOD, Role.BAD)


def _refuses(query: SourceQuery) -> bool:
    return _has_two_ends(query) and not query.may_be_between


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
