"""
Counting: what the slices of a span come to, for every subject of a cohort, corrections and policies applied.

Measured events are integers. Slices that count although they carry no events of their own (missing ones under
`onNoData: bad` or a correction, idle ones under `onNoTraffic`) are kept as numbers of slices by hour of the week, to
be weighed with the expected traffic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.core.expectations import CHUNK, WEEK_HOURS
from leadline.core.history import History, Sums
from leadline.core.layout import LOW_BITS, Masks, bits_within
from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, Ints
from leadline.core.subjects import BAD, EXCLUDE, GOOD, Cohort
from leadline.core.windows import Span


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """Slices without events of their own, by hour of the week, [168, m], of the subjects `of`."""

    of: Ints
    """Positions in the cohort."""
    total: Ints
    """Slices that count at the expected traffic."""
    bad: Ints
    """Those among them that count as bad."""
    missing: Ints
    """Expected slices that were not seen, which neither a correction nor a policy speaks for."""


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Sums over a span for a cohort of n; events in quanta, slices as counts."""

    measured: Sums
    """Since birth and in open time, as measured: nothing corrected."""
    bad: Ints
    total: Ints
    expected: Ints
    seen: Ints
    excluded: Ints
    """Slices that a correction takes out."""
    begin: Ints
    """Start of the lived part: the span's start, or birth."""
    states: States | None
    """None where no slice counts without events of its own."""


def count(history: History, cohort: Cohort, columns: Ints | None, span: Span, until: Sums) -> Counted:
    """
    Count the slices of a span for every subject of a cohort.

    Args:
        columns: the history's column of each subject; None: they are the same, in order.
        span: lived slices, multiples of STEP.
        until: `history.cut(span.end, columns)`, which all spans of one evaluation share.
    """
    if cohort.open_time is None:
        sums = until - history.cut(span.start, columns)
    else:
        sums = cohort.open_time.sums(history, span, columns)
    places = np.arange(len(cohort.subjects)) if columns is None else columns
    size = len(cohort.subjects)
    if cohort.last_birth > span.start:
        begin = np.clip(cohort.births, span.start, span.end)
        expected = cohort.slices(begin, np.full(size, span.end))
        _forget_unborn(history, cohort, places, span, sums)
    else:
        begin = np.full(size, span.start)
        one = np.array([span.start]), np.array([span.end])
        expected = np.full(size, cohort.slices(*one)[0])
    if not len(cohort.pieces.subject) and not (cohort.missing_bad.any() or cohort.missing_excluded.any()):
        needs = _idle(cohort, sums)
        found = None if needs is None else states(history, cohort, places, begin=begin, end=span.end, subjects=needs)
        seen = np.minimum(sums.seen, expected)
        return Counted(sums, sums.bad, sums.total, expected, seen, np.zeros(size, np.int64), begin, found)
    return _corrected(history, cohort, places, span, sums=sums, begin=begin, expected=expected)


def _forget_unborn(history: History, cohort: Cohort, places: Ints, span: Span, sums: Sums) -> None:
    """Take from `sums` what was seen before a declared birth."""
    late = np.flatnonzero(cohort.declared > span.start)
    if not len(late):
        return
    start, born = np.full(len(late), span.start), np.minimum(cohort.births[late], span.end)
    if cohort.open_time is not None:
        which, start, born = cohort.open_time.parts(start, born)
        late = late[which]
    before = history.cut_each(born, places[late]) - history.cut_each(start, places[late])
    for target, gone in (
        (sums.bad, before.bad),
        (sums.total, before.total),
        (sums.seen, before.seen),
        (sums.traffic, before.traffic),
    ):
        np.subtract.at(target, late, gone)


def _idle(cohort: Cohort, sums: Sums) -> Ints | None:
    """Subjects that have idle slices and a policy that lets these count."""
    if not (cohort.idle_good.any() or cohort.idle_bad.any()):
        return None
    needs = (cohort.idle_good | cohort.idle_bad) & (sums.seen > sums.traffic)
    return np.flatnonzero(needs) if needs.any() else None


def _corrected(
    history: History, cohort: Cohort, places: Ints, span: Span, *, sums: Sums, begin: Ints, expected: Ints
) -> Counted:
    bad, total, seen = sums.bad.copy(), sums.total.copy(), sums.seen.copy()
    excluded = np.zeros_like(bad)
    needs = np.zeros(len(bad), np.bool_)
    pieces = cohort.pieces
    start, stop = np.maximum(pieces.start, begin[pieces.subject]), np.minimum(pieces.end, span.end)
    touching = np.flatnonzero(stop > start)
    if len(touching):
        start, stop, mode, subject = start[touching], stop[touching], pieces.mode[touching], pieces.subject[touching]
        first = np.maximum(np.maximum(pieces.start[touching], span.start), cohort.declared[subject])
        part = history.cut_each(stop, places[subject]) - history.cut_each(first, places[subject])
        slices = cohort.slices(start, stop)
        out, good, wrong = mode == EXCLUDE, mode == GOOD, mode == BAD
        np.subtract.at(bad, subject[out | good], part.bad[out | good])
        np.subtract.at(total, subject[out], part.total[out])
        np.subtract.at(seen, subject[out], part.seen[out])
        np.add.at(excluded, subject[out], slices[out])
        np.add.at(bad, subject[wrong], (part.total - part.bad)[wrong])
        vouched = np.where(out, 0, slices - part.seen)
        np.add.at(seen, subject, vouched)
        needs[subject[vouched > 0]] = True
    expected = expected - excluded
    needs |= cohort.missing_bad & (expected > seen)
    idle = _idle(cohort, sums)
    if idle is not None:
        needs[idle] = True
    seen = np.minimum(seen, expected)
    expected = np.where(cohort.missing_excluded, seen, expected)
    seen = np.where(cohort.missing_bad, expected, seen)
    found = None
    if needs.any():
        found = states(history, cohort, places, begin=begin, end=span.end, subjects=np.flatnonzero(needs))
    return Counted(sums, bad, total, expected, seen, excluded, begin, found)


