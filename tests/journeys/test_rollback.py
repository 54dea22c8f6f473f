"""A bad deployment of a real server is rolled back, and only once, whatever becomes of who does it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from instants import NOON, NOON_SECONDS
from leadline.app import call, engine, opened
from leadline.core.slices import SeriesKey, SliceBatch
from leadline.core.windows import Span
from leadline.domains.rollbacks.asking import ask_for_rollbacks, let_lapse
from leadline.domains.rollbacks.model import ApproveRollback, RunRollback, StopRollbacks
from leadline.domains.rollbacks.running import carry_out, follow
from leadline.engine.desk import Diet
from leadline.errors import RecordError
from leadline.ports.audit import Caller
from leadline.ports.entries import Change
from leadline.ports.operation import Context
from leadline.ports.rollbacks import OPEN, RollbackState, RollbackStep
from leadline.settings import Settings
from made_commands import HANDBOOK, a_shop
from made_handbooks import Steps
from made_rollbacks import ALARM
from servers import free_port

CANARY = """\
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if sys.argv[1] == "v1" else 500)
        self.end_headers()
        self.wfile.write(sys.argv[1].encode())

    def log_message(self, *_):
        pass

HTTPServer(("127.0.0.1", int(sys.argv[2])), Answers).serve_forever()
"""
UNDO = """\
import json, os, signal, subprocess, sys
folder, ref = os.path.dirname(os.path.abspath(__file__)), sys.argv[1]
assert json.load(sys.stdin)["document"]["change"]["ref"] == ref
with open(os.path.join(folder, "calls"), "a") as calls:
    calls.write(ref + "\\n")
os.kill(int(open(os.path.join(folder, "pid")).read()), signal.SIGKILL)
port = open(os.path.join(folder, "port")).read()
command = [sys.executable, os.path.join(folder, "canary.py"), "v1", port]
process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
open(os.path.join(folder, "pid"), "w").write(str(process.pid))
"""
POLICY = """\
---
apiVersion: leadline/v1
kind: RollbackPolicy
metadata: {{name: undo}}
spec:
  services: [shop]
  mode: {mode}
  type: command
  connectionDetails: {{argv: [{python}, {script}, "{{ref}}"], timeoutSeconds: 60}}
"""
ENVIRON = {"LEADLINE_ROLLBACK_KEY": "a key", "PATH": os.environ["PATH"]}


@dataclass
class Canary:
    """A server of one version after another, and the clock of who watches it."""

    folder: Path
    port: int
    now: datetime = NOON
    begun: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def deploy(self, version: str) -> None:
        command = [sys.executable, str(self.folder / "canary.py"), version, str(self.port)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.begun.append(process)
        (self.folder / "pid").write_text(str(process.pid), encoding="utf-8")

    def stop(self) -> None:
        with suppress(ProcessLookupError, FileNotFoundError):
            os.kill(int((self.folder / "pid").read_text(encoding="utf-8")), signal.SIGKILL)
        for process in self.begun:
            process.wait(30)

    def asked(self) -> tuple[int, str]:
        """Status and version that it answers with, as soon as it answers."""
        deadline = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()
            except OSError:
                assert time.monotonic() < deadline, "the canary does not answer"
                time.sleep(0.02)

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    def minute(self, context: Context) -> None:
        """One minute passes, in which it is asked some times."""
        bad = sum(self.asked()[0] >= 500 for _ in range(5))
        start = int(self.now.timestamp())
        context.ledger.append("canary", [SliceBatch(SeriesKey("requests"), [start], [bad], [5])])  # type: ignore[arg-type]  # made arrays there
        self.now += timedelta(minutes=1)


@contextmanager
def a_canary(folder: Path, mode: str, environ: dict[str, str], more: str = "") -> Iterator[tuple[Canary, Context]]:
    canary = Canary(folder, free_port())
    (folder / "canary.py").write_text(CANARY, encoding="utf-8")
    (folder / "undo.py").write_text(UNDO, encoding="utf-8")
    (folder / "port").write_text(str(canary.port), encoding="utf-8")
    policy = POLICY.format(mode=mode, python=sys.executable, script=folder / "undo.py")
    settings = Settings.of({"LEADLINE_HANDBOOK": str(a_shop(folder, HANDBOOK + policy + more) / "handbook")})
    caller = Caller("Ada", "test")
    try:
        with opened(settings, Steps(), now=lambda: canary.now, environ=environ, caller=caller) as context:
            yield canary, context
    finally:
        canary.stop()


STRATEGY = """\
---
apiVersion: leadline/v1
kind: Handbook
metadata: {name: a-shop}
spec: {defaults: {strategy: fast}}
---
apiVersion: leadline/v1
kind: AlertStrategy
metadata: {name: fast}
spec:
  tiers:
    - {name: emergency, severity: page, action: rollback, lowTraffic: "off", all: [{window: 5m, factor: 10}]}
