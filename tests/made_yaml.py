"""A valid handbook as text, for tests that break it: `§` marks the place where a mistake must be told."""

from __future__ import annotations

from pathlib import Path

from leadline.errors import Problem
from leadline.handbook.loader import Loaded, load

SOURCE = """\
apiVersion: openslo/v1
kind: DataSource
metadata:
  name: prom
spec:
  type: Prometheus
  connectionDetails:
    url: http://127.0.0.1:9090
"""
SERVICE = """\
apiVersion: openslo/v1
kind: Service
metadata:
  name: checkout
  annotations:
    leadline/tier: "1"
    leadline/team: shop
spec:
  description: Sells.
"""
TEAM = """\
apiVersion: leadline/v1
kind: Team
metadata:
  name: shop
spec:
  contacts:
    chat: "#shop"
"""
SLI = """\
apiVersion: openslo/v1
kind: SLI
metadata:
  name: requests
  annotations:
    leadline/groupBy: path
spec:
  description: Requests answered well.
  ratioMetric:
    counter: true
    good:
      metricSource:
        metricSourceRef: prom
        spec:
          query: http_requests_total{code!~"5.."}
    total:
      metricSource:
        metricSourceRef: prom
        spec:
          query: http_requests_total
"""
GAUGE = """\
apiVersion: openslo/v1
kind: SLI
metadata:
  name: queue
spec:
  thresholdMetric:
    metricSource:
      metricSourceRef: prom
      spec:
        query: max(queue_length)
"""
RAW = """\
apiVersion: openslo/v1
kind: SLI
metadata:
  name: satisfied
spec:
  ratioMetric:
    rawType: success
    raw:
      metricSource:
        metricSourceRef: prom
        spec:
          query: avg(satisfied_ratio)
"""
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: availability
  annotations:
    leadline/onNoData: unknown
spec:
  service: checkout
  indicatorRef: requests
  timeWindow:
    - duration: 28d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: 0.999
"""
GAUGE_SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: short-queue
spec:
  service: checkout
  indicatorRef: queue
  timeWindow:
    - duration: 1M
      calendar:
        startTime: 2026-01-01 00:00:00
        timeZone: Europe/Berlin
  budgetingMethod: Timeslices
  objectives:
    - op: lt
      value: 50
      target: 0.95
      timeSliceTarget: 1
      timeSliceWindow: 5m
"""
INLINE = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: fast
spec:
  service: checkout
  indicator:
    metadata:
      name: fast-requests
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            metricSourceRef: prom
            spec:
              query: http_seconds_bucket{le="0.4"}
        total:
          metricSource:
            metricSourceRef: prom
            spec:
              query: http_seconds_count
  timeWindow:
    - duration: 28d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - displayName: most
      target: 0.99
    - displayName: nearly all
      target: 0.999
"""
POLICY = """\
apiVersion: leadline/v1
kind: BudgetPolicy
metadata:
  name: standard
spec:
  thresholds:
    healthy: 0.6
    warning: 0.3
    critical: 0.1
  rules:
    feature:
      healthy: allow
      warning: approve(sre, lead)
      critical: deny
"""
AGREEMENT = """\
apiVersion: leadline/v1
kind: Agreement
metadata:
  name: customers
spec:
  party: all customers
  commitments:
    - name: availability
      slo: availability
      sli: requests
      target: 0.99
      bands:
        - atLeast: 0.99
          consequence: none
        - atLeast: 0
          consequence: a credit of 10 %
"""
TARGET = """\
apiVersion: leadline/v1
kind: NotificationTarget
metadata:
  name: chat
spec:
  type: webhook
  connectionDetails:
    url: https://hooks.example.com/leadline
"""
ROLLBACK = """\
apiVersion: leadline/v1
kind: RollbackPolicy
metadata:
  name: undo
spec:
  services: [checkout]
  mode: approve
  kinds: [feature]
  dependencies: true
  type: webhook
  connectionDetails:
    url: https://deploy.example.com/undo
    secret: ${UNDO_SECRET}
  dryRun: true
  coolDown: 45m
  mostPerHour:
    service: 2
    all: 4
  success:
    slices: 5
    within: 20m
  approveWithin: 2h
"""
ROUTE = """\
apiVersion: leadline/v1
kind: NotificationRoute
metadata:
  name: lesser
spec:
  match:
    services: [checkout]
    teams: [shop]
    tiers: [1]
    severities: [ticket, notify]
    kinds: [alert.fired]
  targets: [chat]
  quietHours:
    - days: [monday, friday]
      start: "22:00"
      end: "07:00"
      zone: Europe/Berlin
      severities: [notify]
  default: true
"""
CORRECTION = """\
apiVersion: leadline/v1
kind: Correction
metadata:
  name: move
spec:
  start: 2026-03-01T12:00:30Z
  end: 2026-03-01T13:00:30Z
  mode: exclude
  slos: [availability]
  services: [checkout]
  reason: announced move
  approver: sre
"""
HANDBOOK = """\
apiVersion: leadline/v1
kind: Handbook
metadata:
  name: shop
spec:
  zone: Europe/Berlin
  currency: EUR
  settle: 3m
  workingHours:
    start: "09:00"
    end: "17:00"
  defaults:
    onNoTraffic: good
    minCoverage: 0.8
"""
ALERTS = """\
apiVersion: openslo/v1
kind: AlertPolicy
metadata:
  name: fast-burn
spec:
  alertWhenBreaching: true
  conditions:
    - conditionRef: burns
  notificationTargets:
    - targetRef: on-call
---
apiVersion: openslo/v1
kind: AlertCondition
metadata:
  name: burns
spec:
  severity: page
  condition:
    kind: burnrate
    threshold: 14.4
    lookbackWindow: 1h
    alertAfter: 5m
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata:
  name: on-call
spec:
  target: pager
"""
VALID = {
    "source.yaml": SOURCE,
    "service.yaml": SERVICE,
    "team.yml": TEAM,
    "slis/requests.yaml": SLI,
    "slis/others.yaml": f"{GAUGE}---\n{RAW}",
    "slo.yaml": SLO,
    "more-slos.yaml": f"{GAUGE_SLO}---\n{INLINE}",
    "policy.yaml": POLICY,
    "agreement.yaml": AGREEMENT,
    "correction.yaml": CORRECTION,
    "target.yaml": TARGET,
    "route.yaml": ROUTE,
    "rollback.yaml": ROLLBACK,
    "handbook.yaml": HANDBOOK,
    "alerts.yaml": ALERTS,
}


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write texts (or bytes as latin-1 text) below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def loaded(folder: Path, **changed: str) -> Loaded:
    """The valid handbook with other texts in some files; `slis__requests` stands for slis/requests.yaml."""
    names = {name.rpartition(".")[0].replace("/", "__").replace("-", "_"): name for name in VALID}
    files = VALID | {names.get(key, f"{key}.yaml"): text for key, text in changed.items()}
    return load(write(folder, files))


def broken(text: str, old: str, new: str) -> tuple[str, int, int]:
    """The text with one passage replaced, and line and column of the mark in it."""
    assert text.count(old) >= 1, old
    before, _, after = text.partition(old)
    marked = before + new + after
    head = marked[: marked.index("§")]
    return marked.replace("§", ""), head.count("\n") + 1, len(head) - head.rfind("\n")


def only(problems: tuple[Problem, ...]) -> Problem:
    """The one problem there is."""
    assert len(problems) == 1, "\n".join(map(str, problems)) or "no problem was told"
    return problems[0]
