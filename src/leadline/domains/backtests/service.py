"""Use cases of backtests: read histories, replay strategies, tell what they would have been worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

import numpy as np

from leadline.core.alert_tiers import Severity, Stakes
from leadline.core.budgets import Subject
from leadline.core.replaying import Replayer
from leadline.core.slices import HOUR, DenseSlices
from leadline.core.windows import Span, floor_to_step
from leadline.domains.backtests import rules
from leadline.domains.backtests.loading import histories, reach
from leadline.domains.backtests.model import Backtest, BacktestEpisode, BacktestRun, RunBacktest
from leadline.errors import Problem, SpecError
from leadline.handbook.specs import AlertStrategy, Handbook, Slo
from leadline.handbook.strategies import shipped_strategies, tiers_for, window_seconds
from leadline.handbook.wording import not_found
from leadline.ports.operation import Context

_MONTH = 30 * 24 * HOUR
_MOST_EPISODES = 500
_MOST_DAYS = 100_000
"""Days of all runs together, so that nobody keeps a server busy for long."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is tried on every objective."""

    span: Span
    strategies: tuple[AlertStrategy, ...]
    objectives: tuple[Fraction, ...]
    incidents: dict[str, list[tuple[rules.Known, tuple[str, ...]]]]
    """By service: each incident, and the SLOs that it concerns (none: all)."""


def run_backtest(request: RunBacktest, context: Context) -> Backtest:
    """Read, replay, weigh."""
    slos, span = _chosen(context.handbook, request.slos), _span(request, context)
    asked = _Asked(
        span,
        tuple(_strategy(context.handbook, name) for name in request.strategies),
        tuple(Fraction(share) for share in request.objectives),
        _incidents(span, context),
    )
    _check_size(slos, asked)
    tried = [strategy for slo in slos for strategy in _of(slo, asked, context.handbook)]
    longest = max((limit.seconds for each in tried for tier in each.tiers for limit in tier.limits), default=HOUR)
    found: list[BacktestRun] = []
    silent: list[str] = []
    context.progress.begin("objectives", len(slos))
    with context.ledger.snapshot():
        for slo, history, subject in histories(slos, reach(slos, span, longest), context):
            if history is None:
                silent.append(slo.id)
            else:
                found += _runs(slo, history, subject, asked, context.handbook)
            context.progress.advance(1)
    context.progress.end()
    start, end = (datetime.fromtimestamp(each, UTC) for each in (span.start, span.end))
    return Backtest(start=start, end=end, runs=tuple(found), without_history=tuple(silent))


def _chosen(handbook: Handbook, names: Sequence[str]) -> list[Slo]:
    found: dict[str, Slo] = {}
    for name in names:
        matching = {slo.id: slo for slo in handbook.slos.values() if name in (slo.id, slo.name)}
        if not matching:
            raise not_found("SLO", name, list(handbook.slos))
        found |= matching
    return list(found.values() if names else handbook.slos.values())


def _strategy(handbook: Handbook, name: str) -> AlertStrategy:
    known = {**shipped_strategies(), **handbook.strategies}
    if name not in known:
        raise not_found("strategy", name, list(known))
    return known[name]


def _of(slo: Slo, asked: _Asked, handbook: Handbook) -> Sequence[AlertStrategy]:
    if asked.strategies:
        return asked.strategies
    return [_strategy(handbook, slo.strategy)] if slo.strategy else []


def _span(request: RunBacktest, context: Context) -> Span:
    newest = floor_to_step((context.now() - context.handbook.settle).timestamp())
    end = newest if request.end is None else min(floor_to_step(request.end.timestamp()), newest)
    start = end - request.days * 86_400 if request.start is None else floor_to_step(request.start.timestamp())
    if start >= end:
        read = f"{datetime.fromtimestamp(start, UTC).isoformat()} to {datetime.fromtimestamp(end, UTC).isoformat()}"
        raise SpecError(
            [Problem("--from", 0, 0, "", "no time to look at", read, "begin before the end, and before now")]
        )
    return Span(start, end)


