"""A server that is killed as it writes alerts down has lost none that it had written, and none is there by half."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from contract.ledger_cases import DATABASES, database_url
from leadline.adapters.store import open_store

RAISING = Path(__file__).with_name("raising.py")


@pytest.mark.parametrize("kind", DATABASES)
def test_kill_nine_neither_loses_nor_doubles_an_episode_or_a_notice(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url, said = database_url(kind, request, tmp_path), 0
    for rounds in (1, 7, 20):
        command = [sys.executable, str(RAISING), url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as raising:
            assert raising.stdout is not None
            for _ in range(rounds):
                said = max(said, int(raising.stdout.readline()))
            raising.kill()
        with open_store(url) as store:
            episodes = store.episodes.history(10_000)
            threads = [each.thread for each in episodes]
            notices = [filed.notice.thread for filed in store.outbox.unrouted(10_000)]
            levels = store.levels.latest()
        assert len(threads) >= said
        assert len(set(threads)) == len(threads)
        assert sorted(notices) == sorted(threads)
        assert len(levels) == len(threads)
        assert all(each.told_at == each.began_at for each in episodes)
        assert [each.thread for each in episodes if each.ended_at is None] == [threads[0]]