def states(history: History, cohort: Cohort, places: Ints, *, begin: Ints, end: int, subjects: Ints) -> States:
    """
    Look slice by slice at some subjects of a cohort: which slices have no events of their own, and what for they count.

    Args:
        places, begin: for every subject of the cohort its column, and the start of its lived part.
        end: where the lived part ends.
        subjects: positions in the cohort of those to look at, sorted.
    """
    tables = [
        _states(history, cohort, places[chunk], begin=begin[chunk], end=end, subjects=chunk)
        for chunk in (subjects[start : start + CHUNK] for start in range(0, len(subjects), CHUNK))
    ]
    total, bad, missing = (np.concatenate(parts, axis=1) for parts in zip(*tables, strict=True))
    return States(subjects, total, bad, missing)


def _states(
    history: History, cohort: Cohort, columns: Ints, *, begin: Ints, end: int, subjects: Ints
) -> tuple[Ints, Ints, Ints]:
    """Tables of `States` for a few subjects: total, bad, missing."""
    first = max(int(begin.min()), history.start) // HOUR
    hours = np.arange(first, max(first, -(-min(end, history.end) // HOUR)))
    starts = hours * HOUR
    rows = slice((first * HOUR - history.start) // HOUR, (first * HOUR - history.start) // HOUR + len(hours))
    seen, traffic = history.seen[rows][:, columns], history.traffic[rows][:, columns]
    marks = _marks(starts, cohort.unit_seconds)[:, None]
    if cohort.open_time is not None:
        marks = marks & cohort.open_time.masks(starts)[:, None]
    valid = bits_within(starts[:, None], begin[None, :], end) & marks
    masks = [np.zeros_like(valid) for _ in range(3)]
    position = {int(subject): place for place, subject in enumerate(subjects)}
    pieces = cohort.pieces
    for piece in np.flatnonzero(np.isin(pieces.subject, subjects)):
        place = position[int(pieces.subject[piece])]
        masks[pieces.mode[piece]][:, place] |= bits_within(starts, pieces.start[piece], int(pieces.end[piece]))
    excluded, good, wrong = masks
    valid &= ~excluded
    missing, idle = valid & ~seen, valid & seen & ~traffic
    every, none = LOW_BITS[-1], LOW_BITS[0]
    missing_bad = np.where(cohort.missing_bad[subjects], every, none)
    idle_bad = np.where(cohort.idle_bad[subjects], every, none)
    idle_counts = np.where(cohort.idle_good[subjects] | cohort.idle_bad[subjects], every, none)
    unspoken = missing & ~good & ~wrong
    counted = (missing & (good | wrong | missing_bad)) | (idle & idle_counts)
    bad = (missing & wrong) | (unspoken & missing_bad) | (idle & idle_counts & (wrong | (idle_bad & ~good)))
    leave = np.where(cohort.missing_excluded[subjects], none, every)
    return (
        _by_hour_of_week(counted, hours, cohort),
        _by_hour_of_week(bad, hours, cohort),
        _by_hour_of_week(unspoken & ~missing_bad & leave, hours, cohort),
    )


def unlived(cohort: Cohort, span: Span, lived: Counted, end: int, subjects: Ints) -> Ints:
    """
    Open slices of a window that are before birth or not yet lived, and not excluded, by hour of the week: [168, m].

    Args:
        span: the whole window.
        lived: what was counted of it, up to `end`.
        subjects: positions in the cohort.
    """
    size = len(subjects)
    parts = (
        (np.full(size, span.start), lived.begin[subjects]),
        (np.full(size, end), np.full(size, max(end, span.end))),
    )
    slices = np.zeros((WEEK_HOURS, size), np.int64)
    pieces = cohort.pieces
    taken = np.flatnonzero((pieces.mode == EXCLUDE) & np.isin(pieces.subject, subjects))
    places = np.searchsorted(subjects, pieces.subject[taken])
    for start, stop in parts:
        slices += cohort.slices_by_hour_of_week(start, stop)
        if len(taken):
            begin = np.maximum(pieces.start[taken], start[places])
            finish = np.maximum(np.minimum(pieces.end[taken], stop[places]), begin)
            np.subtract.at(slices.T, places, cohort.slices_by_hour_of_week(begin, finish).T)
    return slices


def _marks(hour_starts: Ints, length: int) -> Masks:
    """For each hour the bits of the steps at which a slice of `length` seconds begins."""
    if length == STEP:
        return np.full(len(hour_starts), LOW_BITS[-1])
    steps = np.arange(SLICES_PER_HOUR)
    begins = (hour_starts[:, None] + STEP * steps) % length == 0
    bits = np.uint64(1) << steps.astype(np.uint64)
    return np.asarray(np.where(begins, bits, np.uint64(0)).sum(axis=1, dtype=np.uint64))


def _by_hour_of_week(masks: Masks, hours: Ints, cohort: Cohort) -> Ints:
    counts = np.bitwise_count(masks)
    by_hour = np.zeros((WEEK_HOURS, masks.shape[1]), np.int64)
    if cohort.is_events:
        for first in range(0, len(hours), WEEK_HOURS):  # within a week no hour of the week is there twice
            by_hour[hours[first : first + WEEK_HOURS] % WEEK_HOURS] += counts[first : first + WEEK_HOURS]
    else:
        by_hour[0] = counts.sum(axis=0, dtype=np.int64)
    return by_hour
