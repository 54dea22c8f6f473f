"""Turns of a server as far as alerts need them, over a ledger in memory and a clock that the test sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from fakes import MemoryLedger
from instants import NOON_SECONDS
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.alerting.service import decided
from leadline.domains.alerting.verdicts import Plans
from leadline.domains.budgets.levels import readings_of
from leadline.domains.budgets.watching import FOUND, Watch
from leadline.engine.board import TurnMemory
from leadline.handbook.specs import Handbook
from leadline.ports.episodes import Episode, Round
from leadline.ports.operation import Context
from leadline.ports.outbox import Notice
from made_handbooks import a_context


@dataclass
class Turns:
    """Evaluates at instants, and writes down what it finds."""

    handbook: Handbook
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    at: int = NOON_SECONDS
    context: Context = field(init=False)
    watch: Watch = field(default_factory=Watch)
    plans: Plans = field(default_factory=Plans)

    def __post_init__(self) -> None:
        self.context = a_context(self.handbook, ledger=self.ledger)

    def slices(self, bad: Sequence[int] | int, total: int, minutes: int, *, sli: str = "requests") -> None:
        """So many minutes go by, each with this traffic; nobody looks."""
        starts = self.at + np.arange(minutes) * STEP
        batch = SliceBatch(SeriesKey(sli), starts, np.broadcast_to(bad, minutes), np.full(minutes, total))
        self.ledger.append("import", [batch])
        self.at += minutes * STEP

    def turn(self, failures: Mapping[str, str] | None = None) -> Round:
        """One evaluation; what it found to be new."""
        memory = TurnMemory()
        now = datetime.fromtimestamp(self.at, UTC)
        context = replace(self.context, handbook=self.handbook, memory=memory, now=lambda: now)
        found = self.watch.follow(self.handbook, self.ledger, context.corrections, self.at)
        memory.recall(FOUND, lambda: found)
        round_, mark = decided(readings_of(context), failures or {}, self.plans, context.episodes.known())
        assert context.episodes.append(round_, mark)
        return round_

    def run(self, bad: int, total: int, minutes: int) -> list[Round]:
        """So many minutes, with an evaluation after each."""
        rounds = []
        for _ in range(minutes):
            self.slices(bad, total, 1)
            rounds.append(self.turn())
        return rounds

    @property
    def open(self) -> tuple[Episode, ...]:
        return self.context.episodes.open()

    @property
    def firing(self) -> list[str]:
        """Tiers that hold."""
        return [each.tier for each in self.open]

    @property
    def told(self) -> list[Notice]:
        """Everything that people were told."""
        return [filed.notice for filed in self.context.outbox.unrouted(10_000)]
