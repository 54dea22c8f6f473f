"""
What a server knows of selectors: whether they find something, since when and how often, and why not.

Every question is an instant query of one instant; many go in one request. Looks back in time are subqueries with few
steps, so that a window of 28 days costs 28 looks and not its samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from leadline.adapters.sources.prometheus.asking import Questions
from leadline.adapters.sources.prometheus.missing import Missing
from leadline.adapters.sources.prometheus.selectors import PlainSelector, plain_selectors
from leadline.core.slices import STEP
from leadline.errors import SourceError
from leadline.ports.inspection import BucketSight, Look, SelectorSight
from leadline.units import format_duration

_DAY = 86_400
_LOOKS = 28
_LOOK_SECONDS = 300
_MOST_SERIES = 20_000
"""Beyond it nothing is asked that reads samples."""
_FEWEST = 2
_RANGES_SECONDS = (300, 1_800)


@dataclass(slots=True)
class Wanted:
    """A selector, and what is to be known of it."""

    selector: PlainSelector
    window_seconds: int
    is_counter: bool


def wanted_of(looks: Iterable[Look]) -> dict[str, Wanted]:
    """Each selector of the queries once, with the longest window."""
    found: dict[str, Wanted] = {}
    for look in looks:
        for selector in plain_selectors(look.query.text):
            kept = found.setdefault(selector.text, Wanted(selector, 0, is_counter=False))
            kept.window_seconds = max(kept.window_seconds, look.window_seconds)
            kept.is_counter = kept.is_counter or look.query.counter
    return found


def oldest_text(expression: str, window_seconds: int) -> str:
    """When an expression had an answer first."""
    window, step = _window(window_seconds)
    return f"min_over_time(timestamp({expression})[{window}:{step}])"


def _window(seconds: int) -> tuple[str, str]:
    step = max(seconds // _LOOKS // STEP, 1) * STEP
    return format_duration(max(seconds, STEP)), format_duration(step)


@dataclass(slots=True)
class Inspection:
    """Answers about selectors, stage by stage: what there is, and then why there is not."""

    questions: Questions
    at: int
    numbers: dict[str, dict[str, float]] = field(default_factory=dict)
    """Selector → name of the question → answer."""
    errors: dict[str, SourceError] = field(default_factory=dict)

    def sights(self, wanted: Mapping[str, Wanted], missing: Missing) -> dict[str, SelectorSight]:
        """What is known of each selector."""
        self._ask({text: {"series": f"count({text})"} for text in wanted})
        self._ask({text: self._cheap(one) for text, one in wanted.items()})
        self._ask({text: found for text, one in wanted.items() if (found := self._dear(one))})
        buckets = self._buckets(list(wanted.values()))
        gone = [one.selector for text, one in wanted.items() if not self._has(text) and text not in self.errors]
        why = missing.of(gone, self.at)
        return {
            text: replace(self._sight(one), bucket=buckets.get(text), **(why.get(text) or {}))
            for text, one in wanted.items()
        }

    def sizes(self, selectors: Sequence[str]) -> dict[str, tuple[int, float]]:
        """Series of each selector, and how far apart their samples are."""
        self._ask({text: {"series": f"count({text})", **_sample_counts(text)} for text in selectors})
        failed = next(iter(self.errors.values()), None)
        if failed is not None:
            raise failed
        return {
            text: (int(known["series"]), apart)
            for text, known in self.numbers.items()
            if known.get("series") and (apart := _apart(known)) is not None
        }

    def _has(self, text: str) -> bool:
        found = self.numbers.get(text, {})
        return found.get("series", 0) > 0 or "last" in found

    def _ask(self, asked: Mapping[str, Mapping[str, str]]) -> None:
        flat = {f"{text}\0{name}": query for text, each in asked.items() for name, query in each.items()}
        for key, reply in self.questions.ask(flat, self.at).items():
            text, _, name = key.partition("\0")
            if reply.error is not None:
                self.errors[text] = reply.error
            elif reply.series and reply.series[0].values.size:
                self.numbers.setdefault(text, {})[name] = float(reply.series[0].values[-1])

    def _cheap(self, one: Wanted) -> dict[str, str]:
        """Looks that find series and read no more samples than there are looks."""
        text = one.selector.text
        there = f"timestamp(count({text}))[1d:{_LOOK_SECONDS}s]"
        return {
            "last": f"max_over_time({there})",
            "looks": f"count_over_time({there})",
            "first": oldest_text(f"count({text})", one.window_seconds),
            "week": f"min_over_time(timestamp(count({text}))[7d:1h])",
        }

    def _dear(self, one: Wanted) -> dict[str, str]:
        """Questions that read the samples of a short time."""
        text = one.selector.text
        if not 0 < self.numbers.get(text, {}).get("series", 0) <= _MOST_SERIES:
            return {}
        asked = _sample_counts(text)
        if one.is_counter:
            asked["falls"] = f"max(resets({text}[1h]))"
            born = f"(min_over_time({text}[1d]) unless ({text} offset 1d)) > 0"
            asked["born"] = f"count(({born}) and on (job, instance) (up offset 1d))"
        return asked

    def _sight(self, one: Wanted) -> SelectorSight:
        known = self.numbers.get(one.selector.text, {})
        return SelectorSight(
            selector=one.selector.text,
            metric=one.selector.metric,
            series=int(known.get("series", 0)),
            is_metric_known=True,
            scrape_seconds=_apart(known) if known.get("looks", 0) * _LOOK_SECONDS >= max(_RANGES_SECONDS) else None,
            first_seen_at=int(known["first"]) if "first" in known else None,
            week_first_at=int(known["week"]) if "week" in known else None,
            last_seen_at=int(known["last"]) if "last" in known else None,
            day_coverage=min(known.get("looks", 0.0) / (_DAY / _LOOK_SECONDS), 1.0),
            falls=int(known.get("falls", 0)),
            born_above_zero=int(known.get("born", 0)),
        )

    def _buckets(self, wanted: Sequence[Wanted]) -> dict[str, BucketSight]:
        limited = {one.selector.text: one.selector for one in wanted if one.selector.limit is not None}
        asked = {text: f"count by (le) ({selector.without('le')})" for text, selector in limited.items()}
        found = {}
        for text, reply in self.questions.ask(asked, self.at).items():
            spelt = {series.labels["le"] for series in reply.series if "le" in series.labels}
            sight = bucket_sight(limited[text].limit or "", spelt)
            if sight is not None:
                found[text] = sight
        return found


def _sample_counts(text: str) -> dict[str, str]:
    """Samples of a series in a short time and in a longer one, for series that are young and for rare samples."""
    return {f"samples{seconds}": f"avg(count_over_time({text}[{seconds}s]))" for seconds in _RANGES_SECONDS}


def _apart(known: Mapping[str, float]) -> float | None:
    """Seconds from sample to sample; None where there are too few."""
    counts = ((seconds, known.get(f"samples{seconds}", 0.0)) for seconds in _RANGES_SECONDS)
    return min((seconds / count for seconds, count in counts if count >= _FEWEST), default=None)


def bucket_sight(limit: str, spelt: Iterable[str]) -> BucketSight | None:
    """
    The neighbours of a limit that no bucket has as it is written; None where one has, or there are no buckets.

    >>> bucket_sight("0.3", ["0.1", "0.25", "0.5", "+Inf"])
    BucketSight(limit='0.3', lower='0.25', upper='0.5', spelling='')
    """
    there = {text: number for text in spelt if (number := _number(text)) is not None}
    asked = _number(limit)
    if asked is None or not there or limit in there:
        return None
    same = next((text for text, number in there.items() if number == asked), "")
    lower = max((text for text, number in there.items() if number < asked), key=there.__getitem__, default="")
    upper = min((text for text, number in there.items() if number > asked), key=there.__getitem__, default="")
    return BucketSight(limit, lower, upper, same)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
