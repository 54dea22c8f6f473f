"""Fills DuckDB's table `log` from files of lines, piece by piece, so that memory does not grow with the files."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from math import inf

import duckdb

from leadline.adapters.sources.sql.files import OpenFile, Piece, opened, pieces
from leadline.adapters.sources.sql.formats import LINES, LineShape
from leadline.adapters.sources.sql.loading import SLACK_SECONDS, Loaded
from leadline.adapters.sources.sql.settings import FileSettings
from leadline.errors import SourceError

_NO_CONTROLS = bytes.maketrans(b"\0\r", b"  ")
_SPLIT = "CREATE OR REPLACE TEMP TABLE lines AS SELECT trim(unnest(string_split($lines, chr(10)))) AS line"
_PARSED = "CREATE OR REPLACE TEMP TABLE parsed AS FROM ({select}) WHERE raw <> ''"
_SEEN = (
    "SELECT min(epoch(time)), max(epoch(time)), count(*) FILTER (time IS NULL), min(raw) FILTER (time IS NULL)"
    " FROM parsed"
)
_KEPT = (
    "INSERT INTO log BY NAME SELECT * EXCLUDE (raw) FROM parsed"
    " WHERE time >= to_timestamp($start) AND time < to_timestamp($end)"
)


def load_lines(
    connection: duckdb.DuckDBPyConnection, name: str, settings: FileSettings, start: int, end: int
) -> Loaded:
    """
    Rows of [start, end) of every matching file; what is not a line of the format is counted and told.

    Raises:
        SourceError: a file cannot be read, or none of its lines is of the format.
    """
    if settings.shape is None:
        raise ValueError(f"{settings.format} has no lines")
    connection.execute(f"CREATE TEMP TABLE {LINES} (line VARCHAR)")
    connection.execute(f"CREATE TABLE log AS SELECT * EXCLUDE (raw) FROM ({settings.shape.select})")
    loaded = Loaded()
    with opened(name, settings.patterns) as files:
        for file in files:
            loaded.until = max(loaded.until, file.modified_at)
            if file.modified_at < start - SLACK_SECONDS:
                loaded.since = min(loaded.since, file.modified_at) if file.size else loaded.since
                continue
            _Reading(connection, name, settings.shape, start, end).read(file, loaded)
    if loaded.since == inf:
        loaded.until = -inf
    loaded.rows = int((connection.execute("SELECT count(*) FROM log").fetchone() or (0,))[0])
    return loaded


@dataclass(slots=True)
class _Reading:
    """One file while it is read."""

    connection: duckdb.DuckDBPyConnection
    name: str
    shape: LineShape
    start: int
    end: int
    good: bool = False
    bad_count: int = 0
    samples: list[str] = field(default_factory=list)

    def read(self, file: OpenFile, loaded: Loaded) -> None:
        try:
            for piece in pieces(file, self._may_skip_before):
                if piece.is_rest and not piece.text.rstrip().endswith(self.shape.is_whole_at_end or b"\n"):
                    loaded.refused(file.path, 1, "not yet written to its end", piece.text.decode("utf-8", "replace"))
                elif self._is_beyond(self._take(piece, loaded)):
                    break
        except (EOFError, zlib.error, OSError) as error:
            raise SourceError(f"{self.name}: {file.path} cannot be read ({error})", retryable=True) from error
        if self.bad_count and not self.good:
            hint = "write the format that the file has"
            message = f"{self.name}: no line of {file.path} is of {self.shape.says}: {self.samples[0][:120]}; {hint}"
            raise SourceError(message, retryable=False)
        if self.bad_count:
            loaded.refused(file.path, self.bad_count, "not of the format", self.samples[0])

    def _take(self, piece: Piece, loaded: Loaded) -> float | None:
        """Keep the rows of the span; the instant of the first line."""
        first, last, bad_count, sample = self._parse(piece.text)
        loaded.saw(first, last)
        self.good = self.good or first is not None
        if bad_count:
            self.bad_count += bad_count
            self.samples.append(str(sample))
        self.connection.execute(_KEPT, {"start": self.start, "end": self.end})
        return first

    def _parse(self, text: bytes) -> tuple[float | None, float | None, int, str | None]:
        cleaned = text.translate(_NO_CONTROLS).decode("utf-8", "replace")
        self.connection.execute(_SPLIT, {"lines": cleaned})
        self.connection.execute(_PARSED.format(select=self.shape.select))
        row = self.connection.execute(_SEEN).fetchone()
        return row or (None, None, 0, None)

    def _is_beyond(self, first: float | None) -> bool:
        return first is not None and first >= self.end + SLACK_SECONDS

    def _may_skip_before(self, lines: bytes) -> bool:
        _, last, _, _ = self._parse(lines)
        return last is not None and last < self.start - SLACK_SECONDS
