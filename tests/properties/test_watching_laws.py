"""Laws of watching: whatever is written, in whatever order, the kept history tells what a fresh process would read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from instants import NOON, NOON_SECONDS
from leadline.adapters.store import Store, open_store
from leadline.core.budgets import BudgetingMethod, Figures
from leadline.core.hours import BusinessHours, DailyHours
from leadline.core.slices import HOUR, STEP, SeriesKey, SliceBatch
from leadline.core.windows import CalendarUnit, CalendarWindow, RollingWindow
from leadline.domains.budgets.loading import Judged, judge
from leadline.domains.budgets.watching import Found, Watch
from leadline.handbook.specs import BUCKETS, Correction, Handbook, Place, Slo
from leadline.ports.removal import Removal
from made_handbooks import a_handbook, an_sli, an_slo, ratio

DAY = 24 * HOUR
BERLIN = ZoneInfo("Europe/Berlin")
OPEN = BusinessHours((DailyHours((0, 1, 2, 3, 4), 8 * 60 + 30, 17 * 60),), BERLIN)


def edited(slo: Slo, **terms: object) -> Slo:
    return replace(slo, terms=replace(slo.terms, **terms))  # type: ignore[arg-type]  # fields of the terms


def the_slos(wording: int) -> list[Slo]:
    """Every kind of objective; wordings differ in targets, windows, and in which SLOs there are."""
    plain, grouped = an_sli("plain", ratio(bad="bad")), an_sli("grouped", ratio(bad="bad"), group_by=["region"])
    month = CalendarWindow(CalendarUnit.MONTH, 1, date(2026, 1, 1), BERLIN, time(0, 30))
    by_time = {"method": BudgetingMethod.TIMESLICES, "slice_target": Decimal("0.9")}
    slos = [
        an_slo(plain, "plain", target=("0.99", "0.95", "0.99")[wording], days=3),
        edited(an_slo(plain, "monthly"), window=month),
        an_slo(grouped, "grouped", days=2 + wording),
        edited(an_slo(plain, "office", days=3), hours=OPEN),
        edited(an_slo(plain, "sliced", days=3), slice_seconds=300, **by_time),
        edited(an_slo(grouped, "long slices", days=3), slice_seconds=3 * HOUR + 600 * wording, **by_time),
        edited(an_slo(plain, "ratios", days=2), method=BudgetingMethod.RATIO_TIMESLICES, slice_seconds=600),
        edited(an_slo(grouped, "declared", days=2), starts_at=NOON_SECONDS - DAY - 17 * 60),
    ]
    return slos if wording < 2 else [*slos[1:], an_slo(an_sli("new", ratio(bad="bad")), "new", days=1)]


HANDBOOKS = [a_handbook([slo.sli for slo in the_slos(each)], the_slos(each)) for each in range(3)]
SERIES = (
    SeriesKey("plain"), SeriesKey.of("grouped", region="eu"), SeriesKey.of("grouped", region="us"),
    SeriesKey.of("plain@between", **{BUCKETS: "0.25 < 0.3 < 0.5"}), SeriesKey("new"),
)  # fmt: skip


@dataclass
class World:
    """A ledger that everyone writes to, and a watch that follows it."""

    store: Store
    chance: Random
    watch: Watch
    at: int = NOON_SECONDS - 23 * 60
    handbook: Handbook = HANDBOOKS[0]

    def some(self, start: int, count: int, key: SeriesKey | None = None) -> SliceBatch:
        key = key or self.chance.choice(SERIES)
        total = [self.chance.choice((0, 3, 100)) for _ in range(count)]
        bad = [min(each, self.chance.choice((0, 0, 1, 3))) for each in total]
        return SliceBatch(key, start + STEP * np.arange(count), bad, total)  # type: ignore[arg-type]  # made arrays there

    def write(self, *batches: SliceBatch) -> None:
        self.store.ledger.append(self.chance.choice(("prom", "prom", "import")), batches)

    def at_once(self) -> None:
        for key in SERIES[:3]:
            self.write(self.some(self.at - STEP, 1, key))

    def late(self) -> None:
        self.write(self.some(self.at - STEP * self.chance.randrange(2, 400), self.chance.randrange(1, 90)))

    def early(self) -> None:
        self.write(self.some(self.at, self.chance.randrange(1, 5)))

    def backfill(self) -> None:
        start = self.at - self.chance.randrange(DAY, 35 * DAY) // STEP * STEP
        self.store.ledger.import_all("import", [self.some(start, self.chance.randrange(60, 3000))])

    def take_back(self) -> None:
        start = self.at - STEP * self.chance.randrange(1, 5000)
        key = self.chance.choice(SERIES)
        self.store.ledger.rewrite("prom", start, start + 60 * STEP, [self.some(start + 5 * STEP, 2, key)])

    def correct(self) -> None:
        start = self.at - STEP * self.chance.randrange(-100, 5000)
        span = (start, start + STEP * self.chance.randrange(1, 300))
        mode, slo = self.chance.choice(("exclude", "good", "bad")), self.chance.choice(the_slos(0)).name
        applies = ("slo", "agreement") if self.chance.random() < 0.8 else ("agreement",)
        self.store.corrections.add(Correction("", (slo,), (), *span, mode, applies, "why", "Ada", Place("", 0)), NOON)

    def uncorrect(self) -> None:
        names = list(self.store.corrections.in_force())
        if names:
            self.store.corrections.remove(self.chance.choice(names), Removal("a slip", "Bob", NOON_SECONDS))

    def edit(self) -> None:
        self.handbook = self.chance.choice(HANDBOOKS)

    def compact(self) -> None:
        self.store.ledger.compact(self.at - 2 * HOUR)

    def move(self) -> None:
        self.at += STEP * self.chance.choice((1, 1, 1, 2, 7, 38, 60, 61, 600, 3 * 24 * 60))

    def step_back(self) -> None:
        self.at -= STEP * self.chance.choice((1, 5, 61, 1500))

    def look_ahead(self) -> None:
        self.watch.look_ahead(self.store.ledger, self.at)

    def follow(self) -> Found:
        return self.watch.follow(self.handbook, self.store.ledger, self.store.corrections, self.at)

    def judge(self, slos: list[Slo], found: Found | None = None, applies_to: str = "slo") -> Judged:
        kept = {} if found is None else {"kept": found}
        ledger, recorded = self.store.ledger, self.store.corrections
        return judge(self.handbook, ledger, slos, self.at, recorded, applies_to, **kept)  # type: ignore[arg-type]  # one key


def assert_same(one: Figures, other: Figures) -> None:
    """To the last bit."""
    for each in fields(Figures):
        mine, theirs = getattr(one, each.name), getattr(other, each.name)
        if each.name == "raw" and mine is not None and theirs is not None:
            assert_same(mine, theirs)
        elif isinstance(mine, np.ndarray):
            assert mine.dtype == theirs.dtype
            assert mine.tobytes() == theirs.tobytes(), each.name
        elif each.name != "subjects":
            assert mine == theirs, each.name


def assert_told_as_by_a_fresh_process(world: World) -> None:
    found, fresh = world.follow(), world.judge(list(world.handbook.slos.values()))
    assert found.judged.columns == fresh.columns
    assert_same(found.judged.figures, fresh.figures)
    one = [world.chance.choice(list(world.handbook.slos.values()))]
    other_window = [edited(one[0], window=RollingWindow(timedelta(days=2)), error_budget=Fraction(1))]
    for slos, applies_to in ((one, "slo"), (one, "agreement"), (other_window, "slo")):
        assert_same(world.judge(slos, found, applies_to).figures, world.judge(slos, None, applies_to).figures)


ACTIONS: list[Callable[[World], None]] = [
    World.at_once, World.at_once, World.late, World.early, World.backfill, World.take_back, World.correct,
    World.uncorrect, World.edit, World.compact, World.move, World.move, World.move, World.step_back, World.look_ahead,
]  # fmt: skip


@contextmanager
def a_world(seed: int) -> Iterator[World]:
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{Path(folder) / 'leadline.db'}") as store:
        yield World(store, Random(seed), Watch())


@settings(max_examples=14, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.sampled_from(ACTIONS), min_size=4, max_size=25))
def test_what_is_kept_tells_what_a_fresh_process_reads(seed: int, actions: list[Callable[[World], None]]) -> None:
    with a_world(seed) as world:
        for key in SERIES[:3]:
            world.write(world.some(world.at - 2 * DAY, 2 * DAY // STEP, key))
        assert_told_as_by_a_fresh_process(world)
        for action in actions:
            action(world)
            assert_told_as_by_a_fresh_process(world)
