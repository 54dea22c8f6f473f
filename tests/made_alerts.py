"""Turns of a server as far as alerts need them, over a ledger in memory and a clock that the test sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from fakes import MemoryLedger
from instants import NOON_SECONDS
from leadline.core.alert_tiers import AlertAction, Severity
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.alerting.service import decided
from leadline.domains.alerting.verdicts import Plans
from leadline.domains.budgets.levels import readings_of
from leadline.domains.budgets.watching import FOUND, Watch
from leadline.engine.board import TurnMemory
from leadline.handbook.specs import Handbook
from leadline.ports.episodes import (
    Ending,
    Episode,
    EpisodeEvent,
    EpisodeKind,
    Episodes,
    EventKind,
    Round,
    WindowBurn,
)
from leadline.ports.operation import Context
from leadline.ports.outbox import Notice
from made_handbooks import a_context

FIRED_AT = NOON_SECONDS - 600
"""Of what `write_down` writes."""


def write_down(episodes: Episodes) -> None:
    """Alert 1 is over; 2 pages and 3 is a silence, both of the service shop, and hold."""
    over = _alert("checkout", "ticket-3d", Severity.TICKET, FIRED_AT - 7200)
    page = _alert("checkout", "page-1h", Severity.PAGE, FIRED_AT, AlertAction.ROLLBACK)
    silent = replace(
        _alert("orders", "silent", Severity.TICKET, FIRED_AT), kind=EpisodeKind.SILENCE, why="nothing seen for 10 min"
    )
    windows = (WindowBurn(300, 20.0, 14.4, 40.0, 200.0), WindowBurn(3600, None, 14.4, None, None))
    events = [
        EpisodeEvent(over.thread, over.began_at, EventKind.FIRED, windows=windows[:1]),
        EpisodeEvent(over.thread, over.began_at + 600, EventKind.ENDED, Ending.LOST, "7 of 60 slices were seen"),
        EpisodeEvent(page.thread, FIRED_AT, EventKind.FIRED, windows=windows, groups={"eu": 31.5}),
        EpisodeEvent(page.thread, FIRED_AT, EventKind.TOLD),
        EpisodeEvent(silent.thread, FIRED_AT, EventKind.FIRED),
    ]
    assert episodes.append(Round(FIRED_AT, [over, page, silent], events), episodes.known().mark)


def _alert(subject: str, tier: str, severity: Severity, at: int, action: AlertAction = AlertAction.NONE) -> Episode:
    thread = f"{subject}/{tier}/{at}"
    return Episode(thread, EpisodeKind.BURN, subject, tier, "workbook", severity, action, "shop", "tills", None, at)


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
