"""
Queries for the events of one step, asked of a real PromQL engine (promtool's) and compared with the samples themselves.

Series are written second by second: a sample, nothing, or the marker that Prometheus leaves when a scrape fails.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from leadline.handbook.counters import CounterQueries, counter_queries
from leadline.handbook.promql import check

STALE = "stale"
TARGET = 'job="shop",instance="a"'
Samples = Mapping[int, int | str]
"""Second → value, or STALE."""


def line(samples: Samples) -> str:
    """promtool's notation with one value a second."""
    parts, last = [], -1
    for at, value in sorted(samples.items()):
        gap = at - last - 1
        parts += [f"_x{gap}"] * (gap > 0)
        parts.append(str(value))
        last = at
    return " ".join(parts)


def up(start: int, end: int, every: int = 15) -> Samples:
    return dict.fromkeys(range(start, end, every), 1)


class Engine:
    """promtool, which answers an expression at an instant by comparing it with what is expected."""

    def __init__(self, promtool: str, folder: Path, series: Mapping[str, Samples]) -> None:
        self._promtool, self._folder = promtool, folder
        self._series = [{"series": name, "values": line(samples)} for name, samples in series.items()]

    def disagreements(self, query: str, expected: Mapping[int, Mapping[str, float]]) -> str:
        """What promtool says where the answers at these seconds are other than {labels: value}; empty when equal."""
        tests = [
            {
                "expr": query,
                "eval_time": f"{at}s",
                "exp_samples": [{"labels": labels, "value": value} for labels, value in answer.items()],
            }
            for at, answer in expected.items()
        ]
        document = {"tests": [{"interval": "1s", "input_series": self._series, "promql_expr_test": tests}]}
        path = self._folder / "test.yaml"
        path.write_text(yaml.safe_dump(document))
        run = subprocess.run([self._promtool, "test", "rules", str(path)], capture_output=True, text=True, check=False)
        return "" if run.returncode == 0 else run.stdout + run.stderr


def grown(samples: Samples, step_end: int) -> int | None:
    """Events within (step_end - 60, step_end] by walking the samples; None when none was in sight."""
    start = step_end - 60
    values = [(at, int(value)) for at, value in sorted(samples.items()) if value != STALE]
    before: tuple[int, int] | None = None
    total: int | None = None
    for at, value in values:
        if start < at <= step_end:
            total = total or 0
            if before is not None and before[0] >= start - 300:
                total += value - before[1] if value >= before[1] else value
        if at <= step_end:
            before = (at, value)
    return total


def ends(first: int, last: int) -> range:
    return range(first, last + 1, 60)


def exactly(series: Mapping[str, Samples], seconds: Sequence[int]) -> dict[int, dict[str, float]]:
    """{} at a second for no answer, else the sum over the series."""
    answers: dict[int, dict[str, float]] = {}
    for at in seconds:
        found = [count for samples in series.values() if (count := grown(samples, at)) is not None]
        answers[at] = {"{}": float(sum(found))} if found else {}
    return answers


def climbing(seed: int, times: Sequence[int], most: int = 9) -> dict[int, int | str]:
    luck, value, samples = random.Random(seed), 100, {}
    for at in times:
        value += luck.randrange(most)
        samples[at] = value
    return samples


EngineOf = Callable[[Mapping[str, Samples]], Engine]


@pytest.fixture
def engine_of(promtool: str, tmp_path: Path) -> EngineOf:
    return lambda series: Engine(promtool, tmp_path, series)


X = f"x_total{{{TARGET}}}"
UP = f"up{{{TARGET}}}"


