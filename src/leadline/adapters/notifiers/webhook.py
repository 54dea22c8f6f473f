"""
A webhook: one JSON document, signed.

The signature is HMAC-SHA256 of the timestamp, a full stop and the body, in hexadecimal; a receiver that checks it, and
that the timestamp is young, knows who sends and that nobody sends it again. The idempotency key is the notice's.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, ClassVar
from urllib.parse import quote

from leadline.adapters.notifiers.answers import as_json, asked
from leadline.ports.egress import Asked, Egress
from leadline.ports.notifier import Details, Key, KeyKind, Message, Sent
from leadline.ports.outbox import Notice

_PLAIN = "/:.@ +-_~"
"""Of a key, what a header carries as it is."""


class WebhookNotifier:
    """A `Notifier` for programs of one's own."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("url", "Where it is posted to.", KeyKind.URL, is_required=True),
        Key("secret", "Signs each message; without it nothing is signed.", is_secret=True),
        Key("headers", "More headers, such as Authorization.", KeyKind.PAIRS),
        Key("timeoutSeconds", "How long to wait for an answer.", KeyKind.NUMBER, usual=10, most=60),
    )
    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init__(self, _name: str, details: Details, egress: Egress) -> None:
        self._details, self._egress = details, egress

    def send(self, message: Message) -> Sent:
        body = as_json(document(message))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "leadline",
            **self._details.pairs("headers"),
            "Idempotency-Key": quote(message.notice.key, safe=_PLAIN),
            "Leadline-Timestamp": str(message.at),
        }
        if secret := self._details.text("secret"):
            headers["Leadline-Signature"] = f"v1={signature(secret, message.at, body)}"
        request = Asked("POST", self._details.text("url"), body, headers, self._details.number("timeoutSeconds"))
        answer = asked(self._egress, request, message.at)
        return Sent(f"answered {answer.status}")


def signature(secret: str, at: int, body: bytes) -> str:
    """Of a body that is sent at an instant."""
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def document(message: Message) -> dict[str, Any]:
    """What is posted; keys never vary."""
    notice: Notice = message.notice
    return {
        "key": notice.key,
        "thread": notice.thread,
        "kind": notice.kind.value,
        "at": notice.at,
        "severity": notice.severity,
        "service": notice.service,
        "slo": notice.slo,
        "team": notice.team,
        "tier": notice.tier,
        "title": notice.title,
        "text": notice.text,
        "facts": dict(notice.facts),
        "link": message.link,
    }
