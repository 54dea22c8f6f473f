"""
`leadline collect` and `leadline slices import` are killed at any instant, again and again, with all their children.

After each kill the database opens, what a watermark claims is there to the event and nothing else is, and an import is
wholly there or not at all. After the last one a collection completes, and not one slice is lost or doubled. Fifty-six
kills on each database with LEADLINE_TEST_LONG=1, eight without.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import numpy as np
import psycopg
import pytest

from journeys.played_source import (
    BEGIN,
    END,
    REGIONS,
    SLOTS,
    SOURCE,
    STEP,
    Played,
    Server,
    Truth,
    as_text,
    exported_rows,
    handbook,
    play,
    serving,
    truth_of,
)
from leadline.adapters.store import open_store
from leadline.core.slices import SeriesKey
from leadline.ports.ledger import Ledger
from terminal import COMMAND, environment, leadline, write

pytestmark = pytest.mark.timeout(1800)

SEED = 20_260_105
KILLS_A_ROUND = 8
ROUNDS = 7
COLLECTED = ("checkout", "search", "payments", "latency", "shares")
ORDERS = tuple(SeriesKey.of("orders", region=region) for region in REGIONS)


@pytest.fixture(scope="module")
def played() -> Played:
    return play()


@pytest.fixture(scope="module")
def truth(played: Played) -> dict[SeriesKey, Truth]:
    return truth_of(played)


@dataclass
class Practice:
    """One handbook with its server, and the database in which processes die."""

    folder: Path
    database: str
    server: Server
    truth: dict[SeriesKey, Truth]
    chance: random.Random
    seconds: dict[str, tuple[float, float]] = field(default_factory=dict)
    """For `collect` and `import`, of a run that nobody disturbed: until its first work, and until its end."""
    orders: int | None = None
    """Version of the file that was imported last."""
    begun: int | None = None
    """Version that is also possible, since its import was killed."""
    fates: list[str] = field(default_factory=list)

    def run(self, *arguments: str) -> str:
        ended = leadline(self.folder, *arguments, LEADLINE_DATABASE_URL=self.database)
        assert ended.code == 0, ended.err
        return ended.out

    def killed(self, arguments: tuple[str, ...], lived_seconds: float) -> bool:
        """Start a command and kill its process group; False when it ended by itself before, which must be well."""
        with subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=environment(self.folder, LEADLINE_DATABASE_URL=self.database),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                said = process.communicate(timeout=lived_seconds)[0]
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                said = process.communicate()[0]
        assert process.returncode in (0, -signal.SIGKILL), said
        assert "Traceback" not in said
        return process.returncode != 0


def orders_file(folder: Path, version: int) -> Path:
    """28 days of orders of both regions; every total of version n is n."""
    file = folder / f"orders-{version}.csv"
    if not file.exists():
        rows = [
            f"orders,{as_text(BEGIN + slot * STEP)},{version % 2},{version},{region}"
            for region in REGIONS
            for slot in range(SLOTS)
        ]
        file.write_text("\n".join(["sli,start,bad,total,region", *rows, ""]))
    return file


def collect_command(at: int, *more: str) -> tuple[str, ...]:
    return ("collect", "--since", as_text(BEGIN), "--at", as_text(at), *more)


def measure(practice: Practice) -> None:
    """How long the commands take when nobody disturbs them."""
    begun = time.monotonic()
    practice.run(*collect_command(END))
    practice.seconds["collect"] = (practice.server.asked_at[0] - begun, time.monotonic() - begun)
    file, begun = orders_file(practice.folder, 1), time.monotonic()
    practice.run("slices", "import", str(file))
    practice.seconds["import"] = (practice.seconds["collect"][0], time.monotonic() - begun)


def attempt(practice: Practice, moment: float) -> bool:
    """Collect or import, and be killed at a moment of the work that is left, 0 to 1; False when it was done before."""
    arguments, kind, share = next_command(practice)
    first, whole = practice.seconds[kind]
    begun = time.monotonic()
    is_killed = practice.killed(arguments, first + (whole - first) * share * moment)
    if not is_killed and share == 1:
        # The one that was measured was the first, and ran cold.
        practice.seconds[kind] = (first, max(first, min(whole, time.monotonic() - begun)))
    if not is_killed and kind == "import":
        practice.orders, practice.begun = practice.begun, None
    practice.fates.append(f"{kind} {share:.2f} of it, at {moment:.2f}: {'killed' if is_killed else 'ended'}")
    return is_killed


def next_command(practice: Practice) -> tuple[tuple[str, ...], str, float]:
    """An import, or a collection up to now or to some day before; with the share of the whole work that it has."""
    if practice.chance.random() < 0.35:
        practice.begun = (practice.orders or 0) + 1
        return ("slices", "import", str(orders_file(practice.folder, practice.begun))), "import", 1.0
    done = covered(practice)
    if done > 0.95:
        return collect_command(END, "--again"), "collect", 1.0
    slot = practice.chance.choice((SLOTS, practice.chance.randrange(int(SLOTS * (done + 0.05)), SLOTS)))
    return collect_command(BEGIN + slot * STEP), "collect", slot / SLOTS - done


def covered(practice: Practice) -> float:
    """Share of the month that the watermark claims."""
    with open_store(practice.database) as store:
        mark = store.ledger.watermarks(SOURCE, ["checkout"]).get("checkout")
    return (mark.end - mark.start) / (END - BEGIN) if mark else 0.0


def check_after_kill(practice: Practice) -> None:
    practice.run("status", "--json", "--at", as_text(END))
    with open_store(practice.database) as store:
        # A write moves what a committed import has left, and on PostgreSQL waits for what the killed process had
        # already sent.
        store.ledger.compact(BEGIN)
        check_claims(store.ledger, practice)
        check_orders(store.ledger, practice)


def check_claims(ledger: Ledger, practice: Practice) -> None:
    """Each watermark's slices are there to the event, and no slice is there that none claims."""
    marks = ledger.watermarks(SOURCE, COLLECTED)
    found = ledger.read(sorted({key.sli for key in practice.truth}), BEGIN, END)
    for key, truth in practice.truth.items():
        mark = marks.get(key.sli.partition("@")[0])
        until = (mark.end - BEGIN) // STEP if mark else 0
        assert mark is None or mark.start == BEGIN
        seen = truth.seen & (np.arange(SLOTS) < until)
        slices = found.get(key)
        if slices is None:
            assert not seen.any(), (key, practice.fates)
            continue
        for there, wanted in ((slices.seen, seen), (slices.bad, truth.bad), (slices.total, truth.total)):
            assert np.array_equal(there, np.where(seen, wanted, 0)), (key, practice.fates)


