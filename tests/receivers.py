"""
Receivers of notices, each a real server on 127.0.0.1 in the shape of its product: what it takes, refuses and forgets.

They throw away what the product would: PagerDuty a second event of one `dedup_key`, a webhook a second message of one
`Idempotency-Key`. Slack and a mail server keep everything.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Mail
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller

from leadline.adapters.notifiers.webhook import signature
from servers import free_port

R = TypeVar("R", bound="Receiver")


@dataclass
class Fault:
    """What is wrong with a receiver at the moment."""

    status: int = 0
    """What it answers instead; 0: nothing is wrong."""
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs_seconds: float = 0.0
    """Before it answers anything."""
    forgets_to_answer: bool = False
    """Takes the message, and ends the connection without an answer."""


class Receiver(ABC):
    """What all of them have: an address, a fault, and what came in."""

    def __init__(self) -> None:
        self.url = ""
        self.fault = Fault()
        self.asked: list[tuple[str, Any, Mapping[str, str]]] = []
        """Path, body and headers of each request that was not refused."""
        self.guard = threading.Lock()

    @abstractmethod
    def answer(self, path: str, body: bytes, headers: Mapping[str, str]) -> Any:
        """What it says to a request; JSON, or (status, JSON)."""


class Slack(Receiver):
    """`chat.postMessage`, the history of a channel, and uploads."""

    CHANNEL = "C0123456789"

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.files: list[tuple[bytes, dict[str, Any]]] = []
        self.error = ""
        self._uploaded = b""

    def answer(self, path: str, body: bytes, headers: Mapping[str, str]) -> Any:
        method = path.rpartition("/")[2]
        if method == "hook":
            self.messages.append({**json.loads(body), "ts": ""})
            return {}
        if method == "upload":
            self._uploaded = body
            return {}
        if headers.get("authorization") != "Bearer xoxb-secret":
            return {"ok": False, "error": "invalid_auth"}
        if self.error:
            return {"ok": False, "error": self.error}
        is_form = headers["content-type"].startswith("application/x-www-form-urlencoded")
        said = {key: each[0] for key, each in parse_qs(body.decode()).items()} if is_form else json.loads(body)
        return {"ok": True, **getattr(self, "_" + method.replace(".", "_"))(said)}

    def _chat_postMessage(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's word
        ts = f"{1_700_000_000 + len(self.messages)}.{len(self.messages):06d}"
        self.messages.append({**said, "ts": ts})
        return {"ts": ts, "channel": self.CHANNEL}

    def _conversations_history(self, said: dict[str, Any]) -> dict[str, Any]:
        found = [each for each in self.messages if "thread_ts" not in each]
        return {"messages": [self._as_told(each, said) for each in found[::-1]]}

    def _conversations_replies(self, said: dict[str, Any]) -> dict[str, Any]:
        found = [each for each in self.messages if said["ts"] in (each["ts"], each.get("thread_ts"))]
        return {"messages": [self._as_told(each, said) for each in found]}

    def _as_told(self, message: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
        assert said["channel"] == self.CHANNEL, "only an ID is taken"
        hidden = () if said.get("include_all_metadata") == "true" else ("metadata",)
        return {key: value for key, value in message.items() if key not in hidden}

    def _files_getUploadURLExternal(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's word
        assert int(said["length"]) > 0
        return {"upload_url": f"{self.url}/upload", "file_id": "F1"}

    def _files_completeUploadExternal(self, said: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's word
        self.files.append((self._uploaded, said))
        return {}

    def keys(self) -> list[str]:
        """Of every message there is, however often."""
        return [each["metadata"]["event_payload"]["key"] for each in self.messages]


class PagerDuty(Receiver):
    """Events API v2: incidents by `dedup_key`, and every event that changed one."""

    def __init__(self) -> None:
        super().__init__()
        self.incidents: dict[str, str] = {}
        self.changes: list[tuple[str, str]] = []

    def answer(self, _path: str, body: bytes, _headers: Mapping[str, str]) -> Any:
        event = json.loads(body)
        if event.get("routing_key") != "R0UT1NG":
            return 400, {"status": "invalid event", "errors": ["invalid routing key"]}
        key, action = event["dedup_key"], event["event_action"]
        if action == "trigger":
            assert {"summary", "source", "severity"} <= set(event["payload"])
        state = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}[action]
        if self.incidents.get(key) != state:
            self.incidents[key] = state
            self.changes.append((key, action))
        return 202, {"status": "success", "dedup_key": key}


class Webhook(Receiver):
    """A program of one's own: refuses what is signed wrongly, and takes each key once."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: dict[str, Any] = {}

    def answer(self, _path: str, body: bytes, headers: Mapping[str, str]) -> Any:
        at = int(headers["leadline-timestamp"])
        if headers.get("leadline-signature") != f"v1={signature('s3cret', at, body)}":
            return 401, {"error": "signed by somebody else"}
        self.taken.setdefault(headers["idempotency-key"], json.loads(body))
        return {}


class Anything(Receiver):
    """Takes whatever comes."""

    def answer(self, _path: str, _body: bytes, _headers: Mapping[str, str]) -> Any:
        return {}


@contextmanager
def received(receiver: R, context: ssl.SSLContext | None = None) -> Iterator[R]:
    """Serve a receiver until the block ends, encrypted where a context is given."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            fault = receiver.fault
            if fault.hangs_seconds:
                time.sleep(fault.hangs_seconds)
            if fault.status:
                self._say(fault.status, {"error": "a fault"}, fault.headers)
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            with receiver.guard:
                receiver.asked.append((urlsplit(self.path).path, body, headers))
                answer = receiver.answer(urlsplit(self.path).path, body, headers)
            if fault.forgets_to_answer:
                self.close_connection = True
                return
            self._say(*(answer if isinstance(answer, tuple) else (200, answer)))

        def _say(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def handle(self) -> None:
            with suppress(ConnectionError, ssl.SSLError):  # a server that was killed asks no more
                super().handle()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.url = f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    running.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        running.join()


class MailServer:
    """SMTP: keeps every message it has taken."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[Mail] = []
        self.refusal = ""
        """What it says to every message instead of taking it."""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's word
        if self.refusal:
            return self.refusal
        self.mails.append(message_from_bytes(envelope.content))
        return "250 OK"

    def ids(self) -> list[str]:
        """Message-ID of every message there is, however often."""
        return [str(mail["Message-ID"]) for mail in self.mails]


@contextmanager
def mail_server(**options: Any) -> Iterator[MailServer]:
    """Serve SMTP until the block ends."""
    found = MailServer()
    controller = Controller(found, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        found.port = controller.port
        yield found
    finally:
        controller.stop()


def wait_until(is_so: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for a condition; a test that waits in vain has failed."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not come to be"
        time.sleep(0.02)
