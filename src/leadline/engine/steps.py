"""
The steps of a turn, in the order in which `app.py` names them.

Each takes the desk and leaves there what the next ones need. What one raises ends it alone: the others go on with what
there is, and the board tells the fault. Of several servers only the one that leads collects and records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from leadline.domains.alerting.service import decided
from leadline.domains.budgets.levels import readings_of
from leadline.domains.budgets.overviews import prepare
from leadline.domains.budgets.revising import handbook_of, instant_of
from leadline.domains.budgets.watching import FOUND, WARNINGS
from leadline.domains.measurement.model import Collect, Collection, Outcome, Simulate
from leadline.domains.measurement.service import collect_slices
from leadline.domains.measurement.simulation import simulate_slices
from leadline.domains.notifications.rules import LATE, REMEMBERED_SECONDS, lateness
from leadline.domains.releases import duties
from leadline.domains.rollbacks.asking import ask_for_rollbacks, let_lapse
from leadline.domains.rollbacks.firing import alarms_of
from leadline.domains.rollbacks.running import follow
from leadline.engine.board import Filling, TurnMemory
from leadline.engine.desk import Desk
from leadline.engine.gathering import joined
from leadline.ports.operation import Context

SIMULATED_DAYS = 60
FILLED_DAYS = 28
_PIECE = timedelta(days=2)
_SHOWN_EVERY_SECONDS = 4.0
"""How often those who watch see how far older history has come, with the figures that it makes."""


def take_lead(desk: Desk) -> None:
    """Take the turns that write, or leave them to the server that does."""
    desk.is_leading = desk.tools.leading.take()


def reread_handbook(desk: Desk) -> None:
    """Take over edits; a broken one leaves the handbook before it in force."""
    desk.workplace.reread()


def collect_newest(desk: Desk) -> None:
    """Ask for what came since the last turn, however long ago that was."""
    if desk.is_leading:
        desk.collection = _collected(desk, desk.diet.first_reach, desk.diet.patience_seconds)
        desk.filling = desk.filling or Filling(min(desk.diet.first_reach, _wanted(desk)), _wanted(desk))


def evaluate(desk: Desk) -> None:
    """Judge every objective once, for all who ask until the next turn."""
    context = desk.context()
    handbook, at = handbook_of(None, context), instant_of(None, context)
    found = desk.tools.watch.follow(handbook, context.ledger, context.corrections, at)
    late = tuple(_late_notifications(context))
    warnings = (*_warnings(desk), *late)
    desk.memory.recall(FOUND, lambda: found)
    desk.memory.recall(WARNINGS, lambda: warnings)
    desk.memory.recall(LATE, lambda: late)


def record(desk: Desk) -> None:
    """Write down which alerts began and ended and which levels changed, with what people are to be told of it."""
    if not desk.is_leading or desk.memory.known(FOUND) is None:
        return
    context = desk.context()
    with context.ledger.snapshot():
        decision = decided(readings_of(context), _failures(desk), desk.tools.plans, context.episodes.known())
    context.episodes.append(*decision)


def prepare_overview(desk: Desk) -> None:
    """Lay out the overview, so that nobody waits for it once the turn is seen."""
    if desk.memory.known(FOUND) is not None:
        prepare(desk.context())


def follow_levels(desk: Desk) -> None:
    """Write down what the levels of services ask people to do."""
    if desk.is_leading and desk.memory.known(FOUND) is not None:
        duties.follow_levels(desk.context())


def roll_back(desk: Desk) -> None:
    """Ask for the rollbacks that alerts want, look after those that have begun, and begin those that are due."""
    found = desk.memory.known(FOUND)
    if not desk.is_leading or found is None:
        return
    context, is_simulated = desk.context(), desk.diet.scenario is not None
    alarms = alarms_of(context.episodes.open())
    ask_for_rollbacks(alarms, context, is_simulated=is_simulated)
    let_lapse(alarms, context)
    follow(found.judged.at, context)
    if not is_simulated and desk.tools.leading.is_mine and not desk.tools.stop.is_set():
        desk.tools.rolling.begin_due(desk.workplace)


def publish(desk: Desk) -> None:
    """Let everyone see it."""
    desk.publish(desk)


def fill_history(desk: Desk) -> None:
    """
    Ask for older slices, newest first, for as long as a turn may take; the next turn goes on.

    What a source did not answer is asked for again, from there on, once everything else is there.
    """
    wanted = _wanted(desk)
    until = desk.clock() + desk.diet.filling_seconds
    done = desk.filling.done if desk.filling else min(desk.diet.first_reach, wanted)
    desk.filling, missed, written, shown = Filling(done, wanted), wanted, 0, desk.clock()
    while desk.is_leading and done < wanted and desk.clock() < until and not desk.tools.stop.is_set():
        collection = _collected(desk, min(done + _PIECE, wanted), until - desk.clock())
        if any(sli.outcome is Outcome.FAILED for sli in collection.slis):
            missed = min(missed, done)
        done = min(done + _PIECE, wanted)
        written += collection.slices
        desk.filling = Filling(done if done < wanted else missed, wanted)
        if written and desk.clock() - shown > _SHOWN_EVERY_SECONDS:
            _show_again(desk)
            shown = desk.clock()
    if written:
        _show_again(desk)
        record(desk)


def _wanted(desk: Desk) -> timedelta:
    return desk.diet.filling_reach or timedelta(days=FILLED_DAYS if desk.diet.scenario is None else SIMULATED_DAYS)


def _show_again(desk: Desk) -> None:
    """Older slices came: what they make of the figures, for everyone."""
    desk.memory = TurnMemory()
    evaluate(desk)
    publish(desk)


def look_ahead(desk: Desk) -> None:
    """Read a little of what the next hour will need, so that no turn has to read all of it."""
    if (found := desk.memory.known(FOUND)) is not None:
        desk.tools.watch.look_ahead(desk.context().ledger, found.judged.at)


def _collected(desk: Desk, reach: timedelta, patience: float) -> Collection:
    context = desk.context()
    if desk.diet.scenario is not None:
        days = max(1, reach // timedelta(days=1))
        return simulate_slices(Simulate(scenario=desk.diet.scenario, days=days, story_at=desk.diet.story_at), context)
    slis: dict[str, list[str]] = defaultdict(list)
    for sli in context.handbook.slis.values():
        slis[sli.source].append(sli.id)
    questions = {name: _question(Collect(since=desk.now - reach, slis=tuple(of)), context) for name, of in slis.items()}
    gathered = desk.tools.gathering.gather(questions, patience, desk.tools.stop)
    return joined(gathered, slis, desk.now)


def _question(request: Collect, context: Context) -> Callable[[], Collection]:
    return partial(collect_slices, request, context)


def _late_notifications(context: Context) -> list[str]:
    now = int(context.now().timestamp())
    return lateness(context.outbox.stock(now - REMEMBERED_SECONDS), now)


def _failures(desk: Desk) -> dict[str, str]:
    """SLIs whose source did not answer in this turn, and why."""
    found = desk.collection.slis if desk.collection else ()
    return {each.sli: f"source {each.source}: {each.message}" for each in found if each.outcome is Outcome.FAILED}


def _warnings(desk: Desk) -> Iterator[str]:
    """What whoever reads figures must know: an edit that is not in force, sources that did not answer."""
    if problems := desk.workplace.problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        yield f"an edit of the handbook is not in force, the one before it is: {problems[0]}{more}"
    failed: dict[str, list[str]] = defaultdict(list)
    for sli in desk.collection.slis if desk.collection else ():
        if sli.outcome is Outcome.FAILED:
            failed[sli.source].append(sli.message)
    for source, messages in failed.items():
        yield f"source {source} did not answer for {len(messages)} SLIs: {messages[0]}"
