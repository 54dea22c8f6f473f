"""Why a query found nothing: a value of `le` between two buckets, or a metric that is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from leadline.adapters.sources.prometheus.client import PrometheusClient
from leadline.adapters.sources.prometheus.selectors import Boundary, boundaries, metric_names
from leadline.errors import SourceError

_SECONDS = 5.0
_MANY_NAMES = 5_000


class Hints:
    """Asks what the server holds in a span; each answer at most once."""

    def __init__(self, client: PrometheusClient, start: int, end: int) -> None:
        self._client = client
        self._span = {"start": str(start), "end": str(end)}
        self._names: tuple[str, ...] | None = None
        self._births: tuple[str, ...] | None = None

    def off_boundary(self, query: str) -> SourceError | None:
        """The error for an `le` that no bucket has while the histogram is there; None otherwise."""
        for boundary in boundaries(query):
            values = self._label_values("le", {"match[]": boundary.selector})
            message = bracket(boundary, values)
            if message:
                return SourceError(message, retryable=False)
        return None

    def missing_metrics(self, query: str) -> tuple[str, ...]:
        """A warning for each metric that the server does not know at all."""
        wanted = metric_names(query)
        if not wanted:
            return ()
        if self._names is None:
            self._names = self._label_values("__name__", {})
        known = set(self._names)
        return tuple(_no_series(name, self._names) for name in wanted if known and name not in known)

    def births(self) -> tuple[str, ...]:
        """A warning when the server has no `up`, without which nobody knows whether a new counter counts new events."""
        if self._births is None:
            names = self._label_values("__name__", {"match[]": "up"})
            text = "a counter appeared or was reset, and this server has no `up` series: first values are not counted"
            self._births = () if names else (text,)
        return self._births

    def _label_values(self, label: str, form: Mapping[str, str]) -> tuple[str, ...]:
        """Values of a label; none when the server does not say, as a hint is never worth an error."""
        try:
            answer = self._client.ask(f"label/{label}/values", {**self._span, **form}, seconds=_SECONDS)
        except SourceError:
            return ()
        values = answer.get("data")
        return tuple(str(value) for value in values) if isinstance(values, list) else ()


def bracket(boundary: Boundary, values: Iterable[str]) -> str:
    """
    Message that names the buckets on both sides of a value which is no boundary; empty when it is one.

    >>> bracket(Boundary("0.3", "x_bucket{}"), ["0.1", "0.25", "0.5", "+Inf"])
    'le="0.3" is not a bucket boundary of x_bucket; write le="0.25" or le="0.5" (boundaries: 0.1, 0.25, 0.5, +Inf)'
    """
    there = sorted({(number, text) for text in values if (number := _number(text)) is not None})
    asked = _number(boundary.text)
    if not there or asked is None or any(number == asked for number, _ in there):
        return ""
    below = [text for number, text in there if number < asked][-1:]
    above = [text for number, text in there if number > asked][:1]
    ways = " or ".join(f'le="{text}"' for text in below + above)
    every = ", ".join(text for _, text in there[:40])
    metric = boundary.selector.removesuffix("{}")
    return f'le="{boundary.text}" is not a bucket boundary of {metric}; write {ways} (boundaries: {every})'


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _no_series(name: str, known: tuple[str, ...]) -> str:
    # Comparing with very many names takes seconds; a slip rarely hits the first letters.
    candidates = known if len(known) <= _MANY_NAMES else [other for other in known if other[:3] == name[:3]]
    near = get_close_matches(name, candidates, 1, 0.6)
    hint = f"did you mean {near[0]}?" if near else "look at the metric names that the server has"
    return f"no series matched: there is no metric {name}; {hint}"
