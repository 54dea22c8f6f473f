"""DuckDB for one span: the table `log`, filled from files, and the SQL of SLIs over it, which can only read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

import duckdb
import numpy as np

from leadline.adapters.sources.sql.lines import load_lines
from leadline.adapters.sources.sql.loading import Loaded
from leadline.adapters.sources.sql.questions import Column, Dialect, Question, body, grouped
from leadline.adapters.sources.sql.rows import Rows
from leadline.adapters.sources.sql.settings import FileSettings
from leadline.adapters.sources.sql.tables import load_tables
from leadline.errors import SourceError
from leadline.ports.source import Floats

DIALECT = Dialect(last="arg_max({value}, {at})", flag="CAST({name} AS double precision)")
_NUMBERS = ("INT", "FLOAT", "DOUBLE", "DECIMAL", "NUMERIC")


@contextmanager
def loaded_log(name: str, settings: FileSettings, start: int, end: int) -> Iterator[DuckLog]:
    """
    The files' rows of [start, end) as table `log` of a database in memory, which spills to a folder of its own.

    Raises:
        SourceError: the files cannot be read.
    """
    with TemporaryDirectory(prefix="leadline-sql-") as folder, _connected(settings, folder) as connection:
        try:
            connection.execute("SET TimeZone = 'UTC'")
            load = load_tables if settings.shape is None else load_lines
            loaded = load(connection, name, settings, start, end)
            connection.execute("CREATE VIEW events AS FROM log")
            # From here on the handbook's SQL runs, which reads the table and nothing else.
            connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        except duckdb.Error as error:
            raise SourceError(f"{name}: {first_lines(error)}", retryable=False) from error
        yield DuckLog(connection, loaded)


def _connected(settings: FileSettings, folder: str) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{settings.memory_megabytes}MB",
        "temp_directory": folder,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
        "preserve_insertion_order": False,
    }
    return duckdb.connect(":memory:", config=config)


class DuckLog:
    """A filled table `log`, and what is known of it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, loaded: Loaded) -> None:
        self._connection = connection
        self.loaded = loaded

    def rows(self, question: Question) -> Rows:
        """
        What one SQL text answers.

        Raises:
            SourceError: it is no SELECT, or DuckDB refuses it.
        """
        try:
            parameters = self._parameters(question)
            text = body(question.text)
            described = self._connection.execute(f"SELECT * FROM (\n{text}) AS answer LIMIT 0", parameters)
            known = {str(name): _column(str(name), str(kind)) for name, kind, *_ in described.description or ()}
            asked = f"WITH answer AS (\n{text}) {grouped(question, known, DIALECT)}"
            found = list(self._connection.execute(asked, parameters).fetchnumpy().values())
        except duckdb.Error as error:
            raise SourceError(f"DuckDB: {first_lines(error)}", retryable=False) from error
        first = 1 + len(question.group_by)
        return Rows(
            _floats(found[0]),
            [[None if text is None else str(text) for text in column.tolist()] for column in found[1:first]],
            dict(zip(question.columns, map(_floats, found[first:]), strict=True)),
        )

    def _parameters(self, question: Question) -> Mapping[str, datetime]:
        statements = self._connection.extract_statements(question.text)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise SourceError("the SQL is not one SELECT; write one query that only reads", retryable=False)
        names = statements[0].named_parameters
        unknown = sorted(set(names) - {"start", "end"})
        if unknown:
            hint = "known are $start and $end"
            raise SourceError(f"no such parameter: ${', $'.join(map(str, unknown))}; {hint}", retryable=False)
        instants = {"start": question.start, "end": question.end}
        return {name: datetime.fromtimestamp(instants[name], UTC) for name in names}


def _column(name: str, kind: str) -> Column:
    upper = kind.upper()
    return Column(
        name,
        is_number=any(word in upper for word in _NUMBERS) and "INTERVAL" not in upper,
        is_instant=upper.startswith(("TIMESTAMP", "DATE")),
        is_flag=upper == "BOOLEAN",
    )


def _floats(values: object) -> Floats:
    filled: Floats = np.ma.filled(np.ma.asarray(values).astype(np.float64), np.nan)
    return filled


def first_lines(error: Exception) -> str:
    """An error's own words, without the piece of our SQL that it quotes."""
    text = str(error).split("\n\nLINE ")[0]
    return " ".join(text.split())[:400] or type(error).__name__
