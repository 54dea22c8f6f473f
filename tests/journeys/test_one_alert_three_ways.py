"""
The engine and a backtest raise and clear the same alerts on the same thirty days, whatever shape incidents have.

The engine takes turns around every instant at which the backtest sees a change, and every 37 minutes besides, so that
an alert that either of them sees alone shows.
"""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from instants import NOON_SECONDS
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.backtests.model import RunBacktest
from leadline.domains.backtests.service import run_backtest
from leadline.ports.episodes import EpisodeKind
from made_alerts import Turns
from made_handbooks import a_handbook, an_sli, an_slo

DAY = 1440
DAYS = 30
SLI = an_sli("requests")
HANDBOOK = a_handbook([SLI], [an_slo(SLI, "checkout")])
START = NOON_SECONDS - DAYS * DAY * STEP
AROUND = (-1, 0, 1)
REGULARLY = 37


def history() -> SliceBatch:
    """Thirty days of 600 requests a minute, and eight shapes of trouble on them."""
    total, seen = np.full(DAYS * DAY, 600), np.ones(DAYS * DAY, np.bool_)
    share = np.zeros(DAYS * DAY)
    share[4 * DAY : 4 * DAY + 60] = 1  # everything fails for an hour
    share[7 * DAY + 100 : 7 * DAY + 104] = 0.5  # a short spike
    share[9 * DAY : 10 * DAY] = 0.004  # a slow burn
    for minute in range(12 * DAY, 12 * DAY + 240, 20):  # flapping
        share[minute : minute + 7] = 0.3
    total[15 * DAY : 16 * DAY] = 1  # so few requests that one error may be chance
    bad = np.floor(total * share).astype(np.int64)
    bad[15 * DAY + 300 :: 400][:3] = 1
    total[18 * DAY + 30 : 18 * DAY + 120] = 0  # a hole in the traffic, in an incident
    bad[18 * DAY : 18 * DAY + 30] = 300
    bad[18 * DAY + 120 : 18 * DAY + 150] = 300
    seen[21 * DAY + 20 : 21 * DAY + 200] = False  # nothing is seen, in an incident
    bad[21 * DAY : 21 * DAY + 240] = 60
    bad[25 * DAY : 25 * DAY + 40] = 120  # recovery and relapse
    bad[25 * DAY + 90 : 25 * DAY + 130] = 120
    starts = START + STEP * np.arange(DAYS * DAY)
    bad = np.minimum(bad, total)
    return SliceBatch(SeriesKey("requests"), starts[seen], bad[seen], total[seen])


def test_the_engine_and_a_backtest_raise_and_clear_the_same_alerts() -> None:
    turns = Turns(HANDBOOK)
    turns.ledger.append("import", [history()])
    noon = datetime.fromtimestamp(NOON_SECONDS, UTC)
    context = replace(turns.context, now=lambda: noon)
    start = datetime.fromtimestamp(START + 3 * DAY * STEP, UTC)
    [run] = run_backtest(RunBacktest(slos=("checkout",), start=start, end=noon), context).runs
    backtest = {
        (each.tier, int(each.start.timestamp()), None if each.end is None else int(each.end.timestamp()))
        for each in run.episodes
    }
    changes = {edge for _, begin, end in backtest for edge in (begin, end) if edge is not None}
    first = int(start.timestamp())
    looked_at = {change + STEP * step for change in changes for step in AROUND}
    looked_at |= set(range(first, NOON_SECONDS, REGULARLY * STEP))
    for at in sorted(each for each in looked_at if first <= each < NOON_SECONDS):
        turns.at = at
        turns.turn()
    episodes = turns.context.episodes.history(10_000)
    engine = {(each.tier, each.began_at, each.ended_at) for each in episodes if each.kind is EpisodeKind.BURN}
    assert engine == backtest
    days = {(begin - START) // (DAY * STEP) for _, begin, _ in backtest}
    assert {4, 9, 12, 18, 21, 25} <= days, "the shapes that should alert do"
    assert 15 not in days, "single errors among few requests are chance"
