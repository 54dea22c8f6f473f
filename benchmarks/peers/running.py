"""
The engine of a running server: a turn for each instant read from stdin, what it took to stdout as one line of JSON.

    python -m benchmarks.peers.running HANDBOOK DATABASE

It is `leadline up` without the clock and the port: the process stays, and takes turns.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from leadline.app import engine
from leadline.engine.desk import Diet
from leadline.settings import Settings


def main() -> None:
    handbook, database = sys.argv[1:3]
    answers, sys.stdout = sys.stdout, sys.stderr  # where a server's log goes
    instants = [datetime.now(UTC)]
    settings = Settings.of({}, handbook=Path(handbook), database=database)
    with engine(settings, Diet(), now=lambda: instants[-1]) as (turning, _):
        for line in sys.stdin:
            instants.append(datetime.fromtimestamp(int(line), UTC))
            wall, cpu = time.perf_counter(), time.process_time()
            board = turning.take_turn()
            taken = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "rss_mb": _rss_mb()}
            told = taken | {"faults": board.faults, "steps": board.seconds}
            print(json.dumps(told), file=answers, flush=True)


def _rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
