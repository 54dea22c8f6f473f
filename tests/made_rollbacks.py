"""Alerts that ask for a rollback, changes, and requests, made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from instants import NOON_SECONDS
from leadline.domains.rollbacks.alarms import Alarm, AlarmWindow, document, signature
from leadline.handbook.specs import RollbackPolicy
from leadline.ports.entries import Change
from leadline.ports.rollbacks import Rollback, RollbackState, RollbackStep

KEY = b"a key that nobody guesses"
POLICY = RollbackPolicy(
    name="undo", services=("shop",), mode="auto", type="command", connection={"argv": ["/bin/true", "{ref}"]}
)
ALARM = Alarm(
    episode="checkout/fast/1", slo="checkout", service="shop", team="tills", service_tier=0, tier="fast",
    severity="page", fired_at=NOON_SECONDS, windows=(AlarmWindow(300, 21.5, 10.0), AlarmWindow(3600, 12.0, 10.0)),
)  # fmt: skip


def a_change(began_seconds_before: int = 600, **other: Any) -> Change:
    """A deployment of the shop that began so long before the alert fired."""
    at = NOON_SECONDS - began_seconds_before
    return replace(Change("shop", "feature", "v2", at, at + 60, "ci", "eve", at, id=7), **other)


def a_rollback(
    *, episode: str = ALARM.episode, state: RollbackState = RollbackState.WAITING, key: bytes = KEY, **other: Any
) -> Rollback:
    """A request for a rollback of `a_change`."""
    alarm, change = replace(ALARM, episode=episode), a_change(**other)
    text = document(alarm, change, POLICY, 60.0, NOON_SECONDS)
    return Rollback(
        episode, change.id, change.service, alarm.slo, alarm.tier, NOON_SECONDS, text, signature(text, key),
        (RollbackStep(NOON_SECONDS, state, "", "change 7 (feature) began 10 min before the alert"),),
    )  # fmt: skip
