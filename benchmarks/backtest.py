"""
Row `backtest`: alerts of four windows over 28 days of minutes, the low-traffic rule on; in memory, and from the ledger.

The peer does what a script around numpy would: for each window two rolling sums, ratio, comparison, and the rule for
low traffic; no gaps, corrections, hours. Where it says that an alert holds is compared with ours, minute by minute.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, Target, at_least, median, ratio, repeated, say
from benchmarks.made import DAY, DAYS, END, Minutes, sli_names
from leadline.adapters.store import open_store
from leadline.core.alert_tiers import AlertTier, BurnLimit, LowTraffic, Severity, Stakes
from leadline.core.budgets import BudgetTerms, Subject
from leadline.core.expectations import Floats
from leadline.core.replaying import Replay, Replayer
from leadline.core.slices import HOUR, STEP, Bools, DenseSlices, Ints
from leadline.core.windows import RollingWindow, Span
from leadline.units import parse_duration, parse_ratio

SLOS = 200
SPAN = Span(END - DAYS * DAY, END)
BEFORE = 3 * DAY
MINUTES = SPAN.slices
BUDGET = Fraction(1, 1000)
WINDOW = RollingWindow(parse_duration(f"{DAYS}d"))
TERMS = BudgetTerms(parse_ratio("0.999"), BUDGET, WINDOW)


def _tier(name: str, short: int, long: int, factor: str) -> AlertTier:
    limits = tuple(BurnLimit(seconds, Fraction(factor)) for seconds in (short, long))
    return AlertTier(name, limits, Severity.PAGE, low_traffic=LowTraffic())


FOUR_WINDOWS = (_tier("page-1h", 300, HOUR, "13.44"), _tier("page-6h", 1800, 6 * HOUR, "5.6"))
WORKBOOK = (
    *FOUR_WINDOWS,
    _tier("ticket-1d", 2 * HOUR, 24 * HOUR, "2.8"),
    _tier("ticket-3d", 6 * HOUR, 72 * HOUR, "0.933"),
    AlertTier("trickle", (BurnLimit(72 * HOUR, Fraction(10)),), Severity.TICKET, least_bad=5),
)


def run(slos: int = SLOS, times: int = 7) -> list[Figure]:
    say(f"making {slos} histories of {DAYS} days")
    histories = [_history(seed) for seed in range(slos)]
    say("replaying them, then as the peer does")
    memory = _in_memory(histories, FOUR_WINDOWS, times)
    workbook = _in_memory(histories, WORKBOOK, times)
    cores = os.cpu_count() or 1
    say(f"and in {cores} processes at once")
    with ProcessPoolExecutor(cores) as pool:
        each = slos // cores
        rates = list(pool.map(_alone, [range(each * core, each * (core + 1)) for core in range(cores)]))
    peer = _peer(histories[: max(1, slos // 10)])
    say("and from the ledger")
    ledger = _from_ledger(histories, times)
    return [
        _rate("four windows, in memory, one core", memory, at_least(150), f"{slos} SLOs"),
        Figure(f"four windows, in memory, {cores} cores", sum(rates), "M SLO-minutes/s", None, "a process each"),
        _rate("the workbook's five tiers, in memory, one core", workbook, None, "seven windows"),
        _rate("four windows, from the ledger, one core", ledger, at_least(10), "SQLite, read, replayed"),
        Figure("four windows, plain numpy", peer, "M SLO-minutes/s", None, "rolling sums, the same verdicts"),
        ratio("replay / plain numpy", median(memory) / peer, "one core each"),
    ]


def _rate(name: str, rates: Sequence[float], target: Target | None, note: str) -> Figure:
    return Figure(name, median(rates), "M SLO-minutes/s", target, f"median of {len(rates)}; {note}", tuple(rates))


def _history(seed: int) -> DenseSlices:
    start = SPAN.start - BEFORE
    made = Minutes.made(seed, start, (SPAN.end - start) // STEP)
    return DenseSlices(start, made.bad, made.total, np.ones(len(made.bad), np.bool_))


def _subject() -> Subject:
    return Subject(TERMS, SPAN.start - 60 * DAY)


def _replayed(history: DenseSlices, tiers: Sequence[AlertTier]) -> Replay:
    return Replayer.of(history, _subject(), Stakes(BUDGET)).replay(tiers, SPAN)


def _in_memory(histories: Sequence[DenseSlices], tiers: Sequence[AlertTier], times: int) -> list[float]:
    def every() -> None:
        for history in histories:
            _replayed(history, tiers)

    return [MINUTES * len(histories) / taken / 1e6 for taken in repeated(every, times)]


def _alone(share: range) -> float:
    """The rate of one process among several."""
    return median(_in_memory([_history(seed) for seed in share], FOUR_WINDOWS, 9))


def _from_ledger(histories: Sequence[DenseSlices], times: int) -> list[float]:
    names = sli_names(len(histories))
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'ledger.db'}")
        made = (Minutes(each.start, each.bad, each.total) for each in histories)
        store.ledger.import_all("bench", (each.batch(name) for each, name in zip(made, names, strict=True)))

        def every() -> None:
            for first in range(0, len(names), 8):
                found = store.ledger.read(names[first : first + 8], SPAN.start - BEFORE, SPAN.end)
                for history in found.values():
                    _replayed(history, FOUR_WINDOWS)

        rates = [MINUTES * len(histories) / taken / 1e6 for taken in repeated(every, min(times, 3))]
        store.close()
    return rates


def _peer(histories: Sequence[DenseSlices]) -> float:
    """Million SLO-minutes a second of the peer; refuses to be compared with other verdicts than ours."""
    said: list[list[Bools]] = []

    def every() -> None:
        said.clear()
        said.extend([_rolled(history, tier) for tier in FOUR_WINDOWS] for history in histories)

    taken = median(repeated(every, 3))
    for history, verdicts in zip(histories, said, strict=True):
        ours = _replayed(history, FOUR_WINDOWS).verdicts
        for mine, theirs in zip(ours, verdicts, strict=True):
            assert (mine.holds == theirs).all(), "the peer says otherwise"
    return MINUTES * len(histories) / taken / 1e6


def _rolled(history: DenseSlices, tier: AlertTier) -> Bools:
    holds, budget = np.ones(MINUTES, np.bool_), float(BUDGET)
    bad = total = np.zeros(0)
    for limit in tier.limits:
        bad, total = (_rolling(each, limit.seconds // STEP) for each in (history.bad, history.total))
        holds &= bad / total > float(limit.factor) * budget
    surplus, variance = bad - total * budget, 2.326**2 * total * budget * (1 - budget)
    return np.asarray(holds & (bad >= 5) & (surplus > 0) & (surplus**2 > variance))


def _rolling(values: Ints, count: int) -> Floats:
    sums = np.concatenate([[0], np.cumsum(values)])
    return (sums[count:] - sums[:-count])[-MINUTES - 1 : -1].astype(np.float64)
