"""
SLI queries become numbers on the grid of steps.

Counters are asked in two forms: `simple`, which is right wherever no series was born, returned or was reset inside
the step, with `probe`, which names the steps where one was; at these the value is the `exact` form's.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from leadline.adapters.sources.prometheus.batches import Asker, Grid, Reply
from leadline.adapters.sources.prometheus.client import PrometheusClient, shortened
from leadline.adapters.sources.prometheus.hints import Hints
from leadline.adapters.sources.prometheus.selectors import with_either_spelling
from leadline.adapters.sources.prometheus.settings import read_settings
from leadline.core.slices import STEP, Bools, Labels
from leadline.errors import SourceError
from leadline.handbook.promql import CounterQueries, counter_queries
from leadline.ports.source import Answer, Floats, SourceQuery

CHECK_SECONDS = 9.0
_BATCH_WEIGHT = 40
_GROUPED_WEIGHT = 10
_BATCH_LETTERS = 400_000
_EXACT_AT_ONCE = 5
"""A span of so few steps is asked in the exact form alone."""
_MOST_GROUPS = 1_000


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one query is asked: as it stands, or as a counter; or why it cannot be."""

    query: SourceQuery
    text: str = ""
    counter: CounterQueries | None = None
    warnings: tuple[str, ...] = ()
    error: SourceError | None = None

    @property
    def weight(self) -> int:
        return _GROUPED_WEIGHT if self.query.group_by else 1

    @property
    def letters(self) -> int:
        return len(self.text) if self.counter is None else len(self.counter.simple) + len(self.counter.exact)


@dataclass(slots=True)
class _Part:
    """Numbers of one query on one piece of the span."""

    groups: dict[Labels, Floats] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    error: SourceError | None = None


