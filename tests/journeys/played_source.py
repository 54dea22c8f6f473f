"""
A month that a small HTTP server plays as Prometheus would tell it, the handbook that asks for it, and its slices.

The numbers follow from the place of each slice alone. The slices that ought to be in the ledger are worked out here in
fractions: whole events one by one, parts of events rounded on their running sum, halves up for bad and down for good.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from http_answers import ONE, Asked, Said, Talk, failure, http_server, success
from leadline.core.slices import SeriesKey

STEP = 60
BEGIN = 1_767_571_200
"""2026-01-05T00:00:00Z."""
DAYS = 28
SLOTS = DAYS * 1440
END = BEGIN + SLOTS * STEP
SOURCE = "metrics"
REGIONS = ("eu", "us")

Ints = NDArray[np.int64]
Numbers = list[Fraction | None]
"""One for each slice; None where the server has nothing."""


def _numbers(multiplier: int, modulus: int, divisor: int = 1, *, gap: int = 0) -> Numbers:
    """Numbers that repeat only after a long time; with a gap, each so manieth run of seven slices is missing."""
    return [
        None if gap and slot % gap < 7 else Fraction((slot * multiplier + slot // 97) % modulus, divisor)
        for slot in range(SLOTS)
    ]


def _sum(one: Numbers, other: Numbers) -> Numbers:
    return [None if a is None or b is None else a + b for a, b in zip(one, other, strict=True)]


@dataclass(frozen=True)
class Played:
    """What the server knows: for each query its series, with the value of `region` (empty where there is none)."""

    series: Mapping[str, Mapping[str, Numbers]]


def play() -> Played:
    bad, good = _numbers(7, 23, gap=411), _numbers(31, 997, gap=411)
    parts_bad, parts_good = _numbers(13, 37, 4, gap=1_009), _numbers(53, 811, 4, gap=1_009)
    regional = {region: (_numbers(5 + at, 11), _numbers(41 + at, 613)) for at, region in enumerate(REGIONS)}
    return Played(
        {
            "checkout_bad": {"": bad},
            "checkout_total": {"": _sum(bad, good)},
            "search_bad": {region: bad for region, (bad, _) in regional.items()},
            "search_total": {region: _sum(bad, good) for region, (bad, good) in regional.items()},
            "payments_good": {"": parts_good},
            "payments_total": {"": _sum(parts_bad, parts_good)},
            "latency_seconds": {"": _numbers(3, 100, 4, gap=733)},
            "failure_share": {"": _numbers(11, 65, 64)},
        }
    )


@dataclass(frozen=True)
class Truth:
    """The slices of one series: bad and total in quanta, and where one is seen."""

    bad: Ints
    total: Ints
    seen: NDArray[np.bool_]


def truth_of(played: Played) -> dict[SeriesKey, Truth]:
    """What the ledger must hold once all was collected from `BEGIN` on."""
    tell = played.series
    slow = [None if value is None else Fraction(value >= 20) for value in tell["latency_seconds"][""]]
    share = tell["failure_share"][""]
    parts_bad = _sum(tell["payments_total"][""], [None if v is None else -v for v in tell["payments_good"][""]])
    truths = {
        SeriesKey("checkout"): _truth(tell["checkout_bad"][""], tell["checkout_total"][""]),
        SeriesKey("payments"): _truth(parts_bad, tell["payments_total"][""]),
        SeriesKey("latency@lt20"): _truth(slow, [None if value is None else Fraction(1) for value in slow]),
        SeriesKey("shares"): _truth(_thousands(share), [Fraction(1000)] * SLOTS),
    }
    for region in REGIONS:
        key = SeriesKey.of("search", region=region)
        truths[key] = _truth(tell["search_bad"][region], tell["search_total"][region])
    return truths


def _thousands(numbers: Numbers) -> Numbers:
    return [None if number is None else number * 1000 for number in numbers]


def _truth(bad: Numbers, total: Numbers) -> Truth:
    seen = np.array([value is not None for value in total])
    good = _sum(total, [None if value is None else -value for value in bad])
    half = Fraction(1, 2)
    whole_bad = _rounded(bad, lambda running: math.floor(running + half))
    whole_good = _rounded(good, lambda running: math.ceil(running - half))
    return Truth(whole_bad, whole_bad + whole_good, seen)


def _rounded(numbers: Numbers, whole: object) -> Ints:
    running, before, found = Fraction(0), 0, []
    for number in numbers:
        running += number or 0
        now = whole(running)  # type: ignore[operator]  # one of the two above
        found.append(now - before)
        before = now
    return np.array(found, dtype=np.int64)


HANDBOOK = """\
apiVersion: openslo/v1
kind: DataSource
metadata:
  name: metrics
spec:
  type: prometheus
  connectionDetails:
    url: {url}
---
apiVersion: openslo/v1
kind: DataSource
metadata:
  name: told
spec:
  type: push
---
apiVersion: openslo/v1
kind: Service
metadata:
  name: shop
