"""
Row `demo`: how long `leadline demo` takes to a page with live budgets, from nothing and when it has run before.

A page is there when `/` answers and `/api/v1/slos` has every objective of the shipped practice, most of them with a
level. The time begins with the command.
"""

from __future__ import annotations

import json
import signal
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.cli import HANDBOOK
from benchmarks.figures import Figure, at_most, median, say
from benchmarks.programs import BIN, Server, answers, free_port
from leadline.handbook.loader import load


def run(runs: int = 3) -> list[Figure]:
    handbook = load(HANDBOOK).handbook
    assert handbook is not None, "the shipped handbook has problems"
    first: list[float] = []
    again: list[float] = []
    for done in range(runs):
        with tempfile.TemporaryDirectory(prefix="leadline-bench-") as name:
            for times in (first, again):
                times.append(_seconds_to_a_page(Path(name), len(handbook.slos)))
                say(f"run {done + 1} of {runs}: {times[-1]:.1f} s")
    note = f"median of {runs}"
    return [
        Figure("leadline demo to live budgets, from nothing", median(first), "s", at_most(30), note, tuple(first)),
        Figure("leadline demo to live budgets, run before", median(again), "s", at_most(10), note, tuple(again)),
    ]


def _seconds_to_a_page(folder: Path, slos: int) -> float:
    port = free_port()
    command = [str(BIN / "leadline"), "demo", "--folder", str(folder / "demo"), "--port", str(port)]
    server = Server("demo", command, folder, stop_signal=signal.SIGINT)
    url = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    server.start(lambda: answers(url) and is_live(_slos(url), slos))
    taken = time.perf_counter() - began
    server.stop()
    return taken


def is_live(found: list[dict[str, Any]], wanted: int) -> bool:
    """Every objective is there, and of most the level is known."""
    return len(found) == wanted and sum(slo["level"] != "unknown" for slo in found) > wanted / 2


def _slos(url: str) -> list[dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{url}/api/v1/slos", timeout=10) as response:
            told: list[dict[str, Any]] = json.loads(response.read())["slos"]
            return told
    except (urllib.error.URLError, OSError):
        return []
