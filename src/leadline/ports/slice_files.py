"""Files of slices, as people exchange them: columns `sli,start,bad,total` and one for each label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from leadline.core.slices import Ints

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]


class PushedSlice(BaseModel):
    """One slice as a program tells it; any other key is a label that the SLI declares."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str]

    sli: str
    start: AwareDatetime | int
    """A whole minute, as an instant or in epoch seconds."""
    bad: float = Field(ge=0)
    total: float = Field(ge=0)
    """All events, the bad ones among them."""


@dataclass(frozen=True, slots=True, eq=False)
class SliceRows:
    """
    Rows of a file, column by column, equally long.

    `starts` are epoch seconds as float64, `bad` and `total` events; NaN where the text was not such a value, and the
    texts are kept for the message. `first_line` is the line of the first row.
    """

    slis: Texts
    starts: Floats
    bad: Floats
    total: Floats
    labels: Mapping[str, Texts]
    texts: Mapping[str, Texts]
    """The columns start, bad and total as written."""
    first_line: int = 2
    lines: Ints | None = None
    """The line of each row, where rows and lines do not go side by side."""

    def __len__(self) -> int:
        return len(self.slis)

    def line_of(self, row: int) -> int:
        """The line of a row as an editor counts, from 1; 0 when the rows were not read from lines."""
        if self.lines is not None:
            return int(self.lines[row])
        return row + self.first_line if self.first_line else 0

    @staticmethod
    def of(sli: str, starts: Ints, bad: Floats, total: Floats, labels: Mapping[str, str]) -> SliceRows:
        """Rows of one series."""
        count = len(starts)
        return SliceRows(
            np.full(count, sli, dtype=object),
            starts.astype(np.float64),
            np.asarray(bad, dtype=np.float64),
            np.asarray(total, dtype=np.float64),
            {name: np.full(count, value, dtype=object) for name, value in labels.items()},
            {},
        )

    @staticmethod
    def one(sli: str, start: datetime, bad: float, total: float, labels: Mapping[str, str]) -> SliceRows:
        """A single slice, as a person records it."""
        texts = (start.isoformat(), f"{bad:g}", f"{total:g}")
        return SliceRows(
            np.array([sli], dtype=object),
            np.array([start.timestamp()]),
            np.array([bad], dtype=np.float64),
            np.array([total], dtype=np.float64),
            {name: np.array([value], dtype=object) for name, value in labels.items()},
            {name: np.array([text], dtype=object) for name, text in zip(("start", "bad", "total"), texts, strict=True)},
            first_line=0,
        )

    @staticmethod
    def empty() -> SliceRows:
        return SliceRows.of("", np.array([], dtype=np.int64), np.array([]), np.array([]), {})

    @staticmethod
    def concatenated(parts: Sequence[SliceRows]) -> SliceRows:
        """All rows of the parts, in order; a label that a part does not have is empty there."""
        if not parts:
            return SliceRows.empty()
        names = sorted({name for part in parts for name in part.labels})
        return SliceRows(
            np.concatenate([part.slis for part in parts]),
            np.concatenate([part.starts for part in parts]),
            np.concatenate([part.bad for part in parts]),
            np.concatenate([part.total for part in parts]),
            {
                name: np.concatenate([part.labels.get(name, np.full(len(part), "", dtype=object)) for part in parts])
                for name in names
            },
            {},
        )


class SliceFiles(Protocol):
    """Reads and writes such files, CSV or Parquet by the name's ending."""

    def read(self, file: Path) -> SliceRows:
        """Every row; `SpecError` when the file is missing, unreadable, or lacks a column."""

    def parse(self, content: bytes, origin: str) -> SliceRows:
        """Every row of newline-delimited JSON that came from `origin`; `SpecError` with each line that is wrong."""

    def write(self, file: Path, rows: SliceRows, labels: Sequence[str]) -> None:
        """Write all rows, whole numbers without a fraction, replacing the file only when all is written."""