"""


def test_w_3_turns_of_a_server_find_the_burn_roll_back_and_see_it_recover(tmp_path: Path) -> None:
    with a_canary(tmp_path, "auto", ENVIRON, STRATEGY) as (canary, context):
        day = NOON_SECONDS - 86_400
        starts = list(range(day, NOON_SECONDS, 60))
        calm = SliceBatch(SeriesKey("requests"), starts, [0] * 1440, [5] * 1440)  # type: ignore[arg-type]  # made arrays there
        context.ledger.append("canary", [calm])
        canary.deploy("v1")
        settings = Settings.of({"LEADLINE_HANDBOOK": context.handbook.folder})
        late = timedelta(minutes=2)
        with engine(settings, Diet(), now=lambda: canary.now + late, environ=ENVIRON) as (turning, _):
            canary.minute(context)
            assert turning.take_turn().faults == {}
            assert context.episodes.open() == ()
            at = int(canary.now.timestamp())
            context.entries.add_change(Change("shop", "feature", "v2", at, at, "ci", "eve", at))
            canary.stop()
            canary.deploy("v2")
            for _ in range(20):
                canary.minute(context)
                assert turning.take_turn().faults == {}
                turning.tools.rolling.finish()
                if (found := context.rollbacks.newest(1)) and found[0].state not in OPEN:
                    break
        [rolled] = context.rollbacks.newest(9)
        assert [step.state.value for step in rolled.steps] == ["due", "running", "watched", "succeeded"]
        assert canary.asked() == (200, "v1")
        assert canary.calls == ["v2"]
        assert context.entries.changes(["shop"], Span(0, 2**40))[-1].kind == "remediation"


def deployed(canary: Canary, context: Context, ref: str = "v2") -> Change:
    """The bad version is deployed, and ten minutes later an alert fires."""
    canary.deploy("v2")
    at = NOON_SECONDS - 600
    return context.entries.add_change(Change("shop", "feature", ref, at, at + 5, "ci", "eve", at))


def test_w_3_a_bad_deployment_is_rolled_back_and_the_sli_shows_that_it_helped(tmp_path: Path) -> None:
    with a_canary(tmp_path, "auto", ENVIRON) as (canary, context):
        change = deployed(canary, context)
        assert canary.asked() == (500, "v2")
        assert ask_for_rollbacks([ALARM], context, is_simulated=False) == 1
        assert ask_for_rollbacks([ALARM], context, is_simulated=False) == 0
        [due] = context.rollbacks.open()
        assert (due.state, due.change) == (RollbackState.DUE, change.id)
        carry_out(due, context)
        assert canary.asked() == (200, "v1")
        for _ in range(3):
            assert context.rollbacks.find(due.id).state is RollbackState.WATCHED
            canary.minute(context)
            follow(int(canary.now.timestamp()), context)
        assert context.rollbacks.find(due.id).state is RollbackState.SUCCEEDED
        again = replace(ALARM, episode="checkout/fast/2", fired_at=int(canary.now.timestamp()))
        ask_for_rollbacks([again], context, is_simulated=False)
        newest = context.rollbacks.newest(1)[0]
        assert newest.state is RollbackState.NOTHING
        assert "is a rollback itself" in newest.steps[0].detail
        assert canary.calls == ["v2"]
        titles = [each.notice.title for each in context.outbox.unrouted(9)]
        assert titles == [
            "Rollback of shop (v2) is about to begin",
            "shop (v2) was rolled back; the SLI tells whether it helped",
            "Rollback of shop (v2) has helped",
            "Nothing to roll back for checkout",
        ]


def test_one_that_must_be_approved_waits_and_nothing_begins_while_all_are_stopped(tmp_path: Path) -> None:
    with a_canary(tmp_path, "approve", ENVIRON) as (canary, context):
        deployed(canary, context)
        ask_for_rollbacks([ALARM], context, is_simulated=False)
        call("rollbacks.stop", StopRollbacks(reason="freeze"), context)
        with pytest.raises(RecordError, match="stopped all rollbacks: freeze"):
            call("rollbacks.approve", ApproveRollback(id=1), context)
        with pytest.raises(RecordError, match="approve it first"):
            call("rollbacks.run", RunRollback(id=1), context)
        dry = call("rollbacks.run", RunRollback(id=1, dry_run=True), context)
        assert "'v2'" in dry.plan
        assert "freeze" in dry.held_by
        assert let_lapse([], context) == 1
        assert context.rollbacks.find(1).state is RollbackState.LAPSED
        assert canary.calls == []


def test_one_that_did_not_help_has_failed_and_is_not_tried_again(tmp_path: Path) -> None:
    with a_canary(tmp_path, "auto", ENVIRON) as (canary, context):
        deployed(canary, context)
        ask_for_rollbacks([ALARM], context, is_simulated=False)
        carry_out(context.rollbacks.find(1), context)
        canary.now += timedelta(minutes=15)
        follow(int(canary.now.timestamp()), context)
        assert context.rollbacks.find(1).state is RollbackState.FAILED
        late = replace(ALARM, episode="checkout/fast/2", fired_at=NOON_SECONDS - 60)
        ask_for_rollbacks([late], context, is_simulated=False)
        assert "has rolled it back already" in context.rollbacks.newest(1)[0].steps[0].detail
        assert canary.calls == ["v2"]


def test_one_whose_server_died_is_in_doubt_and_told_by_the_sli_and_never_run_again(tmp_path: Path) -> None:
    with a_canary(tmp_path, "auto", ENVIRON) as (canary, context):
        canary.deploy("v1")
        at = NOON_SECONDS - 600
        context.entries.add_change(Change("shop", "feature", "v2", at, at, "ci", "eve", at))
        ask_for_rollbacks([ALARM], context, is_simulated=False)
        running = RollbackStep(NOON_SECONDS, RollbackState.RUNNING, "", "run")
        assert context.rollbacks.begin(1, running, lambda _begun, _switch: "") == ""
        canary.now += timedelta(seconds=120)
        assert follow(NOON_SECONDS, context) == 0
        canary.now += timedelta(seconds=60)
        assert follow(NOON_SECONDS, context) == 1
        assert context.rollbacks.find(1).state is RollbackState.IN_DOUBT
        for _ in range(3):
            canary.minute(context)
        follow(int(canary.now.timestamp()), context)
        assert context.rollbacks.find(1).state is RollbackState.SUCCEEDED
        assert canary.calls == []


def test_a_request_that_was_altered_runs_nothing(tmp_path: Path) -> None:
    with a_canary(tmp_path, "auto", ENVIRON) as (canary, context):
        deployed(canary, context)
        ask_for_rollbacks([ALARM], context, is_simulated=False)
        found = context.rollbacks.find(1)
        carry_out(replace(found, document=found.document.replace('"v2"', '"v0"')), context)
        last = context.rollbacks.find(1).steps[-1]
        assert last.state is RollbackState.FAILED
        assert "the signature does not fit" in last.detail
        assert canary.calls == []


@pytest.mark.parametrize(
    ("environ", "ref", "said"),
    [
        ({"PATH": os.environ["PATH"]}, "v2", "no key is set"),
        (ENVIRON, "--kubeconfig=/etc/passwd", "begins with a dash"),
        (ENVIRON, "v2\nv3", "a control character"),
    ],
)
def test_what_cannot_be_relied_on_is_a_suggestion(tmp_path: Path, environ: dict[str, str], ref: str, said: str) -> None:
    with a_canary(tmp_path, "auto", environ) as (canary, context):
        deployed(canary, context, ref)
        ask_for_rollbacks([ALARM], context, is_simulated=False)
        found = context.rollbacks.find(1)
        assert found.state is RollbackState.SUGGESTED
        assert said in found.steps[0].detail
        assert canary.calls == []


def test_made_up_slices_roll_nothing_back(tmp_path: Path) -> None:
    with a_canary(tmp_path, "auto", ENVIRON) as (canary, context):
        deployed(canary, context)
        ask_for_rollbacks([ALARM], context, is_simulated=True)
        assert context.rollbacks.find(1).state is RollbackState.SUGGESTED


def test_the_setting_makes_an_automatic_rollback_wait(tmp_path: Path) -> None:
    with a_canary(tmp_path, "auto", {**ENVIRON, "LEADLINE_ROLLBACK_STOP": "1"}) as (canary, context):
        deployed(canary, context)
        ask_for_rollbacks([ALARM], context, is_simulated=False)
        found = context.rollbacks.find(1)
        assert found.state is RollbackState.WAITING
        assert "LEADLINE_ROLLBACK_STOP is set" in found.steps[0].detail
        assert datetime.fromtimestamp(found.asked_at, UTC) == canary.now
