"""
The fleet of the tests as SLOs for slo-generator: DIR/slos and DIR/config.yaml, the same windows as the other row.

Limits of gauges become subqueries, since slo-generator counts no slices itself; groups have no budget of their own.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import benchmarks.programs  # noqa: F401 - knows where the fleet is
from made_fleet import EACH, SHAPES, member

_RATIO = "method: good_bad_ratio"
_QUERY = "method: query_sli"
_CUT = "method: distribution_cut"
_EVERY_MINUTE = "[window:60s]"

INDICATORS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "bad-of-total": (
        _RATIO,
        {
            "filter_good": 'http_requests_total{service="<name>",code!~"5.."}[window]',
            "filter_valid": 'http_requests_total{service="<name>"}[window]',
        },
    ),
    "good-of-total": (
        _RATIO,
        {
            "filter_good": 'rpc_total{service="<name>",status="ok"}[window]',
            "filter_valid": 'rpc_total{service="<name>"}[window]',
        },
    ),
    "latency": (_CUT, {"expression": 'wait_seconds_bucket{service="<name>"}', "threshold_bucket": "0.25"}),
    "gauge": (_QUERY, {"expression": f'avg_over_time((queue_length{{service="<name>"}} <= bool 15){_EVERY_MINUTE})'}),
    "floor": (
        _QUERY,
        {
            "expression": f'avg_over_time(((throughput{{service="<name>"}} >= bool 5)'
            f' and (waiting{{service="<name>"}} > 1)){_EVERY_MINUTE})'
        },
    ),
    "band": (
        _QUERY,
        {
            "expression": f'avg_over_time(((load_ratio{{service="<name>"}} >= bool 0.2)'
            f' * (load_ratio{{service="<name>"}} <= bool 0.7)){_EVERY_MINUTE})'
        },
    ),
    "raw": (_QUERY, {"expression": 'avg_over_time(probe_success{service="<name>"}[window])'}),
    "between-failures": (
        _QUERY,
        {
            "expression": '1 - sum(increase(crashes_total{service="<name>"}[window]))'
            ' / sum(increase(up_minutes_total{service="<name>"}[window]))'
        },
    ),
    "grouped": (
        _RATIO,
        {
            "filter_good": 'jobs_total{service="<name>",result="done"}[window]',
            "filter_valid": 'jobs_total{service="<name>"}[window]',
        },
    ),
    "sum-of-two": (
        _QUERY,
        {
            "expression": '1 - (sum(increase(faults_total{service="<name>"}[window])) or vector(0))'
            ' / (sum(increase(reads_total{service="<name>"}[window]))'
            ' + sum(increase(writes_total{service="<name>"}[window])))'
        },
    ),
}
"""Method and indicator of each shape; every one has an equivalent."""

_DOCUMENT = """\
apiVersion: sre.google.com/v2
kind: ServiceLevelObjective
metadata:
  name: {name}
  labels: {{service_name: fleet, feature_name: {shape}, slo_name: {name}}}
spec:
  description: One of many.
  backend: prometheus
  {method}
  exporters: []
  service_level_indicator:
{indicator}
  goal: 0.99
"""
_STEP = (
    "    - {{name: {name}, burn_rate_threshold: 1, alert: true, message_alert: Page, message_ok: ok, window: {wide}}}"
)


def write(folder: Path, url: str, windows: Mapping[str, int]) -> None:
    """One file for each SLO of every shape."""
    shutil.rmtree(folder / "slos", ignore_errors=True)
    (folder / "slos").mkdir(parents=True)
    for shape in SHAPES:
        method, indicator = INDICATORS[shape.name]
        for name in (member(shape, number) for number in range(EACH)):
            lines = [f"    {key}: '{text}'" for key, text in indicator.items()]
            text = _DOCUMENT.format(name=name, shape=shape.name, method=method, indicator="\n".join(lines))
            (folder / "slos" / f"{name}.yaml").write_text(text.replace("<name>", name), encoding="utf-8")
    steps = "\n".join(_STEP.format(name=name, wide=wide) for name, wide in windows.items())
    config = f"backends:\n  prometheus:\n    url: {url}\nerror_budget_policies:\n  default:\n    steps:\n{steps}\n"
    (folder / "config.yaml").write_text(config, encoding="utf-8")
