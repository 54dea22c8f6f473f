"""Each trap and each known defect that this part must show has a test that bears its number."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
TRAPS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 17, 18, 20, 22)
DEFECTS = range(1, 17)


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
