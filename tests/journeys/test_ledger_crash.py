"""
A writer that is killed at any instant loses no acknowledged slice, counts none twice, and leaves no half import.

Fifty kills on each database with LEADLINE_TEST_LONG=1, eight without.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from journeys import ledger_schedule
from journeys.ledger_schedule import BEGIN, KEYS, SLOTS, Step, step_of
from leadline.adapters.store import open_store
from leadline.core.slices import STEP
from leadline.ports.ledger import Ledger

_END = BEGIN + SLOTS * STEP
_SEED = 20_260_101


@dataclass
class Model:
    """What the ledger holds after some steps: for each series bad and total, total 0 where nothing was written."""

    bad: np.ndarray = field(default_factory=lambda: np.zeros((len(KEYS), SLOTS), dtype=np.int64))
    total: np.ndarray = field(default_factory=lambda: np.zeros((len(KEYS), SLOTS), dtype=np.int64))
    watermark: int | None = None

    def after(self, step: Step) -> Model:
        bad, total = self.bad.copy(), self.total.copy()
        for batch in step.batches:
            row, columns = KEYS.index(batch.key), (batch.starts - BEGIN) // STEP
            bad[row, columns], total[row, columns] = batch.bad, batch.total
        return Model(bad, total, step.watermark.end if step.watermark else self.watermark)

    def equals(self, other: Model) -> bool:
        return (
            np.array_equal(self.bad, other.bad)
            and np.array_equal(self.total, other.total)
            and self.watermark == other.watermark
        )


def _read(ledger: Ledger) -> Model:
    slis = sorted({key.sli for key in KEYS})
    read, hours = ledger.read(slis, BEGIN, _END), ledger.read_hours(slis, BEGIN, _END)
    model = Model()
    for row, key in enumerate(KEYS):
        if key not in read:
            continue
        model.bad[row], model.total[row] = read[key].bad, read[key].total
        assert np.array_equal(read[key].seen, read[key].total > 0)
        assert np.array_equal(hours[key].bad, model.bad[row].reshape(-1, 60).sum(axis=1))
        assert np.array_equal(hours[key].total, model.total[row].reshape(-1, 60).sum(axis=1))
    mark = ledger.watermarks("import", ["sli-0"]).get("sli-0")
    model.watermark = mark.end if mark else None
    return model


def _killed_writer(url: str, first: int, steps: int, lived_seconds: float) -> list[int]:
    """Let a writer do some steps from `first` on and live a little longer, kill it, and return what it acknowledged."""
    command = [sys.executable, ledger_schedule.__file__, url, str(_SEED), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        assert writer.stderr
        ready = writer.stdout.readline()
        acknowledged = [
            writer.stdout.readline() for _ in range(steps)
        ]  # so that a slow machine gets as far as a fast one
        try:
            writer.wait(lived_seconds)
        except subprocess.TimeoutExpired:
            writer.kill()
        printed, complaints = writer.stdout.read(), writer.stderr.read()
    assert (ready, complaints) == ("ready\n", "")
    return [int(line) for line in (*acknowledged, *printed.split())]


def _outlive(url: str, kills: int) -> Iterator[str]:
    """Kill writers one after the other; yields what became of the step that each was killed in."""
    chance = random.Random(_SEED)
    model, number = Model(), 0
    for _ in range(kills):
        for acknowledged in _killed_writer(url, number, chance.randrange(4), chance.uniform(0.0, 0.3)):
            assert acknowledged == number
            model = model.after(step_of(_SEED, number))
            number += 1
        begun = model.after(step_of(_SEED, number))
        with open_store(url) as store:
            before = _read(store.ledger)
            # A write moves what a committed import has left, and on PostgreSQL waits for what the killed process had
            # already sent: it may turn "undone" into "kept", and nothing else.
            store.ledger.compact(BEGIN)
            found = _read(store.ledger)
        is_kept = found.equals(begun)
        assert is_kept or found.equals(model), f"step {number} of seed {_SEED}"
        assert before.equals(found) or before.equals(model), f"step {number} of seed {_SEED}"
        yield "kept" if is_kept else "undone"
        model, number = (begun if is_kept else model), number + 1
    assert number > kills, "no step was ever finished"


@pytest.mark.long
def test_a_killed_writer_loses_nothing_that_sqlite_acknowledged(tmp_path: Path, long_run: bool) -> None:
    fates = list(_outlive(f"sqlite:///{tmp_path / 'leadline.db'}", 50 if long_run else 8))
    assert "undone" in fates


@pytest.mark.long
@pytest.mark.postgresql
def test_a_killed_writer_loses_nothing_that_postgresql_acknowledged(postgresql_database: str, long_run: bool) -> None:
    fates = list(_outlive(postgresql_database, 50 if long_run else 8))
    assert "undone" in fates
