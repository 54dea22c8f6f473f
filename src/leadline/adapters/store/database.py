"""
One SQL database: its engine, its two kinds of transaction, and its schema.

Readers see one snapshot and never wait. Writers are serialised before they read anything, by BEGIN IMMEDIATE on SQLite
and by one advisory lock on PostgreSQL, so that what a write found cannot change under it. A database that is not there
yet is empty for readers, who create nothing; the first write makes it. One of an older version is brought up by whoever
comes first.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from leadline.adapters.store.complaints import bad_setting, explained
from leadline.adapters.store.schema import KNOWN, NEWEST
from leadline.errors import RecordError

_WAIT_SECONDS = 10
_POLL_SECONDS = 0.002
"""How often a waiting writer asks for its turn; bulk writers pause for longer than this between pieces."""
_WRITE_LOCK = 0x6C_65_61_64  # "lead"
_FORMS = "write sqlite:///path/to/leadline.db or postgresql://user:password@host/database"


class Database:
    """Where the store is kept; cheap to make, connects when it is first used."""

    def __init__(self, url: str) -> None:
        self._url = _read_url(url)
        self._path = Path(self._url.database or "") if self.is_sqlite else None
        self.place = str(self._path) if self._path else self._url.set(drivername="postgresql").render_as_string()
        self._is_current = False
        self._is_older = False
        self._held = threading.local()
        self._reading_options: dict[str, Any] = (
            {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        self.engine = self._sqlite_engine() if self.is_sqlite else self._postgresql_engine()

    @property
    def is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """
        One snapshot, in which nothing can be written; None where there is no database yet.

        Inside a `snapshot` of the same thread it is that one.
        """
        if hasattr(self._held, "snapshot"):
            yield self._held.snapshot
            return
        if self._path and not self._is_there(self._path):
            yield None
            return
        with self._explaining(), self.engine.connect() as connection:
            connection.execution_options(**self._reading_options)
            with connection.begin():
                is_ready = self._is_ready(connection)
                if is_ready or not self._is_older:
                    yield connection if is_ready else None
                    return
        with self.writing():
            pass  # brings an older schema up
        with self.reading() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Hold one snapshot for all reading of this thread."""
        with self.reading() as connection:
            is_outermost = not hasattr(self._held, "snapshot")
            self._held.snapshot = connection
            try:
                yield
            finally:
                if is_outermost:
                    del self._held.snapshot

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The only write transaction there is at this moment; committed at the end, undone by any exception."""
        if self._path:
            self._make_folder(self._path.parent)
        with self._explaining(), self.engine.connect() as connection:
            connection.execution_options(leadline_writes=True)
            with connection.begin():
                if not self._is_ready(connection):
                    import_module("leadline.adapters.store.migrate").upgrade(connection)
                yield connection
            self._is_current = True

    def close(self) -> None:
        self.engine.dispose()

    def _is_ready(self, connection: Connection) -> bool:
        if self._is_current:
            return True
        if not inspect(connection).has_table("alembic_version"):
            return False
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if version is not None and version not in KNOWN:
            raise RecordError(
                f"{self.place}: written by a newer Leadline (schema {version}, this one knows {NEWEST}); "
                "install that version or a later one, or name another database"
            )
        self._is_older = version is not None and version != NEWEST
        self._is_current = version == NEWEST and not connection.get_execution_options().get("leadline_writes")
        return version == NEWEST

    def _is_there(self, path: Path) -> bool:
        try:
            return path.exists()
        except OSError as error:
            raise RecordError(
                f"{self.place}: cannot be looked at ({error.strerror}); give this user the right to enter its folder"
            ) from error

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordError(
                f"{self.place}: its folder cannot be made ({error.strerror}); name a folder that may be written"
            ) from error

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise explained(self.place, error.orig or error) from error
        except sqlite3.Error as error:
            raise explained(self.place, error) from error

    def _sqlite_engine(self) -> Engine:
        engine = create_engine(self._url, connect_args={"timeout": _WAIT_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _postgresql_engine(self) -> Engine:
        arguments: dict[str, Any] = {} if "connect_timeout" in self._url.query else {"connect_timeout": _WAIT_SECONDS}
        engine = create_engine(self._url, connect_args=arguments, pool_pre_ping=True)
        event.listen(engine, "begin", _begin_postgresql)
        return engine


def _read_url(written: str) -> URL:
    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        raise bad_setting(written.rpartition("@")[2], "not an address of a database", _FORMS) from None
    shown = url.render_as_string()
    if url.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername != "sqlite":
        raise bad_setting(shown, "neither SQLite nor PostgreSQL", _FORMS)
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise bad_setting(shown, "names no file", _FORMS)
    if Path(url.database).is_dir():
        raise bad_setting(shown, "names a folder", _FORMS)
    return url


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Without this the driver opens transactions of its own, deferred ones, which fail beside another writer.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=4000")
    connection.execute("PRAGMA journal_size_limit=67108864")


def _begin_sqlite(connection: Connection) -> None:
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    if not connection.get_execution_options().get("leadline_writes"):
        driver.execute("BEGIN")
        return
    # SQLite's own waiting sleeps up to 0.1 s between attempts and starves beside a bulk writer: ask more often.
    deadline = time.monotonic() + _WAIT_SECONDS
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while not _has_begun(driver, deadline):
            time.sleep(_POLL_SECONDS)
    finally:
        driver.execute(f"PRAGMA busy_timeout={_WAIT_SECONDS * 1000}")


def _has_begun(driver: sqlite3.Connection, deadline: float) -> bool:
    try:
        if driver.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            driver.execute("PRAGMA journal_mode=WAL")
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
            raise
        return False
    return True


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("leadline_writes"):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'")
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_WRITE_LOCK,))
