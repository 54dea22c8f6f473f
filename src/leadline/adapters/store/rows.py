"""
Many rows at once, in the way that each database is fastest at: executemany on SQLite, arrays on PostgreSQL.

SQL is written by hand here, from the tables of `schema`, because a statement object for each row costs more than the
row. Leaves out what the rows mean.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import Connection, LargeBinary, Table, Text

from leadline.core.slices import Ints


def is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def put(connection: Connection, table: Table, *columns: Sequence[Any], replace: bool = True) -> int:
    """Insert rows given as columns; a row whose key exists replaces it, or is left out. Returns the rows written."""
    if not columns[0]:
        return 0
    statement = _insertion(table, is_sqlite(connection), replace)
    return _execute_many(connection, statement, columns)


def remove(connection: Connection, table: Table, *keys: Sequence[Any]) -> int:
    """Delete the rows with these primary keys, given as columns."""
    if not keys[0]:
        return 0
    return _execute_many(connection, _deletion(table, is_sqlite(connection)), keys)


def fetch(connection: Connection, statement: str, *parameters: Any) -> Sequence[Any]:
    """
    Rows of a statement whose parameters are written `?`.

    A list of numbers or texts is written `IN LIST(?)`, or as a table of numbers `LIST(?) AS k(value)`.
    """
    lite = is_sqlite(connection)
    result = connection.exec_driver_sql(_in_dialect(statement, lite), _values(parameters, lite))
    # The driver's own tuples: SQLAlchemy's rows would double the time of a large read.
    rows: Sequence[Any] = result.cursor.fetchall() if result.cursor else ()
    result.close()
    return rows


def execute(connection: Connection, statement: str, *parameters: Any) -> int:
    """Run a statement written as for `fetch`; returns the rows it touched."""
    lite = is_sqlite(connection)
    return connection.exec_driver_sql(_in_dialect(statement, lite), _values(parameters, lite)).rowcount


def _values(parameters: Sequence[Any], lite: bool) -> tuple[Any, ...]:
    return tuple(json.dumps(each) if lite and isinstance(each, list) else each for each in parameters)


def of_series(connection: Connection, table: Table, series: Ints, low: int, high: int) -> Sequence[Any]:
    """All columns of the rows of some series whose second key is in [low, high), in any order."""
    first, second = (column.name for column in table.primary_key.columns)
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    statement = f'SELECT {names} FROM {table.name} WHERE {first} IN LIST(?) AND "{second}" >= ? AND "{second}" < ?'  # noqa: S608 - names of our own tables
    return fetch(connection, statement, series.tolist(), low, high)


def as_ints(rows: Sequence[Any], width: int) -> Ints:
    """Rows of integers as an array [n, width]."""
    return np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows) * width).reshape(-1, width)


def _execute_many(connection: Connection, statement: str, columns: Sequence[Sequence[Any]]) -> int:
    if is_sqlite(connection):
        return connection.exec_driver_sql(statement, list(zip(*columns, strict=True))).rowcount
    return connection.exec_driver_sql(statement, tuple(list(column) for column in columns)).rowcount


@cache
def _in_dialect(statement: str, lite: bool) -> str:
    if lite:
        return statement.replace("IN LIST(?)", "IN (SELECT value FROM json_each(?))").replace(
            "LIST(?) AS k(value)", "json_each(?) AS k"
        )
    plain = statement.replace("%", "%%").replace("IN LIST(?)", "= ANY(?)").replace("LIST(?)", "unnest(?::bigint[])")
    return plain.replace("?", "%s")


@cache
def _insertion(table: Table, lite: bool, replace: bool) -> str:
    columns = [column for column in table.columns if column.identity is None]
    names = ", ".join(f'"{column.name}"' for column in columns)
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    rest = [column.name for column in columns if not column.primary_key]
    updates = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    action = f"DO UPDATE SET {updates}" if replace and updates else "DO NOTHING"
    conflict = "" if table.primary_key.columns[0].identity is not None else f" ON CONFLICT ({keys}) {action}"
    if lite:
        source = f"VALUES ({', '.join('?' * len(columns))})"
    else:
        arrays = ", ".join(f"%s::{_array(column.type)}" for column in columns)
        source = f"SELECT * FROM unnest({arrays})"  # noqa: S608 - types of our own columns
    return f"INSERT INTO {table.name} ({names}) {source}{conflict}"


@cache
def _deletion(table: Table, lite: bool) -> str:
    keys = [column.name for column in table.primary_key.columns]
    if lite:
        matches = " AND ".join(f'"{key}" = ?' for key in keys)
        return f"DELETE FROM {table.name} WHERE {matches}"  # noqa: S608 - names of our own tables
    arrays = ", ".join(f"%s::{_array(table.columns[key].type)}" for key in keys)
    names = ", ".join(f'"{key}"' for key in keys)
    matches = " AND ".join(f'{table.name}."{key}" = k."{key}"' for key in keys)
    return f"DELETE FROM {table.name} USING unnest({arrays}) AS k({names}) WHERE {matches}"  # noqa: S608 - as above


def _array(kind: object) -> str:
    return "bytea[]" if isinstance(kind, LargeBinary) else "text[]" if isinstance(kind, Text) else "bigint[]"
