"""
SQL over files and PostgreSQL: access logs of nginx or in JSON, CSV, Parquet, a table.

`settings` reads the connection; `formats` turns lines into columns; `files` says which files are read, once each,
while they rotate; `lines` and `tables` fill DuckDB's table `log`; `duck` and `postgresql` run the SQL of SLIs, which
`questions` wraps; `rows` puts rows on the grid of steps; `source` puts all that in order.
"""

from leadline.adapters.sources.sql.source import SqlSource

__all__ = ["SqlSource"]
