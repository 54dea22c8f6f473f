"""
What a source says about the data of objectives: how far back, how whole, how much, and whether last week was kept.

Pure. Sums of a week are extrapolated by the source, so that a share of a thousandth more than all is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from leadline.core.budgets import BudgetingMethod
from leadline.core.slices import HOUR
from leadline.domains.checking.alert_advice import LEAST_SAMPLES
from leadline.domains.checking.tiers import alerts_of, one_error_pages_below
from leadline.domains.checking.writing import Said
from leadline.handbook.specs import RawMeasure, Slo
from leadline.ports.inspection import SelectorSight, Sight
from leadline.ports.source import Role
from leadline.units import format_duration

WEEK_SECONDS = 7 * 86_400
_LEAST_SECONDS = 86_400
"""Of a life that is shorter nothing is concluded."""
_EXTRAPOLATED = 1.001
_LOOKS = 28
_GROWS = "nothing: it grows into its window"


@dataclass(frozen=True, slots=True)
class Week:
    """What the last seven days brought; None where that cannot be told."""

    good_ratio: float | None
    total: float | None
    lived_seconds: int
    """So much of the week the series were there."""
    is_more_than_all: bool = False


def _leading(sights: Sequence[Sight]) -> SelectorSight | None:
    """The first selector of the query that says how much there was."""
    first = next((sight for sight in sights if sight.query.role in (Role.TOTAL, Role.VALUE)), None)
    return next(iter(first.selectors), None) if first is not None else None


def week_of(slo: Slo, sights: Sequence[Sight], at: int) -> Week:
    """Last week's share of good events of an objective; of a life of hours nothing is concluded."""
    selector = _leading(sights)
    begin = None if selector is None else selector.week_first_at
    lived = min(at - begin, WEEK_SECONDS) if begin is not None else 0
    if lived < _LEAST_SECONDS:
        return Week(None, None, lived)
    by_role = {sight.query.role: sight for sight in sights}
    value = by_role.get(Role.VALUE)
    if value is not None:
        return Week(_good_share(slo, value), None, lived)
    total = by_role[Role.TOTAL].events if Role.TOTAL in by_role else None
    part = by_role.get(Role.BAD) or by_role.get(Role.GOOD)
    if total is None or part is None or part.error is not None or slo.is_mtbf:
        return Week(None, total, lived)
    events = _events_of(part)
    if not total or events is None:
        return Week(None, total, lived)
    ratio = 1 - events / total if part.query.role is Role.BAD else events / total
    is_comparable = slo.terms.method is BudgetingMethod.OCCURRENCES and _counts_always(slo)
    is_more = events > total * _EXTRAPOLATED + 1
    return Week(min(max(ratio, 0.0), 1.0) if is_comparable else None, total, lived, is_more)


def _good_share(slo: Slo, value: Sight) -> float | None:
    """Of a gauge, or of a ratio that somebody else computed."""
    if not _counts_always(slo) or slo.terms.method is not BudgetingMethod.OCCURRENCES:
        return None
    if isinstance(slo.sli.measure, RawMeasure):
        return value.mean if value.mean is None or slo.sli.measure.success else 1 - value.mean
    return value.good_shares.get(slo.limit) if slo.limit is not None else None


def _counts_always(slo: Slo) -> bool:
    """Whether every event of the week counts, so that the source's own sums are those of the objective."""
    return slo.terms.hours is None and slo.sli.only_when is None


def _events_of(part: Sight) -> float | None:
    """Bad, or good, events; of two buckets the worse one, 0 where no series was there, None where nobody can tell."""
    known = [each for each in part.between or () if each is not None]
    if part.events is not None or not known:
        is_silent = not any(selector.series for selector in part.selectors)
        return part.events if part.events is not None or not is_silent else 0.0
    return max(known) if part.query.role is Role.BAD else min(known)


def about_data(slo: Slo, sights: Sequence[Sight], oldest: int | None, window_seconds: int, at: int) -> Iterator[Said]:
    """Everything about the data of an objective."""
    selector = _leading(sights)
    if selector is not None and selector.series:
        yield from _about_reach(slo, selector, oldest, window_seconds, at)
        yield from _about_coverage(slo, selector)
    week = week_of(slo, sights, at)
    yield from _about_week(slo, week)
    counts_events = slo.terms.method is BudgetingMethod.OCCURRENCES and not slo.is_mtbf
    if week.total and slo.terms.error_budget and counts_events:
        per_second = week.total / week.lived_seconds
        yield from _about_size(slo, per_second * window_seconds)
        yield from _about_alerts(slo, per_second * HOUR)


