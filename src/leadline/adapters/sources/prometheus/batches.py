"""
Many expressions in one request: joined with `or`, told apart by a label, split again where one fails.

A request that the server refuses is asked again in halves, first of the expressions, then of the time, so that a
broken expression spoils no other and a long span always ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from leadline.adapters.sources.prometheus.client import PrometheusClient, QueryRefused, Silence
from leadline.core.slices import STEP, Ints
from leadline.errors import SourceError
from leadline.ports.source import Floats

TAG = "leadline_query"
"""Label that says which expression of a request a series answers."""
_NO_LABEL = "leadline_"
_MOST_TOGETHER = 40
_STEPS_TOGETHER = 480
_FEWEST_STEPS = 30
_ALIVE_SECONDS = 0.9


@dataclass(frozen=True, slots=True)
class Grid:
    """Evaluation times of consecutive slices: `first`, then every step, `count` of them (epoch seconds)."""

    first: int
    count: int

    @property
    def last(self) -> int:
        return self.first + (self.count - 1) * STEP

    def pieces(self, most: int) -> list[Grid]:
        """The same times in order, at most `most` in each piece."""
        return [Grid(self.first + at * STEP, min(most, self.count - at)) for at in range(0, self.count, most)]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Samples of one series: positions in the grid and values, which may be NaN or infinite."""

    labels: Mapping[str, str]
    at: Ints
    values: Floats


@dataclass(slots=True)
class Reply:
    """What was said to one expression; with `error` set there is nothing else."""

    series: list[Series] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: SourceError | None = None


def joined(expressions: Sequence[tuple[str, str]]) -> str:
    """
    One expression that returns the series of all, each with the label `TAG` saying which.

    The tree of `or` is balanced, since each `or` looks at every series below it. The tag is the separator between two
    labels that no series has: `label_replace` would compile its pattern at every step.

    >>> joined([("v0", "up")])
    'label_join(up, "leadline_query", "v0", "leadline_", "leadline_")'
    """
    if len(expressions) == 1:
        tag, expression = expressions[0]
        # The new line ends a comment that the expression may end with.
        tail = "\n" if "#" in expression else ""
        return f'label_join({expression}{tail}, "{TAG}", "{tag}", "{_NO_LABEL}", "{_NO_LABEL}")'
    middle = len(expressions) // 2
    left, right = joined(expressions[:middle]), joined(expressions[middle:])
    return f"{left} or ({right})" if len(expressions) > 2 else f"{left} or {right}"


