"""
What every notifier promises, against a real receiver of its shape: delivered, to be tried again, or given up.

A new notifier adds one case.
"""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from certificates import certificate
from contract.test_outbox import FIRED, NOW, RESOLVED
from leadline.adapters.egress.guarded import GuardedEgress
from leadline.adapters.notifiers.opening import Opening, problems
from leadline.handbook.specs import NotificationTarget, Place
from leadline.ports.notifier import DeliveryError, Message, Notifier
from leadline.registry import NOTIFIERS
from receivers import Anything, Fault, PagerDuty, Receiver, Slack, Webhook, mail_server, received

HERE = ("127.0.0.0/8", "::1/128")
SECRETS = {"TOKEN": "xoxb-secret", "KEY": "R0UT1NG", "SIGN": "s3cret"}


@dataclass(frozen=True)
class Case:
    """One type, and how its receiver is looked at."""

    type: str
    details: Callable[[str], Mapping[str, Any]]
    receiver: Callable[[], Receiver] | None = None
    """None: a mail server."""
    secrets: Callable[[str], Mapping[str, str]] = lambda _: SECRETS

    def opened(self, url: str, allowed: tuple[str, ...] = HERE, **more: object) -> Notifier:
        details = {**self.details(url), **more}
        target = NotificationTarget("here", "here", self.type, details, Place("targets.yaml", 1))
        assert list(problems([target], NOTIFIERS)) == []
        return Opening(NOTIFIERS, self.secrets(url), GuardedEgress(allowed)).open(target)

    @contextmanager
    def receiving(self) -> Iterator[tuple[str, Any]]:
        with ExitStack() as stack:
            if self.receiver is None:
                mails = stack.enter_context(mail_server())
                yield f"127.0.0.1:{mails.port}", mails
            else:
                found = stack.enter_context(received(self.receiver()))
                yield found.url, found


def mail(address: str) -> Mapping[str, Any]:
    host, _, port = address.removeprefix("http://").rpartition(":")
    about = {"from": "Leadline <leadline@example.com>", "to": ["sre@example.com", "ops@example.com"]}
    return {"host": host, "port": int(port), "tls": "none", **about}


CASES = {
    "slack": Case(
        "slack",
        lambda url: {"token": "${TOKEN}", "channel": Slack.CHANNEL, "url": url},
        Slack,
    ),
    "slack's webhook": Case(
        "slack",
        lambda _: {"webhookUrl": "${HOOK}"},
        Slack,
        lambda url: {"HOOK": f"{url}/hook"},
    ),
    "pagerduty": Case("pagerduty", lambda url: {"routingKey": "${KEY}", "url": url}, PagerDuty),
    "alertmanager": Case("alertmanager", lambda url: {"url": url}, Anything),
    "webhook": Case("webhook", lambda url: {"url": url, "secret": "${SIGN}"}, Webhook),
    "email": Case("email", mail),
    "apprise": Case(
        "apprise",
        lambda _: {"url": "${URL}", "timeoutSeconds": 15},
        Anything,
        lambda url: {"URL": f"json://{url.removeprefix('http://')}"},
    ),
}
BY_HTTP = [name for name in CASES if name not in ("email", "apprise")]
MESSAGE = Message(FIRED, NOW, link="https://slo.example.com/slos/checkout")


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def count(receiver: Any) -> int:
    return len(receiver.asked if isinstance(receiver, Receiver) else receiver.mails)


def test_every_type_has_a_case() -> None:
    assert {case.type for case in CASES.values()} == set(NOTIFIERS)


def test_a_message_is_delivered_once_and_its_end_is_told_in_its_thread(case: Case) -> None:
    with case.receiving() as (url, receiver):
        notifier = case.opened(url)
        first = notifier.send(MESSAGE)
        assert first.detail
        assert count(receiver) == 1
        last = notifier.send(Message(RESOLVED, NOW + 60, root=first.receipt))
        assert count(receiver) == 2
        assert last.repeat_seconds is None


