"""The metrics of the contract of sources as rows, one for each increment, and the SQL that reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import duckdb

from fakes_source import Metric
from leadline.ports.source import Answer, Source, SourceQuery

TEXTS = {
    "requests": "SELECT time, total FROM log WHERE metric = 'requests'",
    "regions": "SELECT time, total, region FROM log WHERE metric = 'requests'",
    "errors": "SELECT time, NULL::integer AS total FROM log WHERE metric = 'idle'",
    "idle": "SELECT time, total FROM log WHERE metric = 'idle'",
    "gap": "SELECT time, total FROM log WHERE metric = 'gap'",
    "depth": "SELECT time, total AS value FROM log WHERE metric = 'depth'",
}
"""A row whose number is NULL says that whoever wrote it did not know: that is this source's silence."""
Row = tuple[str, str | None, datetime, float | None]


def rows(world: Mapping[str, Metric], gap: range) -> list[Row]:
    """Every increment of the counters, NULL for those of a gap, and every sample of the gauge."""
    found: list[Row] = []
    for name in ("requests", "idle", "gap", "depth"):
        for labels, samples in world[name].samples.items():
            region = dict(labels).get("region")
            numbers = {at: float(value) for at, value in samples}
            if name != "depth":
                numbers = {at: float(value - before) for (_, before), (at, value) in pairwise(samples)}
            instants = sorted({*numbers, *gap}) if name == "gap" else sorted(numbers)
            found += [(name, region, datetime.fromtimestamp(at, UTC), numbers.get(at)) for at in instants]
    return found


def written_as_parquet(found: Sequence[Row], path: Path) -> None:
    columns = dict(zip(("metric", "region", "time", "total"), map(list, zip(*found, strict=True)), strict=True))
    with duckdb.connect() as connection:
        lists = ", ".join(f"unnest(${name}) AS {name}" for name in columns)
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE TABLE world AS SELECT {lists}", columns)
        connection.execute(f"COPY world TO '{path}'")


@dataclass(frozen=True)
class SpeaksSql:
    """A `Source` asked in the words of the contract, which are PromQL, and answering in its own, which are SQL."""

    source: Source
    texts: Mapping[str, str]

    def check(self) -> None:
        self.source.check()

    def answer(
        self, queries: Sequence[SourceQuery], start: int, end: int, *, progress: Callable[[int], None]
    ) -> Iterator[Answer]:
        asked = {replace(query, text=self.texts.get(query.text, query.text), counter=False): query for query in queries}
        for answer in self.source.answer(list(asked), start, end, progress=progress):
            yield replace(answer, query=asked[answer.query])

    def close(self) -> None:
        self.source.close()
