"""SLI queries become numbers on the grid of steps; the order of the work, and nothing else."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from leadline.adapters.sources.prometheus.batches import Asker, Grid, most_together
from leadline.adapters.sources.prometheus.client import PrometheusClient, shortened
from leadline.adapters.sources.prometheus.families import families_of
from leadline.adapters.sources.prometheus.hints import Hints
from leadline.adapters.sources.prometheus.parts import Part, assembled, parts_of
from leadline.adapters.sources.prometheus.plans import Plan, batches_of, plans_of
from leadline.adapters.sources.prometheus.settings import read_settings
from leadline.core.slices import STEP
from leadline.errors import SourceError
from leadline.ports.source import Answer, SourceQuery

CHECK_SECONDS = 9.0
Work = tuple[Sequence[Plan], Callable[[Asker, Grid], list[Part]]]
"""Queries that are asked together, and how."""


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
        """One `Answer` for each query; equal and alike ones are asked once, what fails is an answer with its error."""
        count = (end - start) // STEP
        asker = Asker(self._client, self._settings.timeout_seconds)
        hints = Hints(self._client, start, end)
        pieces = Grid(start + STEP, count).pieces(self._settings.steps_per_query)
        work = _work(queries, min(count, self._settings.steps_per_query))
        for plans, parts in self._in_order(asker, work, pieces, progress):
            for position, plan in enumerate(plans):
                found = assembled(plan, [part[position] for part in parts], pieces, count)
                explained = found if plan.error is not None or not count else _explained(found, hints)
                if any(part[position].has_exact for part in parts):
                    explained = replace(explained, warnings=explained.warnings + hints.births())
                yield from (replace(explained, query=query) for query in plan.queries)

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
        self, asker: Asker, work: Sequence[Work], pieces: Sequence[Grid], progress: Callable[[int], None]
    ) -> Iterator[tuple[Sequence[Plan], list[list[Part]]]]:
        """Plans with their parts for each piece; few are under way at once, so that memory stays bounded."""
        pool = self._threads()
        under_way: deque[tuple[Sequence[Plan], list[Future[list[Part]]]]] = deque()
        waiting = deque(work)
        try:
            while waiting or under_way:
                while waiting and len(under_way) < 2 * self._settings.max_concurrency:
                    plans, ask = waiting.popleft()
                    under_way.append((plans, [pool.submit(ask, asker, piece) for piece in pieces]))
                plans, futures = under_way.popleft()
                parts = []
                for piece, future in zip(pieces, futures, strict=True):
                    parts.append(future.result())
                    progress(piece.count * sum(len(plan.queries) for plan in plans))
                yield plans, parts
        finally:
            for _, futures in under_way:
                for future in futures:
                    future.cancel()


def _work(queries: Sequence[SourceQuery], steps: int) -> list[Work]:
    """Families of queries first, then the others in batches."""
    families, others = families_of(queries, steps)
    batches = batches_of(plans_of(others), most_together(steps))
    return [
        *((family.plans, family.parts) for family in families),
        *((batch, partial(_batch_parts, batch)) for batch in batches),
    ]


def _batch_parts(batch: Sequence[Plan], asker: Asker, grid: Grid) -> list[Part]:
    return parts_of(asker, batch, grid)


def _explained(answer: Answer, hints: Hints) -> Answer:
    """An empty answer with the reason, where one can be found."""
    if answer.groups or answer.error is not None:
        return answer
    error = hints.off_boundary(answer.query.text)
    if error is not None:
        return replace(answer, error=error)
    return replace(answer, warnings=answer.warnings + hints.missing_metrics(answer.query.text))