def test_whoever_is_not_there_may_come_back(case: Case) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(DeliveryError) as caught:
            case.opened(address).send(MESSAGE)
    assert caught.value.retryable


def test_whoever_hangs_is_not_waited_for(case: Case) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        notifier, failures = case.opened(address, timeoutSeconds=0.5), []

        def send() -> None:
            try:
                notifier.send(MESSAGE)
            except DeliveryError as error:
                failures.append(error)

        sending = threading.Thread(target=send)
        sending.start()
        sending.join(8)
        assert [error.retryable for error in failures] == [True]


def test_an_address_of_this_machine_is_refused_unless_it_is_allowed(case: Case) -> None:
    with case.receiving() as (url, receiver):
        with pytest.raises(DeliveryError, match=r"is an address of this machine.*LEADLINE_EGRESS_ALLOW") as caught:
            case.opened(url, ()).send(MESSAGE)
        assert (caught.value.retryable, caught.value.after_seconds) == (True, 60.0), "the operator may allow it yet"
        assert count(receiver) == 0


def test_what_breaks_a_line_breaks_nothing(case: Case) -> None:
    hostile = replace(
        FIRED, key="k\r\nX-More: 1\n–", thread="t\r\n", title="a\r\nBcc: all@example.com", text="\0 <!channel> &",
        facts={"a\r\nb": "c\nd", "1 %": "–"}, service="s\nt",
    )  # fmt: skip
    with case.receiving() as (url, receiver):
        case.opened(url).send(Message(hostile, NOW))
        assert count(receiver) == 1
        headers = receiver.asked[0][2] if isinstance(receiver, Receiver) else dict(receiver.mails[0].items())
        assert not {"x-more", "Bcc", "X-More"} & set(headers)


@pytest.mark.parametrize("name", BY_HTTP)
@pytest.mark.parametrize(("status", "may_pass"), [(500, True), (503, True), (429, True), (400, False), (404, False)])
def test_an_answer_says_whether_another_attempt_may_help(name: str, status: int, may_pass: bool) -> None:
    with CASES[name].receiving() as (url, receiver):
        receiver.fault = Fault(status, {"Retry-After": "17"})
        with pytest.raises(DeliveryError, match=f"answered {status}") as caught:
            CASES[name].opened(url).send(MESSAGE)
        assert (caught.value.retryable, caught.value.after_seconds) == (may_pass, 17.0)


@pytest.mark.parametrize(
    ("said", "seconds"), [("Sun, 04 Jan 1970 00:00:00 GMT", 0.0), ("soon", None), ("Sat, 01 Jan 2400 00:00:00 GMT", 1)]
)
def test_a_receiver_may_ask_to_be_waited_for_until_a_date(said: str, seconds: float | None) -> None:
    with CASES["webhook"].receiving() as (url, receiver):
        receiver.fault = Fault(503, {"Retry-After": said})
        with pytest.raises(DeliveryError) as caught:
            CASES["webhook"].opened(url).send(MESSAGE)
    after = caught.value.after_seconds
    assert after == seconds or (after is not None and seconds is not None and after > seconds > 0)


def test_slack_says_things_in_threads_with_a_picture_and_looks_before_it_repeats() -> None:
    with CASES["slack"].receiving() as (url, receiver):
        notifier = CASES["slack"].opened(url)
        sent = notifier.send(replace(MESSAGE, picture=lambda: b"PNG"))
        assert sent.receipt == {"ts": receiver.messages[0]["ts"], "channel": Slack.CHANNEL}
        assert receiver.files[0][0] == b"PNG"
        assert receiver.files[0][1]["thread_ts"] == sent.receipt["ts"]
        notifier.send(Message(RESOLVED, NOW, root=sent.receipt))
        assert receiver.messages[1]["thread_ts"] == sent.receipt["ts"]
        again = notifier.send(replace(MESSAGE, is_doubtful=True))
        assert (again.receipt, again.detail) == (sent.receipt, "it had come through before")
        notifier.send(Message(RESOLVED, NOW, root=sent.receipt, is_doubtful=True))
        assert receiver.keys() == [FIRED.key, RESOLVED.key]
        notifier.send(replace(MESSAGE, notice=replace(FIRED, key="new"), is_doubtful=True))
        assert receiver.keys() == [FIRED.key, RESOLVED.key, "new"]


