"""
A seeded schedule of writes, and the process that works through it: `python ledger_schedule.py URL SEED FIRST`.

Step n of a seed is the same in every process, so that who kills the writer knows what each acknowledged step wrote. The
process prints `ready`, then the number of each step as soon as the ledger has returned from it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leadline.adapters.store import open_store
from leadline.core.slices import HOUR, STEP, SeriesKey, SliceBatch
from leadline.ports.ledger import Ledger, Watermark

BEGIN = 1_767_225_600
"""2026-01-01T00:00:00Z."""
SLOTS = 30 * 1440
"""Every slice of the schedule starts within 30 days from `BEGIN`."""
KEYS = tuple(SeriesKey.of(f"sli-{number}", region=region) for number in range(4) for region in ("eu", "us"))


@dataclass(frozen=True)
class Step:
    """One write: `kind` is `append`, `import` or `compact`."""

    kind: str
    batches: tuple[SliceBatch, ...] = ()
    watermark: Watermark | None = None
    before: int = 0


def step_of(seed: int, number: int) -> Step:
    """Totals of step n are n + 1, so that a slice tells which step wrote it."""
    chance = random.Random(seed * 1_000_003 + number)
    kind = chance.choice(("append", "append", "append", "late", "small import", "large import", "compact"))
    newest = SLOTS // 2 + number % (SLOTS // 2)
    if kind == "compact":
        return Step(kind, before=BEGIN + (newest - chance.randrange(300)) * STEP // HOUR * HOUR)
    chosen = chance.sample(KEYS, chance.randint(1, len(KEYS)))
    if kind == "append":
        batches = tuple(_run(key, newest - chance.randrange(5), 1 + chance.randrange(5), number) for key in chosen)
        return Step("append", batches, Watermark("sli-0", BEGIN, BEGIN + newest * STEP + number * STEP))
    if kind == "late":
        return Step("append", tuple(_run(key, newest - chance.randrange(600), 300, number) for key in chosen))
    length = 2_000 if kind == "small import" else 12_000
    first = chance.randrange(SLOTS - length)
    return Step(
        "import", tuple(_run(key, first, length, number) for key in KEYS if kind != "small import" or key in chosen)
    )


def _run(key: SeriesKey, first: int, count: int, number: int) -> SliceBatch:
    slots = np.arange(max(first, 0), min(max(first, 0) + count, SLOTS))
    return SliceBatch(key, BEGIN + slots * STEP, np.full(len(slots), number % 2), np.full(len(slots), number + 1))


def perform(ledger: Ledger, step: Step) -> None:
    if step.kind == "compact":
        ledger.compact(step.before)
    elif step.kind == "import":
        ledger.import_all("import", iter(step.batches))
    else:
        ledger.append("import", step.batches, watermarks=[step.watermark] if step.watermark else [])


def _numbers(first: int) -> Iterator[int]:
    while True:
        yield first
        first += 1


def main(url: str, seed: int, first: int) -> None:
    with open_store(url) as store:
        store.ledger.series()
        print("ready", flush=True)
        for number in _numbers(first):
            perform(store.ledger, step_of(seed, number))
            print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
