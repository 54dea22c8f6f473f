"""
What a source says about the queries of an SLI, judged.

Pure. A selector of errors that finds nothing is a good day, unless its metric or label is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from leadline.domains.checking.writing import Said
from leadline.handbook.specs import Sli
from leadline.ports.findings import Weight
from leadline.ports.inspection import BucketSight, SelectorSight, Sight, UnmatchedLabel
from leadline.ports.source import Role

MOST_SERIES = 10_000
MOST_GROUPS = 1_000
_FALLS = 3
"""So many within an hour are no restarts."""
_NEWEST_SECONDS = 600
_MAY_BE_EMPTY = (Role.BAD, Role.FAILURES, Role.DEMAND)


def about_queries(sli: Sli, sights: Sequence[Sight], slos: tuple[str, ...], at: int) -> Iterator[Said]:
    """Everything about the selectors of an SLI."""
    total = next((sight.events for sight in sights if sight.query.role is Role.TOTAL), None)
    for sight in sights:
        for selector in sight.selectors:
            yield from _about_absence(sli, sight.query.role, selector, slos, at)
            if selector.bucket is not None:
                yield _about_bucket(sli, sight, selector.bucket, (slos, total))
            if sight.query.counter:
                yield from _about_counter(sli, selector, slos)
            if selector.series > MOST_SERIES:
                what = f"{selector.selector} selects {selector.series:,} series"
                hint = "record a sum of them in the source, or select less"
                yield Said("many-series", sli.place, what, f"{selector.series}", hint, slos)
        if sight.groups > MOST_GROUPS:
            what = f"groupBy {', '.join(sli.group_by)} makes {sight.groups:,} groups; at most {MOST_GROUPS:,} are kept"
            yield Said("too-many-groups", sli.place, what, f"{sight.groups}", "group by fewer labels", slos)


def _about_absence(sli: Sli, role: Role, one: SelectorSight, slos: tuple[str, ...], at: int) -> Iterator[Said]:
    if one.series:
        return
    if not one.is_metric_known:
        hint = f"did you mean {one.near_metric}?" if one.near_metric else "look at the metric names that the source has"
        is_slip = role not in _MAY_BE_EMPTY or bool(one.near_metric)
        weight = None if is_slip else Weight.WARNING
        yield Said("no-such-metric", sli.place, "the source knows no such metric", one.metric, hint, slos, weight)
    elif not one.has_samples:
        what = "the source has no sample of this metric from the day before the instant asked for"
        hint = "look whether it is still scraped, or ask for a later instant with --at"
        weight = Weight.WARNING if role in _MAY_BE_EMPTY else None
        yield Said("no-such-metric", sli.place, what, one.metric, hint, slos, weight)
    elif one.last_seen_at is not None:
        if at - one.last_seen_at > _NEWEST_SECONDS and role not in _MAY_BE_EMPTY:
            what = f"{one.selector} was seen last at {_instant(one.last_seen_at)}"
            yield Said(
                "silent", sli.place, what, one.metric, "look at the target, and whether names have changed", slos
            )
    elif one.bucket is None:
        yield from _about_labels(sli, role, one, slos)


def _about_labels(sli: Sli, role: Role, one: SelectorSight, slos: tuple[str, ...]) -> Iterator[Said]:
    for each in one.unmatched:
        if not each.is_label_known:
            hint = f"did you mean {each.near}?" if each.near else f"no series of {one.metric} has it"
            yield Said("no-such-label", sli.place, f"no series of {one.metric} has the label", each.name, hint, slos)
    known = [each for each in one.unmatched if each.is_label_known]
    if role in _MAY_BE_EMPTY:
        if len(known) == len(one.unmatched):
            hint = "initialise it with 0 where the program starts"
            yield Said("no-bad-series", sli.place, "none of these was seen for a day", one.selector, hint, slos)
    elif known:
        yield from (_no_value(sli, one, each, slos) for each in known)
    elif not one.unmatched:
        hint = "each of its matchers finds series alone; take one out, or look at the labels that occur together"
        yield Said("no-series", sli.place, "no series has all of these labels", one.selector, hint, slos)


def _no_value(sli: Sli, one: SelectorSight, each: UnmatchedLabel, slos: tuple[str, ...]) -> Said:
    hint = f"did you mean {each.near}?" if each.near else f"look at the values of {each.name} that the source has"
    return Said("no-such-value", sli.place, f"no series of {one.metric} matched within a day", each.matcher, hint, slos)


def _about_bucket(sli: Sli, sight: Sight, bucket: BucketSight, concerned: tuple[tuple[str, ...], float | None]) -> Said:
    slos, total = concerned
    value = f'le="{bucket.limit}"'
    if bucket.spelling:
        hint = f'nothing to do here; elsewhere write le=~"{bucket.limit}|{bucket.spelling}"'
        what = f'the histogram writes it le="{bucket.spelling}"'
        return Said("bucket-spelling", sli.place, what, value, hint, slos)
    ways = [f'le="{text}"' for text in (bucket.lower, bucket.upper) if text]
    what = f"no bucket has this limit; the nearest are {' and '.join(ways)}{_interval(sight, total)}"
    can_be_both = sli.may_be_between and sight.query.role in (Role.GOOD, Role.BAD) and len(ways) == 2
    weight = None if can_be_both else Weight.ERROR
    return Said("no-such-bucket", sli.place, what, value, f"write {' or '.join(ways)}", slos, weight)


def _interval(sight: Sight, total: float | None) -> str:
    """Between which numbers the two buckets put the SLI of the last week."""
    if sight.between is None or None in sight.between or not total:
        return ""
    shares = [float(each) / total for each in sight.between if each is not None]
    low, high = sorted(shares if sight.query.role is Role.GOOD else [1 - share for share in shares])
    return f"; last week's SLI lies between {low:.2%} and {high:.2%}"


def _about_counter(sli: Sli, one: SelectorSight, slos: tuple[str, ...]) -> Iterator[Said]:
    if one.falls >= _FALLS:
        what = f"{one.selector} fell {one.falls} times within an hour"
        yield Said("not-a-counter", sli.place, what, one.metric, "write counter: false, or name a counter", slos)
    elif one.born_above_zero:
        what = f"{one.born_above_zero:,} series of the last day began above 0"
        hint = "initialise the counter with 0 where the program starts"
        yield Said("born-above-zero", sli.place, what, one.selector, hint, slos)


def _instant(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
