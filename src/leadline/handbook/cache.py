"""
The compiled handbook on disk, beside the handbook.

An entry is named for everything that the result depends on: each file (path, times, size, inode), the directory from
which paths are shown, the versions, and Leadline's own source files. It is read by an unpickler that knows the
handbook's own plain types and nothing else, because a handbook may come from a stranger's pull request. A folder that
cannot be written, or an entry that cannot be read, only costs time.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import re
import sys
import time
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from leadline import __version__

_FOLDER = Path(".leadline", "cache")
_KEPT = 4
FRESH_NS = 2_000_000_000
"""A file changed this shortly before compiling could change again within the same tick of its clock."""
_MAX_BYTES = 256 * 1024 * 1024

_PLAIN = {
    "builtins": ("frozenset", "set"),
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "leadline.handbook.cache": ("zone",),
}
_OWN = re.compile(r"leadline\.(?:core\.\w+|errors|handbook\.(?:specs|loader))")


def zone(key: str) -> ZoneInfo:
    """A zone by its name; how an entry names one, because ZoneInfo's own way needs `getattr`."""
    return ZoneInfo(key)


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: object) -> Any:
        return (zone, (value.key,)) if isinstance(value, ZoneInfo) else NotImplemented


class _PlainUnpickler(pickle.Unpickler):
    """Makes plain values and the dataclasses and words of core and handbook; anything else is refused."""

    def find_class(self, module: str, name: str) -> object:
        if name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        found = super().find_class(module, name) if _OWN.fullmatch(module) and name.isidentifier() else None
        if isinstance(found, type) and found.__module__ == module and (is_dataclass(found) or issubclass(found, Enum)):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} does not belong into a handbook")


@cache
def _own_code() -> bytes:
    """What this Leadline is: version, Python, and every source file that has a say in the result."""
    root = Path(__file__).resolve().parents[1]
    folders = [sorted((root / name).glob("*.py")) for name in ("handbook", "core")]
    sources = [root / "units.py", root / "errors.py", *folders[0], *folders[1]]
    lines = [__version__, sys.version]
    for source in sources:
        with contextlib.suppress(OSError):
            found = source.stat()
            lines.append(f"{source.name} {found.st_mtime_ns} {found.st_size}")
    return "\n".join(lines).encode()


def key(folder: Path, files: list[Path]) -> str | None:
    """Name of the entry for these files as they are now; None when one of them cannot be looked at."""
    digest = hashlib.sha256(_own_code())
    try:
        digest.update(f"\n{Path.cwd()}\n{folder}\n{folder.resolve()}\n".encode("utf-8", "surrogateescape"))
        for path in files:
            found = path.stat()
            line = f"{path}\0{found.st_mtime_ns} {found.st_ctime_ns} {found.st_size} {found.st_ino} {found.st_dev}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
    except OSError:
        return None
    return digest.hexdigest()


def read(folder: Path, name: str | None) -> object:
    """What was kept under this name, or None."""
    if name is None:
        return None
    try:
        data = (folder / _FOLDER / f"{name}.pickle").read_bytes()
        return _PlainUnpickler(io.BytesIO(data)).load() if len(data) <= _MAX_BYTES else None
    except Exception:  # noqa: BLE001 - whatever is wrong with an entry, the handbook itself is at hand
        return None


def write(folder: Path, name: str, files: list[Path], value: object) -> None:
    """Keep a value under this name, unless a file is so young that its times cannot tell its next change."""
    now = time.time_ns()
    try:
        if any(max(path.stat().st_mtime_ns, path.stat().st_ctime_ns) > now - FRESH_NS for path in files):
            return
        where = folder / _FOLDER
        where.mkdir(parents=True, exist_ok=True)
        (folder / ".leadline" / ".gitignore").write_text("*\n", encoding="utf-8")
        part = where / f".{os.getpid()}.{now}.part"
        with part.open("wb") as opened:
            _Pickler(opened, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
        part.replace(where / f"{name}.pickle")
        entries = sorted(where.glob("*.pickle"), key=lambda entry: entry.stat().st_mtime_ns, reverse=True)
        for old in entries[_KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:
        return
