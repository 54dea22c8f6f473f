"""
Load a handbook: every mistake of every file at once, or a `Handbook` that can be relied on.

What was compiled is kept in `.leadline/cache` below the folder and taken while no file, no setting and no line of
Leadline has changed. The compiling half is imported only when it is needed, because pydantic, PyYAML and promql-parser
cost a third of a second, which `leadline gate` does not have; hence `import_module` rather than an import above.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import cast

from leadline.errors import Problem
from leadline.handbook import cache
from leadline.handbook.specs import Handbook, NotificationTarget

_SUFFIXES = (".yaml", ".yml")
_COMPILING = "leadline.handbook.compiling"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A handbook and what was said of it."""

    handbook: Handbook | None
    """None if and only if there are problems."""
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    """Documents of each kind that could be read; an SLI written inside an SLO counts too."""
    targets: Mapping[str, NotificationTarget] = field(default_factory=dict)
    """Those that could be read, also where there are problems: their adapters look at them too."""


def load(folder: Path) -> Loaded:
    """Read every `*.yaml` and `*.yml` below a folder (folders that begin with a dot are left out)."""
    if not folder.is_dir():
        what = "not a folder" if folder.exists() else "no such folder"
        return _nothing(folder, what, "name another folder with --handbook, or write a first one with: leadline init")
    files = sorted(_files(folder))
    if not files:
        return _nothing(folder, "no *.yaml file below this folder", "write a first handbook with: leadline init")
    key = cache.key(folder, files)
    kept = cache.read(folder, key)
    if isinstance(kept, Loaded):
        return kept
    loaded = _compiled(folder, files)
    if key is not None and key == cache.key(folder, files):
        cache.write(folder, key, files, loaded)
    return loaded


@contextmanager
def _without_collection() -> Iterator[None]:
    """No garbage is collected meanwhile: among millions of values that all stay, looking for it takes half the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_without_collection()
def _compiled(folder: Path, files: list[Path]) -> Loaded:
    compiling = import_module(_COMPILING)
    named = [(path, shown_path(path, folder)) for path in files]
    handbook, report = compiling.compile_handbook(named, str(folder), folder.resolve().name or "handbook")
    problems = compiling.problems_in_order(report.problems)
    warnings = compiling.problems_in_order(report.warnings)
    if not problems and not handbook.documents:
        nothing = _nothing(folder, "no document in any file", "write a first handbook with: leadline init")
        return Loaded(None, nothing.problems, warnings)
    found = None if problems else cast("Handbook", handbook)
    return Loaded(found, problems, warnings, handbook.counts(), handbook.targets)


def _nothing(folder: Path, what: str, hint: str) -> Loaded:
    return Loaded(None, (Problem(str(folder), 0, 0, "", what, "", hint),), ())


def _files(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(where, name)
            if name.endswith(_SUFFIXES) and not name.startswith(".") and path.is_file():
                yield path


def state_of(folder: Path) -> object:
    """Equal to an earlier one while no file was added, edited, replaced or taken away."""
    found: list[tuple[str, int, int, int, int]] = []
    for path in _files(folder):
        try:
            about = path.stat()
        except OSError:  # taken away since it was listed
            continue
        found.append((str(path), about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino))
    return sorted(found)


def shown_path(path: Path, folder: Path) -> str:
    """A file as messages name it: from the current directory if below it, else from the handbook's folder."""
    for base in (Path.cwd(), folder.resolve()):
        try:
            return str((folder.resolve() / path.relative_to(folder)).relative_to(base))
        except ValueError:
            continue
    return str(path)
