"""Two processes write and three read at the same time: nobody fails, and nobody sees half a write."""

from __future__ import annotations

from multiprocessing import get_context
from pathlib import Path

import pytest

from contract.ledger_cases import DATABASES, database_url
from contract.ledger_processes import append_minutes, check_all_is_there, import_months, read_on


@pytest.mark.parametrize("kind", DATABASES)
def test_processes_read_and_write_side_by_side_without_an_error(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = database_url(kind, request, tmp_path)
    fresh = get_context("spawn")
    ready, done, complaints = fresh.Event(), fresh.Event(), fresh.Queue()
    writers = [fresh.Process(target=each, args=(url, ready, complaints)) for each in (import_months, append_minutes)]
    readers = [fresh.Process(target=read_on, args=(url, ready, done, complaints)) for _ in range(3)]
    for process in (*writers, *readers):
        process.start()
    ready.set()
    for process in writers:
        process.join(120)
    done.set()
    said = [complaints.get(timeout=60) for _ in (*writers, *readers)]
    for process in (*writers, *readers):
        process.join(60)
        process.close()
    complaints.close()
    complaints.join_thread()
    assert said == [None] * 5
    check_all_is_there(url)
