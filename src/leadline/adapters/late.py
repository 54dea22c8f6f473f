"""
Adapters whose library is loaded when they are first used, since most commands use none of them.

Each is given the name of the real one, as "module:attribute", or what opens it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from leadline.ports.operation import attribute

if TYPE_CHECKING:
    from leadline.handbook.reading import Tree
    from leadline.handbook.specs import NotificationTarget, RollbackPolicy
    from leadline.ports.notifier import Notifier, Notifiers
    from leadline.ports.runner import Runner, Runners
    from leadline.ports.slice_files import SliceRows


class LateSliceFiles:
    """`SliceFiles` whose library is loaded at the first file."""

    def __init__(self, reference: str) -> None:
        self._reference = reference

    def read(self, file: Path) -> SliceRows:
        return cast("SliceRows", attribute(self._reference)().read(file))

    def parse(self, content: bytes, origin: str) -> SliceRows:
        return cast("SliceRows", attribute(self._reference)().parse(content, origin))

    def write(self, file: Path, rows: SliceRows, labels: Sequence[str]) -> None:
        attribute(self._reference)().write(file, rows, labels)


class LateSpecFiles:
    """`SpecFiles` whose library is loaded at the first file."""

    def __init__(self, reference: str) -> None:
        self._reference = reference

    def read(self, path: Path) -> Sequence[Tree]:
        return cast("Sequence[Tree]", attribute(self._reference)().read(path))

    def write(self, folder: Path, files: Mapping[str, Sequence[Mapping[str, Any]]]) -> Sequence[Path]:
        return cast("Sequence[Path]", attribute(self._reference)().write(folder, files))

    def replace(self, folder: Path, texts: Mapping[str, str], mark: str) -> tuple[Sequence[Path], Sequence[Path]]:
        found = attribute(self._reference)().replace(folder, texts, mark)
        return cast("tuple[Sequence[Path], Sequence[Path]]", found)


class LateNotifiers:
    """`Notifiers` whose libraries are loaded at the first message."""

    def __init__(self, make: Callable[[], Notifiers]) -> None:
        self._make = make

    def open(self, target: NotificationTarget) -> Notifier:
        return self._make().open(target)


class LateRunners:
    """`Runners` whose libraries are loaded at the first rollback."""

    def __init__(self, make: Callable[[], Runners]) -> None:
        self._make = make

    def open(self, policy: RollbackPolicy) -> Runner:
        return self._make().open(policy)

    def key(self) -> bytes:
        return self._make().key()

    @property
    def stopped_by(self) -> str:
        return self._make().stopped_by
