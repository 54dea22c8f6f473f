"""
Files in which objectives are written down: read as trees that know their places, written as YAML.

The type of a tree is named without loading the YAML library, which most commands do not need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from leadline.handbook.reading import Tree


class SpecFiles(Protocol):
    """Reads and writes folders of YAML."""

    def read(self, path: Path) -> Sequence[Tree]:
        """Every document of a file, or of each YAML file below a folder; `SpecError` when one cannot be read."""

    def write(self, folder: Path, files: Mapping[str, Sequence[Mapping[str, Any]]]) -> Sequence[Path]:
        """Write documents by name of their file, without its ending, all or none; `RecordError` when one is there."""

    def replace(self, folder: Path, texts: Mapping[str, str], mark: str) -> tuple[Sequence[Path], Sequence[Path]]:
        """
        Make these the only files of a folder, by path below it; returns what was written and what was removed.

        Files that begin with `mark` are of an earlier time; any other one is somebody else's: `RecordError`, and
        nothing is touched. Names that begin with a dot are left alone.
        """
