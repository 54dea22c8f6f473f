"""What is asked of the dialects, and what came of it; nothing that could not be carried goes without a word."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from leadline.ports.message import Message

STDOUT = Path("-")
"""In the place of a folder: the text is part of the answer."""


class Source(StrEnum):
    """Dialects that are read."""

    AUTO = "auto"
    """Each document says what it is."""
    SLOTH = "sloth"
    PYRRA = "pyrra"
    SLO_GENERATOR = "slo-generator"
    NOBL9 = "nobl9"
    OPENSLO_V1ALPHA = "openslo-v1alpha"


class Target(StrEnum):
    """Dialects that are written."""

    SLOTH = "sloth"
    PYRRA = "pyrra"
    SLO_GENERATOR = "slo-generator"
    NOBL9 = "nobl9"
    OPENSLO = "openslo"


class ImportSpecs(Message):
    """Read another tool's files and write them as documents of a handbook."""

    path: Path
    """A file, or a folder of `*.yaml` and `*.yml`."""
    dialect: Source = Source.AUTO
    output: Path = STDOUT
    """Folder to write into; `-` to have the text in the answer."""
    window: str | None = None
    """Window where the dialect's files name none: 30d for Sloth, 28d for slo-generator."""


class ExportSpecs(Message):
    """Write the handbook's objectives in another tool's form."""

    to: Target
    output: Path = STDOUT
    """Folder to write into; `-` to have the text in the answer."""


class Lost(Message):
    """Something that was written and could not be carried."""

    file: str
    line: int
    key: str
    """Dotted path of the key in the file it stands in."""
    value: str
    why: str


class Note(Message):
    """Something that was carried, and is worth knowing."""

    file: str
    line: int
    text: str


class Carried(Message):
    """What an import or export wrote, and what it could not."""

    counts: dict[str, int]
    """Documents written, of each kind."""
    files: tuple[str, ...]
    lost: tuple[Lost, ...]
    notes: tuple[Note, ...]
    text: str
    """What was written, when it went to no folder."""
