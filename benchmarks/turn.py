"""
Row `turn`: N SLOs on one Prometheus, against slo-generator 2.6 on the same SLOs and windows (1h, 6h, 3d, 28d).

The peers' own bench takes the time of both. slo-generator asks for every window of every SLO each time. Leadline asks
for the minutes that are new since its last turn and judges from its ledger; the first turn, which asks for 28 days, is
reported apart. Both answers are compared with the known truth of the data.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, at_least, number, ratio, say
from benchmarks.peers.leadline_adapter import TARGET, WINDOWS, write
from benchmarks.programs import BIN, DATA, ROOT, Server, answers, free_port, missing_for, program

PEERS = "LEADLINE_BENCH_PEERS"
FOLDER = DATA / "peers"
SLO_GENERATOR = DATA / "venvs" / "slo-generator"
LARGEST = 500
LEAST_FRESH_SECONDS = 1_800
FILLED = "backfill.done"
SLICES = 28 * 1440
LEAST_SECONDS = 0.01
"""The kernel counts no less."""
BEHIND_SECONDS = 1_800
"""The backfill ends so long ago, so that turns a minute apart have passed instants to be run at."""


_PREPARE = f"{sys.executable} adapters/slo_generator.py --n {{n}} --url {{url}} --dir {{dir}}"
_COMPUTE = f"{SLO_GENERATOR / 'bin' / 'slo-generator'} compute -f {{dir}}/slos -c {{dir}}/config.yaml"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one command took of the machine."""

    wall: float
    client_cpu: float
    prometheus_cpu: float
    rss_mb: float
    queries: float = 0.0


def run(sizes: Sequence[int] = (10, 100, LARGEST), runs: int = 3) -> list[Figure]:
    if reason := _missing():
        say(reason)
        return []
    _prepare(max(sizes))
    with _prometheus() as (url, pid):
        cold = {count: _backfilled(count, url, pid) for count in sizes}
        ours, theirs = {}, {}
        for count in sizes:  # in turns, so that a busy moment of the machine meets both
            ours |= _bench("leadline", count, runs, (url, pid), prepare="true", command="sh {dir}/turn.sh")
            theirs |= _bench("slo-generator", count, runs, (url, pid), prepare=_PREPARE, command=_COMPUTE)
    figures = [figure for count in sizes for figure in _compared(count, ours[count], theirs[count])]
    return (
        figures
        + _truth(max(sizes))
        + [figure for count in sizes if (cost := cold[count]) for figure in _cold(count, cost)]
    )


def _peers_source() -> Path:
    return Path(os.environ.get(PEERS) or ROOT.parent / "shared" / "bench" / "peers")


def _missing() -> str | None:
    if reason := missing_for("prometheus"):
        return f"no turn without Prometheus: {reason}"
    if not (FOLDER / "bench.py").exists() and not (_peers_source() / "bench.py").exists():
        return f"no turn without the peers' bench: name its folder in {PEERS}"
    return None


def _prepare(largest: int) -> None:
    """The peers' bench, slo-generator, and blocks that reach past now."""
    if not (FOLDER / "bench.py").exists():
        shutil.copytree(_peers_source(), FOLDER, copy_function=shutil.copyfile)
        FOLDER.chmod(0o755)
    if not (SLO_GENERATOR / "bin" / "slo-generator").exists():
        say("installing slo-generator 2.6 into an environment of its own")
        venv.create(SLO_GENERATOR, with_pip=True, clear=True)
        pip = [str(SLO_GENERATOR / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "slo-generator[prometheus]==2.6.*", "setuptools<70"], check=True)
    meta = FOLDER / "meta.json"
    known = json.loads(meta.read_text(encoding="utf-8")) if meta.exists() else {"end": 0, "n": 0}
    if known["end"] < time.time() + LEAST_FRESH_SECONDS or known["n"] < largest or not _tsdb().exists():
        _build(largest)


def _tsdb() -> Path:
    return FOLDER / "data" / "tsdb"


