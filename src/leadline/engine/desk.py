"""What a turn works with: the workplace it is given, and what it has found so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import Protocol

from leadline.domains.alerting.verdicts import Plans
from leadline.domains.budgets.watching import Watch
from leadline.domains.measurement.model import Collection
from leadline.engine.board import Filling, TurnMemory
from leadline.engine.dispatching import Dispatching
from leadline.engine.gathering import Gathering
from leadline.engine.leading import Leading
from leadline.engine.rolling import Rolling
from leadline.errors import Problem
from leadline.handbook.specs import Handbook
from leadline.ports.lead import Lead
from leadline.ports.memory import Memory
from leadline.ports.operation import Context


class Workplace(Protocol):
    """An open store and a handbook that follows its files."""

    @property
    def handbook(self) -> Handbook:
        """The last one that could be relied on."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What keeps the files from being taken over; empty when the handbook is what they say."""

    @property
    def warnings(self) -> tuple[Problem, ...]: ...

    @property
    def lead(self) -> Lead:
        """Which server takes the turns."""

    def reread(self) -> bool:
        """Look at the files; True when another handbook is in force now."""

    def context(self, now: Callable[[], datetime], memory: Memory) -> Context:
        """What a use case may use."""


@dataclass(frozen=True, slots=True)
class Diet:
    """Where slices come from, and how far back."""

    scenario: str | None = None
    """Name of a Simulation that answers for every source; empty for the only one, None to ask the sources."""
    story_at: datetime | None = None
    """When the story of that Simulation begins; None tells none."""
    first_reach: timedelta = timedelta(hours=2)
    """What the first turn of an empty ledger asks for, so that there is soon something to see."""
    filling_reach: timedelta | None = None
    """How far the older history is filled in; None: as far as the longest window, or 60 days of a simulation."""
    filling_seconds: float = 20.0
    """How long of each turn may go into older history."""
    patience_seconds: float = 20.0
    """How long a turn waits for a source; a scenario is never waited for."""


@dataclass(slots=True)
class Tools:
    """What stays from turn to turn."""

    leading: Leading
    rolling: Rolling
    watch: Watch = field(default_factory=Watch)
    plans: Plans = field(default_factory=Plans)
    gathering: Gathering = field(default_factory=Gathering)
    dispatching: Dispatching = field(default_factory=Dispatching)
    stop: Event = field(default_factory=Event)
    """Set when the server stops: what can wait is left for the next start."""


@dataclass(slots=True)
class Desk:
    """One turn under way; each step reads what those before it have put here."""

    workplace: Workplace
    tools: Tools
    diet: Diet
    now: datetime
    clock: Callable[[], float]
    """Seconds that only grow; what steps took, and how long filling may go on."""
    publish: Callable[[Desk], None]
    """Puts up what has been found so far."""
    memory: TurnMemory = field(default_factory=TurnMemory)
    collection: Collection | None = None
    filling: Filling | None = None
    is_leading: bool = False

    def context(self) -> Context:
        """What a use case may use in this turn: its clock stands still."""
        return self.workplace.context(lambda: self.now, self.memory)
