"""
Row `turn`: N SLOs on one Prometheus, against slo-generator 2.6 on the same SLOs and windows (1h, 6h, 3d, 28d).

slo-generator asks for every window of every SLO each time. Leadline asks for the minutes that are new since its last
turn and judges from its ledger; the first turn, which asks for 28 days, is reported apart. It is timed as one process
(`leadline status --collect`), and for the largest N as a turn of a server that has taken turns before as well. Who is
compared takes turns, so that a busy moment of the machine meets all. Both answers are compared with the known truth of
the data, which is the peers' own bench's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, at_least, say
from benchmarks.peers.leadline_adapter import TARGET, WINDOWS, write
from benchmarks.programs import BIN, DATA, ROOT, missing_for
from benchmarks.turns import (
    ALONE,
    PEER,
    SERVED,
    SLO_GENERATOR,
    Cost,
    Needed,
    Prometheus,
    Running,
    build_blocks,
    compared,
    copy_database,
    in_turns,
    install_slo_generator,
    leadline,
    median_of,
    prometheus,
    run_command,
)

PEERS = "LEADLINE_BENCH_PEERS"
FOLDER = DATA / "peers"
LARGEST = 500
LEAST_FRESH_SECONDS = 1_800
FILLED = "backfill.done"
SLICES = 28 * 1440
BEHIND_SECONDS = 1_800
"""The backfill ends so long ago, so that turns a minute apart have passed instants to be run at."""


def run(sizes: Sequence[int] = (10, 100, LARGEST), runs: int = 5) -> list[Figure]:
    if reason := _missing():
        say(reason)
        return []
    _prepare(max(sizes))
    with prometheus(_tsdb(), FOLDER / "data") as server:
        cold = {count: _backfilled(count, server) for count in sizes}
        figures = [figure for count in sizes for figure in _turns(count, runs, server)]
    return figures + [figure for count in sizes if (cost := cold[count]) for figure in _cold(count, cost)]


def _turns(count: int, runs: int, server: Prometheus) -> Iterator[Figure]:
    say(f"turns of {count} SLOs")
    ours, peer = _work("leadline", count), _work("slo-generator", count)
    arguments = ["--n", str(count), "--url", server.url, "--dir", str(peer)]
    subprocess.run([sys.executable, "adapters/slo_generator.py", *arguments], cwd=FOLDER, check=True)
    compute = [SLO_GENERATOR / "bin" / "slo-generator", "compute", "-f", "slos", "-c", "config.yaml"]
    by_name: dict[str, Callable[[], Needed]] = {
        PEER: lambda: run_command(compute, peer, "compute"),
        ALONE: lambda: run_command(["sh", "turn.sh"], ours, "turn"),
    }
    if count < LARGEST:
        costs = in_turns(server, by_name, runs)
    else:
        with Running(ours / "handbook", copy_database(ours / "handbook", ours / "served.db")) as running:
            clock = iter(range(int((ours / "at").read_text(encoding="utf-8")) + 60, 2**40, 60))
            costs = in_turns(server, by_name | {SERVED: lambda: running.take_turn(next(clock))}, runs)
        yield from compared(f"N = {count}, {SERVED}", costs[PEER], costs[SERVED], at_least(20))
    yield from compared(f"N = {count}, {ALONE}", costs[PEER], costs[ALONE], at_least(20) if count == LARGEST else None)
    if count == LARGEST:
        yield from _truth(count, median_of(costs[PEER]).wall)


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
    install_slo_generator()
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
    generate = [sys.executable, "gen.py", "--n", str(largest), "--out", str(text), "--meta", "meta.json"]
    subprocess.run(generate, cwd=FOLDER, check=True, stdout=subprocess.DEVNULL)
    build_blocks(text, _tsdb())


def _work(name: str, count: int) -> Path:
    return FOLDER / "data" / "work" / name / str(count)


def _backfilled(count: int, server: Prometheus) -> Cost | None:
    """
    A handbook of so many SLOs with its 28 days collected, and what that took.

    A store that an earlier run has filled from the same blocks is brought up to date; then there is nothing to say.
    """
    folder, at = _work("leadline", count), int(time.time() - BEHIND_SECONDS) // 60 * 60
    is_warm = _is_filled(folder)
    say(f"28 days of {count} SLOs, " + ("as an earlier run has left them" if is_warm else "cold"))
    if not is_warm:
        shutil.rmtree(folder, ignore_errors=True)
    write(folder, count, server.url, str(BIN / "leadline"), at)
    collect = leadline("collect", "--handbook", "handbook", "--at", str(at), "--json")
    taken = server.watched(lambda: run_command(collect, folder, "backfill"))
    (folder / FILLED).touch()
    return None if is_warm else taken


def _is_filled(folder: Path) -> bool:
    filled, meta = folder / FILLED, FOLDER / "meta.json"
    return filled.exists() and filled.stat().st_mtime > meta.stat().st_mtime


def _cold(count: int, cost: Cost) -> list[Figure]:
    name, rate = f"N = {count}: cold backfill of 28 days", count * SLICES / cost.wall
    prometheus = f"client {cost.client_cpu:.1f} s, {cost.rss_mb:.0f} MB"
    return [
        Figure(f"{name}, wall", cost.wall, "s", None, f"{rate:,.0f} slices/s"),
        Figure(f"{name}, Prometheus CPU", cost.prometheus_cpu, "s", None, prometheus),
    ]


def _truth(count: int, seconds: float) -> list[Figure]:
    """How far either is off the truth, in per cent of the budget, by the peers' own check; and ours to the event."""
    status = json.loads((_work("leadline", count) / "status.json").read_text(encoding="utf-8"))
    at = int((_work("leadline", count) / "at").read_text(encoding="utf-8"))
    log = _work("slo-generator", count) / "compute.out"
    theirs = _verified(log.read_text(encoding="utf-8", errors="replace"), int(log.stat().st_mtime - seconds / 2))
    ours = _verified("\n".join(_sli_lines(status)), at)
    exact = _exact(_work("leadline", count) / "status.json")
    off = f"worst {exact['worst_bad']:g} bad, {exact['worst_total']:g} total"
    unit, exactly = "% of the budget", "SLOs whose 28-day sums are exact to the event"
    return [
        Figure("error of leadline, worst SLI", ours[1], unit, None, f"median {ours[0]:.3f}"),
        Figure("error of slo-generator, worst SLI", theirs[1], unit, None, f"median {theirs[0]:.3f}"),
        Figure(exactly, exact["exact"], f"of {exact['slos']}", at_least(count), off),
    ]


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
