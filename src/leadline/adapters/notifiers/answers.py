"""What an HTTP answer means for a delivery: it came, it may come later, or it will never come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from leadline.ports.egress import Answered, Asked, Egress, EgressFailed, EgressRefused
from leadline.ports.notifier import DeliveryError

_RETRIED = frozenset({408, 409, 423, 425, 429})
"""Of the 4xx, those that pass; every 5xx does."""
_SHOWN = 200
REFUSED_FOR_SECONDS = 60.0
"""What the guard refuses waits for the operator, who may allow it, as it would for a secret."""


def asked(egress: Egress, request: Asked, at: int) -> Answered:
    """
    The answer to a request, when it is one of success.

    Raises:
        DeliveryError: nobody answered, or the answer is another one.
    """
    try:
        answer = egress.ask(request)
    except EgressRefused as error:
        raise DeliveryError(str(error), retryable=True, after_seconds=REFUSED_FOR_SECONDS) from error
    except EgressFailed as error:
        raise DeliveryError(str(error), retryable=True) from error
    if 200 <= answer.status < 300:
        return answer
    may_pass = answer.status >= 500 or answer.status in _RETRIED
    said = f"answered {answer.status}{_said(answer)}"
    raise DeliveryError(said, retryable=may_pass, after_seconds=wait_of(answer, at))


def wait_of(answer: Answered, at: int) -> float | None:
    """Seconds that the receiver asks to be waited, in either form of Retry-After; None where it asks nothing."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - at) if text else None
    except (ValueError, TypeError):
        return None


def post_json(
    egress: Egress, url: str, body: Any, at: int, *, headers: Mapping[str, str] | None = None, timeout: float = 10.0
) -> Answered:
    """Post JSON; raises as `asked`."""
    sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    return asked(egress, Asked("POST", url, as_json(body), sent, timeout), at)


def as_json(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def read_json(answer: Answered) -> Mapping[str, Any]:
    """The object in an answer; empty where there is none."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _said(answer: Answered) -> str:
    text = " ".join(answer.body.decode("utf-8", "replace").split())[:_SHOWN]
    return f": {text}" if text else ""
