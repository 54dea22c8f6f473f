"""A message in the blocks of Slack, within the lengths that it takes."""

from __future__ import annotations

from typing import Any

from leadline.ports.notifier import Message
from leadline.ports.outbox import ENDS

_LONGEST_TITLE = 150
_LONGEST_TEXT = 2900
_LONGEST_FIELD = 1900
_MOST_FIELDS = 10


def blocks(message: Message) -> list[dict[str, Any]]:
    """Title, text, figures, and what it is about."""
    notice = message.notice
    found: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(notice.title, _LONGEST_TITLE), "emoji": False}}
    ]
    if notice.text:
        found.append({"type": "section", "text": _marked(_escaped(_cut(notice.text, _LONGEST_TEXT)))})
    if notice.facts:
        fields = [
            _marked(f"*{_escaped(name)}*\n{_escaped(_cut(value, _LONGEST_FIELD))}")
            for name, value in list(notice.facts.items())[:_MOST_FIELDS]
        ]
        found.append({"type": "section", "fields": fields})
    parts = [_state(message), notice.service, notice.slo, notice.team and f"team {notice.team}"]
    about = " · ".join(_escaped(part) for part in parts if part)
    if message.link:
        about += f" · <{message.link}|Open in Leadline>"
    found.append({"type": "context", "elements": [_marked(about)]})
    return found


def _state(message: Message) -> str:
    return "over" if message.notice.kind in ENDS else message.notice.severity


def _marked(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
