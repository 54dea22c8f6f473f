"""
Five receivers, a server that is killed three times with a message on its way, and ten minutes in which nobody answers.

`leadline up` runs as a process, on a clock that is sixty times as fast until it has caught up with Alertmanager's. It
is killed with SIGKILL, twice at the worst of moments: the receiver has taken the message and not answered yet. In the
end each receiver has each message exactly once. Slack's channel and the mailbox keep whatever they are sent; the others
throw away what their product throws away.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from contract.test_outbox import FIRED
from journeys.hurried import hurried
from leadline.adapters.notifiers.email import message_id
from leadline.adapters.store import open_store
from leadline.ports.outbox import DeliveryState, Notice, NoticeKind
from made_commands import HANDBOOK
from receivers import Fault, MailServer, PagerDuty, Receiver, Slack, Webhook, mail_server, received, wait_until
from servers import Servers, free_port
from terminal import environment, leadline, write

pytestmark = [pytest.mark.alertmanager, pytest.mark.timeout(300)]

TIMES = 60.0
LAG_SECONDS = 1_800.0
OUTAGE_SECONDS = 600.0
"""On the server's clock."""
EPISODES = 4
"""In each of two rounds; the first of each goes on, the others end."""
ROUTE = """\
---
apiVersion: leadline/v1
kind: NotificationRoute
metadata: {name: everything}
spec: {targets: [slack, pagerduty, webhook, mail, alertmanager]}
"""
SECRETS = {"TOKEN": "xoxb-secret", "KEY": "R0UT1NG", "SIGN": "s3cret", "LEADLINE_EGRESS_ALLOW": "127.0.0.0/8"}


def target(name: str, kind: str, details: dict[str, Any]) -> str:
    spec = {"type": kind, "connectionDetails": details}
    document = {"apiVersion": "leadline/v1", "kind": "NotificationTarget", "metadata": {"name": name}, "spec": spec}
    return f"---\n{json.dumps(document)}\n"


@dataclass
class Killing:
    """Kills the server when a receiver has taken so many messages more, before it answers the last one."""

    process: subprocess.Popen[str] | None = None
    after: int = 0
    kills: int = 0

    def arm(self, process: subprocess.Popen[str], after: int) -> None:
        self.process, self.after = process, after

    def taken(self) -> None:
        if self.process is None:
            return
        self.after -= 1
        if self.after <= 0:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process, self.kills = None, self.kills + 1


def deadly(receiver: Receiver, killing: Killing) -> Receiver:
    """The same receiver, which tells of what it has taken before it answers."""
    answer = receiver.answer

    def taking(path: str, body: bytes, headers: Any) -> Any:
        found = answer(path, body, headers)
        if not path.endswith(("conversations.history", "conversations.replies")):
            killing.taken()
        return found

    receiver.answer = taking  # type: ignore[method-assign]  # a method of this one alone
    return receiver


@dataclass
class World:
    """A practice, its receivers, and the server that tells them."""

    folder: Path
    stack: ExitStack
    began: float = field(default_factory=lambda: float(int(time.time())))
    slack: Slack = field(default_factory=Slack)
    pagerduty: PagerDuty = field(default_factory=PagerDuty)
    webhook: Webhook = field(default_factory=Webhook)
    mails: MailServer = field(default_factory=MailServer)
    killing: dict[str, Killing] = field(default_factory=lambda: {name: Killing() for name in ("slack", "hook")})
    alertmanager_port: int = field(default_factory=free_port)
    told: list[Notice] = field(default_factory=list)

    def open(self) -> None:
        self.stack.enter_context(received(deadly(self.slack, self.killing["slack"])))
        self.stack.enter_context(received(deadly(self.webhook, self.killing["hook"])))
        self.stack.enter_context(received(self.pagerduty))
        self.mails = self.stack.enter_context(mail_server())
        write(self.folder, HANDBOOK + ROUTE + "".join(self._targets()))

    def _targets(self) -> Iterator[str]:
        yield target("slack", "slack", {"token": "${TOKEN}", "channel": Slack.CHANNEL, "url": self.slack.url})
        yield target("pagerduty", "pagerduty", {"routingKey": "${KEY}", "url": self.pagerduty.url})
        yield target("webhook", "webhook", {"secret": "${SIGN}", "url": self.webhook.url})
        mail = {"host": "127.0.0.1", "port": self.mails.port, "tls": "none"}
        yield target("mail", "email", {**mail, "from": "leadline@example.com", "to": ["sre@example.com"]})
        url = f"http://127.0.0.1:{self.alertmanager_port}"
        yield target("alertmanager", "alertmanager", {"url": url, "labels": {"cluster": "here"}})

    def now(self) -> int:
        return int(hurried(TIMES, self.began, LAG_SECONDS))

    @contextmanager
    def up(self) -> Iterator[subprocess.Popen[str]]:
        """The server; killed at the end if it still lives."""
        clock = [str(each) for each in (TIMES, self.began, LAG_SECONDS)]
        log = self.stack.enter_context((self.folder / "log.txt").open("a"))
        with subprocess.Popen(
            [sys.executable, str(Path(hurried.__code__.co_filename)), *clock, "up", "--port", "0"],
            env=environment(self.folder, **SECRETS),
            cwd=self.folder,
            stderr=log,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):
                    process.kill()

    def happen(self, round_number: int, *kinds: NoticeKind) -> None:
        """Events, as whoever judges budgets writes them."""
        for number in range(EPISODES):
            thread = f"checkout/fast/{round_number}-{number}"
            for kind in kinds[:1] if number == 0 else kinds:
                key = f"{thread}/{kind.value}"
                notice = replace(FIRED, key=key, thread=thread, kind=kind, at=self.now())
                self.told.append(notice)
                with open_store(f"sqlite:///{self.folder}/ledger.db") as store:
                    store.outbox.add([notice])

    def is_done(self) -> bool:
        with open_store(f"sqlite:///{self.folder}/ledger.db") as store:
            stock = store.outbox.stock(0)
        delivered = sum(count for (_, state), count in stock.by_state.items() if state is DeliveryState.DELIVERED)
        return delivered == 5 * len(self.told)

    def outage(self, *, begins: bool) -> None:
        for receiver in (self.slack, self.pagerduty, self.webhook):
            receiver.fault = Fault(503) if begins else Fault()
        self.mails.refusal = "451 come again" if begins else ""


