"""Turns, one after the other: what runs them, when the next one is due, and what a fault leaves behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from leadline.core.slices import STEP
from leadline.domains.measurement.model import Outcome
from leadline.engine.board import Board, Boards
from leadline.engine.desk import Desk, Diet, Tools, Workplace
from leadline.engine.leading import Leading
from leadline.engine.rolling import Rolling
from leadline.errors import LeadlineError, Problem

LATENESS_SECONDS = 2
"""A turn begins so long after the minute, so that a scrape of the last second has arrived."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a turn does."""

    name: str
    run: Callable[[Desk], None]


def due_after(now: datetime) -> datetime:
    """When the next turn is due: just after the next whole step; one makes up for all that were missed."""
    seconds = int(now.timestamp() - LATENESS_SECONDS) // STEP * STEP + STEP + LATENESS_SECONDS
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(slots=True)
class Engine:
    """Takes turns, never two at once, and puts what they find on the board."""

    workplace: Workplace
    steps: Sequence[Step]
    diet: Diet
    now: Callable[[], datetime]
    boards: Boards = field(init=False)
    clock: Callable[[], float] = time.monotonic
    holder: str = ""
    """This server's name among those on its database; by default one that no other has."""
    tools: Tools = field(init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _told: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        self.tools = Tools(Leading(self.workplace.lead, self.now, self.holder), Rolling(self.now))
        self.boards = Boards(Board(0, self.now(), self.workplace.handbook, warnings=self.workplace.warnings))

    def take_turn(self) -> Board:
        """Run the steps, whatever becomes of each, and put up what they found."""
        with self._turn:
            before = self.boards.newest
            faults: dict[str, str] = {}
            seconds: dict[str, float] = {}

            def publish(desk: Desk) -> None:
                self.boards.publish(self._board(before.number + 1, desk, faults, seconds))

            desk = Desk(self.workplace, self.tools, self.diet, self.now(), self.clock, publish, filling=before.filling)
            for step in self.steps:
                began = self.clock()
                fault = _run(step, desk)
                seconds[step.name] = self.clock() - began
                if fault:
                    faults[step.name] = fault
            publish(desk)
            board = self.boards.newest
        self._tell(board)
        return board

    def run(self, stop: threading.Event) -> None:
        """
        Take a turn at once and then one each step, until told to stop; the turn under way is finished.

        The lead is given back after the last message and rollback, so that nobody else is at them too.
        """
        self.tools.stop = stop
        has_sent = threading.Event()
        keeping = threading.Thread(target=self.tools.leading.keep, args=(has_sent,), name="lead")
        keeping.start()
        self.tools.dispatching.is_simulated = self.diet.scenario is not None
        arguments = (self.workplace, self.tools.leading, self.now, stop)
        sending = threading.Thread(target=self.tools.dispatching.run, args=arguments, name="dispatching")
        sending.start()
        while not stop.is_set():
            self.take_turn()
            stop.wait(max(0.0, (due_after(self.now()) - self.now()) / timedelta(seconds=1)))
        sending.join()
        self.tools.rolling.finish()
        has_sent.set()
        keeping.join()

    def _board(self, number: int, desk: Desk, faults: Mapping[str, str], seconds: Mapping[str, float]) -> Board:
        place = self.workplace
        return Board(
            number=number,
            now=desk.now,
            handbook=place.handbook,
            problems=place.problems,
            warnings=place.warnings,
            collection=desk.collection,
            filling=desk.filling,
            faults=dict(faults),
            seconds=dict(seconds),
            memory=desk.memory,
            lease=self.tools.leading.lease,
            is_leading=desk.is_leading,
        )

    def _tell(self, board: Board) -> None:
        """One line for the turn; what keeps an edit of the handbook from being taken over is told once."""
        log = structlog.get_logger("leadline.engine")
        if board.problems and board.problems != self._told:
            log.warning("edit of the handbook not taken over", problems=[str(problem) for problem in board.problems])
        elif self._told and not board.problems:
            log.info("handbook taken over after it was mended")
        self._told = board.problems
        failed = [sli for sli in board.collection.slis if sli.outcome is Outcome.FAILED] if board.collection else []
        log.info(
            "turn",
            number=board.number,
            at=board.now.isoformat(),
            is_leading=board.is_leading,
            seconds={name: round(seconds, 3) for name, seconds in board.seconds.items()},
            slices=board.collection.slices if board.collection else 0,
            faults=dict(board.faults) | {f"source {sli.source}": sli.message for sli in failed},
        )


def _run(step: Step, desk: Desk) -> str:
    """Why the step failed; empty when it did not."""
    log = structlog.get_logger("leadline.engine")
    try:
        step.run(desk)
    except LeadlineError as error:
        log.warning("step failed", step=step.name, why=str(error))
        return str(error)
    except Exception as error:
        log.exception("step failed by a defect", step=step.name)
        return f"this is a defect of Leadline: {error!r}"
    return ""
