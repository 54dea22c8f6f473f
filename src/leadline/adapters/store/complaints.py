"""
What a database says when it refuses, in words for the one who must act.

A setting that is wrong (address, password, a file that is no database) is the author's: `SpecError`. What the database
forbids (full, read-only) is the record's: `RecordError`; one that is down or busy: `StoreUnavailable`.
"""

from __future__ import annotations

import re
import sqlite3

from leadline.errors import LeadlineError, Problem, RecordError, SpecError, StoreUnavailable

SETTING = "LEADLINE_DATABASE_URL"

_SQLITE: tuple[tuple[int, str, str], ...] = (
    (sqlite3.SQLITE_FULL, "the disk is full", "free some space and run it again"),
    (sqlite3.SQLITE_READONLY, "it may not be written", "give this user the right to write the file and its folder"),
    (sqlite3.SQLITE_CANTOPEN, "it cannot be opened or created", "check that the folder exists and may be written"),
    (sqlite3.SQLITE_PERM, "access was refused", "give this user the right to read and write the file"),
    (sqlite3.SQLITE_BUSY, "another process held it for more than 10 s", "run it again, or end that process"),
    (sqlite3.SQLITE_LOCKED, "another connection held it", "run it again"),
    (sqlite3.SQLITE_CORRUPT, "the file is damaged", "restore it from a backup, or move it away to begin anew"),
    (sqlite3.SQLITE_IOERR, "the disk failed or is not a local one", "put it on a local disk with space left"),
    (sqlite3.SQLITE_TOOBIG, "a value is too large", "split the import into smaller files"),
)

_POSTGRESQL: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("53100",), "its disk is full", "free some space on the server and run it again"),
    (("53",), "it has no connection or memory to spare", "raise max_connections, or run fewer processes"),
    (("42501", "25006"), "this role may not write there", "grant it CREATE, SELECT, INSERT, UPDATE and DELETE"),
    (("55P03", "57014"), "another process held it for more than 10 s", "run it again, or end that process"),
    (("57", "08"), "it is starting or stopping", "wait until it accepts connections and run it again"),
    (("40",), "two transactions were in each other's way", "run it again"),
)

_SQLITE_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_POSTGRESQL_LASTING = (("53100",), ("42501", "25006"))
"""Refusals that no waiting mends."""

_WRONG_USER = re.compile(
    r'password authentication failed|no password supplied|no pg_hba.conf entry|role ".*" does not exist'
)
_WRONG_NAME = re.compile(r'database ".*" does not exist')
"""A refused connection comes without a code, so its words are read."""


def bad_setting(place: str, what: str, hint: str) -> SpecError:
    """The address of the database is wrong."""
    return SpecError([Problem(SETTING, 0, 0, "", what, place, hint)])


def explained(place: str, error: BaseException) -> LeadlineError:
    """The complaint of a driver, with the place, its cause and a way out."""
    if isinstance(error, sqlite3.Error):
        return _explained_sqlite(place, error)
    return _explained_postgresql(place, error)


def _explained_sqlite(place: str, error: sqlite3.Error) -> LeadlineError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return bad_setting(place, "the file is not a database", "name another file, or move that one away")
    for known, cause, way_out in _SQLITE:
        if code == known:
            kind = StoreUnavailable if code in _SQLITE_BUSY else RecordError
            return kind(f"{place}: {cause} ({error}); nothing was written; {way_out}")
    return RecordError(f"{place}: the database refused ({error}); nothing was written")


def _explained_postgresql(place: str, error: BaseException) -> LeadlineError:
    said = " ".join(str(error).split()) or type(error).__name__
    state = getattr(error, "sqlstate", None) or ""
    if state[:2] == "28" or (not state and _WRONG_USER.search(said)):
        return bad_setting(place, f"the server refused the user or password ({said})", "mend user and password")
    if state == "3D000" or (not state and _WRONG_NAME.search(said)):
        return bad_setting(
            place, f"the server has no such database ({said})", "create it with createdb, or name another"
        )
    for starts, cause, way_out in _POSTGRESQL:
        if state and state.startswith(starts):
            kind = RecordError if starts in _POSTGRESQL_LASTING else StoreUnavailable
            return kind(f"{place}: {cause} ({said}); nothing was written; {way_out}")
    if "FATAL" in said:
        return StoreUnavailable(f"{place}: the server refused ({said}); nothing was written; run it again later")
    if not state:
        return StoreUnavailable(
            f"{place}: no answer from the server ({said}); start it, or mend host and port in {SETTING}"
        )
    return RecordError(f"{place}: the database refused ({said}); nothing was written")
