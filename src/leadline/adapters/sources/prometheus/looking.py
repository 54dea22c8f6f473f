"""Looks at the queries of SLIs: what is known of their selectors, and what they would have counted in a week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from leadline.adapters.sources.prometheus.asking import Questions
from leadline.adapters.sources.prometheus.batches import Reply
from leadline.adapters.sources.prometheus.inspecting import Inspection, wanted_of
from leadline.adapters.sources.prometheus.missing import Missing
from leadline.adapters.sources.prometheus.plans import as_asked, filled
from leadline.adapters.sources.prometheus.selectors import plain_selectors, with_limit
from leadline.errors import SourceError
from leadline.handbook.counters import increase_query
from leadline.handbook.specs import Limit
from leadline.ports.inspection import BucketSight, Look, SelectorSight, Sight
from leadline.ports.source import Role

WEEK_SECONDS = 7 * 86_400
_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_WEEK = "[7d:5m]"


def sights(
    looks: Sequence[Look], at: int, questions: Questions, missing: Missing, progress: Callable[[int], None]
) -> Iterator[Sight]:
    """One for each look, in order."""
    inspection = Inspection(questions, at)
    selectors = inspection.sights(wanted_of(looks), missing)
    asked: dict[str, str] = {}
    for number, look in enumerate(looks):
        own = _selectors_of(look, selectors)
        asked |= {f"{number}\0{name}": text for name, text in _numbers(look, own).items()}
    replies: dict[str, dict[str, Reply]] = defaultdict(dict)
    for key, reply in questions.ask(asked, at).items():
        number_text, _, name = key.partition("\0")
        replies[number_text][name] = reply
    for number, look in enumerate(looks):
        own, found = _selectors_of(look, selectors), replies[str(number)]
        errors = [reply.error for reply in found.values() if reply.error is not None]
        errors += [inspection.errors[each.selector] for each in own if each.selector in inspection.errors]
        yield _sight(look, own, found, errors[0] if errors else None)
        progress(1)


def _selectors_of(look: Look, known: Mapping[str, SelectorSight]) -> tuple[SelectorSight, ...]:
    return tuple(known[each.text] for each in plain_selectors(look.query.text))


def _between(selectors: Sequence[SelectorSight]) -> BucketSight | None:
    """The one limit between two buckets; None where there is none, or the buckets have it in another spelling."""
    found = {each.bucket for each in selectors if each.bucket is not None and not each.bucket.spelling}
    return found.pop() if len(found) == 1 else None


def _numbers(look: Look, selectors: Sequence[SelectorSight]) -> dict[str, str]:
    """Queries for what a week brought."""
    query, asked = look.query, {}
    if query.group_by and selectors:
        labels = ", ".join(query.group_by)
        asked["groups"] = " + ".join(f"count(count by ({labels}) ({each.selector}))" for each in selectors[:1])
    if query.role is Role.DEMAND:
        return asked
    text = as_asked(query)
    if query.role is Role.VALUE:
        asked["mean"] = f"avg_over_time(({text}){_WEEK})"
        return asked | {f"share{number}": _share(text, limit) for number, limit in enumerate(look.limits)}
    asked |= _events("events", text, counter=query.counter)
    between = _between(selectors)
    if between is not None:
        for name, bucket in (("lower", between.lower), ("upper", between.upper)):
            other = with_limit(filled(query.text), between.limit, bucket)
            asked |= _events(name, other, counter=query.counter) if bucket else {}
    return asked


def _events(name: str, text: str, *, counter: bool) -> dict[str, str]:
    """What a query counts in a week; nothing where it has a window of its own."""
    if not counter:
        return {}
    query = increase_query(text, WEEK_SECONDS)
    return {name: query} if query is not None else {}


def _share(text: str, limit: Limit) -> str:
    if limit.op is not None:
        return f"avg_over_time((({text}) {_SIGNS[limit.op]} bool {limit.value!r}){_WEEK})"
    return f"avg_over_time(((({text}) >= bool {limit.low!r}) * (({text}) <= bool {limit.high!r})){_WEEK})"


def _sight(
    look: Look, selectors: tuple[SelectorSight, ...], found: Mapping[str, Reply], error: SourceError | None
) -> Sight:
    numbers = {name: number for name, reply in found.items() if (number := _number(reply)) is not None}
    between = _between(selectors)
    shares = {limit: numbers[f"share{at}"] for at, limit in enumerate(look.limits) if f"share{at}" in numbers}
    return Sight(
        query=look.query,
        selectors=selectors,
        groups=int(numbers.get("groups", 0)),
        events=numbers.get("events"),
        between=(numbers.get("lower"), numbers.get("upper")) if between is not None else None,
        good_shares=shares,
        mean=numbers.get("mean"),
        error=error,
    )


def _number(reply: Reply) -> float | None:
    values = [series.values[-1] for series in reply.series if series.values.size]
    return float(values[0]) if len(values) == 1 else None
