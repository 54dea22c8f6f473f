"""
Two hours of a server: kills, sources that are down or hang, good and broken edits, imports and corrections beside it.

After every turn the figures of the server are those of a process that has just begun, to the last digit: the status of
every SLO, and everything about one. The clock is set by the test and goes two hours in all; imports and corrections are
processes of their own, kills are `kill -9`. The long form goes round five times, with LEADLINE_TEST_LONG=1. Of two
servers on one database the other goes on.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from contract.ledger_cases import DATABASES, database_url
from http_answers import Asked, Said, failure, http_server
from journeys import turning
from journeys.played_source import BEGIN, REGIONS, Played, Server, as_text, handbook, play
from leadline.settings import Settings
from terminal import leadline, write
from tree import ROOT

pytestmark = pytest.mark.timeout(1800)

DAY = 86_400
COMPOSITE = """\
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: buying
  annotations: {leadline/composite: serial, leadline/components: "checkout-slo, payments-slo"}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 2d, isRolling: true}]
  objectives: [{target: 0.9}]
"""
NAMES = ("checkout-slo", "search-slo", "payments-slo", "latency-slo", "shares-slo", "orders-slo", "buying")


@dataclass
class Second:
    """The source of payments: it answers, fails, or hangs until it is let go."""

    server: Server
    mood: str = "well"
    free: threading.Event = field(default_factory=threading.Event)

    def reply(self, asked: Asked) -> Said:
        if self.mood == "hangs":
            self.free.wait(60)
        if self.mood != "well":
            return failure(500, "internal", "out of order")
        return self.server.reply(asked)


@dataclass
class Watched:
    """A server process, its clock, and everything that is done beside it."""

    folder: Path
    database: str
    second: Second
    texts: tuple[str, str]
    """The wordings of the handbook."""
    now: int = BEGIN + 5 * DAY + 7 * 3600 + 2
    target: str = "0.9"
    number: int = 0
    process: subprocess.Popen[str] | None = None
    imports: int = 0
    chance: Random = field(default_factory=lambda: Random(20_260_110))

    def edit(self, target: str) -> None:
        """Another wording; the one that must be in force is kept beside it."""
        self.target = target
        for folder in (self.folder, self.folder / "good"):
            folder.mkdir(exist_ok=True)
            write(folder, self.wording(target))

    def wording(self, target: str) -> str:
        first, rest = self.texts
        return first + rest.replace("target: 0.9", f"target: {target}", 1) + COMPOSITE

    def break_it(self) -> None:
        write(self.folder, self.wording("99.9"))

    def run(self, *arguments: str) -> None:
        ended = leadline(self.folder, *arguments, LEADLINE_DATABASE_URL=self.database)
        assert ended.code == 0, ended.err

    def import_orders(self) -> None:
        """Half a day of orders that ends some minutes ago; later files say other numbers of the same time."""
        self.imports += 1
        first, rows = self.now // 60 * 60 - DAY // 2, []
        for region in REGIONS:
            for start in range(first - 3600 * self.imports, self.now // 60 * 60 - 300, 60):
                total = 20 + (start // 60 + self.imports) % 7
                rows.append(f"orders,{as_text(start)},{(start // 60) % (self.imports + 2)},{total},{region}")
        file = self.folder / f"orders-{self.imports}.csv"
        file.write_text("\n".join(["sli,start,bad,total,region", *rows, ""]))
        self.run("slices", "import", str(file))

    def correct(self, slo: str, mode: str) -> None:
        start = self.now - self.chance.randrange(1_000, 40_000)
        self.run(
            "correct", "add", slo, "--from", as_text(start // 60 * 60), "--for", "47m", "--mode", mode,
            "--applies-to", "slo", "--reason", "planned", "--approver", "Ada",
        )  # fmt: skip

    def start(self) -> subprocess.Popen[str]:
        if self.process is None:
            command = [sys.executable, turning.__file__, str(self.folder / "handbook"), self.database]
            with (self.folder / "server.log").open("a", encoding="utf-8") as log:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT / "tests"
                )
        return self.process

    def ask(self, patience: float = 30) -> str:
        """Let it begin a turn; returns the SLO that it was asked for."""
        name = NAMES[self.number % len(NAMES)]
        stdin = self.start().stdin
        assert stdin is not None
        stdin.write(f"{self.instant.isoformat()} {patience} {name}\n")
        stdin.flush()
        return name

    def kill(self) -> None:
        process = self.start()
        process.kill()
        process.communicate()
        self.process = None

    @property
    def instant(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def turn(self, minutes: int = 1, patience: float = 30, *, leads: bool = True) -> dict[str, Any]:
        """One turn, and the proof: the same from a process that has just begun."""
        self.now += minutes * 60
        self.number += 1
        name = self.ask(patience)
        stdout = self.start().stdout
        assert stdout is not None
        line = stdout.readline()
        assert line, (self.folder / "server.log").read_text(encoding="utf-8")[-3_000:]
        found: dict[str, Any] = json.loads(line)
        server = found.pop("server")
        fresh = self.fresh(name)
        assert found["status"] == fresh["status"], f"turn {self.number}"
        assert found["slo"] == fresh["slo"], f"turn {self.number}, {name}"
        assert server["is_leading"] is leads
        levels = {slo["slo"]: slo["level"] for slo in found["status"]["slos"]}
        assert {slo: server["levels"][slo] for slo in levels} == levels
        return {**server, "found": levels}

    def fresh(self, name: str) -> dict[str, Any]:
        """By a process of its own each tenth time, since most of its time goes into starting."""
        folder = self.folder / "good" / "handbook"
        if self.number % 10:
            return json.loads(json.dumps(turning.fresh(Settings(folder, self.database), self.instant, name)))  # type: ignore[no-any-return]  # as it was told
        command = [
            sys.executable,
            turning.__file__,
            str(folder),
            self.database,
            "--fresh",
            self.instant.isoformat(),
            name,
        ]
        said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT / "tests")
        return json.loads(said.stdout)  # type: ignore[no-any-return]  # as it was told


@pytest.fixture(scope="module")
def played() -> Played:
    return play()


@contextmanager
def a_server(folder: Path, database: str, played: Played) -> Iterator[Watched]:
    with ExitStack() as stack:
        server = Server(played)
        first = stack.enter_context(http_server(server.reply))
        second = Second(server)
        other = stack.enter_context(http_server(second.reply))
        text = handbook(first.url).replace(
            "{metricSourceRef: metrics, spec: {query: payments", "{metricSourceRef: other, spec: {query: payments"
        )
        source = text.split("---\n")[0].replace("name: metrics", "name: other").replace(first.url, other.url)
        sources, _, rest = text.partition("---\n")
        watched = Watched(folder, database, second, (f"{sources}---\n{source}---\n", rest))
        watched.edit("0.9")
        try:
            yield watched
        finally:
            second.free.set()
            if watched.process is not None:
                watched.kill()


def outage(server: Watched) -> None:
    """One of two sources fails for a quarter of an hour."""
    server.second.mood = "fails"
    down = server.turn(1)
    assert any("source other" in warning for warning in down["warnings"])
    server.turn(2)
    blind = server.turn(13)["found"]
    assert blind["payments-slo"] == "unknown", "its source is down"
    assert blind["checkout-slo"] != "unknown", "another's source being down is nothing to it"
    server.second.mood = "well"
    assert server.turn(1)["warnings"] == []


def edits(server: Watched) -> None:
    """A good edit, a correction, a broken edit, a mended one."""
    server.edit("0.95")
    server.turn(1)
    server.correct("checkout-slo", "exclude")
    server.turn(1)
    server.break_it()
    broken = server.turn(1)
    assert "99.9" in broken["problems"][0]
    assert any("not in force" in warning for warning in broken["warnings"])
    server.turn(4)
    server.edit("0.97")
    assert server.turn(1)["problems"] == []


def kills(server: Watched) -> None:
    """Killed in a turn, and while a source hangs."""
    server.ask()
    server.kill()
    server.turn(2)
    server.second.mood, server.second.free = "hangs", threading.Event()
    late = server.turn(1, patience=3)
    assert any("still being asked" in warning for warning in late["warnings"])
    server.kill()
    server.second.mood = "fails"
    server.second.free.set()
    server.turn(1)
    server.second.mood = "well"
    server.turn(1)


def beside(server: Watched) -> None:
    """An import that says otherwise than the one before, a correction, and three hours in which nobody was there."""
    server.import_orders()
    server.turn(1)
    server.correct("orders-slo", "bad")
    server.turn(1)
    server.kill()
    server.turn(190)
    server.turn(60)
    server.edit("0.9")
    server.turn(1)


@pytest.mark.parametrize("kind", DATABASES)
def test_a_server_tells_at_every_turn_what_a_fresh_process_tells(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, played: Played, long_run: bool
) -> None:
    with a_server(tmp_path, database_url(kind, request, tmp_path), played) as server:
        assert server.turn(1)["problems"] == []
        server.import_orders()
        for _ in range(5 if long_run else 1):
            # the database is another, what happens is the same: the short form shows there what touches it most
            for happens in (outage, edits, kills, beside) if kind == "sqlite" or long_run else (kills, beside):
                happens(server)
        assert server.now - BEGIN - 5 * DAY - 7 * 3600 >= 7_200, "two hours at least"


@pytest.mark.parametrize("kind", DATABASES)
def test_another_server_takes_over_from_one_that_was_killed_in_its_turn(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, played: Played
) -> None:
    with a_server(tmp_path, database_url(kind, request, tmp_path), played) as first:
        first.turn(1)
        other = replace(first, process=None)
        try:
            other.turn(0, leads=False)
            first.now += 60
            first.ask()
            first.kill()
            other.turn(2)
            other.import_orders()
            other.turn(1)
            first.now = other.now
            first.turn(0, leads=False)
            other.kill()
            first.turn(1)
        finally:
            if other.process is not None:
                other.kill()
