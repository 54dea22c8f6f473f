"""A webhook that rolls back: the signed order, and a signature of the request as that of notices."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import ClassVar

from leadline.ports.egress import Asked, Egress, EgressFailed, EgressRefused
from leadline.ports.notifier import Details, Key, KeyKind
from leadline.ports.runner import Order, RunError

_SHOWN = 300


class WebhookRunner:
    """A `Runner` for a program of one's own behind HTTP."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("url", "Where it is posted to.", KeyKind.URL, is_required=True),
        Key("secret", "Signs each request.", is_secret=True, is_required=True),
        Key("headers", "More headers, such as Authorization.", KeyKind.PAIRS),
        Key("timeoutSeconds", "How long to wait for an answer.", KeyKind.NUMBER, usual=30, most=120),
    )
    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init__(self, details: Details, _folder: str, _environ: Mapping[str, str], egress: Egress) -> None:
        self._details, self._egress = details, egress

    @property
    def timeout_seconds(self) -> float:
        return self._details.number("timeoutSeconds")

    def plan(self, order: Order) -> str:
        return f"would post rollback {order.rollback} of {order.service} to {self._details.text('url')}"

    def run(self, order: Order) -> str:
        document = {"rollback": order.rollback, "document": json.loads(order.document), "signature": order.signature}
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        secret = self._details.text("secret").encode()
        signed = hmac.new(secret, f"{order.at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "leadline",
            **self._details.pairs("headers"),
            "Idempotency-Key": f"rollback/{order.rollback}",
            "Leadline-Timestamp": str(order.at),
            "Leadline-Signature": f"v1={signed}",
        }
        try:
            answer = self._egress.ask(Asked("POST", self._details.text("url"), body, headers, self.timeout_seconds))
        except (EgressRefused, EgressFailed) as error:
            raise RunError(str(error)) from error
        said = " ".join(answer.body.decode("utf-8", "replace").split())[:_SHOWN]
        told = f"answered {answer.status}{': ' if said else ''}{said}"
        if not 200 <= answer.status < 300:
            raise RunError(told)
        return told
