"""Each trap and each known defect of the budget tracker has a test that bears its number."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
TRAPS = range(1, 24)
EXCEPTED: dict[int, str] = {}
"""Defects without a test so far, and why."""
DEFECTS = [number for number in range(1, 29) if number not in EXCEPTED]


def names() -> str:
    """Every test function's name, one a line."""
    found = [
        name
        for file in TESTS.rglob("test_*.py")
        for name in re.findall(r"^\s*def (test_\w+)", file.read_text(), re.MULTILINE)
    ]
    return "\n".join(found)


@pytest.mark.parametrize("trap", TRAPS)
def test_each_trap_has_a_test_of_its_number(trap: int) -> None:
    assert re.search(rf"^test_trap_{trap:02}(a)?_\w+$", names(), re.MULTILINE), (
        f"no test is named test_trap_{trap:02}_…"
    )


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_known_defect_of_the_budget_tracker_has_a_test_of_its_number(defect: int) -> None:
    assert re.search(rf"^test_eb_{defect:02}_\w+$", names(), re.MULTILINE), f"no test is named test_eb_{defect:02}_…"


def test_an_exception_ends_when_its_test_is_there() -> None:
    assert [number for number in EXCEPTED if re.search(rf"^test_eb_{number:02}_", names(), re.MULTILINE)] == []
