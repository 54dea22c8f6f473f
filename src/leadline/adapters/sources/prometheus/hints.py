"""Why a query found nothing: a metric that is not there; and what may be missing beside it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from leadline.adapters.sources.prometheus.client import PrometheusClient
from leadline.adapters.sources.prometheus.selectors import metric_names
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


def _no_series(name: str, known: tuple[str, ...]) -> str:
    # Comparing with very many names takes seconds; a slip rarely hits the first letters.
    candidates = known if len(known) <= _MANY_NAMES else [other for other in known if other[:3] == name[:3]]
    near = get_close_matches(name, candidates, 1, 0.6)
    hint = f"did you mean {near[0]}?" if near else "look at the metric names that the server has"
    return f"no series matched: there is no metric {name}; {hint}"
