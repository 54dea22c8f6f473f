"""
Lint against a real Prometheus in which the known traps were planted: each is found, and what is sound is not.

Eight days of one target. Where nothing else is said, a counter is scraped every minute and grows by a hundred.
"""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leadline.adapters.sources.prometheus import PrometheusSource
from leadline.domains.checking.catalogue import RULES
from leadline.domains.checking.query_costs import Size, collecting, reads, samples_of
from leadline.ports.source import Role, SourceQuery
from made_commands import typed
from made_lint import linted, practice, rules, slo, the
from servers import StartPrometheus, free_port
from tsdb_truth import build_blocks

pytestmark = pytest.mark.prometheus

START = 1_767_571_200
END = START + 8 * 86_400
AT = "2026-01-13T00:00:00Z"
HOUR = 3600
BUCKETS = {"0.1": 50, "0.25": 90, "0.5": 97, "1.0": 99, "+Inf": 100}


def series() -> Iterator[tuple[str, str, list[tuple[int, int]]]]:
    """(metric, labels, [(instant, value)])."""
    times = range(START + 7, END, 60)

    def plain(pace: int, step: int = 60, since: int = START, until: int = END) -> list[tuple[int, int]]:
        return [(at, pace * ((at - START) // 60)) for at in range(since + 7, until, step)]

    yield "requests_total", 'path="/pay"', plain(100)
    yield "errors_total", 'path="/pay"', [(at, (at - START) // 1200) for at in times]
    yield "double_total", "", plain(200)
    yield "restless", "", [(at, (at // 60) % 5) for at in times]
    yield "slow_total", "", plain(100, step=180)
    yield "born_total", "", plain(100, since=END - 3 * HOUR)
    yield "gone_total", "", plain(100, until=END - 2 * HOUR)
    yield "ended_total", "", plain(100, until=END - 3 * 86_400)
    yield "holes_total", "", [(at, at - START) for at in times if (at // HOUR) % 2]
    yield "rare_total", "", [(at, (at - START) // HOUR) for at in times]
    for one in ("1", "2"):
        yield "pairs_total", f'a="{one}",b="{one}"', plain(100)
    yield "idle_total", "", [(at, 5) for at in times]
    for le, pace in BUCKETS.items():
        yield "latency_bucket", f'le="{le}"', plain(pace)
    for number in range(1_100):
        yield "wide_total", f'user="{number}"', plain(1, since=END - 900)
    yield "up", "", [(at, 1) for at in times]


@pytest.fixture(scope="module")
def url(promtool: str, tmp_path_factory: pytest.TempPathFactory, prometheus_servers: StartPrometheus) -> str:
    folder = tmp_path_factory.mktemp("planted")
    with (folder / "data.om").open("w") as file:
        before = ""
        for metric, labels, samples in series():
            if metric != before:
                file.write(f"# TYPE {metric} gauge\n")
                before = metric
            all_labels = ",".join(filter(None, ('job="web",instance="web:80"', labels)))
            file.writelines(f"{metric}{{{all_labels}}} {value} {at}\n" for at, value in samples)
        file.write("# EOF\n")
    build_blocks(promtool, folder / "data.om", folder / "blocks")
    return prometheus_servers(tsdb_dir=folder / "blocks")


@dataclass(frozen=True)
class Trap:
    """A rule, an SLO that it finds, and one like it that it does not."""

    rule: str
    unwise: Mapping[str, str]
    wise: Mapping[str, str]
    weight: str
    says: str

    @property
    def name(self) -> str:
        return f"{self.rule} {self.says[:20]}"


def case(rule: str, weight: str, says: str, unwise: dict[str, str], wise: dict[str, str] | None = None) -> Trap:
    return Trap(rule, unwise, wise or {}, weight, says)


LATENCY = {"role": "good", "total": 'latency_bucket{le="+Inf"}', "target": "0.5"}
RARE = {"total": "rare_total"}
UNGUARDED = RARE | {"window": "30d", "notes": "leadline/lowTraffic: 'off'"}
BORN = {"total": "born_total", "bad": "born_total", "target": "0.01"}


def below(limit: str) -> dict[str, str]:
    return {"bad": f'latency_bucket{{le="{limit}"}}', **LATENCY}


TRAPS = (
    case("no-such-metric", "error", "did you mean requests_total?", {"total": "request_total"}),
    case("no-such-metric", "warning", "look at the metric names", {"bad": "zebras_seen"}),
    case("no-such-metric", "error", "no sample of this metric", {"total": "ended_total"}),
    case("no-such-label", "error", "did you mean path?", {"total": 'requests_total{paht="/pay"}'}),
    case("no-such-value", "error", "did you mean /pay?", {"total": 'requests_total{path="/pey"}'}),
    case("no-series", "error", "no series has all", {"total": 'pairs_total{a="1",b="2"}'}),
    case("no-bad-series", "note", "initialise it", {"bad": 'errors_total{path="/basket"}'}),
    case("no-such-bucket", "warning", 'le="0.25" and le="0.5"', below("0.3"), below("0.25")),
    case("bucket-spelling", "note", 'writes it le="1.0"', below("1"), below("1.0")),
    case("not-a-counter", "error", "times within an hour", {"bad": "restless"}),
    case("born-above-zero", "note", "began above 0", {"bad": "born_total", "total": "double_total", "target": "0.5"}),
    case("silent", "error", "2026-01-12 2", {"total": "gone_total"}),
    case("gaps", "warning", "of the last day's looks", {"total": "holes_total"}),
    case("short-retention", "warning", "and the window is 30d", {"window": "30d"}, {"window": "7d"}),
    case("young-series", "note", "is seen since about 2026-01-1", BORN),
    case("short-window", "warning", "samples are 180 s apart", {"total": "slow_total"}),
    case("one-error-pages", "warning", "below 69.4 events", UNGUARDED),
    case("little-traffic", "note", "wants 5 bad events in 1h, and 1.0", RARE),
    case("tiny-budget", "warning", "allows 0.17 bad events", RARE | {"bad": "idle_total"}),
    case("no-traffic", "note", "no event in the last week", {"total": "idle_total"}),
    case("more-bad-than-all", "error", "than there were", {"bad": "double_total"}),
    case("missed-last-week", "warning", "99.9501% of 1,008,000", {"target": "0.9999"}),
    case("too-many-groups", "error", "1,100 groups", {"total": "wide_total", "notes": "leadline/groupBy: user"}),
)  # fmt: skip


def live(folder: Path, text: str, *arguments: str) -> dict[str, Any]:
    return linted(folder, text, "--live", "--at", AT, *arguments)


def test_of_a_life_of_hours_no_traffic_is_concluded(url: str, tmp_path: Path) -> None:
    found = live(tmp_path, practice(slo(total="born_total", bad="born_total", target="0.5", window="30d"), url=url))
    assert {"missed-last-week", "little-traffic", "tiny-budget", "no-traffic"} & set(rules(found)) == set()


@pytest.mark.parametrize(
    "spared",
    [
        slo(window="7d", bad="sum(rate(requests_total[5m]))", role="good", target="0.9999"),
        slo(window="7d", target="0.9999", method="Timeslices").replace("0.9999}", "0.9999, timeSliceTarget: 0.9}"),
        slo(window="7d", target="0.9999", notes="leadline/onlyWhen: requests_total > 0"),
    ],
    ids=["a rate of its own", "time slices", "on demand"],
)
def test_what_the_source_cannot_sum_as_the_objective_does_is_not_concluded(
    spared: str, url: str, tmp_path: Path
) -> None:
    found = live(tmp_path, practice(spared, url=url))
    assert [(week["good_ratio"], week["would_be_kept"]) for week in found["weeks"]] == [(None, None)]
    assert "missed-last-week" not in rules(found)


def test_a_sound_slo_has_nothing_to_be_told(url: str, tmp_path: Path) -> None:
    found = live(tmp_path, practice(slo(window="7d"), url=url))
    assert [one for one in rules(found) if RULES[one].asks_source] == []
    assert (found["unanswered"], found["is_live"]) == ([], True)
    [week] = found["weeks"]
    # 504 errors among 1,008,000 requests of seven days
    assert (week["slo"], week["would_be_kept"]) == ("checkout", True)
    assert week["events"] == pytest.approx(1_008_000, rel=1e-3)
    assert week["good_ratio"] == pytest.approx(1 - 504 / 1_008_000, abs=1e-5)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_a_trap_is_found_where_it_is_and_not_where_it_is_not(trap: Trap, url: str, tmp_path: Path) -> None:
    found = live(
        tmp_path,
        practice(
            slo("unwise", **{"window": "7d", **trap.unwise}), slo("wise", **{"window": "7d", **trap.wise}), url=url
        ),
    )
    told = [one for one in found["findings"] if one["rule"] == trap.rule]
    assert [one["name"] for one in told] == ["unwise"], found["findings"]
    assert (told[0]["weight"], found["unanswered"]) == (trap.weight, [])
    assert trap.says in f"{told[0]['what']} {told[0]['way_out']}"


def test_a_limit_between_two_buckets_is_told_with_what_both_say_of_last_week(url: str, tmp_path: Path) -> None:
    unwise = slo(window="7d", **{"bad": 'latency_bucket{le="0.3"}', **LATENCY})
    what = the(live(tmp_path, practice(unwise, url=url)), "no-such-bucket")["what"]
    # 90 and 97 of a hundred a minute
    assert "last week's SLI lies between 90.00% and 97.00%" in what


def test_a_limit_that_may_not_be_bracketed_is_an_error(url: str, tmp_path: Path) -> None:
    refused = slo(window="7d", notes="leadline/offBoundary: refuse", **{"bad": 'latency_bucket{le="0.3"}', **LATENCY})
    assert the(live(tmp_path, practice(refused, url=url)), "no-such-bucket")["weight"] == "error"


def test_a_source_that_does_not_answer_is_not_clean(tmp_path: Path) -> None:
    dark = f"http://127.0.0.1:{free_port()}"
    found = linted(tmp_path, practice(slo(), url=dark), "--live", code=3)
    assert (rules(found), [one["source"] for one in found["unanswered"]]) == ([], ["metrics"])
    linted(tmp_path, practice(slo(bad="errors_total offset 5m"), url=dark), "--live", code=1)
    linted(tmp_path, practice(slo(), url=dark), code=0)


def counted(url: str, query: str, path: str = "query", **times: int) -> int:
    """Samples that Prometheus says a query has read."""
    form = urllib.parse.urlencode({"query": query, "stats": "all", **(times or {"time": END})})
    with urllib.request.urlopen(f"{url}/api/v1/{path}?{form}", timeout=30) as response:
        return int(json.load(response)["data"]["stats"]["samples"]["totalQueryableSamples"])


@pytest.mark.parametrize(
    "query",
    [
        "sum(increase(requests_total[5m]))",
        "sum(increase(requests_total[3d]))",
        "sum(increase(slow_total[1d]))",
        "sum(rate(latency_bucket[6h]))",
        "sum_over_time(requests_total[7d])",
        "wide_total + 1",
    ],
)
def test_costs_are_what_prometheus_itself_counts(query: str, url: str) -> None:
    with closing(PrometheusSource("metrics", {"url": url}, {})) as source:
        found = source.sizes([read.selector for read in reads(query)], END)
    told = samples_of(query, {text: Size(*each) for text, each in found.items()})
    assert told == pytest.approx(counted(url, query), rel=0.02)


def test_a_subquery_reads_what_its_looks_read_one_after_the_other(url: str) -> None:
    # Prometheus counts what a subquery answers, not what it reads; a query over a range says that.
    text = "max_over_time(sum(rate(requests_total[5m]))[1d:5m])"
    looks = counted(url, "sum(rate(requests_total[5m]))", "query_range", start=END - 86_400, end=END, step=300)
    assert samples_of(text, {"requests_total": Size(1, 60.0)}) == pytest.approx(looks, rel=0.02)


def test_what_leadline_itself_reads_is_what_prometheus_counts(url: str, tmp_path: Path) -> None:
    linted(tmp_path, practice(slo(window="7d"), url=url))
    found = typed("cost", "--live", "--at", AT, "--json", shop=tmp_path).json
    [one] = found["slos"]
    assert (one["series"], one["is_assumed"], one["scrape_seconds"]) == (2, False, 60)
    asked = [SourceQuery("a", Role.TOTAL, text, counter=True) for text in ("requests_total", "errors_total")]
    assert one["per_minute"]["leadline"] == pytest.approx(
        sum(counted(url, collecting(each)) for each in asked), rel=0.02
    )
    windows = sum(counted(url, f"increase({each.text}[3d])") for each in asked)
    assert one["windows"]["3d"] == pytest.approx(windows, rel=0.02)


GAUGE = """\
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: probe}
spec:
  service: shop
  description: The target answers.
  budgetingMethod: Occurrences
  timeWindow: [{duration: 7d, isRolling: true}]
  indicator:
    metadata: {name: probe-sli}
    spec: {thresholdMetric: {metricSource: {metricSourceRef: metrics, spec: {query: up}}}}
  objectives: [{op: gte, value: 1, target: 0.99}, {op: gt, value: 1, target: 0.99}]
"""
RATIO = """\
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: share}
spec:
  service: shop
  description: Computed elsewhere.
  budgetingMethod: Occurrences
  timeWindow: [{duration: 7d, isRolling: true}]
  indicator:
    metadata: {name: share-sli}
    spec: {ratioMetric: {rawType: failure, raw: {metricSource: {metricSourceRef: metrics, spec: {query: up * 0.25}}}}}
  objectives: [{target: 0.99}]
"""


def test_gauges_and_ratios_have_a_last_week_too(url: str, tmp_path: Path) -> None:
    found = live(tmp_path, practice(GAUGE, RATIO, url=url))
    weeks = {week["slo"]: (week["good_ratio"], week["would_be_kept"]) for week in found["weeks"]}
    assert weeks == {"probe/1": (1, True), "probe/2": (0, False), "share": (0.75, False)}
    missed = [one["slo"] for one in found["findings"] if one["rule"] == "missed-last-week"]
    assert missed == ["probe/2", "share"]
