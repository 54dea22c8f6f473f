"""
How numbers become slices: decided once, for every source.

Pure. Absence is never zero: a slice whose total is absent is left out (no_data); a bad or good series that is absent
where the total is there counts 0 of its events. Leaves out asking and writing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise

import numpy as np

from leadline.core.slices import STEP, Bools, Ints, Labels, SeriesKey, SliceBatch
from leadline.core.windows import Span
from leadline.handbook.specs import Handbook, Limit, RatioMeasure, RawMeasure, Sli, Slo, ThresholdMeasure
from leadline.ports.ledger import Watermark
from leadline.ports.questions import queries
from leadline.ports.source import Floats, Role

REOPENED_SECONDS = 5 * STEP
"""The newest slices are asked for again by the next collection, since a source may have been late."""
CHUNK_SECONDS = 86_400
"""One question reaches over about a day, so that a long backfill shows progress and can be taken up again."""
LARGEST = 1e12
"""Quanta of one slice from which on they are refused: a year of sixteen such series still sums within 64 bits."""

_NEARLY_HALF = 0.5 + 1e-9
"""A half is told apart from its float noise, on the same side for bad and for good."""
_COMPARISONS = {"lt": np.less, "lte": np.less_equal, "gt": np.greater, "gte": np.greater_equal}


@dataclass(frozen=True, slots=True)
class Target:
    """One series of the ledger that an SLI feeds: the SLI itself, or its gauge compared with an objective's limit."""

    series: str
    limit: Limit | None
    may_exceed: bool
    reads_failures: bool = False
    """True: bad are the SLI's failures and total its good minutes."""


def targets(handbook: Handbook, sli: Sli) -> tuple[Target, ...]:
    """Series that collecting the SLI fills; none for a gauge to which no objective gives a limit."""
    return targets_of(sli, [slo for slo in handbook.slos.values() if slo.sli.id == sli.id])


def slos_by_sli(handbook: Handbook) -> dict[str, list[Slo]]:
    """The objectives on each SLI, for whoever looks at many SLIs."""
    found: dict[str, list[Slo]] = {name: [] for name in handbook.slis}
    for slo in handbook.slos.values():
        found[slo.sli.id].append(slo)
    return found


def targets_of(sli: Sli, slos: Sequence[Slo]) -> tuple[Target, ...]:
    """As `targets`, with the objectives on the SLI at hand."""
    if not isinstance(sli.measure, ThresholdMeasure):
        plain = Target(sli.id, None, any(slo.is_mtbf and slo.series == sli.id for slo in slos))
        apart = {slo.series for slo in slos if slo.series != sli.id and sli.failures is not None}
        return (plain, *(Target(series, None, may_exceed=True, reads_failures=True) for series in sorted(apart)))
    found = {slo.series: Target(slo.series, slo.limit, may_exceed=False) for slo in slos if slo.limit is not None}
    return tuple(found.values())


