"""Databases as an older version left them."""

from __future__ import annotations

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import StaticPool

from leadline.adapters.store.migrate import upgrade

_BEFORE_0006 = """
CREATE TABLE slice_tail_old (series_id BIGINT NOT NULL, start BIGINT NOT NULL, bad BIGINT NOT NULL,
  total BIGINT NOT NULL, PRIMARY KEY (series_id, start));
INSERT INTO slice_tail_old (series_id, start, bad, total) SELECT series_id, start, bad, total FROM slice_tail;
DROP TABLE slice_tail;
ALTER TABLE slice_tail_old RENAME TO slice_tail;
CREATE TABLE watermark_old (sli TEXT NOT NULL, writer TEXT NOT NULL, start BIGINT NOT NULL, until BIGINT NOT NULL,
  carry TEXT NOT NULL, inconsistent_count BIGINT NOT NULL, question TEXT NOT NULL, PRIMARY KEY (sli, writer));
INSERT INTO watermark_old (sli, writer, start, until, carry, inconsistent_count, question)
  SELECT sli, writer, start, until, carry, inconsistent_count, question
  FROM watermark JOIN watermark_end USING (number);
DROP TABLE watermark;
ALTER TABLE watermark_old RENAME TO watermark
"""
"""The tail by series, and watermarks with their ends."""


def take_back(connection: Connection, version: str) -> None:
    """Drop every table that a database of this version lacks, lay out others as there, and say that it is of it."""
    for statement in _BEFORE_0006.split(";") if version < "0006" else ():
        connection.execute(text(statement))
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