def check_orders(ledger: Ledger, practice: Practice) -> None:
    """All of the file that was imported last, or all of the one whose import was killed."""
    found = ledger.read(["orders"], BEGIN, END)
    versions = {int(total) for slices in found.values() for total in np.unique(slices.total)} or {0}
    assert versions <= {practice.orders or 0, practice.begun or practice.orders or 0}, practice.fates
    assert len(versions) == 1, f"half an import: {versions} after {practice.fates}"
    [version] = versions
    if version:
        assert sorted(found) == sorted(ORDERS)
        assert all((slices.bad == version % 2).all() and slices.seen.all() for slices in found.values())
    practice.orders, practice.begun = version or None, None


def check_in_the_end(practice: Practice) -> None:
    """An undisturbed collection completes; the exported file is the truth, no slice lost and none twice."""
    practice.run(*collect_command(END))
    practice.run("slices", "import", str(orders_file(practice.folder, 99)))
    file = practice.folder / "exported.csv"
    practice.run("slices", "export", str(file))
    found = exported_rows(file.read_text().splitlines())
    assert len(found) == len(practice.truth) + len(ORDERS)
    for key, truth in practice.truth.items():
        quanta = 1000 if key.sli == "shares" else 1
        rows = found[key.sli, dict(key.labels).get("region", "")]
        slots = np.flatnonzero(truth.seen).tolist()
        assert list(rows) == [as_text(BEGIN + slot * STEP) for slot in slots]
        counts = [(Decimal(bad) * quanta, Decimal(total) * quanta) for bad, total in rows.values()]
        assert counts == [(int(truth.bad[slot]), int(truth.total[slot])) for slot in slots]
    for region in REGIONS:
        rows = found["orders", region]
        assert len(rows) == SLOTS
        assert {(Decimal(bad), Decimal(total)) for bad, total in rows.values()} == {(1, 99)}


def outlive(practice: Practice, kills: int) -> Iterator[bool]:
    """Kill so often, at moments spread over the work; yields whether a process died in each attempt."""
    moments = [(number + practice.chance.random()) / kills for number in range(kills)]
    practice.chance.shuffle(moments)
    while moments:
        is_killed = attempt(practice, moments[-1])
        check_after_kill(practice)
        # Who was too fast for its moment dies at an earlier one.
        moments[-1] = moments[-1] * practice.chance.random()
        if is_killed:
            moments.pop()
        yield is_killed


def live_through(practice: Practice, empty: Callable[[], None], rounds: int) -> None:
    measure(practice)
    kills = 0
    for _ in range(rounds):
        empty()
        practice.orders = practice.begun = None
        kills += sum(outlive(practice, KILLS_A_ROUND))
        check_in_the_end(practice)
    print(f"{kills} kills: {'; '.join(practice.fates)}")
    assert kills == rounds * KILLS_A_ROUND


@pytest.mark.long
def test_collecting_into_sqlite_outlives_kills_at_any_instant(
    tmp_path: Path, played: Played, truth: dict[SeriesKey, Truth], long_run: bool
) -> None:
    def empty() -> None:
        for file in tmp_path.glob("killed.db*"):
            file.unlink()

    with serving(played) as (talk, server):
        write(tmp_path, handbook(talk.url))
        practice = Practice(tmp_path, f"sqlite:///{tmp_path}/killed.db", server, truth, random.Random(SEED))
        live_through(practice, empty, ROUNDS if long_run else 1)


@pytest.mark.long
def test_collecting_into_postgresql_outlives_kills_at_any_instant(
    tmp_path: Path, played: Played, truth: dict[SeriesKey, Truth], long_run: bool, postgresql_database: str
) -> None:
    def empty() -> None:
        with psycopg.connect(postgresql_database, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    with serving(played) as (talk, server):
        write(tmp_path, handbook(talk.url))
        practice = Practice(tmp_path, postgresql_database, server, truth, random.Random(SEED + 1))
        live_through(practice, empty, ROUNDS if long_run else 1)
