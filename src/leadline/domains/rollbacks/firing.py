"""Alerts that ask for a rollback, among all that go on."""

from __future__ import annotations

from collections.abc import Iterable

from leadline.core.alert_tiers import AlertAction
from leadline.domains.rollbacks.alarms import Alarm, AlarmWindow
from leadline.ports.episodes import Episode


def alarms_of(episodes: Iterable[Episode]) -> list[Alarm]:
    """Those that fire, and whose tier asks for a rollback."""
    return [
        Alarm(
            episode=each.thread,
            slo=each.subject,
            service=each.service,
            team=each.team,
            service_tier=each.service_tier,
            tier=each.tier,
            severity=each.severity.value,
            fired_at=each.fired_at,
            windows=tuple(AlarmWindow(window.seconds, window.rate, window.factor) for window in each.windows),
        )
        for each in episodes
        if each.action is AlertAction.ROLLBACK and each.fired_at is not None and each.ended_at is None
    ]
