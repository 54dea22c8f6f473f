"""
What every source must do: answer for the time it is asked about, tell silence from zero, make failures answers.

A new source gets one line in `SOURCES`: a function that serves the metrics of `WORLD` through it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import psycopg
import pytest

from fakes_source import MemorySource, Metric
from instants import NOON_SECONDS
from leadline.adapters.sources.prometheus import PrometheusSource
from leadline.adapters.sources.push import PushSource
from leadline.adapters.sources.sql import SqlSource
from leadline.core.slices import STEP
from leadline.errors import SourceError
from leadline.ports.source import Answer, Floats, Role, Source, SourceQuery
from servers import StartPrometheus
from sql_world import TEXTS, SpeaksSql, rows, written_as_parquet
from tsdb_truth import build_blocks

DAY = 86_400
TODAY = NOON_SECONDS - NOON_SECONDS % DAY
YESTERDAY = TODAY - DAY
GAP = range(YESTERDAY + 36_000, YESTERDAY + 39_600)
"""An hour of yesterday without a sample of `gap_total`."""
SCRAPES = range(YESTERDAY - DAY + 7, TODAY + DAY // 2, STEP)
QUERIES = {
    "requests": 'sum(requests_total{service="shop"})',
    "regions": 'sum by (region) (requests_total{service="shop"})',
    "errors": 'sum(requests_total{service="shop",code="500"})',
    "idle": "sum(idle_total)",
    "gap": "sum(gap_total)",
    "depth": "queue_depth",
}
BROKEN = "sum(requests_total{"


def _requests(at: int) -> int:
    """Two events a minute the day before yesterday, 3 yesterday, 5 today, all in the first 7 s of the minute."""
    minutes = [max(0, min(at - day + STEP - 7, DAY)) // STEP for day in (YESTERDAY - DAY, YESTERDAY, TODAY)]
    return 2 * minutes[0] + 3 * minutes[1] + 5 * minutes[2]


def _samples(value: Callable[[int], float], *, but: range = range(0)) -> list[tuple[int, float]]:
    return [(at, value(at)) for at in SCRAPES if at not in but]


REGIONS = Metric(
    {(("region", "eu"),): _samples(_requests), (("region", "us"),): _samples(lambda at: 10 * _requests(at))}
)
WORLD: Mapping[str, Metric] = {
    "requests": REGIONS,
    "regions": REGIONS,
    "errors": Metric(),
    "idle": Metric({(): _samples(lambda _: 42)}),
    "gap": Metric({(): _samples(lambda at: (at - SCRAPES.start) // STEP, but=GAP)}),
    "depth": Metric({(): _samples(lambda at: at // STEP % 1440)}),
}


@pytest.fixture(scope="module")
def memory() -> Source:
    return MemorySource({QUERIES[name]: metric for name, metric in WORLD.items()})


@pytest.fixture(scope="module")
def prometheus(
    promtool: str, prometheus_servers: StartPrometheus, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Source]:
    folder = tmp_path_factory.mktemp("world")
    _write_openmetrics(folder / "world.om")
    build_blocks(promtool, folder / "world.om", folder / "blocks")
    source = PrometheusSource("metrics", {"url": prometheus_servers(tsdb_dir=folder / "blocks")}, {})
    yield source
    source.close()


def _write_openmetrics(path: Path) -> None:
    names = {
        "requests": ("requests", "counter", "requests_total", 'service="shop",code="200"'),
        "idle": ("idle", "counter", "idle_total", ""),
        "gap": ("gap", "counter", "gap_total", ""),
        "depth": ("queue_depth", "gauge", "queue_depth", ""),
    }
    with path.open("w") as file:
        for name, (family, kind, sample, more) in names.items():
            file.write(f"# TYPE {family} {kind}\n")
            for labels, samples in WORLD[name].samples.items():
                inside = ",".join([f'{label}="{text}"' for label, text in labels] + [more] * bool(more))
                file.writelines(f"{sample}{{{inside}}} {value} {at}\n" for at, value in samples)
        file.write("# EOF\n")


@pytest.fixture(scope="module")
def sql_files(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path = tmp_path_factory.mktemp("rows") / "world.parquet"
    written_as_parquet(rows(WORLD, GAP), path)
    source = SqlSource("rows", {"files": str(path), "format": "parquet"}, {})
    return SpeaksSql(source, {QUERIES[name]: text for name, text in TEXTS.items()})


@pytest.fixture(scope="module")
def sql_table(postgresql_url: str) -> Source:
    with psycopg.connect(postgresql_url) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS world")
        cursor.execute("CREATE TABLE world (metric text, region text, time timestamptz, total float8)")
        with cursor.copy("COPY world FROM STDIN") as copy:
            for row in rows(WORLD, GAP):
                copy.write_row(row)
    source = SqlSource("rows", {"postgresql": postgresql_url, "table": "world"}, {})
    return SpeaksSql(source, {QUERIES[name]: text for name, text in TEXTS.items()})


SOURCES = [
    "memory",
    pytest.param("prometheus", marks=pytest.mark.prometheus),
    "sql_files",
    pytest.param("sql_table", marks=pytest.mark.postgresql),
]


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> Source:
    found: Source = request.getfixturevalue(request.param)
    return found


def query(name: str, *group_by: str) -> SourceQuery:
    role = Role.VALUE if name == "depth" else Role.TOTAL
    return SourceQuery(name, role, QUERIES[name], counter=name != "depth", group_by=group_by)


def ask(source: Source, queries: list[SourceQuery], start: int, end: int) -> dict[str, Answer]:
    answers = list(source.answer(queries, start, end, progress=lambda _: None))
    assert len(answers) == len(queries)
    return {answer.query.sli: answer for answer in answers}


def only(answer: Answer) -> Floats:
    assert answer.error is None
    assert list(answer.groups) == [()]
    return answer.groups[()]


def test_yesterday_is_yesterday_and_not_today(source: Source) -> None:
    values = only(ask(source, [query("requests")], YESTERDAY, TODAY)["requests"])
    assert values.shape == (1440,)
    assert values.tolist() == [33.0] * 1440


def test_each_slice_of_two_days_has_its_own_number(source: Source) -> None:
    values = only(ask(source, [query("requests")], YESTERDAY - 600, YESTERDAY + 600)["requests"])
    assert values.tolist() == [22.0] * 10 + [33.0] * 10


def test_one_slice_is_what_a_long_span_says_of_it(source: Source) -> None:
    queries = [query("requests"), query("gap"), query("depth")]
    long = ask(source, queries, YESTERDAY, TODAY)
    for start in (YESTERDAY, YESTERDAY + 7 * 3600, GAP.start + 1200, GAP.stop + 600, TODAY - STEP):
        short = ask(source, queries, start, start + STEP)
        for name in ("requests", "gap", "depth"):
            index = (start - YESTERDAY) // STEP
            expected = only(long[name])[index : index + 1]
            groups = short[name].groups
            assert np.array_equal(groups.get((), np.full(1, np.nan)), expected, equal_nan=True)


def test_a_span_in_two_halves_has_the_same_numbers(source: Source) -> None:
    noon = YESTERDAY + 37_000 // STEP * STEP
    whole = only(ask(source, [query("gap")], YESTERDAY, TODAY)["gap"])
    halves = [only(ask(source, [query("gap")], *span)["gap"]) for span in ((YESTERDAY, noon), (noon, TODAY))]
    assert np.array_equal(np.concatenate(halves), whole, equal_nan=True)


def test_a_gauge_is_read_at_the_end_of_each_slice(source: Source) -> None:
    values = only(ask(source, [query("depth")], YESTERDAY, YESTERDAY + 600)["depth"])
    assert values.tolist() == [float(minute) for minute in range(10)]


def test_silence_is_not_zero(source: Source) -> None:
    answers = ask(source, [query("idle"), query("errors"), query("gap")], YESTERDAY, TODAY)
    assert only(answers["idle"]).tolist() == [0.0] * 1440
    assert answers["errors"].error is None
    assert answers["errors"].groups == {}
    gap = only(answers["gap"])
    # The last sample before the gap stays in sight for five minutes.
    inside = slice((GAP.start - YESTERDAY + 360) // STEP, (GAP.stop - YESTERDAY) // STEP)
    assert np.isnan(gap[inside]).all()
    assert not np.isnan(gap[: (GAP.start - YESTERDAY) // STEP]).any()


def test_groups_are_told_apart_by_the_labels_asked_for(source: Source) -> None:
    answer = ask(source, [query("regions", "region")], YESTERDAY, YESTERDAY + 600)["regions"]
    assert {group: values.tolist() for group, values in answer.groups.items()} == {
        (("region", "eu"),): [3.0] * 10,
        (("region", "us"),): [30.0] * 10,
    }


def test_an_error_is_an_answer_and_spoils_no_other(source: Source) -> None:
    broken = SourceQuery("broken", Role.TOTAL, BROKEN, counter=True)
    answers = ask(source, [query("idle"), broken, query("requests")], YESTERDAY, YESTERDAY + 600)
    assert isinstance(answers["broken"].error, SourceError)
    assert answers["broken"].groups == {}
    assert only(answers["idle"]).tolist() == [0.0] * 10
    assert only(answers["requests"]).tolist() == [33.0] * 10


def test_asking_twice_gives_the_same_numbers(source: Source) -> None:
    queries = [query(name, *["region"] * (name == "regions")) for name in QUERIES]
    first, second = (ask(source, queries, YESTERDAY, TODAY) for _ in range(2))
    for name in QUERIES:
        assert list(first[name].groups) == list(second[name].groups)
        for group, values in first[name].groups.items():
            assert np.array_equal(values, second[name].groups[group], equal_nan=True)


def test_progress_ends_at_the_number_of_query_slices(source: Source) -> None:
    counts: list[int] = []
    list(source.answer([query("idle"), query("gap")], YESTERDAY - DAY, TODAY, progress=counts.append))
    assert sum(counts) == 2 * 2880


def test_a_healthy_source_passes_its_check(source: Source) -> None:
    source.check()


def test_no_query_has_no_answer(source: Source) -> None:
    assert ask(source, [], YESTERDAY, TODAY) == {}


def test_a_push_source_is_always_well_and_answers_nothing() -> None:
    source = PushSource("batch-jobs", {}, {})
    source.check()
    answers = ask(source, [query("idle")], YESTERDAY, TODAY)
    assert "batch-jobs is of type push and answers no queries" in str(answers["idle"].error)
    source.close()
