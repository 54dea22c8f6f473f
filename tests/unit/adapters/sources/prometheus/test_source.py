"""What only a real server shows: its limits, its words, its histograms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from instants import NOON_SECONDS
from leadline.adapters.sources.prometheus import PrometheusSource
from leadline.ports.source import Answer, Role, SourceQuery
from servers import StartPrometheus
from tsdb_truth import build_blocks

pytestmark = pytest.mark.prometheus

START = NOON_SECONDS - 6 * 3600
BUCKETS = {"0.1": 1, "0.25": 2, "1.0": 3, "+Inf": 4}


@pytest.fixture(scope="module")
def blocks(promtool: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six hours at :07: a histogram of four buckets that grow by 1 to 4 a minute, ten pods and a broken gauge."""
    folder = tmp_path_factory.mktemp("histogram")
    times = range(START - 600 + 7, NOON_SECONDS + 60, 60)
    with (folder / "data.om").open("w") as file:
        file.write("# TYPE latency_seconds histogram\n")
        for minute, at in enumerate(times):
            for le, pace in BUCKETS.items():
                file.write(f'latency_seconds_bucket{{le="{le}"}} {pace * minute} {at}\n')
            file.write(f"latency_seconds_count {4 * minute} {at}\nlatency_seconds_sum {minute} {at}\n")
        file.write("# TYPE load gauge\n")
        for pod in range(10):
            file.writelines(f'load{{pod="{pod}",zone="{pod % 2}"}} {pod} {at}\n' for at in times)
        file.write("# TYPE ratio gauge\n")
        file.writelines(f"ratio {'NaN' if minute % 2 else '0.5'} {at}\n" for minute, at in enumerate(times))
        file.write("# EOF\n")
    build_blocks(promtool, folder / "data.om", folder / "blocks")
    return folder / "blocks"


@pytest.fixture(scope="module")
def source(blocks: Path, prometheus_servers: StartPrometheus) -> Iterator[PrometheusSource]:
    source = PrometheusSource("metrics", {"url": prometheus_servers(tsdb_dir=blocks)}, {})
    yield source
    source.close()


def ask(source: PrometheusSource, text: str, *group_by: str, counter: bool = False, start: int = START) -> Answer:
    query = SourceQuery("sli", Role.VALUE, text, counter=counter, group_by=group_by)
    (answer,) = source.answer([query], start, NOON_SECONDS, progress=lambda _: None)
    return answer


def test_a_latency_on_a_boundary_is_counted(source: PrometheusSource) -> None:
    answer = ask(source, 'sum(latency_seconds_bucket{le="0.25"})', counter=True)
    assert answer.groups[()].tolist() == [2.0] * 360


@pytest.mark.parametrize("written", ["1", "1.0"])
def test_trap_08_both_spellings_of_a_whole_boundary_are_one(source: PrometheusSource, written: str) -> None:
    answer = ask(source, f'sum(latency_seconds_bucket{{le="{written}"}})', counter=True)
    assert answer.groups[()].tolist() == [3.0] * 360


@pytest.mark.parametrize("counter", [True, False])
def test_trap_07_a_latency_off_every_boundary_is_refused_with_the_bracket(
    source: PrometheusSource, *, counter: bool
) -> None:
    answer = ask(source, 'sum(latency_seconds_bucket{le="0.3"})', counter=counter)
    assert 'le="0.3" is not a bucket boundary of latency_seconds_bucket; write le="0.25" or le="1.0"' in str(
        answer.error
    )
    assert answer.groups == {}


def test_a_misspelt_metric_is_empty_and_names_the_nearest(source: PrometheusSource) -> None:
    answer = ask(source, "sum(latency_second_count)", counter=True)
    assert (answer.groups, answer.error) == ({}, None)
    assert "did you mean latency_seconds_count?" in answer.warnings[0]


def test_prometheus_own_words_reach_the_reader(source: PrometheusSource) -> None:
    answer = ask(source, "load * on(zone) load")
    assert "found duplicate series for the match group" in str(answer.error)
    assert "many-to-many matching not allowed" in str(answer.error)


def test_ten_pods_are_not_one_number(source: PrometheusSource) -> None:
    assert "returned 10 series where one is wanted; add sum()" in str(ask(source, "load").error)
    assert "for one group of zone where one is wanted" in str(ask(source, "load", "zone").error)


def test_a_gauge_may_be_grouped_by_its_own_labels(source: PrometheusSource) -> None:
    answer = ask(source, "max by (zone) (load)", "zone")
    assert {group: values[0] for group, values in answer.groups.items()} == {(("zone", "0"),): 8, (("zone", "1"),): 9}


def test_nan_of_a_gauge_is_no_data_and_says_so(source: PrometheusSource) -> None:
    answer = ask(source, "ratio")
    assert int(np.isnan(answer.groups[()]).sum()) == 180
    assert "NaN or infinity" in answer.warnings[0]


def test_a_number_without_series_is_the_same_for_every_slice(source: PrometheusSource) -> None:
    assert ask(source, "7").groups[()].tolist() == [7.0] * 360
    assert ask(source, "7", start=NOON_SECONDS - 60).groups[()].tolist() == [7.0]


def test_a_range_is_no_number(source: PrometheusSource) -> None:
    for start in (START, NOON_SECONDS - 60):
        assert ask(source, "load[5m]", start=start).error is not None


def test_a_server_that_bears_few_samples_is_asked_in_parts(blocks: Path, prometheus_server: StartPrometheus) -> None:
    url = prometheus_server(tsdb_dir=blocks, extra_args=["--query.max-samples=700"])
    source = PrometheusSource("metrics", {"url": url}, {})
    answer = ask(source, "sum(load)")
    source.close()
    assert answer.error is None
    assert answer.groups[()].tolist() == [45.0] * 360
