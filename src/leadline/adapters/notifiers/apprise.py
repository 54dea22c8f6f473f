"""
Everything else that apprise can tell: a process of its own for each message.

Its plug-ins connect by themselves, so that process guards its own way out, and one that hangs is ended.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import ClassVar

from leadline.adapters.notifiers.answers import REFUSED_FOR_SECONDS
from leadline.ports.egress import Egress
from leadline.ports.notifier import DeliveryError, Details, Key, KeyKind, Message, Sent

_GUARD = "leadline.adapters.egress.guarded_process"
_RUN = "leadline.adapters.notifiers.apprise_process"
_REFUSED = "egress refused: "


class AppriseNotifier:
    """A `Notifier` for an address of apprise, such as Teams, Telegram, Matrix, Opsgenie or ntfy."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("url", "Address in apprise's form, such as tgram://token/chat.", is_secret=True, is_required=True),
        Key("timeoutSeconds", "How long it may take.", KeyKind.NUMBER, usual=30, most=120),
    )
    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init__(self, _name: str, details: Details, egress: Egress) -> None:
        self._details, self._egress = details, egress

    def send(self, message: Message) -> Sent:
        notice = message.notice
        facts = "\n".join(f"{name}: {value}" for name, value in notice.facts.items())
        question = {
            "url": self._details.text("url"),
            "title": notice.title,
            "body": "\n\n".join(part for part in (notice.text, facts, message.link) if part) or notice.title,
            "severity": notice.severity,
        }
        seconds = self._details.number("timeoutSeconds")
        try:
            ran = subprocess.run(
                [sys.executable, "-m", _GUARD, _RUN, ",".join(self._egress.allowed)],
                input=json.dumps(question),
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DeliveryError(f"apprise did not end within {seconds:g} s", retryable=True) from None
        try:
            answer = json.loads(ran.stdout)
        except ValueError:
            said = ran.stderr.strip().splitlines()[-1:] or ["nothing"]
            raise DeliveryError(f"apprise ended with {ran.returncode}, said {said[0]}", retryable=False) from None
        if not answer["is_delivered"]:
            for line in ran.stderr.splitlines():
                if line.startswith(_REFUSED):
                    why = line.removeprefix(_REFUSED)
                    raise DeliveryError(why, retryable=True, after_seconds=REFUSED_FOR_SECONDS)
            raise DeliveryError(str(answer["detail"]), retryable=bool(answer["is_retryable"]))
        return Sent(str(answer["detail"]))
