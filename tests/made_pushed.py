"""A handbook whose slices programs push: nothing is asked, so that a server of it starts at once."""

from __future__ import annotations

_HEAD = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: apps}
spec: {type: push}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {}
"""
_EACH = """\
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: answers-{number}}}
spec:
  service: shop
  indicator:
    metadata: {{name: sli-{number}}}
    spec:
      ratioMetric:
        bad: {{metricSource: {{metricSourceRef: apps, spec: {{}}}}}}
        total: {{metricSource: {{metricSourceRef: apps, spec: {{}}}}}}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.99}}]
"""


def pushed_objectives(count: int) -> str:
    """Objectives `answers-0`, `answers-1` and so on, on SLIs `sli-0`, `sli-1` and so on."""
    return _HEAD + "".join(_EACH.format(number=number) for number in range(count))