@pytest.mark.parametrize(("error", "may_pass"), [("ratelimited", True), ("channel_not_found", False)])
def test_slack_refuses_with_words(error: str, may_pass: bool) -> None:
    with CASES["slack"].receiving() as (url, receiver):
        receiver.error = error
        with pytest.raises(DeliveryError, match=f"chat.postMessage: {error}") as caught:
            CASES["slack"].opened(url).send(MESSAGE)
        assert caught.value.retryable is may_pass


def test_a_picture_that_cannot_be_added_does_not_repeat_the_message() -> None:
    class WithoutFiles(Slack):
        def _files_getUploadURLExternal(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's word
            return {"ok": False, "error": "missing_scope"}

    with received(WithoutFiles()) as receiver:
        sent = CASES["slack"].opened(receiver.url).send(replace(MESSAGE, picture=lambda: b"PNG"))
        assert sent.detail.endswith("without its picture (files.getUploadURLExternal: missing_scope)")
        assert len(receiver.messages) == 1


def test_pagerduty_keeps_one_incident_for_a_thread() -> None:
    with CASES["pagerduty"].receiving() as (url, receiver):
        notifier = CASES["pagerduty"].opened(url)
        for message in (MESSAGE, replace(MESSAGE, is_doubtful=True), Message(RESOLVED, NOW), Message(RESOLVED, NOW)):
            notifier.send(message)
        assert receiver.changes == [(FIRED.thread, "trigger"), (FIRED.thread, "resolve")]
        acknowledged = replace(FIRED, facts={"acknowledged_by": "Ada"})
        notifier.send(Message(acknowledged, NOW))
        assert receiver.changes[-1] == (FIRED.thread, "acknowledge")


def test_a_webhook_knows_who_sends_and_what_it_has_already() -> None:
    with CASES["webhook"].receiving() as (url, receiver):
        notifier = CASES["webhook"].opened(url)
        notifier.send(MESSAGE)
        notifier.send(replace(MESSAGE, at=NOW + 300))
        (taken,) = receiver.taken.values()
        assert (taken["key"], taken["slo"], taken["facts"]) == (FIRED.key, "checkout", dict(FIRED.facts))
        assert taken["link"] == "https://slo.example.com/slos/checkout"
        with pytest.raises(DeliveryError, match="401"):
            Case("webhook", CASES["webhook"].details, Webhook, lambda _: {"SIGN": "else"}).opened(url).send(MESSAGE)


def test_mails_of_an_episode_refer_to_its_first_and_come_with_the_same_id() -> None:
    with CASES["email"].receiving() as (url, receiver):
        notifier = CASES["email"].opened(url)
        sent = notifier.send(MESSAGE)
        notifier.send(replace(MESSAGE, at=NOW + 300, is_doubtful=True))
        notifier.send(Message(RESOLVED, NOW + 300, root=sent.receipt))
        first, again, last = receiver.mails
        assert first["Message-ID"] == again["Message-ID"] == last["In-Reply-To"] == last["References"]
        assert last["Message-ID"] != first["Message-ID"]
        assert (first["Subject"], first["To"]) == (FIRED.title, "sre@example.com, ops@example.com")
        body = first.get_payload(decode=True).decode()
        assert "“it” said, it's 100 %?" in body
        assert "burn: 14.4" in body


@pytest.mark.parametrize(("refusal", "may_pass"), [("451 come again", True), ("554 spam", False)])
def test_a_mail_server_says_whether_another_attempt_may_help(refusal: str, may_pass: bool) -> None:
    with CASES["email"].receiving() as (url, receiver):
        receiver.refusal = refusal
        with pytest.raises(DeliveryError, match=refusal) as caught:
            CASES["email"].opened(url).send(MESSAGE)
        assert caught.value.retryable is may_pass


def test_mail_is_not_sent_in_the_open_where_encryption_is_asked_for() -> None:
    with CASES["email"].receiving() as (url, receiver):
        with pytest.raises(DeliveryError, match="STARTTLS") as caught:
            CASES["email"].opened(url, tls="starttls").send(MESSAGE)
        assert not caught.value.retryable
        assert receiver.mails == []


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_mail_is_encrypted_and_written_by_who_may(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = certificate(tmp_path)
    case = Case("email", mail, None, lambda _: {"WORD": "pass"})
    options = (
        {"tls_context": made.context, "require_starttls": True} if how == "starttls" else {"ssl_context": made.context}
    )
    known = {"username": "leadline", "password": "${WORD}", "tls": how, "host": "localhost"}
    with mail_server(authenticator=who_may, auth_require_tls=how == "starttls", **options) as mails:
        notifier = case.opened(f"127.0.0.1:{mails.port}", **known)
        with pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED"):
            notifier.send(MESSAGE)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
        notifier.send(MESSAGE)
        assert len(mails.mails) == 1
        with pytest.raises(DeliveryError, match="refused: 535") as caught:
            case.opened(f"127.0.0.1:{mails.port}", **{**known, "username": "else"}).send(MESSAGE)
        assert not caught.value.retryable


def who_may(_server: object, _session: object, _envelope: object, _way: str, said: Any) -> AuthResult:
    return AuthResult(success=(said.login, said.password) == (b"leadline", b"pass"), handled=False)


def test_an_encrypted_receiver_is_who_its_name_says_although_its_address_is_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = certificate(tmp_path)
    with received(Webhook(), made.context) as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        with pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED"):
            CASES["webhook"].opened(url).send(MESSAGE)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
        CASES["webhook"].opened(url).send(MESSAGE)
        assert list(receiver.taken) == [FIRED.key]
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path, "other.example").file))
        with pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED"):
            CASES["webhook"].opened(url).send(MESSAGE)


