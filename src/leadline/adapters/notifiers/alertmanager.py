"""
Alertmanager, by its API v2.

An alert is known by its labels, which stay as they were when it was first told. While it fires it is said again, each
time with an end a little further ahead: an Alertmanager forgets what nobody repeats, and one that hears nothing more
does not page for ever. Its end is said with endsAt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from leadline.adapters.notifiers.answers import post_json
from leadline.ports.egress import Egress
from leadline.ports.notifier import Details, Key, KeyKind, Message, Sent
from leadline.ports.outbox import BEGINS, ENDS, NoticeKind

_NAMES: Mapping[NoticeKind, str] = {
    NoticeKind.ALERT_FIRED: "LeadlineBudgetBurns",
    NoticeKind.ALERT_RESOLVED: "LeadlineBudgetBurns",
    NoticeKind.LEVEL_CHANGED: "LeadlineLevelChanged",
    NoticeKind.SLI_SILENT: "LeadlineSliSilent",
    NoticeKind.SLI_HEARD: "LeadlineSliSilent",
    NoticeKind.DUTY_DUE: "LeadlineDutyDue",
    NoticeKind.DECISION: "LeadlineDecision",
    NoticeKind.ROLLBACK: "LeadlineRollback",
    NoticeKind.TEST: "LeadlineTest",
}
_REPEATS_BEFORE_THE_END = 4
_OTHER = re.compile(r"[^A-Za-z0-9_]")


class AlertmanagerNotifier:
    """A `Notifier` for an Alertmanager, whose own routes say who is told."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("url", "Where it is, without /api/v2.", KeyKind.URL, is_required=True),
        Key("bearerToken", "For one behind a proxy that asks for it.", is_secret=True),
        Key("labels", "More labels of every alert.", KeyKind.PAIRS),
        Key("repeatSeconds", "How often an alert that fires is said again.", KeyKind.NUMBER, usual=60, most=3600),
        Key("timeoutSeconds", "How long to wait for an answer.", KeyKind.NUMBER, usual=10, most=60),
    )
    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init__(self, _name: str, details: Details, egress: Egress) -> None:
        self._details, self._egress = details, egress
        self._repeat_seconds = max(1, int(details.number("repeatSeconds")))

    def send(self, message: Message) -> Sent:
        token = self._details.text("bearerToken")
        answer = post_json(
            self._egress,
            f"{self._details.text('url').rstrip('/')}/api/v2/alerts",
            [self._alert(message)],
            message.at,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=self._details.number("timeoutSeconds"),
        )
        receipt = {} if message.root else {"startsAt": _instant(message.notice.at), **self._labels(message)}
        again = self._repeat_seconds if message.notice.kind in BEGINS else None
        return Sent(f"accepted ({answer.status})", receipt, again)

    def _alert(self, message: Message) -> dict[str, Any]:
        notice = message.notice
        ahead = message.at + _REPEATS_BEFORE_THE_END * self._repeat_seconds
        told = {"summary": notice.title, "description": notice.text, **notice.facts}
        return {
            "labels": {name: value for name, value in self._labels(message).items() if name != "startsAt"},
            "annotations": {_label(name): value for name, value in told.items() if value},
            "startsAt": message.root.get("startsAt") or _instant(notice.at),
            "endsAt": _instant(notice.at if notice.kind in ENDS else ahead),
            **({"generatorURL": message.link} if message.link else {}),
        }

    def _labels(self, message: Message) -> Mapping[str, str]:
        """Those of the first message of the thread."""
        if message.root:
            return message.root
        notice = message.notice
        about = {
            "alertname": _NAMES[notice.kind],
            "severity": notice.severity,
            "service": notice.service,
            "slo": notice.slo,
            "team": notice.team,
            "tier": "" if notice.tier is None else str(notice.tier),
            "alert": notice.facts.get("alert", ""),
            "thread": notice.thread,
        }
        own = {_label(name): value for name, value in self._details.pairs("labels").items()}
        return {**own, **{name: value for name, value in about.items() if value}}


def _label(name: str) -> str:
    """
    A name that every Alertmanager takes.

    >>> _label("bad events")
    'bad_events'
    """
    plain = _OTHER.sub("_", name)
    return f"_{plain}" if plain[:1].isdecimal() else plain


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
