"""What a turn takes of the machine and of Prometheus, and the programs that take turns: slo-generator, and a server."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.request
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from benchmarks.figures import Figure, Target, number, say
from benchmarks.programs import BIN, DATA, ROOT, Server, answers, free_port, program

SLO_GENERATOR = DATA / "venvs" / "slo-generator"
WINDOWS = {"1h": 3_600, "6h": 21_600, "3d": 259_200, "28d": 2_419_200}
"""Name and seconds of those that slo-generator is asked for."""
PEER, ALONE, SERVED = "slo-generator", "one process", "turn of a server"
LEAST_SECONDS = 0.01
"""The kernel counts no less."""
_ASKED = re.compile(r'^prometheus_http_requests_total\{[^}]*handler="/api/v1/query[^}]*\} (\S+)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Needed:
    """What the program that took a turn needed: seconds of CPU, and its memory at most."""

    cpu: float
    rss_mb: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What one turn took."""

    wall: float
    client_cpu: float
    prometheus_cpu: float
    rss_mb: float
    queries: float


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus that is watched while others ask it."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def asked(self) -> float:
        """Queries so far."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as response:
            return sum(float(count) for count in _ASKED.findall(response.read().decode()))

    def watched(self, turn: Callable[[], Needed]) -> Cost:
        """What a turn took."""
        asked, cpu = self.asked(), self.cpu_seconds()
        start = time.perf_counter()
        needed = turn()
        wall = time.perf_counter() - start
        return Cost(wall, needed.cpu, self.cpu_seconds() - cpu, needed.rss_mb, self.asked() - asked)


@contextmanager
def prometheus(blocks: Path, folder: Path) -> Iterator[Prometheus]:
    """Prometheus over blocks, whatever their age."""
    say("starting Prometheus")
    (folder / "empty.yml").write_text("scrape_configs: []\n", encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    command = [
        program("prometheus"),
        f"--config.file={folder / 'empty.yml'}",
        f"--storage.tsdb.path={blocks}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address={address}",
        "--log.level=warn",
    ]
    server = Server("prometheus", command, folder)
    server.start(lambda: answers(f"http://{address}/-/ready"))
    try:
        assert server.process is not None
        yield Prometheus(f"http://{address}", server.process.pid)
    finally:
        server.stop()


def build_blocks(text: Path, blocks: Path) -> None:
    """Make OpenMetrics into blocks; the text is gone afterwards."""
    try:
        command = [program("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=768h"]
        subprocess.run([*command, str(text), str(blocks)], check=True, stdout=subprocess.DEVNULL)
    finally:
        text.unlink(missing_ok=True)


def install_slo_generator() -> None:
    if not (SLO_GENERATOR / "bin" / "slo-generator").exists():
        say("installing slo-generator 2.6 into an environment of its own")
        venv.create(SLO_GENERATOR, with_pip=True, clear=True)
        pip = [str(SLO_GENERATOR / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "slo-generator[prometheus]==2.6.*", "setuptools<70"], check=True)


def run_command(command: Sequence[str | Path], folder: Path, name: str) -> Needed:
    """Run one command to its end, output and log into files of `folder`."""
    log = folder / f"{name}.log"
    with (folder / f"{name}.out").open("wb") as output, log.open("wb") as errors:
        started = subprocess.Popen(command, cwd=folder, stdout=output, stderr=errors)
        _, status, usage = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise RuntimeError(f"{name} ended with {started.returncode}:\n{log.read_text(encoding='utf-8')[-2000:]}")
    return Needed(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


class Running:
    """The engine of a running server, in a process of its own that takes a turn whenever it is told the time."""

    def __init__(self, handbook: Path, database: str) -> None:
        command = [sys.executable, "-m", "benchmarks.peers.running", str(handbook), database]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.steps: dict[str, float] = {}
        """Seconds of each step of the last turn."""

    def take_turn(self, at: int) -> Needed:
        """Take a turn as if it were `at`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(at, file=self._process.stdin, flush=True)
        told: dict[str, Any] = json.loads(self._process.stdout.readline() or "{}")
        if not told or told["faults"]:
            raise RuntimeError(f"the turn failed: {told}")
        self.steps = told["steps"]
        return Needed(told["cpu"], told["rss_mb"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


def leadline(*words: str | Path) -> list[str | Path]:
    return [BIN / "leadline", *words]


def copy_database(handbook: Path, to: Path) -> str:
    """The database that stands beside a handbook, again; its URL."""
    with (
        closing(sqlite3.connect(handbook / ".leadline" / "leadline.db")) as there,
        closing(sqlite3.connect(to)) as here,
    ):
        there.backup(here)
    return f"sqlite:///{to}"


def in_turns(server: Prometheus, by_name: Mapping[str, Callable[[], Needed]], runs: int) -> dict[str, list[Cost]]:
    """What each took, one after the other and again; the first time around does not count."""
    costs: dict[str, list[Cost]] = {name: [] for name in by_name}
    for done in range(runs + 1):
        for name, turn in by_name.items():
            cost = server.watched(turn)
            say(f"{done or 'warming up'}: {name} {cost.wall:.2f} s")
            costs[name] += [cost] if done else []
    return costs


def median_of(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(cost, each.name) for cost in costs) for each in fields(Cost)))


def compared(name: str, theirs: Sequence[Cost], ours: Sequence[Cost], target: Target | None) -> list[Figure]:
    """Ratios of medians; the target is of wall time and of Prometheus' CPU."""
    their, our = asdict(median_of(theirs)), asdict(median_of(ours))
    rows = (
        ("wall", "wall", target),
        ("prometheus_cpu", "Prometheus CPU", target),
        ("client_cpu", "client CPU", None),
        ("queries", "queries", None),
        ("rss_mb", "memory of the client", None),
    )
    units = {"queries": "", "rss_mb": " MB"}
    return [
        Figure(
            f"{name}: slo-generator / leadline, {what}",
            their[key] / max(our[key], LEAST_SECONDS),
            "×",
            wanted,
            f"{number(their[key])} / {number(our[key])}{units.get(key, ' s')}",
            tuple(their_run / max(our_run, LEAST_SECONDS) for their_run, our_run in _pairs(key, theirs, ours)),
        )
        for key, what, wanted in rows
        if their[key] and our[key]
    ]


def _pairs(key: str, theirs: Sequence[Cost], ours: Sequence[Cost]) -> Iterator[tuple[float, float]]:
    return ((getattr(their, key), getattr(our, key)) for their, our in zip(theirs, ours, strict=False))
