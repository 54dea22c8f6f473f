"""Use cases of alerts: list those that hold and held, and show one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from leadline.core.alert_tiers import Severity
from leadline.domains.alerting.model import Alerts, AlertShown, AlertWindow, ListAlerts, ShowAlert
from leadline.handbook.wording import not_found
from leadline.ports.episodes import Episode, EpisodeState
from leadline.ports.operation import Context
from leadline.units import format_duration

_UNJUDGED = "no turn has judged anything yet; a server takes turns: leadline up"


def list_alerts(request: ListAlerts, context: Context) -> Alerts:
    """
    Those that began last first.

    Raises:
        NotFound: the handbook has no such service.
    """
    if request.service is not None and request.service not in context.handbook.services:
        raise not_found("service", request.service, context.handbook.services)
    firing = [
        each
        for each in reversed(context.episodes.open())
        if each.state is EpisodeState.FIRING and request.service in {None, each.service}
    ]
    counts = Counter(each.severity for each in firing)
    found = firing if request.firing else context.episodes.history(request.most, service=request.service or "")
    return Alerts(
        alerts=tuple(_shown(each) for each in found[: request.most]),
        firing={severity: counts[severity] for severity in Severity},
        reason="" if found or context.levels.latest() else _UNJUDGED,
    )


def show_alert(request: ShowAlert, context: Context) -> AlertShown:
    """
    One alert, as it fired and as it ended.

    Raises:
        NotFound: there is no such alert.
    """
    return _shown(context.episodes.find(request.id))


def _shown(episode: Episode) -> AlertShown:
    return AlertShown(
        id=episode.id,
        thread=episode.thread,
        kind=episode.kind,
        subject=episode.subject,
        tier=episode.tier,
        strategy=episode.strategy,
        severity=episode.severity,
        action=episode.action,
        state=episode.state,
        service=episode.service,
        team=episode.team,
        began_at=datetime.fromtimestamp(episode.began_at, UTC),
        fired_at=_instant(episode.fired_at),
        told_at=_instant(episode.told_at),
        acknowledged_at=_instant(episode.acknowledged_at),
        acknowledged_by=episode.acknowledged_by,
        ended_at=_instant(episode.ended_at),
        ending=episode.ending,
        why=episode.why,
        windows=tuple(
            AlertWindow(
                window=format_duration(each.seconds), rate=each.rate, limit=each.factor, bad=each.bad, total=each.total
            )
            for each in episode.windows
        ),
        groups=dict(episode.groups),
    )


def _instant(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
