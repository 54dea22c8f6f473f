"""
`/metrics`: the board in Prometheus' text format.

Names and labels are stable, and documented in `docs/metrics.md`. What has no value has no sample: never 0. The level is
the value of a sample and not a label, so that a change of level begins no new series.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from leadline import __version__
from leadline.core.budgets import Level
from leadline.domains import operations
from leadline.domains.alerting.model import Alerts, ListAlerts
from leadline.domains.budgets.model import ShowStatus, SloStatus, Status
from leadline.domains.corrections.model import Maintenance, ShowMaintenance
from leadline.domains.measurement.model import Outcome
from leadline.domains.notifications.model import ListTargets, Targets, TargetShown
from leadline.engine.board import Board
from leadline.interfaces import maintenance_metric
from leadline.interfaces.api.service import Service

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LEVELS: Mapping[str, int] = {
    Level.HEALTHY: 0,
    Level.WARNING: 1,
    Level.CRITICAL: 2,
    Level.DEPLETED: 3,
    Level.UNKNOWN: 4,
}
"""Values of `leadline_slo_level`."""
_OF_SLO = ("slo", "service")


@dataclass(frozen=True, slots=True, eq=False)
class _Board(Collector):
    """What one turn found, as metrics."""

    board: Board
    status: Status | None
    maintenance: Maintenance | None
    targets: Targets | None = None
    alerts: Alerts | None = None

    def collect(self) -> Iterator[Metric]:
        yield _gauge("leadline_build_info", "The version that answers.", ("version",), [((__version__,), 1.0)])
        yield from self._of_engine()
        if self.status is not None:
            yield from _of_slos(self.status.slos)
        if self.alerts is not None:
            firing = [((severity.value,), float(count)) for severity, count in self.alerts.firing.items()]
            yield _gauge("leadline_alerts_firing", "Alerts that hold, told or not.", ("severity",), firing)
        if self.targets is not None:
            yield from _of_targets(self.targets.targets, self.board.now.timestamp())
        if self.maintenance is not None:
            rows = [(labels, float(holds)) for labels, holds in maintenance_metric.rows(self.maintenance)]
            yield _gauge(maintenance_metric.NAME, maintenance_metric.MEANING, maintenance_metric.LABELS, rows)

    def _of_engine(self) -> Iterator[Metric]:
        board = self.board
        if board.number:
            told = "When the newest turn began."
            yield _gauge("leadline_turn_last_timestamp_seconds", told, (), [((), board.now.timestamp())])
        steps = [((step,), seconds) for step, seconds in board.seconds.items()]
        yield _gauge("leadline_turn_seconds", "What each step of the newest turn took.", ("step",), steps)
        faults = [((step,), float(step in board.faults)) for step in board.seconds]
        yield _gauge("leadline_turn_fault", "Whether a step of the newest turn failed (1).", ("step",), faults)
        told = "Problems that keep an edit of the handbook from being taken over."
        yield _gauge("leadline_handbook_problems", told, (), [((), float(len(board.problems)))])
        failed: dict[str, int] = {}
        for sli in board.collection.slis if board.collection else ():
            if sli.outcome is not Outcome.SKIPPED:
                is_bad = sli.outcome in {Outcome.FAILED, Outcome.NO_SERIES}
                failed[sli.source] = failed.get(sli.source, 0) + is_bad
        told = "SLIs of a source whose slices the newest turn did not get."
        rows = [((source,), float(count)) for source, count in failed.items()]
        yield _gauge("leadline_collection_failed_slis", told, ("source",), rows)


def _of_slos(slos: Sequence[SloStatus]) -> Iterator[Metric]:
    def of_each(name: str, told: str, values: Sequence[float | None]) -> Metric:
        rows = [((slo.slo, slo.service), value) for slo, value in zip(slos, values, strict=True)]
        return _gauge(name, told, _OF_SLO, rows)

    yield of_each("leadline_slo_objective_ratio", "Promised share of good events.", [slo.objective for slo in slos])
    yield of_each("leadline_slo_sli_ratio", "Share of good events of the window.", [slo.sli for slo in slos])
    told = "Share of the error budget that is left; negative when it is overspent."
    yield of_each("leadline_slo_budget_remaining_ratio", told, [slo.budget.remaining for slo in slos])
    told = "Share of the expected slices of the window that were seen."
    yield of_each("leadline_slo_coverage_ratio", told, [slo.coverage for slo in slos])
    told = "0 healthy, 1 warning, 2 critical, 3 depleted, 4 unknown."
    yield of_each("leadline_slo_level", told, [float(LEVELS[slo.level]) for slo in slos])
    rows = [((slo.slo, slo.service, window), value) for slo in slos for window, value in slo.burn.items()]
    told = "Speed at which the budget burns; 1 spends exactly the budget in the window."
    yield _gauge("leadline_slo_burn_rate", told, (*_OF_SLO, "window"), rows)


def _of_targets(targets: Sequence[TargetShown], now: float) -> Iterator[Metric]:
    told = "Notices on their way to a target, by how far they have come."
    rows = [
        ((each.target, state), float(count))
        for each in targets
        for state, count in (("delivered", each.delivered), ("waiting", each.waiting), ("dead", each.dead))
    ]
    yield _gauge("leadline_notification_deliveries", told, ("target", "state"), rows)
    failed = [((each.target,), float(each.failed)) for each in targets]
    told = "Attempts to tell a target that came to nothing."
    yield _gauge("leadline_notification_failed_attempts", told, ("target",), failed)
    waits = [
        ((each.target,), max(0.0, now - each.oldest_waiting_since.timestamp()) if each.oldest_waiting_since else 0.0)
        for each in targets
    ]
    told = "How long the oldest notice that a target has not got might have been sent."
    yield _gauge("leadline_notification_waiting_seconds", told, ("target",), waits)


def _gauge(
    name: str, told: str, labels: Sequence[str], rows: Sequence[tuple[Sequence[str], float | None]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, told, labels=labels)
    for values, value in rows:
        if value is not None:
            family.add_metric(values, value)
    return family


def router(service: Service) -> APIRouter:
    """`/metrics`."""
    made = APIRouter(include_in_schema=False)

    @made.get("/metrics", response_model=None)
    async def metrics() -> Response:
        board = service.boards.newest
        known: bytes | None = board.memory.known("metrics")
        if known is None:
            known = await run_in_threadpool(board.memory.recall, "metrics", lambda: _written(service, board))
        return Response(known, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    return made


def _written(service: Service, board: Board) -> bytes:
    known = operations()
    status = maintenance = targets = alerts = None
    if board.number:
        status = service.read(board, known["status.show"], ShowStatus())
        maintenance = service.read(board, known["corrections.maintenance"], ShowMaintenance())
        targets = service.read(board, known["notifications.targets"], ListTargets())
        alerts = service.read(board, known["alerts.list"], ListAlerts(firing=True, most=1))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Board(board, status, maintenance, targets, alerts))
    return generate_latest(registry)
