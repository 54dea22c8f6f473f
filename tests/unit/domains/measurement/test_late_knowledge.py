"""A source that does not know yet is asked again, however long it takes, and nothing is written for it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from fakes import MemoryLedger
from instants import NOON, NOON_SECONDS
from leadline.core.slices import STEP, SeriesKey
from leadline.core.windows import Span
from leadline.domains.measurement.collection import collect
from leadline.domains.measurement.model import Collect
from leadline.domains.measurement.rules import reached
from leadline.ports.source import Answer, Role, SourceQuery
from made_handbooks import a_context, a_handbook, an_sli, ratio

PLAIN = a_handbook([an_sli(measure=ratio(bad="errors"))], settle_minutes=0)


@dataclass
class LogSource:
    """Ten events in the minute of each line, no traffic in the others, and no word on what comes after the last."""

    lines: list[int]
    """Minutes after noon."""
    asked: list[tuple[int, int]] = field(default_factory=list)

    def check(self) -> None:
        """A list is always there."""

    def answer(
        self, queries: Sequence[SourceQuery], start: int, end: int, *, progress: Callable[[int], None]
    ) -> Iterator[Answer]:
        progress(0)
        self.asked.append(((start - NOON_SECONDS) // STEP, (end - NOON_SECONDS) // STEP))
        minutes = [(at - NOON_SECONDS) // STEP for at in range(start, end, STEP)]
        last = max(self.lines)
        values = [10.0 if minute in self.lines else 0.0 if minute < last else np.nan for minute in minutes]
        for query in queries:
            scale = 0.1 if query.role is Role.BAD else 1.0
            until = NOON_SECONDS + last * STEP + 30
            yield Answer(query, {(): np.array(values) * scale}, known_until=until)

    def close(self) -> None:
        """Nothing is open."""


def run(source: LogSource, ledger: MemoryLedger, minute: int) -> None:
    at = NOON + timedelta(minutes=minute)
    collect(Collect(since=NOON), a_context(PLAIN, {"prom": source}, ledger=ledger, now=at))


def seen(ledger: MemoryLedger, minutes: int) -> list[int | None]:
    """Total of each minute after noon; None where there is no slice."""
    dense = ledger.read(["requests"], NOON_SECONDS, NOON_SECONDS + minutes * STEP)[SeriesKey("requests")]
    return [int(total) if is_seen else None for total, is_seen in zip(dense.total, dense.seen, strict=True)]


def test_an_idle_night_is_no_traffic_once_a_later_line_is_there() -> None:
    source, ledger = LogSource([0, 1]), MemoryLedger()
    run(source, ledger, 10)
    assert seen(ledger, 10) == [10, 10, *[None] * 8], "silence is not success"
    run(source, ledger, 480)
    assert seen(ledger, 480) == [10, 10, *[None] * 478]
    source.lines.append(482)
    run(source, ledger, 490)
    assert seen(ledger, 490) == [10, 10, *[0] * 480, 10, *[None] * 7]


def test_the_watermark_stands_where_the_source_stopped_knowing() -> None:
    source, ledger = LogSource([0, 7]), MemoryLedger()
    run(source, ledger, 10)
    mark = ledger.watermarks("prom", ["requests"])["requests"]
    assert (mark.start, mark.end) == (NOON_SECONDS, NOON_SECONDS + 7 * STEP)
    run(source, ledger, 20)
    assert source.asked == [(0, 10), (2, 20)]
    assert seen(ledger, 10) == [10, 0, 0, 0, 0, 0, 0, 10, None, None], "what is partly known is written all the same"


def test_days_after_the_last_line_leave_no_hole_when_it_speaks_again() -> None:
    source, ledger = LogSource([0]), MemoryLedger()
    run(source, ledger, 3 * 1440)
    source.lines.append(3 * 1440)
    run(source, ledger, 3 * 1440 + 5)
    assert seen(ledger, 3 * 1440 + 1) == [10, *[0] * (3 * 1440 - 1), 10]


def test_a_span_is_reached_as_far_as_the_one_who_knows_least() -> None:
    span = Span(600, 1200)
    assert reached(span, [None, None]) == span
    assert reached(span, [None, 5000]) == span
    assert reached(span, [1000, 790]) == Span(600, 780)
    assert reached(span, [0]) == Span(600, 600)