def question(sli: Sli) -> str:
    """Digest of all that an SLI asks of its source; another one makes other slices."""
    asked = [[query.role.value, query.text, query.counter, list(query.group_by)] for query in queries(sli)]
    text = json.dumps([asked, str(sli.quantum), repr(sli.measure)], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def changed(sli: Sli, known: Watermark) -> str:
    """What to say of an SLI whose query is no longer the one that its slices answer."""
    until = datetime.fromtimestamp(known.end, UTC)
    return (
        f"its query has changed; slices before {until:%Y-%m-%dT%H:%MZ} keep what the old one said, until you run: "
        f"leadline collect --again --since 28d --sli {sli.id}"
    )


def missing_spans(known: Watermark | None, since: int, end: int, *, again: bool) -> tuple[Span, ...]:
    """
    What is still to be asked for, in chunks, in an order in which the watermark stays one span at each step.

    `known` is what has been collected. Earlier spans are filled backwards from its start, later ones forwards from
    shortly before its end; with `again`, what is known is asked for again from `since` on.
    """
    if known is None or known.end <= known.start:
        return tuple(_chunks(since, end))
    earlier = tuple(reversed(_chunks(since, known.start)))
    if again:
        return earlier + tuple(_chunks(max(known.start, min(since, reopened_from(known))), end))
    return earlier + (tuple(_chunks(reopened_from(known), end)) if end > known.end else ())


def reopened_from(known: Watermark) -> int:
    """Where the next collection takes up again; the watermark's carry is what was owed there."""
    return max(known.start, known.end - REOPENED_SECONDS)


def _chunks(start: int, end: int) -> list[Span]:
    """Days of [start, end), the last no shorter than what is reopened, so that the carry lies within it."""
    days = range(start - start % CHUNK_SECONDS + CHUNK_SECONDS, end - REOPENED_SECONDS + 1, CHUNK_SECONDS)
    return [Span(a, b) for a, b in pairwise([start, *days, end]) if b > a]


def reached(span: Span, known_until: Iterable[int | None]) -> Span:
    """The part of a span that was answered for good, where answers say until when their sources know."""
    ends = [until - until % STEP for until in known_until if until is not None]
    return Span(span.start, max(span.start, min([span.end, *ends])))


def extended(known: Watermark | None, sli: str, span: Span, carry: Mapping[Labels, tuple[float, float]]) -> Watermark:
    """
    The watermark after `span` has been collected; `span` touches or overlaps what was known.

    A span that begins beyond what is known, because the source did not know so far, leaves the watermark as it is.
    """
    if known is not None and span.start > known.end:
        return known
    if known is None or known.end <= known.start:
        return Watermark(sli, span.start, span.end, carry)
    mark = Watermark(
        sli, min(known.start, span.start), max(known.end, span.end), carry, inconsistent_count=known.inconsistent_count
    )
    if span.end >= known.end:
        return mark
    return replace(mark, carry=known.carry if reopened_from(mark) == reopened_from(known) else {})


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Numbers of one group as bad and total events of each slice of a span; NaN in `total` where nothing was seen."""

    bad: Floats
    total: Floats
    inconsistent: Bools
    """Slices in which the source contradicted itself; they are clamped."""

    def is_countable(self, quantum: Fraction) -> bool:
        """False when a number is too large to be counted in whole quanta."""
        largest = LARGEST * quantum.numerator / quantum.denominator
        return not bool(((self.total >= largest) | (self.bad >= largest)).any())


def reading(sli: Sli, target: Target, roles: Mapping[Role, Floats], length: int) -> Reading:
    """
    Events of one group, from the answers to the SLI's queries.

    An absent role is an array of NaN, and a total that is infinite is as good as absent. Where the demand condition
    does not hold the slice is no_traffic (0 of 0).
    """
    nothing = np.full(length, np.nan)
    measure = sli.measure
    if isinstance(measure, RatioMeasure):
        found = _events(measure, {role: roles.get(role, nothing) for role in Role}, target)
    else:
        found = _samples(measure, roles.get(Role.VALUE, nothing), target)
    if sli.only_when is None:
        return found
    demand = roles.get(Role.DEMAND, nothing)
    idle = ~np.isnan(found.total) & (np.isnan(demand) | (demand == 0))
    return Reading(np.where(idle, 0.0, found.bad), np.where(idle, 0.0, found.total), found.inconsistent & ~idle)


def _events(measure: RatioMeasure, roles: Mapping[Role, Floats], target: Target) -> Reading:
    total = np.where(np.isfinite(roles[Role.TOTAL]), roles[Role.TOTAL], np.nan)
    seen = ~np.isnan(total)
    if measure.bad is not None:
        bad = np.where(np.isnan(roles[Role.BAD]), 0.0, roles[Role.BAD])
    else:
        bad = total - np.where(np.isnan(roles[Role.GOOD]), 0.0, roles[Role.GOOD])
    if target.reads_failures:
        total = np.maximum(total - bad, 0.0)
        bad = np.where(np.isnan(roles[Role.FAILURES]), 0.0, roles[Role.FAILURES])
    over = (bad > total) & (not target.may_exceed)
    wrong = seen & (over | (bad < 0) | (total < 0))
    total = np.where(wrong, np.maximum(total, 0.0), total)
    bad = np.where(seen, np.maximum(bad, 0.0), 0.0)
    bad = bad if target.may_exceed else np.where(seen, np.minimum(bad, total), 0.0)
    return Reading(bad, total, wrong)


def _samples(measure: RawMeasure | ThresholdMeasure | None, value: Floats, target: Target) -> Reading:
    seen = ~np.isnan(value)
    total = np.where(seen, 1.0, np.nan)
    if isinstance(measure, RawMeasure):
        share = np.clip(np.where(seen, value, 0.0), 0.0, 1.0)
        wrong = seen & (share != value)
        return Reading(np.where(seen, 1 - share if measure.success else share, 0.0), total, wrong)
    limit = target.limit
    if limit is None:
        raise ValueError(f"{target.series}: a gauge without a limit is neither good nor bad")
    good = _keeps(limit, np.where(seen, value, 0.0))
    return Reading(np.where(seen & ~good, 1.0, 0.0), total, np.zeros(len(value), dtype=np.bool_))


def _keeps(limit: Limit, value: Floats) -> Bools:
    if limit.op is not None and limit.value is not None:
        kept: Bools = _COMPARISONS[limit.op](value, limit.value)
        return kept
    low = -np.inf if limit.low is None else limit.low
    high = np.inf if limit.high is None else limit.high
    return (value >= low) & (value <= high)


@dataclass(frozen=True, slots=True, eq=False)
class Rounded:
    """Slices in whole quanta, and what the rounding still owes, (bad, good): at `reopen_at`, and at the end."""

    batch: SliceBatch
    carry: tuple[float, float]
    final: tuple[float, float]


def rounded(
    key: SeriesKey,
    start: int,
    found: Reading,
    quantum: Fraction,
    carry: tuple[float, float],
    *,
    reopen_at: int,
    may_exceed: bool,
) -> Rounded:
    """
    Whole quanta by cumulative rounding: the sum over any number of slices is off by less than one quantum.

    Args:
        start: epoch seconds of the first slice of `found`.
        carry: what earlier slices still owe, (bad, good) in quanta.
        reopen_at: instant from which the next collection will ask again; the carry returned is the one there.
    """
    seen = np.flatnonzero(~np.isnan(found.total))
    starts = start + seen * STEP
    scale = quantum.denominator / quantum.numerator
    bad = found.bad[seen] * scale
    good = found.total[seen] * scale - (0 if may_exceed else bad)
    whole_bad, owed_bad = _cumulative(bad, carry[0], sign=1)
    whole_good, owed_good = _cumulative(good, carry[1], sign=-1)
    index = int(np.searchsorted(starts, reopen_at))
    batch = SliceBatch(key, starts, whole_bad, whole_good + (0 if may_exceed else whole_bad), may_exceed)
    return Rounded(batch, (owed_bad[index], owed_good[index]), (owed_bad[-1], owed_good[-1]))


def _cumulative(values: Floats, carry: float, *, sign: int) -> tuple[Ints, list[float]]:
    """
    Integers whose running sum follows that of `values`, and the debt before each slice and after the last.

    Halves are rounded up with a `sign` of 1 and down with -1, so that bad and good that add up to a whole total do so
    after rounding.
    """
    if not len(values) or (carry == 0 and bool((values == np.rint(values)).all())):
        return values.astype(np.int64), [carry] * (len(values) + 1)
    running = np.concatenate(([0.0], np.cumsum(values))) + carry
    whole = np.maximum(0.0, sign * np.floor(sign * running + _NEARLY_HALF))
    whole[0] = 0.0
    return np.diff(whole).astype(np.int64), [float(debt) for debt in running - whole]


def longest_window_seconds(slos: Sequence[Slo], at: int, default: int) -> int:
    """How far back the windows of these objectives reach from `at`."""
    return max((at - slo.terms.window.span(at).start for slo in slos), default=default)
