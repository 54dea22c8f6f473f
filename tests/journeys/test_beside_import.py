"""
While a million slices are imported, everything else goes on: nobody waits in vain, and nobody sees half an import.

Each command is a process of its own. Readers and writers go round beside the import until each has had its turn.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest

from journeys.played_source import (
    BEGIN,
    END,
    SLOTS,
    STEP,
    Played,
    as_text,
    exported_rows,
    handbook,
    play,
    serving,
    truth_of,
)
from terminal import COMMAND, Ended, environment, leadline, write

REGIONS = 25
SLICES = REGIONS * SLOTS
TURNS = 2
"""How often every reader and writer has its turn beside an import, at least."""
NOTES = 60
"""Rows of each small import."""
COLLECTED = ("checkout", "search", "payments", "latency", "shares")


@dataclass
class Beside:
    """A database, what was done to it beside the import, and whatever went wrong."""

    folder: Path
    database: str
    rounds: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    imports: int = 0

    def run(self, *arguments: str) -> Ended:
        ended = leadline(self.folder, *arguments, LEADLINE_DATABASE_URL=self.database)
        if ended.code:
            self.wrong.append(f"{' '.join(arguments)} ended with {ended.code}: {ended.err[-600:]}")
        return ended

    def have_all_had_their_turns(self) -> bool:
        return len(self.rounds) == 2 and min(self.rounds.values()) >= TURNS


def big_file(folder: Path) -> Path:
    """28 days of 25 regions; totals differ by slice and region, every third event of the first kind is bad."""
    file = folder / "million.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"COPY (SELECT 'orders' AS sli, to_timestamp({BEGIN} + {STEP} * slot) AS start, "
            f"CASE WHEN slot % 3 = 0 THEN 1 ELSE 0 END AS bad, 1 + slot % 7 + region AS total, 'r' || region AS region "
            f"FROM range({SLOTS}) AS slots(slot), range({REGIONS}) AS regions(region)) TO '{file}' (FORMAT parquet)"
        )
    return file


def small_file(folder: Path, number: int) -> Path:
    """An hour of notes; the n-th file says n."""
    file = folder / f"notes-{number}.csv"
    starts = [as_text(BEGIN + (number * NOTES + row) * STEP) for row in range(NOTES)]
    file.write_text("\n".join(["sli,start,bad,total", *(f"notes,{start},0,{number}" for start in starts), ""]))
    return file


def read_once(beside: Beside, number: int) -> None:
    """The status says nothing or everything of the import; so does an export."""
    status = beside.run("status", "--json", "--at", as_text(END), "--slo", "orders-slo", "--slo", "checkout-slo")
    if status.code == 0 and (total := status.json["slos"][0]["total"]) not in (0, whole_total()):
        beside.wrong.append(f"the status saw half an import: {total}")
    file = beside.folder / "read.csv"
    day = ("--from", as_text(BEGIN), "--to", as_text(BEGIN + 86_400))
    beside.run("slices", "export", str(file), "--sli", "orders", "--sli", "checkout", *day)
    rows = sum(line.startswith("orders,") for line in file.read_text().splitlines())
    if rows not in (0, REGIONS * 1440):
        beside.wrong.append(f"the export saw half an import: {rows} rows")


def write_once(beside: Beside, number: int) -> None:
    """One slice by hand, one small file, one more day collected."""
    start = as_text(BEGIN + number * STEP)
    beside.run("record", "slice", "notes", "--bad", "1", "--total", f"{number + 2}", "--start", start)
    beside.run("slices", "import", str(small_file(beside.folder, number + 1)))
    beside.run("collect", "--since", as_text(BEGIN), "--at", as_text(BEGIN + (number + 1) * 86_400))


def go_round(
    beside: Beside, name: str, work: Callable[[Beside, int], None], is_over: threading.Event
) -> threading.Thread:
    def loop() -> None:
        while not is_over.is_set() and not beside.wrong and beside.rounds.get(name, 0) < 27:
            work(beside, beside.rounds.get(name, 0))
            beside.rounds[name] = beside.rounds.get(name, 0) + 1

    thread = threading.Thread(target=loop)
    thread.start()
    return thread


@contextmanager
def importing(beside: Beside, file: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, "slices", "import", str(file)],
        cwd=beside.folder,
        env=environment(beside.folder, LEADLINE_DATABASE_URL=beside.database),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process


def work_beside_imports(beside: Beside) -> None:
    """Import until everybody has had turns, the same file each time."""
    file, is_over = big_file(beside.folder), threading.Event()
    threads: list[threading.Thread] = []
    while not (beside.imports and beside.have_all_had_their_turns()) and not beside.wrong:
        with importing(beside, file) as process:
            if not threads:
                threads = [go_round(beside, work.__name__, work, is_over) for work in (read_once, write_once)]
            said = process.communicate()[0]
        if process.returncode or f"{SLICES:,} slices of {REGIONS} series imported" not in said:
            beside.wrong.append(f"the import ended with {process.returncode}: {said}")
        beside.imports += 1
    is_over.set()
    for thread in threads:
        thread.join()
    print(f"{beside.imports} imports beside {beside.rounds}")


def whole_total() -> int:
    return int((1 + np.arange(SLOTS) % 7).sum() * REGIONS + SLOTS * np.arange(REGIONS).sum())


def check_all_is_right(beside: Beside, played: Played) -> None:
    check_orders(beside)
    file = beside.folder / "all.csv"
    names = [name for sli in ("notes", *COLLECTED) for name in ("--sli", sli)]
    beside.run("slices", "export", str(file), *names)
    assert beside.wrong == []
    found = exported_rows(file.read_text().splitlines())
    check_notes(found["notes", ""], beside.rounds["write_once"])
    days = beside.rounds["write_once"]
    for key, truth in truth_of(played).items():
        quanta = 1000 if key.sli == "shares" else 1
        slots = np.flatnonzero(truth.seen[: days * 1440]).tolist()
        rows = found[key.sli, dict(key.labels).get("region", "")]
        assert list(rows) == [as_text(BEGIN + slot * STEP) for slot in slots]
        counts = [(Decimal(bad) * quanta, Decimal(total) * quanta) for bad, total in rows.values()]
        assert counts == [(int(truth.bad[slot]), int(truth.total[slot])) for slot in slots]


def check_orders(beside: Beside) -> None:
    """Row by row what the file says, none more and none less."""
    file = beside.folder / "orders.parquet"
    beside.run("slices", "export", str(file), "--sli", "orders")
    with duckdb.connect() as connection:
        there, brought = (
            f"(SELECT sli, epoch(start) AS start, bad::BIGINT, total::BIGINT, region FROM read_parquet('{path}'))"
            for path in (file, beside.folder / "million.parquet")
        )
        for one, other in ((there, brought), (brought, there)):
            [(differing,)] = connection.execute(f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})").fetchall()
            assert differing == 0
        assert connection.execute(f"SELECT count(*) FROM {there}").fetchall() == [(SLICES,)]


def check_notes(rows: dict[str, tuple[str, str]], rounds: int) -> None:
    """What two writers said of a slice is added up."""
    wanted: dict[str, tuple[int, int]] = {}
    for number in range(rounds):
        for row in range(NOTES):
            wanted[as_text(BEGIN + ((number + 1) * NOTES + row) * STEP)] = (0, number + 1)
    for number in range(rounds):
        start = as_text(BEGIN + number * STEP)
        bad, total = wanted.get(start, (0, 0))
        wanted[start] = (bad + 1, total + number + 2)
    assert {start: (Decimal(bad), Decimal(total)) for start, (bad, total) in rows.items()} == wanted


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_commands_go_on_beside_an_import_of_a_million_slices(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    is_sqlite = kind == "sqlite"
    url = f"sqlite:///{tmp_path}/ledger.db" if is_sqlite else request.getfixturevalue("postgresql_database")
    played = play()
    with serving(played) as (talk, _):
        write(tmp_path, handbook(talk.url))
        beside = Beside(tmp_path, url)
        work_beside_imports(beside)
        check_all_is_right(beside, played)
    assert beside.have_all_had_their_turns()