@pytest.mark.parametrize("every", [15, 30, 60])
@pytest.mark.parametrize("offset", [0, 7])
def test_a_burst_is_counted_once_whatever_the_scrape_interval(engine_of: EngineOf, every: int, offset: int) -> None:
    samples = climbing(1, range(offset, 900, every))
    burst = next(at for at in samples if at > 450)
    samples = {at: value + 1000 * (at >= burst) for at, value in samples.items()}
    queries = counter_queries("x_total")
    engine = engine_of({X: samples})
    expected = exactly({X: samples}, ends(180, 840))
    assert sum(answer["{}"] for answer in expected.values()) > 1000
    assert engine.disagreements(queries.simple, expected) == ""
    assert engine.disagreements(queries.exact, expected) == ""
    assert engine.disagreements(queries.probe, {at: {} for at in ends(180, 840)}) == ""


def reset(samples: Samples, at: int) -> dict[int, int | str]:
    """The same growth, from 0 again at `at`."""
    before = max(int(value) for second, value in samples.items() if second < at)
    return {second: int(value) - before if second >= at else value for second, value in samples.items()}


@pytest.mark.parametrize("at", [607, 637, 652, 600 + 60 + 7])
@pytest.mark.parametrize("jump", [0, 100_000])
def test_a_reset_inside_a_step_loses_nothing_even_when_growth_hides_it(engine_of: EngineOf, at: int, jump: int) -> None:
    samples = reset(climbing(2, range(7, 1200, 15), most=90), at)
    samples = {second: int(value) + jump * (second >= at + 15) for second, value in samples.items()}
    queries = counter_queries("x_total")
    engine = engine_of({X: samples})
    expected = exactly({X: samples}, ends(180, 1140))
    assert engine.disagreements(queries.exact, expected) == ""
    step_end = -(-at // 60) * 60
    quiet = [second for second in ends(180, 1140) if not step_end <= second <= step_end + 360]
    assert engine.disagreements(queries.probe, {second: {} for second in quiet}) == ""
    assert engine.disagreements(queries.probe, {step_end: {"{}": 1.0}}) == ""
    assert engine.disagreements(queries.simple, {second: expected[second] for second in quiet}) == ""


def test_the_simple_form_alone_would_lose_what_came_before_a_reset(engine_of: EngineOf) -> None:
    samples = {0: 100, 15: 100, 30: 150, 45: 3, 60: 4, 75: 4, 90: 4, 105: 4, 120: 4}
    queries = counter_queries("x_total")
    engine = engine_of({X: samples})
    assert engine.disagreements(queries.simple, {60: {"{}": 4.0}}) == ""
    assert engine.disagreements(queries.exact, {60: {"{}": 54.0}}) == ""


def test_a_missed_scrape_between_two_looks_loses_nothing(engine_of: EngineOf) -> None:
    samples = climbing(3, range(7, 900, 15))
    for at in (427, 442):
        samples[at] = STALE
    queries = counter_queries("x_total")
    engine = engine_of({X: samples})
    expected = exactly({X: samples}, ends(180, 840))
    assert engine.disagreements(queries.exact, expected) == ""
    assert engine.disagreements(queries.simple, expected) == ""


def test_a_restart_that_misses_the_scrapes_around_a_look_loses_nothing(engine_of: EngineOf) -> None:
    samples = reset(climbing(4, range(7, 900, 15)), 472)
    samples = {at: value for at, value in samples.items() if not 457 < at < 502} | {472: STALE}
    queries = counter_queries("x_total")
    engine = engine_of({X: samples})
    expected = exactly({X: samples}, ends(180, 840))
    assert engine.disagreements(queries.exact, expected) == ""
    assert engine.disagreements(queries.probe, {480: {"{}": 1.0}, 540: {"{}": 1.0}}) == ""


@pytest.mark.parametrize("scrape", [15, 60])
def test_a_series_born_at_600_while_its_target_is_up_counts_from_nothing(engine_of: EngineOf, scrape: int) -> None:
    samples = climbing(5, range(607, 900, scrape))
    samples = {at: int(value) + 500 for at, value in samples.items()}
    engine = engine_of({X: samples, UP: up(7, 900, scrape)})
    queries = counter_queries("x_total")
    expected = exactly({X: samples}, ends(660, 840))
    expected[660] = {"{}": float(max(int(value) for at, value in samples.items() if at <= 660))}
    assert expected[660]["{}"] >= 600
    assert engine.disagreements(queries.exact, expected) == ""
    assert engine.disagreements(queries.simple, {600: {}, 660: {}, 720: expected[720]}) == ""
    assert engine.disagreements(queries.probe, {660: {"{}": 1.0}, 720: {}}) == ""


def test_the_first_value_of_a_new_target_is_where_counting_begins(engine_of: EngineOf) -> None:
    samples = climbing(6, range(607, 900, 15))
    engine = engine_of({X: samples, UP: up(607, 900)})
    assert engine.disagreements(counter_queries("x_total").exact, exactly({X: samples}, ends(660, 840))) == ""
    assert grown(samples, 660) < 100


def test_a_series_that_comes_back_after_forty_minutes_does_not_count_the_gap(engine_of: EngineOf) -> None:
    before, after = climbing(7, range(7, 600, 15)), climbing(8, range(3007, 3300, 15))
    samples = before | {at: int(value) + 5000 for at, value in after.items()} | {600: STALE}
    engine = engine_of({X: samples, UP: up(7, 3300)})
    expected = exactly({X: samples}, ends(3060, 3240))
    assert expected[3060]["{}"] < 100
    queries = counter_queries("x_total")
    assert engine.disagreements(queries.exact, expected) == ""
    assert engine.disagreements(queries.simple, {3060: {}, 3120: expected[3120]}) == ""


@pytest.mark.parametrize("gap", range(120, 421, 15))
def test_gaps_of_any_length_are_counted_alike_by_both_forms(engine_of: EngineOf, gap: int) -> None:
    samples = climbing(9, [*range(7, 600, 15), *range(592 + gap, 1800, 15)])
    queries = counter_queries("x_total")
    engine = engine_of({X: samples, UP: up(7, 1800)})
    seconds = ends(540, 1740)
    expected = exactly({X: samples}, seconds)
    still = {at: answer for at, answer in expected.items() if answer}
    assert engine.disagreements(queries.exact, still) == ""


def test_groups_keep_their_labels_and_sum_to_the_whole(engine_of: EngineOf) -> None:
    paths = {path: climbing(number, range(7, 600, 15)) for number, path in enumerate(("/a", "/b"))}
    series = {f'x_total{{{TARGET},path="{path}",code="{code}"}}': s for path, s in paths.items() for code in (200, 500)}
    engine = engine_of(series)
    queries = counter_queries("x_total", group_by=("path",))
    expected = {
        at: {f'{{path="{path}"}}': 2.0 * (grown(samples, at) or 0) for path, samples in paths.items()}
        for at in ends(180, 540)
    }
    for query in (queries.simple, queries.exact):
        assert engine.disagreements(query, expected) == ""
    total = {at: {"{}": sum(answer.values())} for at, answer in expected.items()}
    assert engine.disagreements(counter_queries("sum by (code) (x_total)").simple, total) == ""


def test_one_groups_birth_does_not_hide_another_group(engine_of: EngineOf) -> None:
    old, young = climbing(1, range(7, 900, 15)), climbing(2, range(607, 900, 15))
    engine = engine_of({
        f'x_total{{{TARGET},path="/a"}}': old,
        f'x_total{{{TARGET},path="/b"}}': young,
        UP: up(7, 900),
    })  # fmt: skip
    first = max(int(value) for at, value in young.items() if at <= 660)
    expected = {660: {'{path="/a"}': float(grown(old, 660) or 0), '{path="/b"}': float(first)}}
    assert engine.disagreements(counter_queries("x_total", group_by=("path",)).exact, expected) == ""


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("x_total", 40.0),
        ('x_total{job="shop"}', 40.0),
        ("sum(x_total)", 40.0),
        ("sum by (job) (x_total)", 40.0),
        ("sum(x_total) + sum(y_total)", 240.0),
        ("y_total - x_total", 160.0),
        ('x_total or z_total{job="none"}', 40.0),
        ("sum(y_total) / 4", 50.0),
        ("-x_total + y_total", 160.0),
        ("x_total offset 1m", 40.0),
        ("x_total @ 300", 40.0),
        ("x_total @ 360 offset 1m", 40.0),
        ('sum(label_replace(x_total, "a", "$1", "job", "(.*)"))', 40.0),
        ("increase(x_total[4m])", 40.0),
        ("sum(rate(x_total[2m]))", 40.0),
        ("sum(rate(x_total[2m])) + sum(y_total)", 240.0),
    ],
)
def test_every_shape_of_query_answers_the_events_of_the_step(engine_of: EngineOf, query: str, value: float) -> None:
    series = {
        X: {at: 10 * at // 15 for at in range(0, 901, 15)},
        f"y_total{{{TARGET}}}": {at: 50 * at // 15 for at in range(0, 901, 15)},
    }
    queries = counter_queries(query)
    engine = engine_of(series)
    for text in filter(None, (queries.simple, queries.exact)):
        assert engine.disagreements(text, {600: {"{}": value}}) == "", text


def test_an_offset_into_the_future_moves_both_looks() -> None:
    assert counter_queries("x_total offset -5m").simple.startswith(
        "sum(((x_total offset -5m - x_total offset -4m >= 0)"
    )
    assert "x_total offset -1m - x_total >= 0" in counter_queries("x_total offset -1m").simple


@pytest.mark.parametrize("query", ["increase(x_total[5m])", "sum(rate(x_total[5m]))", "irate(x_total[1m]) * 3"])
def test_a_query_with_its_own_rate_is_scaled_and_warned_of(query: str) -> None:
    queries = counter_queries(query)
    assert queries.is_fractional
    assert (queries.exact, queries.probe) == (None, None)
    assert "scaled to 60 s" in queries.warnings[0]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("max(x_total)", "max"),
        ("x_total > 5", ">"),
        ("x_total / y_total", "/"),
        ("ceil(x_total)", "ceil"),
        ('{job="shop"}', "metric name"),
        ("vector(1)", "no counter"),
        ("sum_over_time(x_total[5m:1m])", "no counter"),
    ],
)
def test_what_is_no_sum_of_counters_is_warned_of(query: str, word: str) -> None:
    assert any(word in warning for warning in counter_queries(query).warnings)


