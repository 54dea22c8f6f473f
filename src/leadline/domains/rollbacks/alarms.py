"""Alerts whose tier asks for a rollback, and what a request is decided from, as a document that can be signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from leadline.handbook.specs import RollbackPolicy
from leadline.ports.entries import Change
from leadline.ports.rollbacks import Rollback

_VERSION = 1


@dataclass(frozen=True, slots=True)
class AlarmWindow:
    """One window of a tier as it fired."""

    seconds: int
    rate: float | None
    """Burn rate; None where nothing may fail and something did."""
    factor: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alert that goes on, and whose tier asks for a rollback."""

    episode: str
    slo: str
    service: str
    team: str
    service_tier: int | None
    tier: str
    severity: str
    fired_at: int
    """Epoch seconds."""
    windows: tuple[AlarmWindow, ...]

    @property
    def longest_seconds(self) -> int:
        return max((window.seconds for window in self.windows), default=0)


def document(alarm: Alarm, change: Change | None, policy: RollbackPolicy, timeout_seconds: float, at: int) -> str:
    """Everything that a request is decided from, in canonical JSON."""
    told = {
        "version": _VERSION,
        "asked_at": at,
        "alarm": asdict(alarm),
        "change": None if change is None else _change(change),
        "policy": _policy(policy),
        "timeout_seconds": timeout_seconds,
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _change(change: Change) -> dict[str, Any]:
    told = ("id", "service", "kind", "ref", "started_at", "source", "who")
    return {name: getattr(change, name) for name in told}


def _policy(policy: RollbackPolicy) -> dict[str, Any]:
    told = asdict(policy)
    del told["place"]
    return told | {"kinds": sorted(policy.kinds), "services": sorted(policy.services)}


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)


def is_same(policy: RollbackPolicy, told: Mapping[str, Any]) -> bool:
    """Whether a policy is the one that a document tells of."""
    known = json.loads(json.dumps(_policy(policy), default=_plain))
    return bool(known == told)


def alarm_of(told: Mapping[str, Any]) -> Alarm:
    """The alert that a document tells of."""
    alarm = told["alarm"]
    windows = tuple(AlarmWindow(**window) for window in alarm["windows"])
    return Alarm(**{**alarm, "windows": windows})


def signature(text: str, key: bytes) -> str:
    """HMAC-SHA256 of a document, in hexadecimal; empty where there is no key."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest() if key else ""


def flaws(rollback: Rollback, key: bytes) -> list[str]:
    """Why a request may not be relied on; empty where it may."""
    if not rollback.signature:
        return ["it was not signed, since no key was set"]
    if not key:
        return ["no key is set here; set LEADLINE_ROLLBACK_KEY, or LEADLINE_ROLLBACK_KEY_FILE to a file that holds it"]
    if not hmac.compare_digest(signature(rollback.document, key), rollback.signature):
        return ["the signature does not fit the document: one of them was altered, or the key is another one"]
    told = json.loads(rollback.document)
    change = told["change"] or {"id": 0, "service": told["alarm"]["service"]}
    signed = {
        "episode": told["alarm"]["episode"],
        "slo": told["alarm"]["slo"],
        "tier": told["alarm"]["tier"],
        "change": change["id"],
        "service": change["service"],
        "asked_at": told["asked_at"],
    }
    found = [name for name, value in signed.items() if getattr(rollback, name) != value]
    return [f"the record says another {name} than what was signed" for name in found]
