"""Databases as an older version left them."""

from __future__ import annotations

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import StaticPool

from leadline.adapters.store.migrate import upgrade


def take_back(connection: Connection, version: str) -> None:
    """Drop every table that a database of this version lacks, and say that it is of it."""
    for table in set(inspect(connection).get_table_names()) - _tables(version):
        connection.execute(text(f"DROP TABLE {table}"))
    connection.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))


def _tables(version: str) -> set[str]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        upgrade(connection, version)
        names = set(inspect(connection).get_table_names())
    engine.dispose()
    return names
