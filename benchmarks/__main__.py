"""
Measure and compare: `python -m benchmarks [ROW …] [--json PATH]`, all rows when none is named.

Each row runs in a process of its own, so that memory is its own too. Figures go to stdout with the targets beside them,
progress to stderr, everything as JSON into benchmarks/results. A missed target is a figure, not a failure.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.programs import ROOT

ROWS = {
    "evaluation": "one evaluation of 10,000 SLOs in memory",
    "tick": "one turn over 10,000 SLOs, everything persisted",
    "ledger": "the store of slices, against one row a slice",
    "turn": "N SLOs on one Prometheus, against slo-generator",
    "fleet": "500 SLOs of ten shapes on one Prometheus, against slo-generator",
    "api": "how long readers of a running server wait",
    "backtest": "alerts of a month replayed, in memory and from the ledger, against plain numpy",
    "demo": "how long the demo takes to a page",
    "cli": "how long commands take to answer",
}
RESULTS = ROOT / "benchmarks" / "results"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure and compare.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; all when none is named")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the results here as well")
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if unknown := [row for row in asked.rows if row not in ROWS]:
        parser.error(f"no row {', '.join(unknown)}; there are {', '.join(ROWS)}")
    if asked.alone:
        _run_here(asked.rows[0], asked.alone)
        return 0
    results: dict[str, Any] = {"machine": machine.described(), "rows": {}}
    print(machine.in_words(results["machine"]), flush=True)
    failed = []
    for row in asked.rows or ROWS:
        print(f"\n{row}: {ROWS[row]}", flush=True)
        start = time.monotonic()
        figures = _run_apart(row)
        if figures is None:
            failed.append(row)
            continue
        print(f"    … {row} took {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
        results["rows"][row] = figures
        _write(RESULTS / f"{row}.json", {"machine": results["machine"], "rows": {row: figures}})
    if asked.json:
        _write(asked.json, results)
    if failed:
        print(f"\nended with an error: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _run_apart(row: str) -> list[dict[str, Any]] | None:
    """The figures of a row run in a process of its own; None when it ended with an error."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-m", "benchmarks", row, "--alone", file.name]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            return None
        figures: list[dict[str, Any]] = json.loads(Path(file.name).read_text(encoding="utf-8"))
        return figures


def _run_here(row: str, file: Path) -> None:
    figures = import_module(f"benchmarks.{row}").run()
    for figure in figures:
        print(figure, flush=True)
    file.write_text(json.dumps([figure.as_json() for figure in figures]), encoding="utf-8")


def _write(path: Path, results: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