def _build(largest: int) -> None:
    say(f"building 30 days of {largest} services, some minutes")
    shutil.rmtree(_tsdb(), ignore_errors=True)
    _tsdb().parent.mkdir(exist_ok=True)
    text = FOLDER / "data" / "data.om"
    try:
        generate = [sys.executable, "gen.py", "--n", str(largest), "--out", str(text), "--meta", "meta.json"]
        subprocess.run(generate, cwd=FOLDER, check=True, stdout=subprocess.DEVNULL)
        blocks = [program("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=768h"]
        subprocess.run([*blocks, str(text), str(_tsdb())], check=True, stdout=subprocess.DEVNULL)
    finally:
        text.unlink(missing_ok=True)


@contextmanager
def _prometheus() -> Iterator[tuple[str, int]]:
    say("starting Prometheus")
    address = f"127.0.0.1:{free_port()}"
    command = [
        program("prometheus"),
        f"--config.file={FOLDER / 'empty.yml'}",
        f"--storage.tsdb.path={_tsdb()}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address={address}",
        "--log.level=warn",
    ]
    server = Server("prometheus", command, FOLDER / "data")
    server.start(lambda: answers(f"http://{address}/-/ready"))
    try:
        assert server.process is not None
        yield f"http://{address}", server.process.pid
    finally:
        server.stop()


def _work(name: str, count: int) -> Path:
    return FOLDER / "data" / "work" / name / str(count)


def _backfilled(count: int, url: str, pid: int) -> Cost | None:
    """
    A handbook of so many SLOs with its 28 days collected, and what that took.

    A store that an earlier run has filled from the same blocks is brought up to date; then there is nothing to say.
    """
    folder, at = _work("leadline", count), int(time.time() - BEHIND_SECONDS) // 60 * 60
    is_warm = _is_filled(folder)
    say(f"28 days of {count} SLOs, " + ("as an earlier run has left them" if is_warm else "cold"))
    if not is_warm:
        shutil.rmtree(folder, ignore_errors=True)
    write(folder, count, url, str(BIN / "leadline"), at)
    taken = _collected(folder, at, pid)
    (folder / FILLED).touch()
    return None if is_warm else taken


def _is_filled(folder: Path) -> bool:
    filled, meta = folder / FILLED, FOLDER / "meta.json"
    return filled.exists() and filled.stat().st_mtime > meta.stat().st_mtime


def _collected(folder: Path, at: int, pid: int) -> Cost:
    command = [BIN / "leadline", "collect", "--handbook", folder / "handbook", "--at", str(at), "--json"]
    before, cpu = resource.getrusage(resource.RUSAGE_CHILDREN), _cpu_seconds(pid)
    start = time.perf_counter()
    with (folder / "backfill.json").open("wb") as output, (folder / "backfill.log").open("wb") as log:
        done = subprocess.run(command, stdout=output, stderr=log, check=False)
    wall = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(
            f"the backfill ended with {done.returncode}:\n{(folder / 'backfill.log').read_text()[-2000:]}"
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    client = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, client, _cpu_seconds(pid) - cpu, after.ru_maxrss / 1024)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _bench(name: str, count: int, runs: int, server: tuple[str, int], *, prepare: str, command: str) -> dict[int, Cost]:
    """What the peers' bench measures of one tool, as medians."""
    say(f"{name}: turns of {count} SLOs")
    url, pid = server
    pid_file = FOLDER / "data" / "prometheus.pid"
    pid_file.write_text(str(pid), encoding="utf-8")
    options = ["--name", name, "--n", str(count), "--runs", str(runs), "--url", url]
    options += ["--prom-pid-file", str(pid_file), "--work", str(FOLDER / "data" / "work")]
    options += ["--prepare", prepare, "--cmd", command]
    subprocess.run([sys.executable, "bench.py", *options], cwd=FOLDER, check=True, stdout=sys.stderr)
    found = json.loads((FOLDER / "results" / f"{name}.json").read_text(encoding="utf-8"))["results"]
    return {count: _cost(name, found[str(count)]["median"])}


def _cost(name: str, taken: dict[str, float]) -> Cost:
    if taken["rc"]:
        raise RuntimeError(f"{name} ended with {taken['rc']:.0f}")
    return Cost(taken["wall"], taken["client_cpu"], taken["prom_cpu"], taken["client_rss_mb"], taken["queries"])


def _compared(count: int, ours: Cost, theirs: Cost) -> list[Figure]:
    target = at_least(20) if count == LARGEST else None
    pairs = (
        ("wall", theirs.wall, ours.wall, target),
        ("Prometheus CPU", theirs.prometheus_cpu, ours.prometheus_cpu, target),
        ("client CPU", theirs.client_cpu, ours.client_cpu, None),
        ("queries", theirs.queries, ours.queries, None),
        ("memory of the client", theirs.rss_mb, ours.rss_mb, None),
    )
    units = {"queries": "", "memory of the client": " MB"}
    return [
        ratio(
            f"N = {count}: slo-generator / leadline, {what}",
            their / max(our, LEAST_SECONDS),
            f"{number(their)} / {number(our)}{units.get(what, ' s')}",
            wanted,
        )
        for what, their, our, wanted in pairs
    ]


def _cold(count: int, cost: Cost) -> list[Figure]:
    name, rate = f"N = {count}: cold backfill of 28 days", count * SLICES / cost.wall
    prometheus = f"client {cost.client_cpu:.1f} s, {cost.rss_mb:.0f} MB"
    return [
        Figure(f"{name}, wall", cost.wall, "s", None, f"{rate:,.0f} slices/s"),
        Figure(f"{name}, Prometheus CPU", cost.prometheus_cpu, "s", None, prometheus),
    ]


def _truth(count: int) -> list[Figure]:
    """How far either is off the truth, in per cent of the budget, by the peers' own check; and ours to the event."""
    status = json.loads((_work("leadline", count) / "status.json").read_text(encoding="utf-8"))
    at = int((_work("leadline", count) / "at").read_text(encoding="utf-8"))
    log = FOLDER / "data" / "work" / "slo-generator" / f"{count}.log"
    theirs = _verified(log.read_text(encoding="utf-8", errors="replace"), _middle_of_run(count, log))
    ours = _verified("\n".join(_sli_lines(status)), at)
    exact = _exact(_work("leadline", count) / "status.json")
    off = f"worst {exact['worst_bad']:g} bad, {exact['worst_total']:g} total"
    unit, exactly = "% of the budget", "SLOs whose 28-day sums are exact to the event"
    return [
        Figure("error of leadline, worst SLI", ours[1], unit, None, f"median {ours[0]:.3f}"),
        Figure("error of slo-generator, worst SLI", theirs[1], unit, None, f"median {theirs[0]:.3f}"),
        Figure(exactly, exact["exact"], f"of {exact['slos']}", at_least(count), off),
    ]


def _middle_of_run(count: int, log: Path) -> int:
    runs = json.loads((FOLDER / "results" / "slo-generator.json").read_text(encoding="utf-8"))["results"][str(count)]
    return int(log.stat().st_mtime - runs["runs"][-1]["wall"] / 2)


def _sli_lines(status: dict[str, Any]) -> Iterator[str]:
    budget = 1 - float(TARGET)
    for slo in status["slos"]:
        for window in WINDOWS[:-1]:
            yield f"{slo['service']} {window} {1 - slo['burn'][window] * budget:.12f}"
        yield f"{slo['service']} {WINDOWS[-1]} {slo['sli']:.12f}"


def _verified(lines: str, at: int) -> tuple[float, float]:
    """Median and worst error."""
    command = [sys.executable, "verify.py", str(at)]
    said = subprocess.run(command, cwd=FOLDER, input=lines, capture_output=True, text=True, check=True).stdout
    words = said.splitlines()[0].replace(",", "").split()
    return float(words[words.index("median") + 1]), float(words[words.index("worst") + 1])


def _exact(status: Path) -> dict[str, float]:
    command = [sys.executable, str(ROOT / "benchmarks" / "peers" / "exact.py"), str(FOLDER), str(status)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found
