"""The machine on which figures were taken, in words."""

from __future__ import annotations

import os
import platform
import sqlite3
from pathlib import Path


def described() -> dict[str, str]:
    return {
        "processor": _first("/proc/cpuinfo", "model name") or platform.processor() or "unknown",
        "cores": str(os.cpu_count()),
        "memory": _gigabytes(_first("/proc/meminfo", "MemTotal")),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": ", ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def in_words(machine: dict[str, str]) -> str:
    return (
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory']}, {machine['system']}, "
        f"Python {machine['python']}, SQLite {machine['sqlite']}; load before the run {machine['load']}"
    )


def _first(file: str, key: str) -> str:
    path = Path(file)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def _gigabytes(kilobytes: str) -> str:
    return f"{int(kilobytes.split(maxsplit=1)[0]) / 2**20:.0f} GB of memory" if kilobytes else "memory unknown"
