"""
Slack: with a bot's token into a channel, in threads and with a picture; or by an incoming webhook, without either.

A message carries the notice's key as metadata. Where an attempt is in doubt, the channel is read first, so that nothing
is said twice. The token needs chat:write, and channels:history (groups:history) for that, and files:write for pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from leadline.adapters.notifiers.answers import asked, post_json, read_json
from leadline.adapters.notifiers.slack_blocks import blocks
from leadline.ports.egress import Asked, Egress
from leadline.ports.notifier import DeliveryError, Details, Key, KeyKind, Message, Sent
from leadline.ports.outbox import BEGINS

API = "https://slack.com/api"
EVENT = "leadline_notice"
"""Type of the metadata that every message carries."""
_PASSES = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
_LOOKED_BACK_SECONDS = 300
_LOOKED_AT = 200
"""Messages of the channel that are looked through, newest first."""


class SlackNotifier:
    """A `Notifier` for a channel of Slack."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("token", "Token of a bot (xoxb-…) that is in the channel.", is_secret=True),
        Key("channel", "ID of the channel, such as C0123456789."),
        Key("webhookUrl", "Or the address of an incoming webhook: no threads, no pictures.", is_secret=True),
        Key("url", "Where the API is.", KeyKind.URL, usual=API),
        Key("timeoutSeconds", "How long to wait for an answer.", KeyKind.NUMBER, usual=10, most=60),
    )
    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = (("token", "channel"), ("webhookUrl",))

    def __init__(self, _name: str, details: Details, egress: Egress) -> None:
        self._details, self._egress = details, egress
        self._api = details.text("url").rstrip("/")
        self._timeout = details.number("timeoutSeconds")

    def send(self, message: Message) -> Sent:
        said = {"text": message.notice.title, "blocks": blocks(message)}
        if webhook := self._details.text("webhookUrl"):
            answer = post_json(self._egress, webhook, said, message.at, timeout=self._timeout)
            return Sent(f"answered {answer.status}")
        if message.is_doubtful and (found := self._found(message)):
            return Sent("it had come through before", found)
        thread = message.root.get("ts")
        metadata = {"event_type": EVENT, "event_payload": {"key": message.notice.key}}
        placed = {"channel": self._details.text("channel"), **({"thread_ts": thread} if thread else {})}
        answered = self._call("chat.postMessage", {**placed, **said, "metadata": metadata}, message.at)
        receipt = {"ts": str(answered.get("ts", "")), "channel": str(answered.get("channel", ""))}
        return Sent(f"posted {receipt['ts']}{self._pictured(message, receipt)}", receipt)

    def _call(self, method: str, body: Mapping[str, Any], at: int) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {self._details.text('token')}"}
        url = f"{self._api}/{method}"
        answered = read_json(post_json(self._egress, url, body, at, headers=headers, timeout=self._timeout))
        return _checked(method, answered)

    def _ask(self, method: str, query: Mapping[str, str], at: int) -> Mapping[str, Any]:
        """As `_call`, for methods that take a form."""
        headers = {
            "Authorization": f"Bearer {self._details.text('token')}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        sent = Asked("POST", f"{self._api}/{method}", urlencode(query).encode(), headers, self._timeout)
        return _checked(method, read_json(asked(self._egress, sent, at)))

    def _found(self, message: Message) -> Mapping[str, str]:
        """Where the message stands already; empty when it does not, or when the channel cannot be read."""
        channel = message.root.get("channel") or self._details.text("channel")
        query = {
            "channel": channel,
            "limit": str(_LOOKED_AT),
            "include_all_metadata": "true",
            "oldest": str(message.notice.at - _LOOKED_BACK_SECONDS),
        }
        thread = message.root.get("ts")
        method = "conversations.replies" if thread else "conversations.history"
        try:
            answered = self._ask(method, {**query, "ts": thread} if thread else query, message.at)
        except DeliveryError as error:
            if error.retryable:
                raise
            return {}
        for each in answered.get("messages", ()):
            payload = each.get("metadata", {}).get("event_payload", {})
            if payload.get("key") == message.notice.key:
                return {"ts": str(each["ts"]), "channel": channel}
        return {}

    def _pictured(self, message: Message, receipt: Mapping[str, str]) -> str:
        """Add the picture to the thread; one that cannot be added is no reason to say everything again."""
        picture = message.picture() if message.notice.kind in BEGINS else None
        if picture is None:
            return ""
        try:
            place = {"filename": "budget.png", "length": str(len(picture))}
            upload = self._ask("files.getUploadURLExternal", place, message.at)
            headers = {"Content-Type": "image/png"}
            asked(self._egress, Asked("POST", str(upload["upload_url"]), picture, headers, self._timeout), message.at)
            title = f"Budget of {message.notice.slo}"
            done = {
                "files": [{"id": upload["file_id"], "title": title}],
                "channel_id": receipt["channel"],
                "thread_ts": message.root.get("ts") or receipt["ts"],
            }
            self._call("files.completeUploadExternal", done, message.at)
        except (DeliveryError, KeyError) as error:
            return f", without its picture ({error})"
        return ", with a picture"


def _checked(method: str, answered: Mapping[str, Any]) -> Mapping[str, Any]:
    if answered.get("ok") is True:
        return answered
    why = str(answered.get("error") or "an answer that is none of Slack's")
    raise DeliveryError(f"{method}: {why}", retryable=why in _PASSES)