def test_apprise_says_why_it_cannot() -> None:
    case = Case("apprise", CASES["apprise"].details, Anything, lambda _: {"URL": "nothing://at.all"})
    with pytest.raises(DeliveryError, match="not an address that apprise knows") as caught:
        case.opened("").send(MESSAGE)
    assert not caught.value.retryable


@pytest.mark.alertmanager
def test_w_4_an_alertmanager_shows_an_alert_with_its_labels_until_its_end(alertmanager_server: str) -> None:
    now = int(time.time())
    fired, resolved = replace(FIRED, at=now - 60), replace(RESOLVED, at=now, tier=3, severity="ticket")
    notifier = CASES["alertmanager"].opened(alertmanager_server, labels={"origin": "leadline"})

    def shown() -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{alertmanager_server}/api/v2/alerts", timeout=10) as answer:
            return list(json.load(answer))

    sent = notifier.send(Message(fired, now))
    notifier.send(Message(fired, now + 1, root=sent.receipt, is_repeat=True))
    (alert,) = shown()
    assert sent.repeat_seconds == 60
    assert alert["labels"] == {
        "alertname": "LeadlineBudgetBurns", "origin": "leadline", "service": "shop", "severity": "page",
        "slo": "checkout", "team": "payments", "thread": FIRED.thread, "tier": "0",
    }  # fmt: skip
    assert alert["annotations"]["summary"] == FIRED.title
    notifier.send(Message(resolved, now, root=sent.receipt))
    assert shown() == []


@pytest.mark.parametrize("name", BY_HTTP)
def test_a_redirect_is_not_followed(name: str) -> None:
    with received(Anything()) as elsewhere, CASES[name].receiving() as (url, receiver):
        receiver.fault = Fault(307, {"Location": elsewhere.url})
        with pytest.raises(DeliveryError, match="answered 307"):
            CASES[name].opened(url).send(MESSAGE)
        assert elsewhere.asked == []
