"""
Thirty days of five services as a scraper saw them, and what it could know of their events.

The services are played scrape by scrape: events raise counters, restarts put them to zero, a scrape writes down what it
finds. The truth of each slice is then read off the samples one after the other, with no query language: a sample
brings what its counter grew by since the sample before, all of its value after a restart, nothing where the sample
before is out of sight. Numbers are small, so that building the blocks takes seconds.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

STEP = 60
DAY = 86_400
START = 1_767_571_200
"""2026-01-05, a Monday, midnight UTC."""
DAYS = 30
END = START + DAYS * DAY
LOOKBACK = 300
"""How long Prometheus shows a sample after its time, in seconds."""
SCRAPE_OFFSET = 7
"""Scrapes happen at :07 of the minute and every interval after."""

Samples = list[tuple[int, int]]
Truth = NDArray[np.float64]


@dataclass
class Service:
    """One process: its counters, its luck, and what has been scraped of it."""

    name: str
    interval: int
    events: dict[str, int] = field(default_factory=dict)
    """All events that happened between the first and the last scrape, whether or not a scraper saw them."""
    samples: dict[str, Samples] = field(default_factory=dict)
    up: list[int] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    is_first: bool = True

    def happen(self, code: str, count: int) -> None:
        if count:
            self.counters[code] = self.counters.get(code, 0) + count
            if not self.is_first:
                self.events[code] = self.events.get(code, 0) + count

    def restart(self, *, keeps: Sequence[str]) -> None:
        """A new process shows the counters named, at 0, and knows nothing of others."""
        self.counters = dict.fromkeys(keeps, 0)

    def scrape(self, at: int) -> None:
        self.up.append(at)
        for code, value in self.counters.items():
            self.samples.setdefault(code, []).append((at, value))
        self.is_first = False


def _times(interval: int) -> range:
    return range(START + SCRAPE_OFFSET, END, interval)


def _instant(day: int, hour: int, minute: int = 0, second: int = 0) -> int:
    return START + day * DAY + hour * 3600 + minute * 60 + second


def _checkout() -> Service:
    """Every 15 s: bursts inside one scrape; restarts at a minute's end, inside a minute, twice in one, and hidden."""
    service, luck = Service("checkout", 15, counters={"200": 41, "500": 3}), random.Random(1)
    bursts = {_instant(2, 13, 5, 22): 900, _instant(2, 13, 6, 7): 1_300, _instant(9, 1, 59, 52): 77}
    at_end, inside = _instant(4, 3, 0, 7), _instant(6, 15, 20, 37)
    twice = {_instant(8, 11, 30, 22), _instant(8, 11, 30, 52)}
    young, hidden = _instant(11, 9, 0, 7), _instant(11, 9, 2, 22)
    for at in _times(15):
        service.happen("200", luck.randrange(40))
        service.happen("500", int(luck.random() < 0.1) + bursts.get(at, 0))
        if at in {at_end, inside, young, hidden} | twice:
            service.restart(keeps=("200", "500"))
            service.happen("200", luck.randrange(1, 20))
            service.happen("500", luck.randrange(3))
        if at == hidden + 15:
            # By the end of the minute both counters stand higher than before the restart.
            service.happen("200", 5_000)
            service.happen("500", 400)
        service.scrape(at)
    return service


def _search() -> Service:
    """Every 30 s: never an error, so no such series; no traffic at all for two hours."""
    service, luck = Service("search", 30, counters={"200": 7}), random.Random(2)
    for at in _times(30):
        if not _instant(10, 12) < at <= _instant(10, 14):
            service.happen("200", luck.randrange(60))
        service.scrape(at)
    return service


def _payments() -> Service:
    """Every 60 s: the error series is born at 600; a restart each night; after the last one, errors start anew."""
    service, luck = Service("payments", 60, counters={"200": 0}), random.Random(3)
    born, forgotten, back = _instant(12, 10, 15, 7), _instant(20, 3, 0, 7), _instant(20, 7, 30, 7)
    for at in _times(60):
        service.happen("200", luck.randrange(100))
        if at == born:
            service.happen("500", 600)
        if (at - SCRAPE_OFFSET - START) % DAY == 3 * 3600:
            kept = [code for code in service.counters if code == "200" or at != forgotten]
            service.restart(keeps=kept)
            service.happen("200", luck.randrange(30))
        if at == back or (at > born and "500" in service.counters):
            service.happen("500", luck.randrange(1, 4))
        service.scrape(at)
    return service


def _edge() -> Service:
    """Every 60 s: errors from the start, 40 minutes without a scrape, in which events go on."""
    service, luck = Service("edge", 60, counters={"200": 1_000, "500": 10}), random.Random(4)
    for at in _times(60):
        service.happen("200", luck.randrange(200))
        service.happen("500", luck.randrange(3))
        if not _instant(15, 8) < at <= _instant(15, 8, 40):
            service.scrape(at)
    return service