class PrometheusSource:
    """Asks a Prometheus-compatible server; nothing is contacted before the first `check` or `answer`."""

    def __init__(
        self,
        name: str,
        connection: Mapping[str, object],
        environ: Mapping[str, str],
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._settings = read_settings(name, connection, environ)
        self._client = PrometheusClient(name, self._settings, sleep=sleep, clock=clock)
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def check(self) -> None:
        """Raise `SourceError` within 10 s when the server cannot be reached, refuses us, or is no Prometheus."""
        answer = self._client.ask("query", {"query": "vector(1)"}, seconds=CHECK_SECONDS)
        data = answer.get("data")
        if not isinstance(data, dict) or data.get("resultType") != "vector":
            message = (
                f"{self._name} at {self._settings.shown_url} answers {shortened(str(answer))}, not as Prometheus does"
            )
            raise SourceError(message, retryable=False)

    def answer(
        self, queries: Sequence[SourceQuery], start: int, end: int, *, progress: Callable[[int], None]
    ) -> Iterator[Answer]:
        """One `Answer` for each query, in their order; what fails is an answer with its error."""
        count = (end - start) // STEP
        plans = [_plan(query) for query in queries]
        if count <= 0:
            yield from (Answer(plan.query, {}, plan.error, plan.warnings) for plan in plans)
            return
        asker = Asker(self._client, self._settings.timeout_seconds)
        hints = Hints(self._client, start, end)
        pieces = Grid(start + STEP, count).pieces(self._settings.steps_per_query)
        for batch, parts in self._in_order(asker, _batches(plans), pieces, progress):
            for position, plan in enumerate(batch):
                if plan.error is not None:
                    yield Answer(plan.query, {}, plan.error, plan.warnings)
                else:
                    answer = _assembled(plan, [part[position] for part in parts], pieces, count)
                    yield _explained(answer, hints)

    def close(self) -> None:
        """Stop the threads and close the connections."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(cancel_futures=True)
        self._client.close()

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._settings.max_concurrency, f"leadline-{self._name}")
            return self._pool

    def _in_order(
        self,
        asker: Asker,
        batches: Sequence[Sequence[_Plan]],
        pieces: Sequence[Grid],
        progress: Callable[[int], None],
    ) -> Iterator[tuple[Sequence[_Plan], list[list[_Part]]]]:
        """Batches with their parts for each piece; few are under way at once, so that memory stays bounded."""
        pool = self._threads()
        under_way: deque[tuple[Sequence[_Plan], list[Future[list[_Part]]]]] = deque()
        waiting = deque(batches)
        try:
            while waiting or under_way:
                while waiting and len(under_way) < 2 * self._settings.max_concurrency:
                    batch = waiting.popleft()
                    under_way.append((batch, [pool.submit(_parts, asker, batch, piece) for piece in pieces]))
                batch, futures = under_way.popleft()
                parts = []
                for piece, future in zip(pieces, futures, strict=True):
                    parts.append(future.result())
                    progress(piece.count * len(batch))
                yield batch, parts
        finally:
            for _, futures in under_way:
                for future in futures:
                    future.cancel()


def _plan(query: SourceQuery) -> _Plan:
    text = with_either_spelling(query.text)
    try:
        if not query.counter:
            return _Plan(query, text)
        counter = counter_queries(text, step_seconds=STEP, group_by=query.group_by)
    except ValueError as error:
        return _Plan(query, error=SourceError(str(error), retryable=False))
    return _Plan(query, text, counter, tuple(counter.warnings))


def _batches(plans: Sequence[_Plan]) -> list[list[_Plan]]:
    batches: list[list[_Plan]] = [[]]
    weight = letters = 0
    for plan in plans:
        weight, letters = weight + plan.weight, letters + plan.letters
        if batches[-1] and (weight > _BATCH_WEIGHT or letters > _BATCH_LETTERS):
            batches.append([])
            weight, letters = plan.weight, plan.letters
        batches[-1].append(plan)
    return [batch for batch in batches if batch]


def _parts(asker: Asker, batch: Sequence[_Plan], grid: Grid) -> list[_Part]:
    """Numbers of each query of the batch on one piece."""
    is_short = grid.count <= _EXACT_AT_ONCE
    expressions: dict[str, str] = {}
    for position, plan in enumerate(batch):
        if plan.error is None and plan.counter is None:
            expressions[f"v{position}"] = plan.text
        elif plan.counter is not None and is_short:
            expressions[f"v{position}"] = plan.counter.exact
        elif plan.counter is not None:
            expressions[f"v{position}"] = plan.counter.simple
            expressions[f"p{position}"] = plan.counter.probe
    replies = asker.ask(expressions, grid) if expressions else {}
    parts = [_part(replies.get(f"v{position}", Reply()), plan, grid.count) for position, plan in enumerate(batch)]
    flagged: dict[int, Bools] = {}
    for position, part in enumerate(parts):
        probe = replies.get(f"p{position}", Reply())
        part.error = part.error or probe.error
        if part.error is None and probe.series:
            flagged[position] = _where(probe, grid.count)
    _correct(asker, batch, grid, parts, flagged)
    return parts


def _part(reply: Reply, plan: _Plan, count: int) -> _Part:
    """One array for each group; several series of one group are an error, as their sum may not be meant."""
    part = _Part(warnings=list(dict.fromkeys(reply.warnings)), error=reply.error)
    if part.error is not None:
        return part
    is_odd = False
    for series in reply.series:
        group = tuple(sorted((name, text) for name, text in series.labels.items() if name in plan.query.group_by))
        values = part.groups.setdefault(group, np.full(count, np.nan))
        if not np.isnan(values[series.at]).all():
            part.error = _several(reply, plan)
            return part
        finite = np.isfinite(series.values)
        is_odd = is_odd or not finite.all()
        values[series.at[finite]] = series.values[finite]
    if is_odd:
        part.warnings.append("the query returned NaN or infinity; such samples are taken as no data")
    part.groups = {group: values for group, values in part.groups.items() if not np.isnan(values).all()}
    return part


def _several(reply: Reply, plan: _Plan) -> SourceError:
    found = len({tuple(sorted(series.labels.items())) for series in reply.series})
    within = f" for one group of {', '.join(plan.query.group_by)}" if plan.query.group_by else ""
    hint = "add sum() to the query, or leadline/groupBy to the SLI"
    return SourceError(f"returned {found} series{within} where one is wanted; {hint}", retryable=False)


def _where(probe: Reply, count: int) -> Bools:
    flagged = np.zeros(count, np.bool_)
    for series in probe.series:
        flagged[series.at] = True
    return flagged


def _correct(
    asker: Asker, batch: Sequence[_Plan], grid: Grid, parts: Sequence[_Part], flagged: Mapping[int, Bools]
) -> None:
    """At the flagged steps, and only there, put the exact form's value, absence included."""
    if not flagged:
        return
    union = np.logical_or.reduce(list(flagged.values()))
    for low, high in _runs(union):
        wanted = [position for position, where in flagged.items() if where[low:high].any()]
        exact = {f"v{position}": counter.exact for position in wanted if (counter := batch[position].counter)}
        run = Grid(grid.first + low * STEP, high - low)
        replies = asker.ask(exact, run)
        for position in wanted:
            right = _part(replies[f"v{position}"], batch[position], run.count)
            _put(parts[position], right, low, flagged[position][low:high], grid.count)


def _put(part: _Part, right: _Part, low: int, where: Bools, count: int) -> None:
    part.error = part.error or right.error
    part.warnings.extend(right.warnings)
    places = low + np.flatnonzero(where)
    for values in part.groups.values():
        values[places] = np.nan
    for group, values in right.groups.items():
        part.groups.setdefault(group, np.full(count, np.nan))[places] = values[where]


def _runs(flags: Bools) -> list[tuple[int, int]]:
    """Half-open index ranges of consecutive true flags; ranges less than a request's worth apart are one."""
    places = np.flatnonzero(flags)
    if not places.size:
        return []
    breaks = np.flatnonzero(np.diff(places) > _EXACT_AT_ONCE)
    lows = places[np.concatenate(([0], breaks + 1))]
    highs = places[np.concatenate((breaks, [places.size - 1]))] + 1
    return [(int(low), int(high)) for low, high in zip(lows, highs, strict=True)]


def _assembled(plan: _Plan, parts: Sequence[_Part], pieces: Sequence[Grid], count: int) -> Answer:
    """The whole span's answer out of its pieces."""
    warnings = tuple(dict.fromkeys([*plan.warnings, *(text for part in parts for text in part.warnings)]))
    error = next((part.error for part in parts if part.error is not None), None)
    groups: dict[Labels, Floats] = {}
    for piece, part in zip(pieces, parts, strict=True):
        low = (piece.first - pieces[0].first) // STEP
        for group, values in part.groups.items():
            groups.setdefault(group, np.full(count, np.nan))[low : low + piece.count] = values
    if error is None and len(groups) > _MOST_GROUPS:
        hint = "group by fewer labels"
        error = SourceError(f"returned {len(groups)} groups, at most {_MOST_GROUPS} are kept; {hint}", retryable=False)
    return Answer(plan.query, {} if error else dict(sorted(groups.items())), error, warnings)


def _explained(answer: Answer, hints: Hints) -> Answer:
    """An empty answer with the reason, where one can be found."""
    if answer.groups or answer.error is not None:
        return answer
    error = hints.off_boundary(answer.query.text)
    if error is not None:
        return replace(answer, error=error)
    return replace(answer, warnings=answer.warnings + hints.missing_metrics(answer.query.text))
