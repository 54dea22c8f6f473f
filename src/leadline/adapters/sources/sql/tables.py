"""Fills DuckDB's table `log` from CSV and Parquet files, whose columns say their own names and types."""

from __future__ import annotations

import re
from math import inf
from pathlib import Path

import duckdb

from leadline.adapters.sources.sql.files import opened
from leadline.adapters.sources.sql.formats import literal
from leadline.adapters.sources.sql.loading import SLACK_SECONDS, Loaded
from leadline.adapters.sources.sql.settings import FileSettings, Format
from leadline.errors import SourceError

_WILDCARD = re.compile(r"[*?\[]")
_READERS = {
    Format.CSV: "read_csv([{files}], store_rejects = true, hive_partitioning = false)",
    Format.PARQUET: "read_parquet([{files}], union_by_name = true, hive_partitioning = false)",
}
_WITHIN = "epoch({time}) >= {start} AND epoch({time}) < {end}"
_SEEN = "SELECT min(epoch({time})), max(epoch({time})), count(*) FILTER (({time}) IS NULL) FROM {read}"
_REJECTED = (
    "SELECT s.file_path, count(DISTINCT e.line), min(e.csv_line)"
    " FROM reject_errors e JOIN reject_scans s USING (scan_id, file_id) GROUP BY s.file_path ORDER BY s.file_path"
)


def load_tables(
    connection: duckdb.DuckDBPyConnection, name: str, settings: FileSettings, start: int, end: int
) -> Loaded:
    """
    Rows of [start, end) of every matching file; rows that DuckDB rejects are counted and told.

    Raises:
        SourceError: a file cannot be read.
        duckdb.Error: what a file holds is not of its format, or has no such column.
    """
    statements = connection.extract_statements(f"SELECT {settings.time}")
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise SourceError(
            f"{name}: time is not one expression: {settings.time}; write a column's name", retryable=False
        )
    loaded = Loaded()
    with opened(name, settings.patterns) as files:
        # A row stands for its own instant, whenever the file was written; older files hold nothing of the span.
        wanted = [file for file in files if file.modified_at >= start - SLACK_SECONDS and file.size] or files[-1:]
        loaded.until = max(file.modified_at for file in files)
        if any(file not in wanted and file.size for file in files):
            loaded.since = start
        listed = ", ".join(literal(_plain(file.path)) for file in wanted)
        read = _READERS[settings.format].format(files=listed)
        time = f"CAST({settings.time} AS TIMESTAMPTZ)"
        within = _WITHIN.format(time=time, start=start, end=end)
        names = [str(row[0]) for row in connection.execute(f"DESCRIBE FROM {read}").fetchall()]
        others = '* EXCLUDE ("time")' if "time" in names else "*"
        connection.execute(f'CREATE TABLE log AS SELECT {time} AS "time", {others} FROM {read} WHERE {within}')
        if settings.format is Format.CSV:
            for path, count, sample in connection.execute(_REJECTED).fetchall():
                loaded.refused(Path(path), count, "no row of the file's columns", str(sample))
        first, last, timeless = connection.execute(_SEEN.format(time=time, read=read)).fetchone() or (None, None, 0)
    loaded.saw(first, last)
    if timeless:
        loaded.warnings.append(f"{name}: {timeless} rows have no {settings.time} and are left out")
    if loaded.since == inf:
        loaded.until = -inf
    loaded.rows = int((connection.execute("SELECT count(*) FROM log").fetchone() or (0,))[0])
    return loaded


def _plain(path: Path) -> str:
    """A path in which DuckDB sees no pattern."""
    return _WILDCARD.sub(r"[\g<0>]", str(path))
