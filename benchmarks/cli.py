"""
Row `cli`: how long people wait for `leadline --help`, for `leadline status` and `gate` on a warm local store, and at a
server.

The store holds 28 days of every series of the shipped VirtEngine handbook; the server runs on the same machine and has
as many objectives. The ratio is to `python -c pass` with the same interpreter: that much of the wait is not ours.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from benchmarks.api import served
from benchmarks.figures import Figure, Target, at_most, each, median, milliseconds, ratio, say
from benchmarks.made import DAY, DAYS, END, Minutes
from benchmarks.programs import BIN, ROOT
from leadline.adapters.store import open_store
from leadline.core.slices import STEP
from leadline.domains.measurement.tables import series_ids
from leadline.handbook.loader import load

HANDBOOK = ROOT / "handbooks" / "virtengine"
AT = END - STEP
SERVICE = "many"
"""Of the objectives that the server has."""
ANSWERS = {0, 1, 3, 5}
"""Exit codes that are an answer: the gate cannot tell how it stands now, of a store that ends in the past."""


def run(times: int = 11, days: int = DAYS) -> list[Figure]:
    leadline = str(BIN / "leadline")
    with tempfile.TemporaryDirectory(prefix="leadline-bench-") as folder:
        database = f"sqlite:///{Path(folder) / 'leadline.db'}"
        slos = fill(database, days)
        say("starting commands")
        nothing = _runs([sys.executable, "-c", "pass"], times)
        helped = _runs([leadline, "--help"], times)
        status = [leadline, "status", "--handbook", str(HANDBOOK), "--database", database, "--at", str(AT)]
        as_table, as_json = _runs(status, times), _runs([*status, "--json"], times)
        gate = [leadline, "gate", "--change", "feature", "--ref", "4f2a", "--service"]
        asked = _runs([*gate, "api", "--handbook", str(HANDBOOK), "--database", database], times)
        with served(Path(folder), slos) as url:
            at_server = _runs([leadline, "status", "--server", url], times)
            asked_there = _runs([*gate, SERVICE, "--server", url], times)
    found = milliseconds("python -c pass", nothing)
    return [found] + [
        figure
        for name, runs, target, note in (
            ("leadline --help", helped, at_most(200), ""),
            (f"leadline status, {slos} SLOs", as_table, at_most(600), f"{days} days in SQLite"),
            (f"leadline status --json, {slos} SLOs", as_json, at_most(600), ""),
            (f"leadline status --server, {slos} SLOs", at_server, at_most(250), "the server's own time in it"),
            ("leadline gate", asked, at_most(600), "judged anew and recorded"),
            ("leadline gate --server", asked_there, at_most(250), "the same, with the server's own time in it"),
        )
        for figure in _with_ratio(name, runs, target, note, nothing)
    ]


def fill(database: str, days: int) -> int:
    """Write some days of every series that the handbook collects; the number of its objectives."""
    handbook = load(HANDBOOK).handbook
    assert handbook is not None, "the shipped handbook has problems"
    say(f"filling a store with {days} days of {len(handbook.slis)} SLIs")
    seeds = count()
    with open_store(database) as store:
        for sli in handbook.slis.values():
            batches = [
                Minutes.made(next(seeds), END - days * DAY, days * DAY // STEP).batch(name)
                for name in series_ids(sli, handbook)
            ]
            store.ledger.import_all(sli.source, batches)
    return len(handbook.slos)


def _runs(command: Sequence[str], times: int) -> tuple[float, ...]:
    def once() -> None:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        if done.returncode not in ANSWERS:
            raise subprocess.CalledProcessError(done.returncode, command)

    once()
    return each(once for _ in range(times))


def _with_ratio(name: str, runs: Sequence[float], target: Target, note: str, nothing: Sequence[float]) -> list[Figure]:
    return [
        milliseconds(name, runs, target, note),
        ratio(f"{name} / python -c pass", median(runs) / median(nothing)),
    ]
