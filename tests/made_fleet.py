"""
A fleet: ten shapes of SLI, fifty of each that differ in one label's value, as OpenMetrics, as handbook, and as truth.

A sample stands ten seconds before each full minute and holds all events of the minute, so that a slice's truth is the
very number that its event function says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from instants import NOON_SECONDS
from leadline.core.slices import STEP

EACH = 50
MINUTES = 40
START = NOON_SECONDS - MINUTES * STEP
RESTARTED = frozenset({7, 31})
"""Of each shape that counts, these start again now and then: in the last minute but three, unless told otherwise."""
RESTART = MINUTES - 4
Truth = Mapping[str, tuple[float, float]]
"""Bad and total by the value of the group; without groups by the empty text."""


@dataclass(frozen=True)
class Metric:
    """Events of a minute if it counts, else the value; for one member and one minute."""

    name: str
    labels: str
    value: Callable[[int, int], float]
    counts: bool = True


def _asks(kind: str, **queries: str) -> str:
    lines = [f"      {kind}:"] + ["        counter: true"] * (kind == "ratioMetric")
    for role, query in queries.items():
        lines += [f"        {role}:"] if kind == "ratioMetric" else []
        lines += [
            "          metricSource:",
            "            metricSourceRef: metrics",
            f"            spec: {{query: '{query}'}}",
        ]
    return "\n".join(lines)


@dataclass(frozen=True)
class Shape:
    """One way to measure; `<name>` in a text stands for the member's name."""

    name: str
    metrics: tuple[Metric, ...]
    indicator: str
    truth: Callable[[int, int], Truth]
    objective: str = "target: 0.99"
    of_sli: str = ""
    """Annotation of the SLI."""
    of_slo: str = ""
    """Annotation of the SLO."""


def _all(number: int, minute: int) -> int:
    return 20 + (number * 7 + minute * 5) % 13


def _bad(number: int, minute: int) -> int:
    return (number + minute) % 4


def _good(number: int, minute: int) -> int:
    return _all(number, minute) - _bad(number, minute)


def _gauge(number: int, minute: int) -> int:
    return (number * 3 + minute * 11) % 20


def _plain(bad: float, total: float) -> Truth:
    return {"": (bad, total)}


def _events(number: int, minute: int) -> Truth:
    return _plain(_bad(number, minute), _all(number, minute))


def _when(is_bad: bool) -> Truth:
    return _plain(float(is_bad), 1)


def _parts(name: str, label: str, bad: str, good: str, more: str = "") -> tuple[Metric, ...]:
    """A counter whose bad and good events are series of their own."""
    return (
        Metric(name, f'{label}="{bad}"{more}', _bad),
        Metric(name, f'{label}="{good}"{more}', _good),
    )


def _regions(number: int, minute: int) -> Truth:
    return {"eu": (_bad(number, minute), _all(number, minute)), "us": (_bad(number, minute), _all(number, minute))}


_RAW = """\
      ratioMetric:
        rawType: success
        raw:
          metricSource:
            metricSourceRef: metrics
            spec: {query: 'avg(probe_success{service="<name>"})'}"""

