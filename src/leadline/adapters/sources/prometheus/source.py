"""SLI queries become numbers on the grid of steps; the order of the work, and nothing else."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from leadline.adapters.sources.prometheus import brackets
from leadline.adapters.sources.prometheus.asking import Questions
from leadline.adapters.sources.prometheus.batches import Asker, Grid, most_together
from leadline.adapters.sources.prometheus.client import PrometheusClient, shortened
from leadline.adapters.sources.prometheus.families import families_of
from leadline.adapters.sources.prometheus.hints import Hints
from leadline.adapters.sources.prometheus.inspecting import Inspection, oldest_text
from leadline.adapters.sources.prometheus.looking import sights
from leadline.adapters.sources.prometheus.missing import Missing
from leadline.adapters.sources.prometheus.parts import Part, assembled, parts_of
from leadline.adapters.sources.prometheus.plans import Plan, batches_of, plans_of
from leadline.adapters.sources.prometheus.selectors import Boundary
from leadline.adapters.sources.prometheus.settings import read_settings
from leadline.core.slices import STEP
from leadline.errors import SourceError
from leadline.ports.inspection import Look, Sight
from leadline.ports.source import Answer, SourceQuery

CHECK_SECONDS = 9.0
LOOKS_TOGETHER = 500
"""Queries that are looked at before the next ones, so that memory stays bounded and progress is seen."""
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
        incomplete: list[tuple[Answer, tuple[Boundary, ...]]] = []
        for found in self._answers(asker, queries, pieces, hints, progress):
            limits = brackets.may_be_between(found) if count else ()
            if limits:
                incomplete.append((found, limits))
            else:
                yield _explained(found, hints) if count else found
        if incomplete:
            yield from self._between(asker, incomplete, pieces, hints)

    def look(self, looks: Sequence[Look], at: int, *, progress: Callable[[int], None]) -> Iterator[Sight]:
        """One `Sight` for each look; what the server refuses is a sight with its error."""
        questions = self._questions()
        missing = Missing(self._client, questions)
        for first in range(0, len(looks), LOOKS_TOGETHER):
            yield from sights(looks[first : first + LOOKS_TOGETHER], at, questions, missing, progress)

    def sizes(self, selectors: Sequence[str], at: int) -> Mapping[str, tuple[int, float]]:
        """Series of each selector, and seconds from sample to sample."""
        return Inspection(self._questions(), at).sizes(selectors)

    def oldest(self, at: int, window_seconds: int) -> int | None:
        """When its targets' own series begin, looking back so far; None where it has none."""
        reply = self._questions().ask({"oldest": oldest_text("count(up)", window_seconds)}, at)["oldest"]
        return int(reply.series[0].values[-1]) if reply.series else None

    def _questions(self) -> Questions:
        asker = Asker(self._client, self._settings.timeout_seconds)
        return Questions(asker, self._threads(), lambda _: None)

    def _answers(
        self,
        asker: Asker,
        queries: Sequence[SourceQuery],
        pieces: Sequence[Grid],
        hints: Hints,
        progress: Callable[[int], None],
    ) -> Iterator[Answer]:
        """Answers to the letter, whatever they lack; equal queries have equal answers."""
        count = sum(piece.count for piece in pieces)
        work = _work(queries, min(count, self._settings.steps_per_query))
        for plans, parts in self._in_order(asker, work, pieces, progress):
            for position, plan in enumerate(plans):
                own = [part[position] for part in parts]
                found = assembled(plan, own, pieces, count)
                if any(part.has_exact for part in own):
                    found = replace(found, warnings=found.warnings + hints.births())
                yield from (replace(found, query=query) for query in plan.queries)

    def _between(
        self,
        asker: Asker,
        incomplete: Sequence[tuple[Answer, tuple[Boundary, ...]]],
        pieces: Sequence[Grid],
        hints: Hints,
    ) -> Iterator[Answer]:
        """Answers whose limits may lie between buckets, counted by both neighbours where they do."""
        keys = [brackets.layout_key(answer.query, limit) for answer, limits in incomplete for limit in limits]
        known = brackets.layouts(asker, keys, pieces)
        open_ends: list[tuple[Answer, str, list[tuple[brackets.Neighbours, SourceQuery, SourceQuery]]]] = []
        for answer, limits in incomplete:
            there = {limit: known[brackets.layout_key(answer.query, limit)] for limit in limits}
            shared = brackets.one_limit(answer.query, there)
            pairs = brackets.neighbours(*shared, answer) if shared else ()
            if shared and pairs:
                limit = shared[0]
                open_ends.append((answer, limit, [(p, *brackets.both_ends(answer.query, limit, p)) for p in pairs]))
            elif not answer.groups and (error := brackets.refusal(answer.query, there)) is not None:
                yield replace(answer, error=error)
            else:
                yield _explained(answer, hints)
        asked = dict.fromkeys(query for _, _, ends in open_ends for _, *both in ends for query in both)
        found = {one.query: one for one in self._answers(asker, list(asked), pieces, hints, lambda _: None)}
        for answer, limit, ends in open_ends:
            yield brackets.bracketed(answer, limit, [(pair, found[low], found[high]) for pair, low, high in ends])

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
    return replace(answer, warnings=answer.warnings + hints.missing_metrics(answer.query.text))