BOTH = (NoticeKind.ALERT_FIRED, NoticeKind.ALERT_RESOLVED)


def test_w_2_each_receiver_gets_each_message_once_through_three_kills_and_an_outage(tmp_path: Path) -> None:
    with ExitStack() as stack:
        world = World(tmp_path, stack)
        world.open()
        servers = Servers(tmp_path)
        stack.callback(servers.stop)
        world.happen(1, *BOTH)
        with world.up() as first:
            world.killing["slack"].arm(first, 3)
            wait_until(lambda: world.killing["slack"].kills == 1, 60)
        world.outage(begins=True)
        began = world.now()
        world.happen(2, *BOTH)
        with world.up():
            wait_until(lambda: world.now() > began + OUTAGE_SECONDS / 2, 60)
        with world.up() as third:
            wait_until(lambda: world.now() > began + OUTAGE_SECONDS, 60)
            assert "failed" in leadline(tmp_path, "notify", "list", "--full").out
            world.killing["hook"].arm(third, 2)
            world.outage(begins=False)
            wait_until(lambda: world.killing["hook"].kills == 1, 60)
        url = servers.alertmanager(world.alertmanager_port)
        with world.up():
            wait_until(world.is_done, 120)
            wait_until(lambda: world.now() > time.time() - 2, 60)
            told(world, url)


def told(world: World, alertmanager: str) -> None:
    """Each receiver has what it should have, once."""
    keys = Counter(notice.key for notice in world.told)
    assert Counter(world.slack.keys()) == keys
    for each in world.slack.messages:
        thread = each["metadata"]["event_payload"]["key"].rpartition("/")[0]
        first = next(one for one in world.slack.messages if one["metadata"]["event_payload"]["key"].startswith(thread))
        assert each.get("thread_ts") == (None if each is first else first["ts"])
    actions = [(notice.thread, "resolve" if notice.kind is BOTH[1] else "trigger") for notice in world.told]
    assert sorted(world.pagerduty.changes) == sorted(actions)
    assert set(world.webhook.taken) == set(keys)
    ids = Counter(world.mails.ids())
    assert set(ids) == {message_id(key, "leadline@example.com") for key in keys}
    assert sum(ids.values()) <= len(keys) + 3, "no more than one mail is sent twice for each time the server was killed"
    with urllib.request.urlopen(f"{alertmanager}/api/v2/alerts", timeout=10) as answer:
        alerts = json.load(answer)
    firing = {notice.thread for notice in world.told} - {
        notice.thread for notice in world.told if notice.kind is BOTH[1]
    }
    assert sorted(alert["labels"]["thread"] for alert in alerts) == sorted(firing)
    listed = leadline(world.folder, "notify", "list", "--json", "--most", "1000").json["deliveries"]
    assert {each["state"] for each in listed} == {"delivered"}
    record = [line["outcome"] for each in listed for line in each["record"]]
    assert record.count("delivered") == 5 * len(keys)
    assert record.count("in doubt") >= 2
    assert record.count("failed") > 0