def test_sums_and_differences_are_not_warned_of() -> None:
    for query in ("x_total", "sum(x_total) - sum(y_total)", "sum by (path) (x_total)", "x_total / 60"):
        assert counter_queries(query, group_by=("path",) if "by" in query else ()).warnings == ()


def test_a_label_of_group_by_that_the_query_drops_is_warned_of() -> None:
    lost = [
        counter_queries(query, group_by=("path",)).warnings
        for query in ("sum(x_total)", "sum by (code) (x_total)", "sum without (path) (x_total)")
    ]
    assert all("path" in warnings[0] for warnings in lost)
    kept = counter_queries("sum without (code) (x_total)", group_by=("path",))
    assert kept.warnings == ()


def test_matchers_keep_their_letters() -> None:
    text = 'x_total{a="say \\"hi\\" \\\\ there\\n", b=~"\\\\d+|[.]", c!="", d!~"e.*"}'
    queries: CounterQueries = counter_queries(text)
    for query in (queries.simple, queries.exact, queries.probe):
        assert query is not None
        assert check(query) is None
        assert 'a="say \\"hi\\" \\\\ there\\n"' in query
        assert 'b=~"\\\\d+|[.]"' in query


def test_ranges_stay_within_the_step_on_prometheus_2_and_3() -> None:
    exact = counter_queries("x_total").exact
    assert exact is not None
    assert "[59s:15s]" in exact
    assert "[59s999ms]" in exact


@pytest.mark.parametrize("query", ["1", '"text"', "x_total[5m]", "time()", "sum("])
def test_what_names_no_series_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match=r"names no counter|unclosed"):
        counter_queries(query)