SHAPES = (
    Shape(
        "bad-of-total",
        _parts("http_requests_total", "code", "500", "200"),
        _asks(
            "ratioMetric",
            bad='http_requests_total{service="<name>",code=~"5.."}',
            total='http_requests_total{service="<name>"}',
        ),
        _events,
    ),
    Shape(
        "good-of-total",
        _parts("rpc_total", "status", "error", "ok"),
        _asks(
            "ratioMetric", good='sum(rpc_total{service="<name>",status="ok"})', total='sum(rpc_total{service="<name>"})'
        ),
        _events,
    ),
    Shape(
        "latency",
        (
            Metric("wait_seconds_bucket", 'le="0.25"', _good),
            Metric("wait_seconds_bucket", 'le="+Inf"', _all),
            Metric("wait_seconds_count", 'kind="all"', _all),
        ),
        _asks(
            "ratioMetric",
            good='wait_seconds_bucket{service="<name>",le="0.25"}',
            total='wait_seconds_count{service="<name>"}',
        ),
        _events,
    ),
    Shape(
        "gauge",
        (Metric("queue_length", 'kind="one"', _gauge, counts=False),),
        _asks("thresholdMetric", value='queue_length{service="<name>"}'),
        lambda number, minute: _when(_gauge(number, minute) > 15),
        "op: lte, value: 15, target: 0.9",
    ),
    Shape(
        "floor",
        (Metric("throughput", 'kind="one"', _gauge, counts=False), Metric("waiting", 'kind="one"', _bad, counts=False)),
        _asks("thresholdMetric", value='throughput{service="<name>"}'),
        lambda number, minute: _when(_gauge(number, minute) < 5) if _bad(number, minute) > 1 else _plain(0, 0),
        "op: gte, value: 5, target: 0.9",
        of_sli="leadline/onlyWhen: 'waiting{service=\"<name>\"} > 1'",
    ),
    Shape(
        "band",
        (Metric("load_ratio", 'kind="one"', lambda number, minute: _gauge(number, minute) / 20, counts=False),),
        _asks("thresholdMetric", value='load_ratio{service="<name>"}'),
        lambda number, minute: _when(not 4 <= _gauge(number, minute) <= 14),
        "target: 0.9",
        of_slo='leadline/band: "0.2..0.7"',
    ),
    Shape(
        "raw",
        (Metric("probe_success", 'kind="one"', lambda number, minute: 1 - _bad(number, minute) / 4, counts=False),),
        _RAW,
        lambda number, minute: _plain(_bad(number, minute) / 4, 1),
    ),
    Shape(
        "between-failures",
        (Metric("crashes_total", 'kind="one"', _bad), Metric("up_minutes_total", 'kind="one"', _all)),
        _asks("ratioMetric", bad='crashes_total{service="<name>"}', total='up_minutes_total{service="<name>"}'),
        _events,
        of_slo="leadline/mtbf: 24h",
    ),
    Shape(
        "grouped",
        tuple(
            metric
            for region in ("eu", "us")
            for metric in _parts("jobs_total", "result", "failed", "done", f',region="{region}"')
        ),
        _asks("ratioMetric", bad='jobs_total{service="<name>",result="failed"}', total='jobs_total{service="<name>"}'),
        _regions,
        of_sli="leadline/groupBy: region",
    ),
    Shape(
        "sum-of-two",
        (
            Metric("reads_total", 'kind="one"', _all),
            Metric("writes_total", 'kind="one"', _all),
            Metric("faults_total", 'kind="one"', _bad),
        ),
        _asks(
            "ratioMetric",
            bad='faults_total{service="<name>"} or never_total{service="<name>"}',
            total='sum(reads_total{service="<name>"}) + sum(writes_total{service="<name>"})',
        ),
        lambda number, minute: _plain(_bad(number, minute), 2 * _all(number, minute)),
    ),
)


def member(shape: Shape, number: int) -> str:
    return f"{shape.name}-{number:02}"


def start_of(minute: int) -> int:
    return START + minute * STEP


def write_openmetrics(
    path: Path, start: int = START, minutes: int = MINUTES, restarts: Collection[int] = (RESTART,)
) -> None:
    """Every sample of so many minutes from `start` on, series by series, families apart."""
    metrics = [(shape, metric) for shape in SHAPES for metric in shape.metrics]
    ends = range(start + STEP - 10, start + minutes * STEP, STEP)
    with path.open("w") as file:
        for name in dict.fromkeys(metric.name for _, metric in metrics):
            file.write(f"# TYPE {name} unknown\n")
            for shape, metric in metrics:
                if metric.name == name:
                    for number in range(EACH):
                        file.writelines(_samples(shape, metric, number, ends, restarts))
        file.write("# EOF\n")


def _samples(
    shape: Shape, metric: Metric, number: int, ends: Collection[int], restarts: Collection[int]
) -> Iterator[str]:
    series = f'{metric.name}{{service="{member(shape, number)}",{metric.labels}}}'
    starts_again = metric.counts and number in RESTARTED
    total = 0.0
    for minute, end in enumerate(ends):
        value = metric.value(number, minute)
        total = value if starts_again and minute in restarts else total + value
        yield f"{series} {total if metric.counts else value} {end}\n"


def handbook(url: str) -> str:
    """All of them as OpenSLO."""
    head = f"""\
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: metrics}}
spec: {{type: prometheus, connectionDetails: {{url: "{url}"}}}}
---
apiVersion: openslo/v1
kind: Service
metadata: {{name: fleet}}
spec: {{}}
"""
    return head + "".join(_document(shape, number) for shape in SHAPES for number in range(EACH))


def _document(shape: Shape, number: int) -> str:
    name = member(shape, number)
    of_sli = f", annotations: {{{shape.of_sli}}}" if shape.of_sli else ""
    of_slo = f", annotations: {{{shape.of_slo}}}" if shape.of_slo else ""
    text = f"""\
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}-slo{of_slo}}}
spec:
  service: fleet
  indicator:
    metadata: {{name: {name}{of_sli}}}
    spec:
{shape.indicator}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{{shape.objective}}}]
"""
    return text.replace("<name>", name)
