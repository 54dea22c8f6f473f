"""
Row `fleet`: 500 SLOs of ten shapes on one Prometheus, against slo-generator 2.6 on the same SLOs and windows.

Leadline is timed as one process (`leadline status --collect`) and as a turn of a server that has taken turns before,
which is how it runs under `leadline up`. The three take turns, so that a busy moment of the machine meets all of them.
The sums of 28 days, and slo-generator's SLIs, are compared with the truth that the fleet is made of.
"""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from datetime import datetime

from benchmarks.figures import Figure, at_least, at_most, median, say
from benchmarks.peers import fleet_adapter
from benchmarks.programs import DATA, missing_for
from benchmarks.turns import (
    ALONE,
    PEER,
    SERVED,
    SLO_GENERATOR,
    WINDOWS,
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
from leadline.core.slices import STEP
from made_fleet import EACH, SHAPES, Shape, handbook, member, write_openmetrics

FOLDER = DATA / "fleet"
BLOCKS = FOLDER / "tsdb"
META = FOLDER / "meta.json"
_BEFORE = 28 * 1440 + 240
"""Minutes of the fleet before now, and after."""
_AFTER = 360
_LEAST_FRESH_SECONDS = 2_400
_BETWEEN_RESTARTS = 97
"""Minutes."""
_BEHIND_SECONDS = 3_600
"""The backfill ends so long ago, so that turns a minute apart have passed instants to be run at."""
_SETTLE = 2 * STEP
"""A server judges so long ago, since the newest samples may not have arrived; a command does as it is told."""
_CYCLE = 260
"""Minutes after which the events of every shape repeat."""
_SAID = re.compile(r"(\S+?)\s+\|\s*28d\s*\|\s*SLI: ([\d.]+)\s*%")
_ALL = len(SHAPES) * EACH


def run(runs: int = 5) -> list[Figure]:
    if reason := missing_for("prometheus"):
        say(f"no fleet without Prometheus: {reason}")
        return []
    install_slo_generator()
    _build()
    with prometheus(BLOCKS, FOLDER) as server:
        at = _filled(server)
        costs, steps = _in_turns(server, at, runs)
    figures = [
        *compared(f"{_ALL} SLOs, turn of a server", costs[PEER], costs[SERVED], at_least(20)),
        *compared(f"{_ALL} SLOs, one process", costs[PEER], costs[ALONE], None),
        Figure("queries of a turn", max(cost.queries for cost in costs[SERVED]), "", at_most(20), "the most of all"),
        Figure("steps of a turn of a server", median_of(costs[SERVED]).wall, "s", None, steps),
    ]
    return figures + _truth()


def _build() -> None:
    known = json.loads(META.read_text(encoding="utf-8")) if META.exists() else {"end": 0}
    if known["end"] > time.time() + _LEAST_FRESH_SECONDS and BLOCKS.exists():
        return
    say(f"building 28 days of {_ALL} SLOs of {len(SHAPES)} shapes, some minutes")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    start, minutes = int(time.time()) // STEP * STEP - _BEFORE * STEP, _BEFORE + _AFTER
    write_openmetrics(FOLDER / "fleet.om", start, minutes, range(_BETWEEN_RESTARTS, minutes, _BETWEEN_RESTARTS))
    build_blocks(FOLDER / "fleet.om", BLOCKS)
    META.write_text(json.dumps({"start": start, "end": start + minutes * STEP}), encoding="utf-8")


def _filled(server: Prometheus) -> int:
    """A folder with the 28 days, and where they end."""
    alone = FOLDER / "alone"
    reached = alone / "reached"
    """The last instant of an earlier run; what is collected already cannot be timed again."""
    at = int(time.time() - _BEHIND_SECONDS) // STEP * STEP
    if reached.exists():
        at = max(at, int(reached.read_text(encoding="utf-8")))
    (alone / "handbook").mkdir(parents=True, exist_ok=True)
    (alone / "handbook" / "fleet.yaml").write_text(handbook(server.url), encoding="utf-8")
    is_cold = not (alone / "handbook" / ".leadline" / "leadline.db").exists()
    say("collecting 28 days" + (", cold" if is_cold else ", as an earlier run has left them"))
    start = time.perf_counter()
    run_command(leadline("collect", "--handbook", "handbook", "--at", str(at), "--json"), alone, "backfill")
    say(f"took {time.perf_counter() - start:.0f} s")
    return at


def _in_turns(server: Prometheus, at: int, runs: int) -> tuple[dict[str, list[Cost]], str]:
    """What each took, and what the steps of a server's turn took."""
    peer, alone = FOLDER / "slo-generator", FOLDER / "alone"
    fleet_adapter.write(peer, server.url, WINDOWS)
    compute = [SLO_GENERATOR / "bin" / "slo-generator", "compute", "-f", "slos", "-c", "config.yaml"]
    status = leadline("status", "--collect", "--handbook", "handbook", "--json")
    ends = range(at + STEP, at + (runs + 2) * STEP, STEP)
    (alone / "reached").write_text(str(ends[-1]), encoding="utf-8")
    clock, clock_of_server = iter(ends), iter(end + _SETTLE for end in ends)
    steps: list[dict[str, float]] = []
    with Running(alone / "handbook", copy_database(alone / "handbook", FOLDER / "served.db")) as running:

        def served() -> Needed:
            needed = running.take_turn(next(clock_of_server))
            steps.append(running.steps)
            return needed

        costs = in_turns(
            server,
            {
                PEER: lambda: run_command(compute, peer, "compute"),
                ALONE: lambda: run_command([*status, "--at", str(next(clock))], alone, "status"),
                SERVED: served,
            },
            runs,
        )
    parts = {name: median([each[name] for each in steps[1:]]) for name in steps[-1]}
    return costs, ", ".join(f"{name} {seconds:.3f}" for name, seconds in parts.items() if seconds >= 0.001)


def _truth() -> list[Figure]:
    """Sums of 28 days that are exact, and how far slo-generator's SLIs are off, in per cent of a budget of 1 %."""
    start = json.loads(META.read_text(encoding="utf-8"))["start"]
    status = json.loads((FOLDER / "alone" / "status.out").read_text(encoding="utf-8"))
    told = {slo["slo"]: slo for slo in status["slos"]}
    at = datetime.fromisoformat(status["at"]).timestamp()
    said = FOLDER / "slo-generator" / "compute.out"
    theirs = dict(_SAID.findall(said.read_text(encoding="utf-8")))
    exact, off = 0, []
    for shape in SHAPES:
        for number in range(EACH):
            name = member(shape, number)
            right, slo = _sums(shape, number, int(at - start) // STEP), told[f"{name}-slo"]
            exact += all(abs(mine - its) < 1e-6 for mine, its in zip((slo["bad"], slo["total"]), right, strict=True))
            bad, total = _sums(shape, number, int(said.stat().st_mtime - start) // STEP)
            off.append(abs(float(theirs[name]) / 100 - (1 - bad / total)) / 0.01 * 100)
    return [
        Figure("SLOs whose 28-day sums are exact to the event", exact, f"of {_ALL}", at_least(_ALL)),
        Figure("error of slo-generator, worst SLI", max(off), "% of the budget", None, f"median {median(off):.3f}"),
    ]


def _sums(shape: Shape, number: int, end: int) -> tuple[float, float]:
    """Bad and total of the 28 days that end before a minute of the fleet."""
    cycles, rest = divmod(28 * 1440, _CYCLE)
    parts = [(times, _events(shape, number, minute)) for times, minute in _minutes(end, cycles, rest)]
    return sum(times * bad for times, (bad, _) in parts), sum(times * total for times, (_, total) in parts)


def _minutes(end: int, cycles: int, rest: int) -> Iterator[tuple[int, int]]:
    """Each minute of a cycle, and how often it comes within the window."""
    return ((cycles + (back < rest), end - 1 - back) for back in range(_CYCLE))


def _events(shape: Shape, number: int, minute: int) -> tuple[float, float]:
    of_groups = shape.truth(number, minute).values()
    return sum(bad for bad, _ in of_groups), sum(total for _, total in of_groups)