def _about_reach(slo: Slo, one: SelectorSight, oldest: int | None, window_seconds: int, at: int) -> Iterator[Said]:
    begin, slack = at - window_seconds, 2 * max(window_seconds // _LOOKS, 300)
    window = format_duration(window_seconds // 60 * 60)
    if oldest is not None and oldest > begin + slack:
        what = f"its oldest sample is about {_age(at - oldest)} old, and the window is {window}"
        hint = "keep more there (--storage.tsdb.retention.time), or collect regularly: the ledger keeps what it has"
        yield Said("short-retention", slo.place, what, slo.sli.source, hint, (slo.id,))
    elif one.first_seen_at is not None and one.first_seen_at > begin + slack:
        what = f"{one.selector} is seen since about {_instant(one.first_seen_at)}, and the window is {window}"
        yield Said("young-series", slo.place, what, one.metric, _GROWS, (slo.id,))
    elif one.first_seen_at is None:
        what = f"{one.selector} is younger than {_age(window_seconds // _LOOKS)}, and the window is {window}"
        yield Said("young-series", slo.place, what, one.metric, _GROWS, (slo.id,))


def _about_coverage(slo: Slo, one: SelectorSight) -> Iterator[Said]:
    least = float(slo.terms.min_coverage)
    is_old = one.first_seen_at is not None and one.last_seen_at is not None
    if is_old and one.day_coverage < least and one.last_seen_at != one.first_seen_at:
        what = f"{one.selector} was there at {one.day_coverage:.0%} of the last day's looks; {least:.0%} are asked for"
        hint = "look for scrapes that fail, or at leadline/onlyWhen where it is meant to come and go"
        yield Said("gaps", slo.place, what, one.metric, hint, (slo.id,))
    for alert in alerts_of(slo):
        if one.scrape_seconds and alert.shortest_seconds < LEAST_SAMPLES * one.scrape_seconds:
            back, every = format_duration(alert.shortest_seconds), f"{one.scrape_seconds:.0f} s"
            what = f"{alert.name} looks back {back}, and samples are {every} apart"
            hint = f"scrape more often, or look back {LEAST_SAMPLES} scrapes or more"
            yield Said("short-window", slo.place, what, one.metric, hint, (slo.id,))
            return


def _about_week(slo: Slo, week: Week) -> Iterator[Said]:
    if week.is_more_than_all:
        hint = "count the same events in both queries: the same labels, the same place"
        what = "more events were bad, or good, than there were in the last week"
        yield Said("more-bad-than-all", slo.place, what, slo.sli.id, hint, (slo.id,))
    elif week.total == 0:
        hint = "nothing, if nobody uses it; else look at the query of the total"
        yield Said("no-traffic", slo.place, "no event in the last week", slo.sli.id, hint, (slo.id,))
    elif week.good_ratio is not None and week.good_ratio < float(1 - slo.terms.error_budget):
        of = f" of {week.total:,.0f} events" if week.total is not None else ""
        what = f"{week.good_ratio:.4%}{of} were good in the last week; {slo.target_text} is promised"
        hint = "see when: leadline slo slices; or promise what can be kept: leadline slo course"
        yield Said("missed-last-week", slo.place, what, f"{week.good_ratio:.6f}", hint, (slo.id,))


def _about_size(slo: Slo, events: float) -> Iterator[Said]:
    allowed = float(slo.terms.error_budget) * events
    if allowed < 1:
        what = f"at last week's traffic its window allows {allowed:.2g} bad events"
        hint = "promise less, over a longer window, or for several services together"
        yield Said("tiny-budget", slo.place, what, slo.target_text, hint, (slo.id,))


def _about_alerts(slo: Slo, per_hour: float) -> Iterator[Said]:
    for alert in alerts_of(slo):
        if not alert.is_paging:
            continue
        seconds, _ = alert.longest
        events = per_hour * seconds / 3600
        if alert.least_bad and events < alert.least_bad:
            window = format_duration(seconds)
            what = f"{alert.name} wants {alert.least_bad} bad events in {window}, and {events:.1f} events happen"
            hint = "rely on a ticket for it, add synthetic requests, or join services"
            yield Said("little-traffic", slo.place, what, f"{per_hour:.3g} an hour", hint, (slo.id,))
            return
        below = float(one_error_pages_below(alert, slo.terms.error_budget))
        if not alert.least_bad and per_hour < below:
            what = f"{alert.name}: one error pages below {below:,.1f} events an hour, and {per_hour:,.1f} happen"
            hint = "switch leadline/lowTraffic on, or add synthetic requests"
            yield Said("one-error-pages", slo.place, what, "lowTraffic: off", hint, (slo.id,))
            return


def _age(seconds: int) -> str:
    return f"{seconds / 86_400:.1f} d" if seconds >= 86_400 else f"{seconds / 3600:.1f} h"


def _instant(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
