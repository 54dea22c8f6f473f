"""What the store says when its database is missing, foreign, newer, full, locked, unwritable or unreachable."""

from __future__ import annotations

import importlib.util
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text

from contract.ledger_cases import DATABASES, DAY, NOON, batch, database_url, run_of, slices_of
from leadline.adapters.store import open_store, schema
from leadline.adapters.store.sql_store import SqlStore
from leadline.core.slices import HOUR, SeriesKey, SliceBatch
from leadline.errors import RecordError, SpecError
from servers import free_port

_ONE = batch("api", {NOON: (1, 2)})


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    with SqlStore(database_url(request.param, request, tmp_path)) as store:
        yield store


def test_reading_a_missing_database_makes_nothing(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'folder' / 'leadline.db'}") as store:
        assert store.ledger.read(["api"], NOON, NOON + HOUR) == {}
        assert store.ledger.compact(NOON) == 0
        assert store.ledger.append("eu", []) == 0
    assert list(tmp_path.iterdir()) == []


def test_reading_a_database_without_tables_makes_none(store: SqlStore) -> None:
    with store.database.engine.connect() as connection:
        assert store.ledger.series() == ()
        assert store.ledger.changes(0) == ()
        assert store.database.engine.dialect.get_table_names(connection) == []


def test_the_first_write_makes_folder_and_database(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "leadline.db"
    with open_store(f"sqlite:///{path}") as store:
        store.ledger.append("eu", [_ONE])
    with open_store(f"sqlite:///{path}") as store:
        assert slices_of(store.ledger, "api", NOON, NOON + HOUR) == {NOON: (1, 2)}


def test_a_reader_that_came_before_the_database_sees_it_when_it_is_there(store: SqlStore) -> None:
    assert store.ledger.series() == ()
    with SqlStore(store.database.engine.url.render_as_string(hide_password=False)) as other:
        other.ledger.append("eu", [_ONE])
    assert store.ledger.series() == (SeriesKey("api"),)


def test_migrations_lead_to_the_tables_that_the_code_knows(store: SqlStore) -> None:
    store.ledger.append("eu", [_ONE])
    with store.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        assert context.get_current_revision() == schema.NEWEST


def test_sqlite_is_written_in_a_way_that_survives_a_power_cut(tmp_path: Path) -> None:
    with SqlStore(f"sqlite:///{tmp_path / 'leadline.db'}") as store:
        store.ledger.append("eu", [_ONE])
        with store.database.reading() as connection:
            assert connection
            values = [
                connection.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "busy_timeout")
            ]
    assert values == ["wal", 2, 10_000]


def test_a_database_newer_than_the_code_is_left_alone(store: SqlStore) -> None:
    store.ledger.append("eu", [_ONE])
    with store.database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with SqlStore(store.database.engine.url.render_as_string(hide_password=False)) as other:
        with pytest.raises(RecordError, match=r"newer Leadline \(schema 9999.*install"):
            other.ledger.series()
        with pytest.raises(RecordError, match="newer"):
            other.ledger.append("eu", [_ONE])


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("leadline.db", "not an address"),
        ("mysql://localhost/leadline", "neither SQLite nor PostgreSQL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:////tmp", "names a folder"),
        ("postgresql://host:port/x", "not an address"),
        ("", "not an address"),
    ],
)
def test_an_address_that_is_none_is_refused_with_the_forms_that_are(url: str, what: str) -> None:
    with pytest.raises(SpecError, match=what) as caught:
        open_store(url)
    assert "sqlite:///path" in caught.value.problems[0].hint
    assert caught.value.problems[0].file == "LEADLINE_DATABASE_URL"


def test_a_password_is_never_shown() -> None:
    with pytest.raises(SpecError) as caught:
        open_store("mysql://me:s3cret@localhost/leadline")
    assert "s3cret" not in str(caught.value)
    with (
        open_store(f"postgresql://me:s3cret@127.0.0.1:{free_port()}/x") as store,
        pytest.raises(RecordError) as refused,
    ):
        store.ledger.series()
    assert "s3cret" not in str(refused.value)


def test_a_file_that_is_no_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are my notes on reliability.\n" * 40)
    before = path.read_bytes()
    with open_store(f"sqlite:///{path}") as store:
        for use in (store.ledger.series, lambda: store.ledger.append("eu", [_ONE])):
            with pytest.raises(SpecError, match=r"notes\.txt.*|not a database"):
                use()
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        open_store(f"sqlite:///{tmp_path / 'file' / 'leadline.db'}") as store,
        pytest.raises(RecordError, match=r"file/leadline\.db.*name a folder"),
    ):
        store.ledger.append("eu", [_ONE])


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    def cap(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count=120")

    with SqlStore(f"sqlite:///{tmp_path / 'leadline.db'}") as store:
        event.listen(store.database.engine, "connect", cap)
        store.ledger.append("eu", [_ONE])
        for write in (store.ledger.append, store.ledger.import_all):
            with pytest.raises(RecordError, match=r"leadline\.db: the disk is full.*free some space"):
                write("eu", [_noise(f"sli-{at}") for at in range(20)])
        assert store.ledger.series() == (SeriesKey("api"),)
        store.ledger.append("eu", [batch("api", {NOON: (2, 3)})])
        assert slices_of(store.ledger, "api", NOON, NOON + HOUR) == {NOON: (2, 3)}


def _noise(sli: str) -> SliceBatch:
    count = 20 * 1440
    totals = [at * 7_919_193_229 % 2**50 for at in range(count)]
    return SliceBatch(SeriesKey(sli), [NOON - 30 * DAY + at * 60 for at in range(count)], [0] * count, totals)


def test_a_database_that_another_process_holds_is_said_to_be_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadline.adapters.store.database._WAIT_SECONDS", 0)
    path = tmp_path / "leadline.db"
    with open_store(f"sqlite:///{path}") as store:
        store.ledger.append("eu", [_ONE])
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordError, match=r"leadline\.db: another process held it.*run it again"):
            store.ledger.append("eu", [batch("api", {NOON: (9, 9)})])
        assert slices_of(store.ledger, "api", NOON, NOON + HOUR) == {NOON: (1, 2)}
        other.close()
        store.ledger.append("eu", [batch("api", {NOON: (9, 9)})])


