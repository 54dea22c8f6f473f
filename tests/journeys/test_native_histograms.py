"""
Native histograms from a real Prometheus, as slices: what each minute brought is played here and compared.

The histogram has the buckets up to 0.25, 0.5, 1 and 2 s. It restarts at a minute's end and inside one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from leadline.adapters.sources.prometheus import PrometheusSource
from leadline.core.slices import Ints
from leadline.handbook.queries import counter_advice
from leadline.ports.source import Answer, Floats, Role, SourceQuery
from remote_write import histogram, remote_write, sample, series
from servers import StartPrometheus

pytestmark = pytest.mark.prometheus

STEP = 60
MINUTES = 50
COUNT = 'histogram_count(latency_seconds{job="web"})'


def share(limit: str) -> str:
    return f'histogram_fraction(0, {limit}, latency_seconds{{job="web"}}) * {COUNT}'


@dataclass(frozen=True)
class World:
    source: PrometheusSource
    start: int
    buckets: Ints
    """[minutes, 4]: events of each minute in each bucket."""

    def ask(self, text: str) -> Answer:
        query = SourceQuery("sli", Role.GOOD, text, counter=True)
        end = self.start + MINUTES * STEP
        (answer,) = self.source.answer([query], self.start, end, progress=lambda _: None)
        assert answer.error is None
        return answer


def play(start: int) -> tuple[list[bytes], Ints]:
    """Samples every 15 s at :07 of the quarter, and the events that they show in each minute."""
    luck = random.Random(7)
    standing, shown = [5, 4, 3, 2], np.zeros((MINUTES, 4), np.int64)
    samples = []
    restarts = {start + 20 * STEP + 7, start + 30 * STEP + 37}
    for at in range(start - STEP + 7, start + MINUTES * STEP, 15):
        if at in restarts:
            standing = [0, 0, 0, 0]
        new = [luck.randrange(30), luck.randrange(10), luck.randrange(4), luck.randrange(2)]
        if (at - start) // STEP >= 35:
            new[:3] = [0, 0, 0]  # shares alone change from here on, which leaves their products off by float noise
        standing = [have + more for have, more in zip(standing, new, strict=True)]
        if at >= start:
            shown[(at - start) // STEP] += new
        samples.append(histogram(at, standing, first=-2))
    return samples, shown


@pytest.fixture(scope="module")
def world(prometheus_servers: StartPrometheus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    flags = ["--enable-feature=native-histograms", "--web.enable-remote-write-receiver"]
    url = prometheus_servers(tsdb_dir=tmp_path_factory.mktemp("native"), extra_args=flags)
    start = int(time.time()) // STEP * STEP - (MINUTES + 2) * STEP
    samples, shown = play(start)
    target = {"job": "web", "instance": "web:80"}
    ups = [sample(at, 1.0) for at in range(start - STEP + 7, start + MINUTES * STEP, 15)]
    remote_write(
        url, series({"__name__": "latency_seconds", **target}, samples), series({"__name__": "up", **target}, ups)
    )
    source = PrometheusSource("metrics", {"url": url}, {})
    yield World(source, start, shown)
    source.close()


def numbers(answer: Answer) -> Floats:
    return answer.groups[()]


def test_a_count_is_every_event_across_restarts(world: World) -> None:
    assert numbers(world.ask(COUNT)).tolist() == world.buckets.sum(axis=1).tolist()


@pytest.mark.parametrize(("limit", "buckets"), [("0.25", 1), ("0.5", 2), ("1", 3)])
def test_a_limit_on_a_boundary_is_exact(world: World, limit: str, buckets: int) -> None:
    found = numbers(world.ask(f"sum({share(limit)})"))
    np.testing.assert_allclose(found, world.buckets[:, :buckets].sum(axis=1), atol=1e-9)


def test_what_is_bad_may_be_written_as_a_difference(world: World) -> None:
    found = numbers(world.ask(f"sum({COUNT}) - sum({share('0.5')})"))
    np.testing.assert_allclose(found, world.buckets[:, 2:].sum(axis=1), atol=1e-9)


def test_a_limit_off_a_boundary_lies_between_the_neighbours_and_is_said_to_be_an_estimate(world: World) -> None:
    found = numbers(world.ask(share("0.3")))
    assert (found >= world.buckets[:, 0] - 1e-9).all()
    assert (found <= world.buckets[:, :2].sum(axis=1) + 1e-9).all()
    _, (warning,) = counter_advice(share("0.3"), ())
    assert "estimates what lies below 0.3 within a bucket" in warning
    assert "0.25 and 0.5 are exact" in warning
    assert counter_advice(share("0.5"), ()) == (None, ())
