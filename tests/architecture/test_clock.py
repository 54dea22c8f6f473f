"""The clock is told: nothing inside reads it, and only the edges that wait for the world know it."""

from __future__ import annotations

import ast
from pathlib import Path

from tree import name_of, python_files, syntax_tree

CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter", "sleep"}
OWNERS = {"datetime", "date", "time"}
EDGES = {
    "src/leadline/app.py": "makes the clock that everything else is given",
    "src/leadline/client.py": "stands in other people's programs, where a slice is of now",
    "src/leadline/adapters/egress/guarded.py": "ends an answer that drips for longer than its request may take",
    "src/leadline/adapters/store/database.py": "waits for a lock that another process holds",
    "src/leadline/adapters/store/imports.py": "leaves room for other writers, and finds what a dead one left",
    "src/leadline/adapters/store/ledger.py": "leaves room for other writers while it compacts",
    "src/leadline/handbook/cache.py": "keeps no file that may still be written to, by the clock of the file system",
    "src/leadline/interfaces/cli/simulation.py": "waits for the next minute",
    "src/leadline/interfaces/cli/slices.py": "turns `1h` ago as it is typed into an instant",
}
"""`path` → why it may know the time."""
INNER = ("core", "handbook", "ports", "domains", "reports", "engine")


def readings(path: Path) -> list[int]:
    """Lines that call a clock; a clock that is a default of an argument is one that is given."""
    return [
        node.lineno
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in OWNERS
    ]


def test_eb_27_no_module_inside_reads_a_clock_or_sleeps() -> None:
    found = {name_of(path): lines for path in python_files("src") if (lines := readings(path))}
    inside = {name for name in found if name.split("/")[2] in INNER and name not in EDGES}
    assert inside == set()
    strangers = {name for name in found if name not in EDGES and not name.startswith("src/leadline/interfaces/")}
    assert strangers == set(), "take `now` as an argument, or name the module here with its reason"


def test_eb_27_no_exception_outlives_its_need() -> None:
    assert {name for name in EDGES if not readings(Path(__file__).parents[2] / name)} == set()


def test_eb_27_a_clock_is_recognised(tmp_path: Path) -> None:
    file = tmp_path / "late.py"
    file.write_text("import time\nfrom datetime import datetime\ntime.sleep(2)\nat = datetime.now()\n")
    assert readings(file) == [3, 4]
