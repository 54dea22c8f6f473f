"""What the processes do that use one ledger at the same time; each puts its complaint, or None, on a queue."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event

from contract.ledger_cases import DAY, NOON, run_of, slices_of
from leadline.adapters.store import open_store
from leadline.core.slices import HOUR, STEP, SeriesKey
from leadline.errors import LeadlineError

MONTH = 28 * 1440
IMPORTS = 3
MINUTES = 60
PAIR = ("left", "right")
"""SLIs that are always written together, with equal slices."""


def import_months(url: str, ready: Event, complaints: Queue[str | None]) -> None:
    """Import two months of slices, again and again; the n-th time, every total is n."""

    def work() -> None:
        with open_store(url) as store:
            for number in range(1, IMPORTS + 1):
                store.ledger.import_all(
                    "import", [run_of(f"month-{at}", NOON - 30 * DAY, MONTH, 0, number) for at in (1, 2)]
                )

    _reporting(work, ready, complaints)


def append_minutes(url: str, ready: Event, complaints: Queue[str | None]) -> None:
    """Append minute after minute to two SLIs, and compact now and then."""

    def work() -> None:
        with open_store(url) as store:
            for minute in range(MINUTES):
                start = NOON + 7 * minute * STEP
                store.ledger.append("live", [run_of(sli, start, 7, 1, minute + 1) for sli in PAIR])
                if minute % 10 == 9:
                    store.ledger.compact(start - 2 * HOUR)

    _reporting(work, ready, complaints)


def read_on(url: str, ready: Event, done: Event, complaints: Queue[str | None]) -> None:
    """Read until everything is written; nothing half written may ever be seen."""

    def work() -> None:
        with open_store(url) as store:
            rounds = 0
            while not done.is_set() or not rounds:
                rounds += 1
                months = store.ledger.read_hours(["month-1", "month-2"], NOON - 30 * DAY, NOON)
                totals = {int(sums.total.sum()) for sums in months.values()}
                if len(totals) > 1 or not totals <= {number * MONTH for number in range(1, IMPORTS + 1)}:
                    raise AssertionError(f"half an import was seen: {totals}")
                pair = store.ledger.read(PAIR, NOON, NOON + DAY)
                if len({dense.total.tobytes() for dense in pair.values()}) > 1:
                    raise AssertionError("half a write was seen")

    _reporting(work, ready, complaints)


def check_all_is_there(url: str) -> None:
    with open_store(url) as store:
        expected = {NOON + at * STEP: (1, at // 7 + 1) for at in range(7 * MINUTES)}
        for sli in PAIR:
            assert slices_of(store.ledger, sli, NOON, NOON + DAY) == expected
        months = store.ledger.read(["month-1", "month-2"], NOON - 30 * DAY, NOON - 2 * DAY)
        assert {key: int(dense.total.sum()) for key, dense in months.items()} == {
            SeriesKey("month-1"): IMPORTS * MONTH,
            SeriesKey("month-2"): IMPORTS * MONTH,
        }


def _reporting(work: Callable[[], None], ready: Event, complaints: Queue[str | None]) -> None:
    ready.wait()
    try:
        work()
    except (LeadlineError, AssertionError) as error:
        complaints.put(f"{type(error).__name__}: {error}")
    else:
        complaints.put(None)
