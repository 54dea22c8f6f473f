"""What speaks through apprise: reads one message as JSON, tells it, and writes what became of it."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

_TYPES = {"page": "failure", "ticket": "warning", "notify": "info"}


def main() -> None:
    """Answer one question."""
    sys.stdout.write(json.dumps(answer(json.load(sys.stdin))))


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """What became of a message."""
    try:
        apprise = import_module("apprise")
    except ImportError:
        return _told("apprise is not installed; install leadline[apprise]", is_retryable=False)
    told = apprise.Apprise()
    if not told.add(question["url"]):
        return _told("not an address that apprise knows", is_retryable=False)
    with apprise.LogCapture(level=apprise.logging.WARNING) as said:
        kind = _TYPES.get(question["severity"], "info")
        is_delivered = told.notify(body=question["body"], title=question["title"], notify_type=kind)
        lines = [line for line in said.getvalue().splitlines() if line.strip()]
    if is_delivered:
        return {"is_delivered": True, "is_retryable": False, "detail": "apprise told it"}
    return _told((lines or ["apprise could not tell it"])[-1], is_retryable=True)


def _told(detail: str, *, is_retryable: bool) -> dict[str, Any]:
    return {"is_delivered": False, "is_retryable": is_retryable, "detail": detail}
