"""The memory between two turns: each value once, what the turn found for good, answers up to a bound."""

from __future__ import annotations

import threading
from itertools import count

import pytest

from leadline.engine.board import MOST_ANSWERS, TurnMemory


def test_a_value_is_made_once_whoever_asks_at_the_same_time() -> None:
    memory, made, gate = TurnMemory(), count(), threading.Barrier(8)
    found: list[int] = []

    def ask() -> None:
        gate.wait()
        found.append(memory.recall(("status", "{}"), lambda: next(made)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [0] * 8
    assert next(made) == 1


def test_what_fails_is_made_again() -> None:
    memory = TurnMemory()
    with pytest.raises(ZeroDivisionError):
        memory.recall(("a", "b"), lambda: 1 // 0)
    assert memory.recall(("a", "b"), lambda: 7) == 7


def test_answers_are_bounded_and_what_a_turn_found_stays() -> None:
    memory = TurnMemory()
    memory.recall("found", lambda: "figures")
    memory.recall(("kept", ""), lambda: "asked all the time")
    for instant in range(3 * MOST_ANSWERS):
        memory.recall(("status", str(instant)), lambda: "an answer")
        memory.recall(("kept", ""), lambda: "made again")
    assert memory.known("found") == "figures"
    assert memory.known(("kept", "")) == "asked all the time"
    known = [instant for instant in range(3 * MOST_ANSWERS) if memory.known(("status", str(instant)))]
    assert known == list(range(2 * MOST_ANSWERS + 1, 3 * MOST_ANSWERS))