spec: {{}}
"""
SLO = """\
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}-slo
spec:
  service: shop
  indicator:
    metadata:
      name: {name}
      annotations: {annotations}
    spec:
{measure}
  timeWindow:
    - duration: 28d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: 0.9{limit}
"""


def _query(name: str, query: str, depth: int) -> str:
    source = f"{{metricSourceRef: metrics, spec: {{query: {query}}}}}"
    return f"{' ' * depth}{name}: {{metricSource: {source}}}"


def _events(**queries: str) -> str:
    lines = [_query(name, query, 8) for name, query in queries.items()]
    return "\n".join(["      ratioMetric:", "        counter: false", *lines])


def _slo(name: str, measure: str, annotations: str = "{}", limit: str = "") -> str:
    return SLO.format(name=name, measure=measure, annotations=annotations, limit=limit)


PUSHED = """\
      ratioMetric:
        bad: {metricSource: {metricSourceRef: told}}
        total: {metricSource: {metricSourceRef: told}}"""


def handbook(url: str) -> str:
    """Five SLIs that the server answers, and two that are told: `orders` by region, and `notes`."""
    gauge = _query("thresholdMetric", "latency_seconds", 6)
    raw = f"      ratioMetric:\n        rawType: failure\n{_query('raw', 'failure_share', 8)}"
    by_region = "{leadline/groupBy: region}"
    return HANDBOOK.format(url=url) + "".join(
        [
            _slo("checkout", _events(bad="checkout_bad", total="checkout_total"), '{leadline/quantum: "1"}'),
            _slo(
                "search",
                _events(bad="search_bad", total="search_total"),
                '{leadline/groupBy: region, leadline/quantum: "1"}',
            ),
            _slo("payments", _events(good="payments_good", total="payments_total"), '{leadline/quantum: "1"}'),
            _slo("latency", gauge, limit="\n      op: lt\n      value: 20"),
            _slo("shares", raw),
            _slo("orders", PUSHED, by_region),
            _slo("notes", PUSHED),
        ]
    )


_TAGGED = re.compile(r'label_join\((\w+), "leadline_query", "(\w+)"')


@dataclass
class Server:
    """Answers queries from what is played, text made once."""

    played: Played
    asked_at: list[float] = field(default_factory=list)
    """When each request came, of `time.monotonic`."""
    _texts: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def reply(self, asked: Asked) -> Said:
        self.asked_at.append(time.monotonic())
        if asked.path.startswith("/api/v1/label/"):
            return success(sorted(self.played.series))
        if "query" not in asked.form:
            return failure(400, "bad_data", "who asked was killed while asking")
        query = asked.form["query"]
        if query == "vector(1)":
            return ONE
        wanted = [(name, tag) for name, tag in _TAGGED.findall(query)] or [(query.strip(), "")]
        is_range = asked.path.endswith("query_range")
        first, last = (int(asked.form[name]) for name in (("start", "end") if is_range else ("time", "time")))
        series = [text for name, tag in wanted for text in self._series(name, tag, first, last, is_range=is_range)]
        kind = "matrix" if is_range else "vector"
        body = f'{{"status": "success", "data": {{"resultType": "{kind}", "result": [{", ".join(series)}]}}}}'
        return Said(200, body, {"Content-Type": "application/json"})

    def _series(self, name: str, tag: str, first: int, last: int, *, is_range: bool) -> Iterator[str]:
        for region in self.played.series[name]:
            labels = [f'"region": "{region}"'] * bool(region) + [f'"leadline_query": "{tag}"'] * bool(tag)
            # A slice is asked for at its end.
            low, high = (first - BEGIN) // STEP - 1, (last - BEGIN) // STEP
            samples = [text for text in self._text(name, region)[max(low, 0) : max(high, 0)] if text]
            if samples:
                values = f'"values": [{",".join(samples)}]' if is_range else f'"value": {samples[0]}'
                yield f'{{"metric": {{{", ".join(labels)}}}, {values}}}'

    def _text(self, name: str, region: str) -> list[str]:
        if (name, region) not in self._texts:
            self._texts[name, region] = [
                "" if value is None else f'[{BEGIN + (slot + 1) * STEP},"{float(value)!r}"]'
                for slot, value in enumerate(self.played.series[name][region])
            ]
        return self._texts[name, region]


@contextmanager
def serving(played: Played) -> Iterator[tuple[Talk, Server]]:
    server = Server(played)
    for name, regions in played.series.items():
        for region in regions:
            server._text(name, region)
    with http_server(server.reply) as talk:
        yield talk, server


def as_text(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%SZ}"


def exported_rows(lines: Sequence[str]) -> dict[tuple[str, str], dict[str, tuple[str, str]]]:
    """An exported CSV: (sli, region) → {start: (bad, total)}; a slice that stands twice is refused."""
    assert lines[0] == "sli,start,bad,total,region"
    found: dict[tuple[str, str], dict[str, tuple[str, str]]] = {}
    for line in lines[1:]:
        sli, start, bad, total, region = line.split(",")
        rows = found.setdefault((sli, region), {})
        assert start not in rows, line
        rows[start] = (bad, total)
    return found