def _check_size(slos: Sequence[Slo], asked: _Asked) -> None:
    tried = len(slos) * max(1, len(asked.strategies)) * max(1, len(asked.objectives))
    days = tried * asked.span.seconds / 86_400
    if days > _MOST_DAYS:
        hint = f"ask for fewer SLOs, objectives or days; at most {_MOST_DAYS:,} days in all"
        raise SpecError([Problem("--days", 0, 0, "", "too much to replay at once", f"{days:,.0f} days", hint)])


def _incidents(span: Span, context: Context) -> dict[str, list[tuple[rules.Known, tuple[str, ...]]]]:
    by_service: dict[str, list[tuple[rules.Known, tuple[str, ...]]]] = {}
    for each in context.entries.incidents(None, span):
        held = Span(each.started_at, span.end if each.finished_at is None else each.finished_at)
        by_service.setdefault(each.service, []).append((rules.Known(each.id, held), each.slos))
    return by_service


def _runs(slo: Slo, history: DenseSlices, subject: Subject, asked: _Asked, handbook: Handbook) -> list[BacktestRun]:
    """Every strategy and objective on one history, which is laid out once."""
    replayer = Replayer.of(history, subject, Stakes(slo.terms.error_budget, slo.sli.quantum))
    budgets = [1 - share for share in asked.objectives] or [slo.terms.error_budget]
    return [
        _run(slo, strategy, replayer.at_stake(Stakes(budget, replayer.stakes.quantum)), asked)
        for strategy in _of(slo, asked, handbook)
        for budget in budgets
    ]


def _run(slo: Slo, strategy: AlertStrategy, replayer: Replayer, asked: _Asked) -> BacktestRun:
    budget, span = replayer.stakes.error_budget, asked.span
    tiers = tiers_for(
        strategy, slo.tier, slo.terms.window, budget, slo.annotations.get("leadline/lowTraffic", ""),
        may_exceed_one=slo.is_mtbf,
    )  # fmt: skip
    replay = replayer.replay(tiers.kept, span)
    episodes = rules.episodes(replayer, replay, window_seconds(slo.terms.window))
    known = [each for each, slos in asked.incidents.get(slo.service, ()) if not slos or {slo.id, slo.name} & {*slos}]
    pages = [each for each in episodes if each.tier.severity is Severity.PAGE]
    worth = rules.worth(pages, known, span.end)
    bad, total = replayer.sums(span)
    p50, p90 = (_quantile(worth.detection_seconds, share) for share in (0.5, 0.9))
    counts = {severity: sum(each.tier.severity is severity for each in episodes) for severity in Severity}
    months = span.seconds / _MONTH
    return BacktestRun(
        slo=slo.id,
        service=slo.service,
        strategy=strategy.name,
        objective=float(1 - budget),
        attained=1 - bad / total if total else None,
        budget_spent=bad / total / float(budget) if total and budget else None,
        known=rules.known_share(replay.verdicts),
        pages=counts[Severity.PAGE],
        tickets=counts[Severity.TICKET],
        notices=counts[Severity.NOTIFY],
        pages_per_month=counts[Severity.PAGE] / months,
        tickets_per_month=counts[Severity.TICKET] / months,
        paging_minutes=rules.paging_minutes(replay),
        precision=worth.precision,
        recall=worth.recall,
        incidents=len(known),
        never_detected=worth.never,
        detection_p50_seconds=p50,
        detection_p90_seconds=p90,
        left_out=tuple(f"{tier.name}: {why}" for tier, why in tiers.left_out),
        episodes=tuple(_shown(each, known, span.end) for each in episodes[:_MOST_EPISODES]),
    )


def _quantile(seconds: Sequence[float], share: float) -> float | None:
    return float(np.quantile(seconds, share)) if seconds else None


def _shown(episode: rules.Episode, incidents: Sequence[rules.Known], end: int) -> BacktestEpisode:
    over = episode.end
    return BacktestEpisode(
        tier=episode.tier.name,
        severity=episode.tier.severity.value,
        start=datetime.fromtimestamp(episode.start, UTC),
        end=None if over is None else datetime.fromtimestamp(over, UTC),
        burn=episode.burn,
        budget_spent=episode.spent,
        incident=rules.met_by(episode, incidents, end),
    )