_AS_NOBODY = """
import os, sys
from leadline.adapters.store import open_store
from leadline.core.slices import SeriesKey, SliceBatch
from leadline.errors import LeadlineError
store = open_store("sqlite:///" + sys.argv[1])
import leadline.adapters.store.migrate
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    print(store.ledger.append("eu", [SliceBatch(SeriesKey("api"), [60], [1], [2])]))
except LeadlineError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("is_made", [True, False])
def test_a_folder_that_may_not_be_written_is_an_answer_not_a_traceback(is_made: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="leadline-tests-") as made:
        folder, path = Path(made), Path(made) / "leadline.db"
        if is_made:
            with open_store(f"sqlite:///{path}") as store:
                store.ledger.append("eu", [_ONE])
            path.chmod(0o444)
        folder.chmod(0o555)
        run = subprocess.run([sys.executable, "-c", _AS_NOBODY, str(path)], capture_output=True, text=True, check=False)
        folder.chmod(0o755)
        left = sorted(each.name for each in folder.iterdir())
    assert run.stderr == ""
    assert run.stdout.startswith(f"RecordError {path}: it ")
    assert "check that the folder" in run.stdout or "give this user the right" in run.stdout
    assert left == (["leadline.db"] if is_made else [])


def test_a_server_that_is_not_there_is_said_to_be_silent() -> None:
    port = free_port()
    with (
        open_store(f"postgresql://127.0.0.1:{port}/leadline") as store,
        pytest.raises(RecordError, match=rf"127\.0\.0\.1:{port}/leadline: no answer.*mend host and port"),
    ):
        store.ledger.series()


def test_a_database_that_the_server_does_not_have_is_a_wrong_setting(postgresql_url: str) -> None:
    with (
        open_store(postgresql_url.removesuffix("postgres") + "nowhere") as store,
        pytest.raises(SpecError, match=r"no such database.*createdb"),
    ):
        store.ledger.series()


def test_a_user_that_the_server_does_not_know_is_a_wrong_setting(postgresql_database: str) -> None:
    url = postgresql_database.replace("leadline@", "stranger:secret@")
    with open_store(url) as store, pytest.raises(SpecError, match=r"refused the user or password.*mend user"):
        store.ledger.append("eu", [_ONE])


def test_a_role_that_may_not_write_is_told_what_it_lacks(postgresql_database: str) -> None:
    with psycopg.connect(postgresql_database, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS onlooker")
        connection.execute("CREATE ROLE onlooker LOGIN")
    url = postgresql_database.replace("leadline@", "onlooker@")
    with open_store(url) as store:
        assert store.ledger.series() == ()
        with pytest.raises(RecordError, match=r"this role may not write there.*grant it"):
            store.ledger.append("eu", [_ONE])


def test_a_lost_connection_undoes_the_write_and_the_next_one_connects_anew(postgresql_database: str) -> None:
    with SqlStore(postgresql_database) as store:
        store.ledger.append("eu", [_ONE])
        with pytest.raises(RecordError, match=r"nothing was written"):
            _lose_connection_amid_write(store, postgresql_database)
        assert slices_of(store.ledger, "api", NOON, NOON + HOUR) == {NOON: (1, 2)}


def _lose_connection_amid_write(store: SqlStore, url: str) -> None:
    with store.database.writing() as connection:
        connection.execute(text("DELETE FROM slice_tail"))
        _end_backends(url)
        connection.execute(text("DELETE FROM series"))


def _end_backends(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_opening_a_store_loads_no_migrations_until_they_are_needed(tmp_path: Path) -> None:
    assert importlib.util.find_spec("alembic") is not None
    url = f"sqlite:///{tmp_path / 'leadline.db'}"
    with open_store(url) as store:
        store.ledger.append("eu", [run_of("api", NOON, 3)])
    code = (
        "import sys; from leadline.adapters.store import open_store; print('sqlalchemy' in sys.modules);"
        f"store = open_store({url!r}); print(store.ledger.compact({NOON})); store.close();"
        "print('alembic' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert run.stdout.split() == ["False", "0", "False"]
