"""Several reads in one snapshot see one state, whoever writes between them; so an evaluation mixes no two imports."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from contract.ledger_cases import DATABASES, DAY, NOON, database_url, run_of
from leadline.adapters.store import open_store
from leadline.core.slices import HOUR, STEP, DenseSlices, HourSums, SeriesKey
from leadline.domains.budgets.loading import judge
from leadline.ports.ledger import Extent, Ledger
from made_handbooks import a_handbook, an_sli

KEY = SeriesKey("api")
MONTH = 28 * 1440


def total_of(ledger: Ledger) -> int:
    hours = ledger.read_hours(["api"], NOON, NOON + DAY)
    return int(hours[KEY].total.sum()) if KEY in hours else 0


@pytest.mark.parametrize("kind", DATABASES)
def test_what_others_write_is_seen_after_the_snapshot(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = database_url(kind, request, tmp_path)
    with open_store(url) as mine, open_store(url) as others:
        others.ledger.append("import", [run_of("api", NOON, 60, 0, 1)])
        with mine.ledger.snapshot():
            assert total_of(mine.ledger) == 60
            others.ledger.append("import", [run_of("api", NOON, 60, 0, 2)])
            with mine.ledger.snapshot():
                assert total_of(mine.ledger) == 60
            assert total_of(mine.ledger) == 60
            others.ledger.import_all("import", [run_of("api", NOON, 1440, 0, 3), run_of("web", NOON, 40_000)])
            assert total_of(mine.ledger) == 60
            assert mine.ledger.extents(["web"]) == {}
        assert total_of(mine.ledger) == 3 * 1440
        assert mine.ledger.extents(["web"]) == {SeriesKey("web"): Extent(NOON, NOON + 39_999 * STEP)}


@pytest.mark.parametrize("kind", DATABASES)
def test_a_snapshot_of_a_database_that_is_not_there_stays_empty(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = database_url(kind, request, tmp_path)
    with open_store(url) as mine, open_store(url) as others:
        with mine.ledger.snapshot():
            assert total_of(mine.ledger) == 0
            others.ledger.append("import", [run_of("api", NOON, 60, 0, 1)])
            assert total_of(mine.ledger) == 0
        assert total_of(mine.ledger) == 60


@pytest.mark.parametrize("kind", DATABASES)
def test_a_snapshot_is_its_threads_own(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = database_url(kind, request, tmp_path)
    with open_store(url) as store:
        store.ledger.append("import", [run_of("api", NOON, 60, 0, 1)])
        seen: list[int] = []
        with store.ledger.snapshot():
            assert total_of(store.ledger) == 60
            with open_store(url) as others:
                others.ledger.append("import", [run_of("api", NOON, 60, 0, 2)])
            other = threading.Thread(target=lambda: seen.append(total_of(store.ledger)))
            other.start()
            other.join()
            assert total_of(store.ledger) == 60
        assert seen == [120]


class Disturbed:
    """A ledger beside which somebody imports a month anew before each read."""

    def __init__(self, ledger: Ledger, others: Ledger) -> None:
        self._ledger, self._others = ledger, others
        self.imports = 1

    def _import(self) -> None:
        self.imports += 1
        self._others.import_all("import", [run_of("api", NOON - 28 * DAY, MONTH, 0, self.imports)])

    def snapshot(self) -> AbstractContextManager[None]:
        return self._ledger.snapshot()

    def extents(self, slis: Sequence[str]) -> dict[SeriesKey, Extent]:
        return self._ledger.extents(slis)

    def read(self, slis: Sequence[str], start: int, end: int) -> dict[SeriesKey, DenseSlices]:
        self._import()
        return self._ledger.read(slis, start, end)

    def read_hours(self, slis: Sequence[str], start: int, end: int) -> dict[SeriesKey, HourSums]:
        self._import()
        return self._ledger.read_hours(slis, start, end)


@pytest.mark.parametrize("kind", DATABASES)
def test_an_evaluation_mixes_no_two_imports(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = database_url(kind, request, tmp_path)
    handbook = a_handbook([an_sli("api")])
    with open_store(url) as mine, open_store(url) as others:
        others.ledger.import_all("import", [run_of("api", NOON - 28 * DAY, MONTH, 0, 1)])
        ledger = Disturbed(mine.ledger, others.ledger)
        judged = judge(handbook, ledger, list(handbook.slos.values()), NOON - HOUR // 2, mine.corrections)  # type: ignore[arg-type]  # what an evaluation reads with
        assert ledger.imports > 2
        # Every total is 1: what the month was when the evaluation began.
        assert judged.figures.evaluation(0).total == MONTH - 30
