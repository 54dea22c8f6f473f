"""
The steps of a turn, in the order in which `app.py` names them.

Each takes the desk and leaves there what the next ones need. What one raises ends it alone: the others go on with what
there is, and the board tells the fault.
"""

from __future__ import annotations

from datetime import timedelta

from leadline.domains.budgets.model import ShowStatus
from leadline.domains.budgets.service import show_status
from leadline.domains.measurement.model import Collect, Collection, Simulate
from leadline.domains.measurement.service import collect_slices
from leadline.domains.measurement.simulation import simulate_slices
from leadline.engine.board import Filling, TurnMemory
from leadline.engine.desk import Desk

SIMULATED_DAYS = 60
FILLED_DAYS = 28
_PIECE = timedelta(days=2)


def reread_handbook(desk: Desk) -> None:
    """Take over edits; a broken one leaves the handbook before it in force."""
    desk.workplace.reread()


def collect_newest(desk: Desk) -> None:
    """Ask for what came since the last turn, however long ago that was."""
    desk.collection = _collected(desk, desk.diet.first_reach)


def evaluate(desk: Desk) -> None:
    """Judge every objective once, for all who ask until the next turn."""
    context = desk.context()
    request = ShowStatus()
    desk.memory.recall(("status.show", request.model_dump_json()), lambda: show_status(request, context))


def publish(desk: Desk) -> None:
    """Let everyone see it."""
    desk.publish(desk)


def fill_history(desk: Desk) -> None:
    """Ask for older slices, newest first, for as long as a turn may take; the next turn goes on."""
    wanted = desk.diet.filling_reach or timedelta(days=FILLED_DAYS if desk.diet.scenario is None else SIMULATED_DAYS)
    until = desk.clock() + desk.diet.filling_seconds
    done = desk.filling.done if desk.filling else min(desk.diet.first_reach, wanted)
    desk.filling = Filling(done, wanted)
    written = 0
    while done < wanted and desk.clock() < until:
        done = min(done + _PIECE, wanted)
        written += _collected(desk, done).slices
        desk.filling = Filling(done, wanted)
    if written:
        desk.memory = TurnMemory()
        evaluate(desk)
        publish(desk)


def _collected(desk: Desk, reach: timedelta) -> Collection:
    context = desk.context()
    if desk.diet.scenario is not None:
        days = max(1, reach // timedelta(days=1))
        return simulate_slices(Simulate(scenario=desk.diet.scenario, days=days, story_at=desk.diet.story_at), context)
    return collect_slices(Collect(since=desk.now - reach), context)
