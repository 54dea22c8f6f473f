"""Servers that benchmarks start; how, is written once, beside the tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "benchmarks" / "data"
BIN = Path(sys.executable).parent

sys.path.append(str(ROOT / "tests"))

from servers import Server, Servers, answers, free_port, missing_for, program  # noqa: E402 - its folder is not a package

__all__ = ["BIN", "DATA", "ROOT", "Server", "Servers", "answers", "free_port", "missing_for", "program", "servers"]


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """Servers below `folder`, stopped at the end."""
    running = Servers(folder)
    try:
        yield running
    finally:
        running.stop()
