"""
The board: what the last turn found, for everyone who asks before the next one.

All answers between two turns belong to one instant, so that the figures of a page, of two pages and of the API agree.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from leadline.domains.measurement.model import Collection
from leadline.errors import Problem
from leadline.handbook.specs import Handbook
from leadline.ports.lead import Lease

T = TypeVar("T")


MOST_ANSWERS = 512
"""How many answers are kept between two turns; asking about ever new instants must not fill the memory."""


class TurnMemory:
    """
    A `Memory` for the time between two turns; each value is made once, whoever asks at the same time.

    What a turn found has a text as its key and stays. Answers have tuples, of what was asked; beyond `MOST_ANSWERS` the
    one that was asked for longest ago is forgotten.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._values: dict[Hashable, Any] = {}
        self._making: dict[Hashable, threading.Lock] = {}

    def recall(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._guard:
            if key in self._values:
                self._values[key] = value = self._values.pop(key)  # now the newest
                return value  # type: ignore[no-any-return] # a key stands for one type
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._guard:
                if key in self._values:
                    return self._values[key]  # type: ignore[no-any-return] # as above
            made = make()
            with self._guard:
                self._values[key] = made
                self._making.pop(key, None)
                self._forget_the_oldest()
            return made

    def _forget_the_oldest(self) -> None:
        answers = [key for key in self._values if not isinstance(key, str)]
        for key in answers[: max(0, len(answers) - MOST_ANSWERS)]:
            del self._values[key]

    def without_answers(self) -> TurnMemory:
        """A memory that knows what the turn found, and nothing that was asked since."""
        found = TurnMemory()
        with self._guard:
            found._values = {key: value for key, value in self._values.items() if isinstance(key, str)}
        return found

    def known(self, key: Hashable) -> Any:
        """The value, when it has been made, else None."""
        with self._guard:
            return self._values.get(key)


@dataclass(frozen=True, slots=True)
class Filling:
    """How far the history behind the newest slices has been filled in."""

    done: timedelta
    wanted: timedelta

    @property
    def is_complete(self) -> bool:
        return self.done >= self.wanted


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """What one turn found."""

    number: int
    """0 before the first turn has ended."""
    now: datetime
    """The clock at the turn's begin; answers without an instant of their own are as of this."""
    handbook: Handbook
    problems: tuple[Problem, ...] = ()
    """Of an edit of the handbook that could not be taken over; the one before it stays in force."""
    warnings: tuple[Problem, ...] = ()
    collection: Collection | None = None
    filling: Filling | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    """Steps that failed, and why."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """What each step took."""
    memory: TurnMemory = field(default_factory=TurnMemory)
    lease: Lease | None = None
    """Which server on this database takes the turns that write."""
    is_leading: bool = False
    """Whether it is this one."""
    revision: int = 0
    """How often somebody has written since the turn ended."""

    @property
    def mark(self) -> str:
        """What tells this board from any other; with its instant, as a server that starts anew counts anew."""
        return f"{int(self.now.timestamp())}-{self.number}-{self.revision}"


class Boards:
    """The newest board; readers take it whole, and may be told of the next."""

    def __init__(self, first: Board) -> None:
        self._changed = threading.Lock()
        self._newest = first
        self._followers: set[Callable[[], object]] = set()

    @property
    def newest(self) -> Board:
        with self._changed:
            return self._newest

    def publish(self, board: Board) -> None:
        """Put up what a turn found."""
        with self._changed:
            self._put_up(board)

    def forget(self, *, keep_figures: bool = False) -> None:
        """Somebody wrote: what was worked out since the turn must be worked out again; figures only if they changed."""
        with self._changed:
            memory = self._newest.memory.without_answers() if keep_figures else TurnMemory()
            self._put_up(replace(self._newest, memory=memory, revision=self._newest.revision + 1))

    def _put_up(self, board: Board) -> None:
        self._newest = board
        for tell in self._followers:
            tell()

    def follow(self, tell: Callable[[], object]) -> Callable[[], None]:
        """Call this, which must not wait, at each change; returns what ends it."""
        with self._changed:
            self._followers.add(tell)

        def leave() -> None:
            with self._changed:
                self._followers.discard(tell)

        return leave
