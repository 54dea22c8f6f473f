"""What a reader must know before believing a figure: a past instant, a late source, an old board, a broken handbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadline.core.slices import STEP
from leadline.domains.budgets.overview_model import Needs
from leadline.domains.measurement.model import Collected, Outcome
from leadline.domains.notifications.rules import LATE
from leadline.engine.board import Board
from leadline.interfaces.web import words
from leadline.interfaces.web.asking import Asked

_STEPS = 3
"""A board older than so many steps is stale."""
_TITLES = {
    "reread_handbook": "The handbook could not be read again",
    "collect_newest": "Nothing was collected in the last turn",
    "evaluate": "The last turn could not judge",
    "fill_history": "Older history could not be filled in",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One line above the page."""

    kind: str
    """info, stale, unknown, error: how much it weighs."""
    symbol: str
    title: str
    text: str = ""
    action: str = ""
    """What the button says."""
    link: str = ""
    """Where it leads."""
    share: float | None = None
    """How far something is, of 1."""


def is_stale(board: Board, now: datetime) -> bool:
    """Whether the turns have stopped coming."""
    return now - board.now > timedelta(seconds=_STEPS * STEP)


def late_sources(board: Board) -> dict[str, list[Collected]]:
    """What the last turn could not ask or got nothing for, by source."""
    found: dict[str, list[Collected]] = {}
    for each in board.collection.slis if board.collection else ():
        if each.outcome in {Outcome.FAILED, Outcome.NO_SERIES}:
            found.setdefault(each.source, []).append(each)
    return found


def notices(board: Board, asked: Asked, now: datetime, needs: Needs | None) -> tuple[Notice, ...]:
    """All that hold, in the order in which they matter."""
    return (*_of_the_request(asked, now), *_of_the_board(board, now), *_of_simulation(needs))


def _of_simulation(needs: Needs | None) -> Iterator[Notice]:
    if needs and needs.simulated:
        of = "every objective" if needs.simulated == needs.objectives else words.counted(needs.simulated, "objective")
        yield Notice("info", "g-info", "These figures are simulated", f"Slices of {of} were made up by a Simulation.")


def _of_the_request(asked: Asked, now: datetime) -> Iterator[Notice]:
    for mistake in asked.mistakes:
        yield Notice("error", "s-critical", mistake, "The page shows what it would without it.")
    if asked.at is not None:
        when = words.stamp(asked.at, asked.zone, "long")
        told = f"{words.ago(asked.at, now)}; judged with everything that is known today."
        yield Notice("info", "g-clock", f"You look at {when}", told, "Back to now", asked.query(at="") or "?")


def _of_the_board(board: Board, now: datetime) -> Iterator[Notice]:
    if not board.number:
        yield Notice("unknown", "s-unknown", "The first turn is under way", "Figures appear as soon as it has ended.")
    elif is_stale(board, now):
        told = "No turn has ended since. Figures stay as they were; what is newer is not known."
        yield Notice("stale", "s-warning", f"These figures are {words.span(now - board.now)} old", told)
    if board.problems:
        count = len(board.problems)
        title = f"The last edit of the handbook has {count} mistake{'s' if count > 1 else ''}"
        yield Notice("error", "s-critical", title, f"The handbook before it stays in force. First: {board.problems[0]}")
    for step, why in board.faults.items():
        yield Notice("error", "s-critical", _TITLES.get(step, f"The step {step} of the last turn failed"), why)
    for source, missing in late_sources(board).items():
        yield _late(source, missing, board)
    for late in board.memory.known(LATE) or ():
        title, _, text = late.partition(": ")
        yield Notice("stale", "s-warning", title[:1].upper() + title[1:], text, "Notifications", "/notifications")
    filling = board.filling
    if filling and not filling.is_complete:
        done, wanted = filling.done.total_seconds(), filling.wanted.total_seconds()
        days = f"{int(done // 86_400)} of {words.counted(int(wanted // 86_400), 'day')}"
        told = "Until then older minutes are missing, and what cannot be told yet is unknown."
        yield Notice("info", "g-disk", f"History is being filled in: {days}", told, share=done / wanted)


def _late(source: str, missing: list[Collected], board: Board) -> Notice:
    of = sum(each.source == source for each in board.collection.slis) if board.collection else len(missing)
    failed = [each for each in missing if each.outcome is Outcome.FAILED]
    if failed:
        title = f"Source {source} did not answer for {len(failed)} of {words.counted(of, 'SLI')}"
        return Notice("stale", "s-warning", title, failed[0].message)
    title = f"Source {source} has no series for {len(missing)} of {words.counted(of, 'SLI')}"
    return Notice("stale", "s-warning", title, "First: " + (missing[0].message or missing[0].sli))
