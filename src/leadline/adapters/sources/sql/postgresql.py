"""A table of PostgreSQL: SQL runs there, in one transaction that can only read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from math import inf

import numpy as np
import psycopg
from psycopg import sql

from leadline.adapters.sources.sql.questions import Column, Dialect, Question, body, grouped
from leadline.adapters.sources.sql.rows import Reach, Rows
from leadline.adapters.sources.sql.settings import TableSettings
from leadline.errors import SourceError
from leadline.ports.source import Floats

CONNECT_SECONDS = 9
DIALECT = Dialect(
    last="(array_agg({value} ORDER BY {at} DESC))[1]", flag="CAST(CAST({name} AS integer) AS double precision)"
)
_NUMBER_TYPES = frozenset({20, 21, 23, 700, 701, 1700})
_INSTANT_TYPES = frozenset({1082, 1114, 1184})
_FLAG_TYPE = 16
"""Numbers of types in pg_type: int8, int2, int4, float4, float8, numeric; date, timestamp, timestamptz; bool."""
_PARAMETER = re.compile(r"\$(start|end)\b")


@contextmanager
def opened_table(name: str, settings: TableSettings) -> Iterator[PostgresTable]:
    """
    One snapshot of the database for all SQL of one span.

    Raises:
        SourceError: the server cannot be reached, or the table does not answer.
    """
    try:
        with psycopg.connect(settings.url, connect_timeout=CONNECT_SECONDS) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.execute("SET LOCAL TimeZone = 'UTC'")
            milliseconds = str(int(settings.timeout_seconds * 1000))
            connection.execute("SELECT set_config('statement_timeout', %s, true)", [milliseconds])
            yield PostgresTable(connection, settings, _reach(connection, settings))
            connection.rollback()
    except psycopg.Error as error:
        raise refusal(name, error) from error


def _reach(connection: psycopg.Connection, settings: TableSettings) -> Reach:
    # No cast inside, so that an index on the column serves; the parameter, because with one only one statement may run.
    time = _escaped(settings.time)
    ends = ", ".join(f"extract(epoch FROM CAST({end}({time}) AS timestamptz))" for end in ("min", "max"))
    asked = f"SELECT {ends} FROM {_escaped(settings.table)} WHERE %s"
    first, last = connection.execute(_query(asked), [True]).fetchone() or (None, None)
    return Reach(inf if first is None else float(first), -inf if last is None else float(last))


class PostgresTable:
    """The table in one snapshot, and how far its rows reach."""

    def __init__(self, connection: psycopg.Connection, settings: TableSettings, reach: Reach) -> None:
        self._connection = connection
        self._settings = settings
        self.reach = reach

    def rows(self, question: Question) -> Rows:
        """
        What one SQL text answers.

        Raises:
            SourceError: PostgreSQL refuses it.
        """
        parameters = {
            name: datetime.fromtimestamp(at, UTC) for name, at in (("start", question.start), ("end", question.end))
        }
        try:
            # A savepoint, so that what fails spoils no other SQL of the transaction.
            with self._connection.transaction():
                return self._rows(question, parameters)
        except psycopg.OperationalError as error:
            if self._connection.closed:
                raise
            raise SourceError(f"PostgreSQL: {_words(error)}", retryable=True) from error
        except psycopg.Error as error:
            raise SourceError(f"PostgreSQL: {_words(error)}", retryable=False) from error

    def _rows(self, question: Question, parameters: Mapping[str, datetime]) -> Rows:
        asked_for = _PARAMETER.sub(r"%(\1)s", _escaped(body(question.text)))
        text = f"{self._events()}, answer AS (\n{asked_for})"
        described = self._connection.execute(_query(f"{text} SELECT * FROM answer LIMIT 0"), parameters)
        known = {column.name: _column(column.name, column.type_code) for column in described.description or ()}
        asked = f"{text} {_escaped(grouped(question, known, DIALECT))}"
        found = self._connection.execute(_query(asked), parameters).fetchall()
        columns = list(zip(*found, strict=True)) or [()] * (1 + len(question.group_by) + len(question.columns))
        first = 1 + len(question.group_by)
        numbers = dict(zip(question.columns, map(_floats, columns[first:]), strict=True))
        return Rows(_floats(columns[0]), columns[1:first], numbers)

    def _events(self) -> str:
        time, table = _escaped(self._settings.time), _escaped(self._settings.table)
        more = "" if self._settings.time == '"time"' else f', CAST({time} AS timestamptz) AS "time"'
        within = f"{time} >= %(start)s AND {time} < %(end)s"
        return f"WITH log AS (SELECT *{more} FROM {table} WHERE {within}), events AS (SELECT * FROM log)"


def refusal(name: str, error: psycopg.Error) -> SourceError:
    """An error of the connection, which waiting may mend, or of what was asked."""
    return SourceError(f"{name}: {_words(error)}", retryable=isinstance(error, psycopg.OperationalError))


def _words(error: psycopg.Error) -> str:
    text = str(error).split("\nLINE ")[0]
    hint = getattr(getattr(error, "diag", None), "message_hint", None)
    return " ".join(f"{text} {hint or ''}".split())[:400] or type(error).__name__


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _query(text: str) -> sql.SQL:
    return sql.SQL(text)


def _column(name: str, kind: int) -> Column:
    return Column(name, is_number=kind in _NUMBER_TYPES, is_instant=kind in _INSTANT_TYPES, is_flag=kind == _FLAG_TYPE)


def _floats(values: object) -> Floats:
    return np.array(values, dtype=np.float64)
