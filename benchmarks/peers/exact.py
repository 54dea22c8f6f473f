"""
Compare Leadline's 28-day sums with what the counters of the benchmark say, to the event.

    python exact.py PEERS_FOLDER STATUS_JSON

The model is the peers' own. Counters hold whole numbers and are sampled at every full minute, so the truth of a window
that begins and ends on a minute is a difference of two whole numbers, and nothing else is right.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

WINDOW_SECONDS = 28 * 86_400


def counters(model: Any, number: int, at: int) -> tuple[int, int]:
    """Total and bad of one service's counters at an instant, as its generator writes them."""
    total, bad = model.bench_cum(number % 8)
    scale, place = 60 * (1 + number % 17), (at - model.start) // model.step
    return int(total[place] * scale), int(bad[place] * scale)


def compared(model: Any, status: dict[str, Any]) -> dict[str, Any]:
    at = int(datetime.fromisoformat(status["at"]).timestamp())
    worst_bad = worst_total = exact = 0
    for slo in status["slos"]:
        number = int(slo["service"].removeprefix("svc-"))
        (total, bad), (total_before, bad_before) = (counters(model, number, when) for when in (at, at - WINDOW_SECONDS))
        off_bad, off_total = abs(slo["bad"] - (bad - bad_before)), abs(slo["total"] - (total - total_before))
        worst_bad, worst_total = max(worst_bad, off_bad), max(worst_total, off_total)
        exact += off_bad == off_total == 0
    return {"slos": len(status["slos"]), "exact": exact, "worst_bad": worst_bad, "worst_total": worst_total}


def main() -> None:
    peers, status = sys.argv[1:3]
    sys.path.insert(0, peers)
    from truth import load  # noqa: PLC0415 - the peers' folder is known only now

    print(json.dumps(compared(load(), json.loads(Path(status).read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
