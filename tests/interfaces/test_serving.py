"""`leadline up` as a process, several servers on one database, and sources that keep a turn waiting."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from http_answers import ONE, Asked, Said, failure, http_server, success
from instants import NOON
from leadline.app import engine
from leadline.domains.budgets.watching import WARNINGS
from leadline.domains.measurement.model import Collection, Outcome
from leadline.engine.board import TurnMemory
from leadline.engine.desk import Desk, Diet
from leadline.engine.gathering import Gathering, joined
from leadline.engine.turns import Engine, Step
from leadline.errors import SourceError
from leadline.settings import Settings
from made_commands import HANDBOOK, a_shop, typed
from served import served
from terminal import COMMAND, environment, ratio_handbook, write

NOTHING = Collection(at=NOON, slis=(), slices=0)


@contextmanager
def up(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server on a free port, and its address; killed at the end if it still lives."""
    command = [*COMMAND, "up", "--port", "0"]
    with subprocess.Popen(command, env=environment(folder), cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = next(each for each in iter(process.stderr.readline, "") if "Leadline is at" in each)
            yield process, line.split()[-1]
        finally:
            process.kill()


def answer(url: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(url, timeout=10) as said:
            return said.status, json.load(said)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def once(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came"


@contextmanager
def an_engine(folder: Path, now: Callable[[], datetime], diet: Diet | None = None) -> Iterator[Engine]:
    settings = Settings(folder / "handbook", f"sqlite:///{folder}/ledger.db")
    with engine(settings, diet or Diet(), now=now, environ={}) as (turning, _):
        yield turning


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_end_finishes_its_turn_and_ends_well(number: signal.Signals, tmp_path: Path) -> None:
    write(tmp_path, HANDBOOK)
    with up(tmp_path) as (process, url):
        once(lambda: answer(f"{url}/readyz")[0] == 200)
        told = answer(f"{url}/readyz")[1]
        assert told["is_leading"]
        assert told["problems"] == told["warnings"] == []
        process.send_signal(number)
        said = process.communicate(timeout=20)[1]
    assert process.returncode == 0, said
    lines = [json.loads(line) for line in said.splitlines()]
    [turn, *_] = [line for line in lines if line["event"] == "turn"]
    assert {"number", "at", "seconds", "slices", "faults"} <= set(turn)
    assert "evaluate" in turn["seconds"]


def test_a_remote_status_tells_what_the_server_warns_of(tmp_path: Path) -> None:
    shop = a_shop(tmp_path, HANDBOOK)
    with served(shop) as server:
        memory = TurnMemory()
        memory.recall(WARNINGS, lambda: ("an edit of the handbook is not in force",))
        server.boards.publish(replace(server.boards.newest, memory=memory))
        told = typed("status", "--server", server.url, shop=shop)
        as_json = typed("status", "--json", "--server", server.url, shop=shop)
    assert "leadline: an edit of the handbook is not in force" in told.err
    assert "not in force" not in told.out
    assert json.loads(as_json.out)["warnings"] == ["an edit of the handbook is not in force"]


def test_one_server_leads_and_another_takes_over_when_it_was_killed(tmp_path: Path) -> None:
    write(tmp_path, HANDBOOK)
    clock = [NOON]
    with ExitStack() as stack:
        first, second = (stack.enter_context(an_engine(tmp_path, lambda: clock[0])) for _ in range(2))
        assert first.take_turn().is_leading
        board = second.take_turn()
        assert not board.is_leading
        assert board.lease is not None
        assert board.lease.holder == first.tools.leading.holder
        assert board.collection is None
        assert not board.faults
        clock[0] += timedelta(seconds=29)
        assert not second.take_turn().is_leading
        clock[0] += timedelta(seconds=1)
        assert second.take_turn().is_leading, "the first was not heard of for half a minute"
        assert not first.take_turn().is_leading
        second.tools.leading.release()
        assert first.take_turn().is_leading, "it was given back"


def test_turns_do_not_overlap(tmp_path: Path) -> None:
    write(tmp_path, HANDBOOK)
    guard, others = threading.Lock(), []

    def step(_desk: Desk) -> None:
        others.append(not guard.acquire(blocking=False))
        threading.Event().wait(0.02)
        if not others[-1]:
            guard.release()

    with an_engine(tmp_path, lambda: NOON) as turning:
        turning.steps = [Step("look around", step)]
        threads = [threading.Thread(target=turning.take_turn) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert others == [False] * 4
        assert turning.boards.newest.number == 4
        assert not turning.boards.newest.faults


def test_a_source_that_hangs_delays_nobody_and_is_not_asked_twice() -> None:
    gathering, free, asked, stop = Gathering(), threading.Event(), [], threading.Event()

    def hang() -> Collection:
        asked.append("slow")
        free.wait(60)
        return NOTHING

    def refuse() -> Collection:
        raise SourceError("refused", retryable=True)

    questions = {"slow": hang, "quick": lambda: NOTHING, "down": refuse}
    found = gathering.gather(questions, 0.3, stop)
    assert (list(found.collections), found.late, found.errors) == (["quick"], ("slow",), {"down": "refused"})
    told = joined(found, {"slow": ["a"], "quick": ["b"], "down": ["c"]}, NOON)
    assert [(sli.sli, sli.outcome) for sli in told.slis] == [("a", Outcome.FAILED), ("c", Outcome.FAILED)]
    assert gathering.gather(questions, 0.1, stop).late == ("slow",)
    assert asked == ["slow"]
    free.set()
    once(lambda: not gathering.gather({}, 0, stop).late and not gathering._under_way)
    assert gathering.gather(questions, 60, stop).late == ()
    assert asked == ["slow", "slow"]


def test_a_server_that_stops_waits_for_no_source() -> None:
    gathering, free, stop = Gathering(), threading.Event(), threading.Event()

    def hang() -> Collection:
        free.wait(60)
        return NOTHING

    stop.set()
    begun = time.monotonic()
    assert gathering.gather({"slow": hang}, 60, stop).late == ("slow",)
    assert time.monotonic() - begun < 30
    free.set()


def test_history_that_a_source_did_not_give_is_filled_in_once_it_answers(tmp_path: Path) -> None:
    moods = ["down"]

    def reply(asked: Asked) -> Said:
        if moods[0] == "down" and asked.path.endswith("query_range"):
            return failure(400, "bad_data", "out of order")
        return ONE if asked.path.endswith("/query") else success({"resultType": "matrix", "result": []})

    with http_server(reply) as talk:
        write(tmp_path, ratio_handbook(talk.url, "errors_total", "requests_total"))
        diet = Diet(filling_reach=timedelta(days=5))
        with an_engine(tmp_path, lambda: NOON, diet) as turning:
            for _ in range(2):
                filling = turning.take_turn().filling
                assert filling is not None
                assert not filling.is_complete
            assert filling.done == diet.first_reach
            moods[0] = "well"
            filling = turning.take_turn().filling
            assert filling is not None
            assert filling.is_complete
