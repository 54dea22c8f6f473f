"""
PagerDuty, by its Events API v2.

The thread is the dedup_key, so that whatever is sent twice is one incident. What begins triggers, what ends resolves;
what is no episode of either kind triggers an incident of the lowest severity that somebody resolves by hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from leadline.adapters.notifiers.answers import post_json, read_json
from leadline.ports.egress import Egress
from leadline.ports.notifier import Details, Key, KeyKind, Message, Sent
from leadline.ports.outbox import ENDS

EVENTS = "https://events.pagerduty.com/v2/enqueue"
_SEVERITIES: Mapping[str, str] = {"page": "critical", "ticket": "warning", "notify": "info"}
_LONGEST_SUMMARY = 1024
_LONGEST_KEY = 255


class PagerDutyNotifier:
    """A `Notifier` for a service of PagerDuty."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("routingKey", "Integration key of the service (Events API v2).", is_secret=True, is_required=True),
        Key("url", "Where events are posted to.", KeyKind.URL, usual=EVENTS),
        Key("timeoutSeconds", "How long to wait for an answer.", KeyKind.NUMBER, usual=10, most=60),
    )
    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init__(self, _name: str, details: Details, egress: Egress) -> None:
        self._details, self._egress = details, egress

    def send(self, message: Message) -> Sent:
        event = {"routing_key": self._details.text("routingKey"), **event_of(message)}
        timeout = self._details.number("timeoutSeconds")
        answer = post_json(self._egress, self._details.text("url"), event, message.at, timeout=timeout)
        said = read_json(answer)
        key = str(said.get("dedup_key") or event["dedup_key"])
        return Sent(f"{event['event_action']} accepted ({answer.status})", {"dedup_key": key})


def event_of(message: Message) -> dict[str, Any]:
    """The event, without its routing key."""
    notice = message.notice
    found: dict[str, Any] = {"event_action": _action(message), "dedup_key": dedup_key(notice.thread)}
    if found["event_action"] == "trigger":
        facts = {"kind": notice.kind.value, "slo": notice.slo, "team": notice.team, "text": notice.text, **notice.facts}
        found["payload"] = {
            "summary": notice.title[:_LONGEST_SUMMARY],
            "source": notice.service or "leadline",
            "severity": _SEVERITIES.get(notice.severity, "info"),
            "timestamp": datetime.fromtimestamp(notice.at, UTC).isoformat(),
            "component": notice.slo or notice.service or "leadline",
            "class": notice.kind.value,
            "custom_details": {name: value for name, value in facts.items() if value},
        }
        found["client"] = "Leadline"
    if message.link:
        found["links"] = [{"href": message.link, "text": "Leadline"}]
    return found


def _action(message: Message) -> str:
    if message.notice.kind in ENDS:
        return "resolve"
    return "acknowledge" if message.notice.facts.get("acknowledged_by") else "trigger"


def dedup_key(thread: str) -> str:
    """The thread, or what stands for one that is too long."""
    return thread if len(thread) <= _LONGEST_KEY else hashlib.sha256(thread.encode()).hexdigest()
