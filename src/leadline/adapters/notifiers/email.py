"""
E-mail, by SMTP.

The Message-ID is made from the notice's key, so that a mailbox which gets a message twice can tell; messages of one
thread refer to its first. A refusal of the 4xx kind passes, one of the 5xx kind does not.
"""

from __future__ import annotations

import hashlib
import smtplib
import socket
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any, ClassVar

from leadline.adapters.notifiers.answers import REFUSED_FOR_SECONDS
from leadline.ports.egress import Egress, EgressFailed, EgressRefused
from leadline.ports.notifier import DeliveryError, Details, Key, KeyKind, Message, Sent

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class EmailNotifier:
    """A `Notifier` for mailboxes."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("host", "The mail server that takes messages.", is_required=True),
        Key("port", "Its port; 587, 465 or 25 by `tls`.", KeyKind.NUMBER, most=65535),
        Key("tls", "How the connection is encrypted.", usual="starttls", words=("starttls", "tls", "none")),
        Key("username", "Where it asks for one."),
        Key("password", "Of that user.", is_secret=True),
        Key("from", "Who writes, such as Leadline <leadline@example.com>.", is_required=True),
        Key("to", "Who is written to.", KeyKind.NAMES, is_required=True),
        Key("timeoutSeconds", "How long to wait for each answer.", KeyKind.NUMBER, usual=15, most=60),
    )
    ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init__(self, _name: str, details: Details, egress: Egress) -> None:
        self._details, self._egress = details, egress
        self._sender = parseaddr(details.text("from"))[1]

    def send(self, message: Message) -> Sent:
        mail = self._mail(message)
        recipients = [parseaddr(each)[1] for each in self._details.names("to")]
        try:
            with self._connected() as server:
                refused = server.send_message(mail, self._sender, recipients)
        except EgressRefused as error:
            raise DeliveryError(str(error), retryable=True, after_seconds=REFUSED_FOR_SECONDS) from error
        except smtplib.SMTPRecipientsRefused as error:
            passes = any(code < 500 for code, _ in error.recipients.values())
            raise DeliveryError(f"no recipient was taken: {_listed(error.recipients)}", retryable=passes) from error
        except smtplib.SMTPResponseException as error:
            said = f"{error.smtp_code} {_plain(error.smtp_error)}"
            raise DeliveryError(f"refused: {said}", retryable=error.smtp_code < 500) from error
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryError(f"{error}; mend tls or username", retryable=False) from error
        except (EgressFailed, smtplib.SMTPException, OSError) as error:
            raise DeliveryError(f"{self._details.text('host')}: {error}", retryable=True) from error
        left_out = f", but not by {_listed(refused)}" if refused else ""
        return Sent(f"taken{left_out}", {"message_id": str(mail["Message-ID"])})

    def _connected(self) -> smtplib.SMTP:
        details = self._details
        tls, host = details.text("tls"), details.text("host")
        port = int(details.number("port")) or _PORTS[tls]
        context = ssl.create_default_context()
        server = _GuardedSmtp(self._egress, context if tls == "tls" else None, timeout=details.number("timeoutSeconds"))
        try:
            server.connect(host, port)
            if tls == "starttls":
                server.starttls(context=context)
            if username := details.text("username"):
                server.login(username, details.text("password"))
        except BaseException:
            server.close()
            raise
        return server

    def _mail(self, message: Message) -> EmailMessage:
        notice, details = message.notice, self._details
        mail = EmailMessage()
        mail["From"] = _one_line(details.text("from"))
        mail["To"] = ", ".join(_one_line(each) for each in details.names("to"))
        mail["Subject"] = _one_line(notice.title)
        mail["Date"] = datetime.fromtimestamp(message.at, UTC)
        mail["Message-ID"] = message_id(notice.key, self._sender)
        mail["Auto-Submitted"] = "auto-generated"
        if first := message.root.get("message_id"):
            mail["In-Reply-To"] = first
            mail["References"] = first
        facts = "\n".join(f"{name}: {value}" for name, value in notice.facts.items())
        about = {"Severity": notice.severity, "Service": notice.service, "Objective": notice.slo, "Team": notice.team}
        lines = "\n".join(f"{name}: {value}" for name, value in about.items() if value)
        mail.set_content("\n\n".join(part for part in (notice.title, notice.text, facts, lines, message.link) if part))
        return mail


class _GuardedSmtp(smtplib.SMTP):
    """Connects by the guarded way out, and speaks TLS from the start where it is to."""

    def __init__(self, egress: Egress, context: ssl.SSLContext | None, timeout: float) -> None:
        self._egress, self._context = egress, context
        super().__init__(timeout=timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        self._host = host
        connection = self._egress.connect(host, port, timeout)
        return connection if self._context is None else self._context.wrap_socket(connection, server_hostname=host)


def message_id(key: str, sender: str) -> str:
    """The same for the same notice, whoever sends it and whenever."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    return f"<{digest}@{sender.rpartition('@')[2] or 'leadline'}>"


def _listed(refused: Any) -> str:
    return ", ".join(f"{who} ({code} {_plain(why)})" for who, (code, why) in refused.items())


def _plain(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _one_line(text: str) -> str:
    return " ".join(text.split())