def _flaky() -> Service:
    """Every 30 s: short and long gaps between scrapes, a restart in a short one, errors forgotten for two days."""
    service, luck = Service("flaky", 30, counters={"200": 500, "500": 1}), random.Random(5)
    gaps = [
        range(_instant(3, 5) + 1, _instant(3, 5, 2) + 1),
        range(_instant(5, 6, 0, 30) + 1, _instant(5, 6, 4) + 1),
        range(_instant(7, 7) + 1, _instant(7, 7, 6) + 1),
        range(_instant(9, 8) + 1, _instant(9, 8, 3) + 1),
    ]
    restart, forgotten, again = _instant(9, 8, 1, 37), _instant(17, 2, 0, 7), _instant(19, 3, 30, 37)
    for at in _times(30):
        service.happen("200", luck.randrange(80))
        if not forgotten <= at < again:
            service.happen("500", luck.randrange(3) + 40 * (at == again))
        if at == restart:
            service.restart(keeps=("200", "500"))
        if at == forgotten:
            service.restart(keeps=("200",))
        if not any(at in gap for gap in gaps):
            service.scrape(at)
    return service


SERVICES: Mapping[str, Callable[[], Service]] = {
    "checkout": _checkout,
    "search": _search,
    "payments": _payments,
    "edge": _edge,
    "flaky": _flaky,
}


@dataclass(frozen=True)
class Month:
    """The blocks, and what is true of each service's slices, NaN where nothing could be known."""

    folder: Path
    total: Mapping[str, Truth]
    bad: Mapping[str, Truth]
    events: Mapping[str, Mapping[str, int]]


def _slice_of(at: int) -> int:
    """Index of the slice whose end, inclusive, is the first one at or after this instant."""
    return (at - START - 1) // STEP


def _growth(samples: Samples, up: Sequence[int]) -> dict[int, int]:
    """Events for each slice in which anything was known of one series."""
    known: dict[int, int] = {}
    scraped = set(_seen_slices(up))
    before: tuple[int, int] | None = None
    for at, value in samples:
        index = _slice_of(at)
        slice_start = START + index * STEP
        is_in_sight = before is not None and before[0] >= slice_start - LOOKBACK
        if before is not None and is_in_sight:
            grown = value - before[1] if value >= before[1] else value
        elif before is not None and before[0] >= slice_start - DAY:
            grown = 0
        else:
            grown = value if index - 1 in scraped else 0
        known[index] = known.get(index, 0) + grown
        before = (at, value)
    for index in _seen_slices([at for at, _ in samples]):
        known.setdefault(index, 0)
    return known


def _seen_slices(times: Sequence[int]) -> Iterator[int]:
    """Slices at whose end a sample is in sight."""
    last = -1
    for at in times:
        first = max(_slice_of(at), last + 1)
        last = (at + LOOKBACK - START) // STEP - 1
        yield from range(first, last + 1)


def _truth(service: Service, codes: Sequence[str]) -> Truth:
    values = np.full(DAYS * DAY // STEP, np.nan)
    for code in codes:
        for index, grown in _growth(service.samples.get(code, []), service.up).items():
            if 0 <= index < values.size:
                values[index] = grown if np.isnan(values[index]) else values[index] + grown
    return values


def _write(services: Sequence[Service], path: Path) -> None:
    with path.open("w") as file:
        file.write("# TYPE http_requests counter\n")
        for service in services:
            target = f'service="{service.name}",job="{service.name}",instance="{service.name}:80"'
            for code, samples in service.samples.items():
                head = f'http_requests_total{{{target},code="{code}"}}'
                file.writelines(f"{head} {value} {at}\n" for at, value in samples)
        file.write("# TYPE up gauge\n")
        for service in services:
            head = f'up{{job="{service.name}",instance="{service.name}:80"}}'
            file.writelines(f"{head} 1 {at}\n" for at in service.up)
        file.write("# EOF\n")


def build_blocks(promtool: str, text: Path, folder: Path) -> None:
    """Blocks of a TSDB out of an OpenMetrics file."""
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=768h", "--quiet"]
    subprocess.run([*command, str(text), str(folder)], check=True, capture_output=True)
    text.unlink()


def build_month(promtool: str, folder: Path) -> Month:
    """Play the services, write the blocks below `folder`, and keep the truth."""
    services = [play() for play in SERVICES.values()]
    text = folder / "month.om"
    _write(services, text)
    build_blocks(promtool, text, folder / "blocks")
    return Month(
        folder=folder / "blocks",
        total={service.name: _truth(service, ("200", "500")) for service in services},
        bad={service.name: _truth(service, ("500",)) for service in services},
        events={service.name: service.events for service in services},
    )
