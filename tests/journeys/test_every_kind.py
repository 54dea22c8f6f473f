"""
Every kind of objective from a real Prometheus to the status, with numbers worked by hand.

Two days of a scrape each minute. In every ten minutes: the queue stands at 5 nine times and at 50 once; the share of
good answers is 0.9 throughout; the load is 0.6 eight times and 0.9 twice; 20 orders pass in eight minutes, 0 in two, of
which one has no demand; one of 100 requests fails in one minute of ten, and none is ever incorrect; one failure a day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from made_commands import a_shop, typed
from servers import StartPrometheus
from tsdb_truth import build_blocks

pytestmark = pytest.mark.prometheus

START = 1_767_571_200
"""2026-01-05, midnight UTC."""
END = START + 2 * 86_400
AT = "2026-01-07T00:00:00Z"
DAY = 1440
GAUGES: Mapping[str, Callable[[int], float]] = {
    "queue": lambda n: 50 if n % 10 == 3 else 5,
    "good_share": lambda _: 0.9,
    "load": lambda n: 0.9 if n % 10 in (1, 2) else 0.6,
    "orders": lambda n: 0 if n % 10 in (4, 5) else 20,
    "carts": lambda n: 0 if n % 10 == 4 else 7,
    "requests_total": lambda n: 100 * n,
    "errors_total": lambda n: (n + 9) // 10,
    "incorrect_total": lambda _: 0,
    "failures_total": lambda n: n // DAY,
    "minutes_total": lambda n: n,
}


def slo(
    name: str, indicator: str, objective: str, *, on_slo: str = "", on_sli: str = "", budgeting: str = "Occurrences"
) -> str:
    return f"""\
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}, annotations: {{{on_slo}}}}}
spec:
  service: web
  indicator:
    metadata: {{name: {name}-sli, annotations: {{{on_sli}}}}}
    spec: {{{indicator}}}
  timeWindow: [{{duration: 1d, isRolling: true}}]
  budgetingMethod: {budgeting}
  objectives: [{{{objective}}}]
"""


def metric(query: str) -> str:
    return f"{{metricSource: {{metricSourceRef: metrics, spec: {{query: '{query}'}}}}}}"


def events(bad: str, total: str) -> str:
    return f"ratioMetric: {{counter: true, bad: {metric(bad)}, total: {metric(total)}}}"


def handbook(url: str) -> str:
    head = f"""\
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: metrics}}
spec: {{type: prometheus, connectionDetails: {{url: "{url}"}}}}
---
apiVersion: openslo/v1
kind: Service
metadata: {{name: web}}
spec: {{}}
"""
    raw = f"ratioMetric: {{counter: false, rawType: success, raw: {metric('good_share')}}}"
    return (
        head
        + slo("gauge", f"thresholdMetric: {metric('queue')}", "op: lt, value: 10, target: 0.8")
        + slo("raw", raw, "target: 0.8")
        + slo("band", f"thresholdMetric: {metric('load')}", "target: 0.5", on_slo='leadline/band: "0.5..0.8"')
        + slo("floor", f"thresholdMetric: {metric('orders')}", "op: gt, value: 10, target: 0.5",
              on_sli="leadline/onlyWhen: carts > 0")
        + slo("stretches", events("errors_total", "requests_total"),
              "target: 0.8, timeSliceTarget: 0.995, timeSliceWindow: 1m", budgeting="Timeslices")
        + slo("correct", events("incorrect_total", "requests_total"), "target: 1")
        + slo("broken", events("errors_total", "requests_total"), "target: 1")
        + slo("between-failures", events("failures_total", "minutes_total"), "target: 0.5", on_slo="leadline/mtbf: 12h")
    )  # fmt: skip


@pytest.fixture(scope="module")
def slos(
    promtool: str, tmp_path_factory: pytest.TempPathFactory, prometheus_servers: StartPrometheus
) -> Mapping[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("kinds")
    with (folder / "data.om").open("w") as file:
        for name, value in GAUGES.items():
            file.write(f"# TYPE {name} gauge\n")
            file.writelines(f"{name} {value(n)} {at}\n" for n, at in enumerate(range(START - 60 + 7, END, 60)))
        file.write("# EOF\n")
    build_blocks(promtool, folder / "data.om", folder / "blocks")
    a_shop(folder, handbook(prometheus_servers(tsdb_dir=folder / "blocks")))
    collected = typed("collect", "--since", "2026-01-05T00:00:00Z", "--at", AT, shop=folder)
    assert collected.code == 0, collected.err
    status = typed("status", "--at", AT, "--json", shop=folder).json
    return {one["slo"]: one for one in status["slos"]}


@pytest.mark.parametrize(
    ("name", "bad", "total", "remaining", "level"),
    [
        ("gauge", 144, DAY, 0.5, "warning"),
        ("raw", 144, DAY, 0.5, "warning"),
        ("band", 288, DAY, 0.6, "healthy"),
        ("floor", 144, 1296, 7 / 9, "healthy"),
        ("stretches", 144, DAY, 0.5, "warning"),
        ("correct", 0, DAY * 100, 1.0, "healthy"),
        ("broken", 144, DAY * 100, None, "depleted"),
        ("between-failures", 1, DAY, 0.5, "warning"),
    ],
)
def test_an_objective_of_each_kind_is_what_was_worked_out(  # noqa: PLR0917 - one row of the table
    slos: Mapping[str, dict[str, Any]], name: str, bad: float, total: float, remaining: float | None, level: str
) -> None:
    found = slos[name]
    assert (found["bad"], found["total"]) == (pytest.approx(bad), total)
    left = found["budget"]["remaining"]
    assert left is None if remaining is None else left == pytest.approx(remaining)
    assert (found["level"], found["coverage"]) == (level, 1)