def most_together(steps: int) -> int:
    """
    How many queries share a request over so many steps.

    At each step `or` costs the server more than the expressions do, so that long spans are asked one by one.

    >>> most_together(6), most_together(60), most_together(1440)
    (40, 8, 1)
    """
    return max(1, min(_MOST_TOGETHER, _STEPS_TOGETHER // max(steps, 1)))


class Asker:
    """
    Asks expressions on a grid, for one call of `answer`.

    Remembers what it learnt, so that no piece of a long span pays for it again: that the server is down, which
    expressions it refuses, and how many steps at once it bears of a heavy one.
    """

    def __init__(self, client: PrometheusClient, timeout_seconds: float) -> None:
        self._client = client
        self._timeout = f"{max(timeout_seconds - 1, 0.5):.3f}"
        self._down: SourceError | None = None
        self._refused: dict[str, SourceError] = {}
        self._bearable: dict[str, int] = {}

    def ask(self, expressions: Mapping[str, str], grid: Grid) -> dict[str, Reply]:
        """A reply for each tag; errors are in the replies."""
        replies = {tag: Reply() for tag in expressions}
        together = []
        for tag, text in sorted(expressions.items()):
            if text in self._refused:
                replies[tag].error = self._refused[text]
            elif text in self._bearable:
                self._ask_heavy((tag, text), grid, 0, replies)
            else:
                together.append((tag, text))
        most = 2 * most_together(grid.count)
        for first in range(0, len(together), most):
            self._ask_together(together[first : first + most], grid, 0, replies)
        return replies

    def _ask_together(
        self, expressions: Sequence[tuple[str, str]], grid: Grid, offset: int, replies: dict[str, Reply]
    ) -> None:
        if self._down is not None:
            _fail(expressions, replies, self._down)
            return
        tag, text = expressions[0]
        is_alone = len(expressions) == 1
        try:
            answer = self._request(text if is_alone else joined(expressions), grid)
            _sort_in(answer, expressions, grid, offset, replies)
        except QueryRefused as error:
            if not is_alone:
                middle = len(expressions) // 2
                self._ask_together(expressions[:middle], grid, offset, replies)
                self._ask_together(expressions[middle:], grid, offset, replies)
            elif error.is_too_big and grid.count > _FEWEST_STEPS:
                half = max(grid.count // 2, _FEWEST_STEPS)
                self._bearable[text] = min(half, self._bearable.get(text, half))
                self._ask_heavy((tag, text), grid, offset, replies)
            else:
                self._refused[text] = error
                _fail(expressions, replies, error)
        except SourceError as error:
            self._down = error
            _fail(expressions, replies, error)

    def _ask_heavy(self, expression: tuple[str, str], grid: Grid, offset: int, replies: dict[str, Reply]) -> None:
        tag, text = expression
        done = 0
        while done < grid.count and replies[tag].error is None:
            count = min(self._bearable[text], grid.count - done)
            self._ask_together([expression], Grid(grid.first + done * STEP, count), offset + done, replies)
            done += count

    def _request(self, text: str, grid: Grid) -> dict[str, Any]:
        form = {"query": text, "timeout": self._timeout}
        try:
            if grid.count == 1:
                return self._client.ask("query", {**form, "time": str(grid.first)})
            times = {"start": str(grid.first), "end": str(grid.last), "step": str(STEP)}
            return self._client.ask("query_range", {**form, **times})
        except Silence as error:
            # Engines that ignore `timeout` are silent on a heavy query; only one that answers a light one is alive.
            try:
                self._client.ask("query", {"query": "vector(1)"}, seconds=_ALIVE_SECONDS)
            except SourceError:
                raise error from None
            raise QueryRefused(str(error), is_too_big=True) from error


def _fail(expressions: Iterable[tuple[str, str]], replies: dict[str, Reply], error: SourceError) -> None:
    for tag, _ in expressions:
        replies[tag].error = error


def _sort_in(
    answer: Mapping[str, Any],
    expressions: Sequence[tuple[str, str]],
    grid: Grid,
    offset: int,
    replies: dict[str, Reply],
) -> None:
    """Put the series of one answer where they belong."""
    try:
        for labels, at, values in _samples(answer["data"], grid):
            tag = labels.pop(TAG, None) if len(expressions) > 1 else expressions[0][0]
            replies[str(tag)].series.append(Series(labels, at + offset, values))
        warnings = [str(text) for text in answer.get("warnings") or ()]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"the server's answer has not the form of Prometheus' API: {type(error).__name__} {error}"
        raise SourceError(message, retryable=False) from error
    for tag, _ in expressions:
        replies[tag].warnings.extend(warnings)


def _samples(data: Mapping[str, Any], grid: Grid) -> Iterable[tuple[dict[str, str], Ints, Floats]]:
    kind, result = data["resultType"], data["result"]
    if kind == "scalar":
        yield {}, np.zeros(1, np.int64), np.array([float(result[1])])
        return
    if kind not in ("vector", "matrix") or (kind == "matrix" and grid.count == 1):
        raise QueryRefused(f"the query returns a {kind}; an instant vector is wanted", is_too_big=False)
    for one in result:
        if "histogram" in one or "histograms" in one:
            raise QueryRefused("the query returns a native histogram; use histogram_count() or such", is_too_big=False)
        pairs = [one["value"]] if kind == "vector" else one["values"]
        times = np.array([time for time, _ in pairs], dtype=np.float64)
        at = np.rint((times - grid.first) / STEP).astype(np.int64)
        if at.size and (at.min() < 0 or at.max() >= grid.count):
            raise ValueError("a sample lies outside the span asked for")
        yield dict(one["metric"]), at, np.array([float(text) for _, text in pairs])
