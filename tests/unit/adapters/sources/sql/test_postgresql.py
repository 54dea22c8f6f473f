"""A table of PostgreSQL: its rows, its silence, its own words when it refuses, and nothing ever written."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from access_logs import asked, numbers
from instants import NOON_SECONDS
from leadline.adapters.sources.sql import SqlSource
from leadline.errors import SourceError
from leadline.ports.source import Role
from servers import free_port


@pytest.fixture
def orders(postgresql_database: str) -> str:
    """Orders 1 s, 2 s and 65 s after noon, the second failed; the newest 181 s after noon."""
    with psycopg.connect(postgresql_database) as connection:
        connection.execute("CREATE TABLE orders (placed_at timestamp, failed boolean, kind text)")
        for second, failed, kind in (
            (1, False, "card"),
            (2, True, "50% off"),
            (65, False, "card"),
            (181, False, "card"),
        ):
            at = datetime.fromtimestamp(NOON_SECONDS + second, UTC).replace(tzinfo=None)
            connection.execute("INSERT INTO orders VALUES (%s, %s, %s)", [at, failed, kind])
    return postgresql_database


def shop(url: str, **connection: object) -> SqlSource:
    return SqlSource("shop", {"postgresql": url, "table": "orders", "time": "placed_at", **connection}, {})


def test_rows_of_a_table_are_counted_and_steps_before_its_newest_row_are_no_traffic(orders: str) -> None:
    source = shop(orders)
    source.check()
    text = "SELECT time, failed AS bad, 1 AS total FROM log -- all\n;"
    answers = asked(source, text, Role.TOTAL, Role.BAD)
    assert numbers(answers[Role.TOTAL]) == [2, 1, 0, 1, None]
    assert numbers(answers[Role.BAD]) == [1, 0, 0, 0, None]
    assert answers[Role.TOTAL].known_until == NOON_SECONDS + 181


def test_sql_may_name_tables_use_parameters_and_group_by_itself(orders: str) -> None:
    text = (
        "WITH cards AS (SELECT * FROM orders WHERE placed_at >= $start AND placed_at < $end AND kind NOT LIKE '50%')"
        " SELECT date_trunc('minute', placed_at) AS start, count(*) AS total, kind FROM cards GROUP BY 1, 3"
    )
    answer = asked(shop(orders), text, group_by=["kind"])[Role.TOTAL]
    assert {labels: values[:3].tolist() for labels, values in answer.groups.items()} == {(("kind", "card"),): [1, 1, 0]}


def test_a_gauge_is_the_last_row_of_a_step(orders: str) -> None:
    text = "SELECT placed_at AS time, extract(second FROM placed_at) AS value FROM orders"
    assert numbers(asked(shop(orders), text, Role.VALUE)[Role.VALUE]) == [2, 5, None, 1, None]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT tme AS time, 1 AS total FROM orders", 'column "tme" does not exist'),
        ("SELECT time FROM log", "answers no column total"),
        ("DELETE FROM orders RETURNING placed_at AS time, 1 AS total", "in a read-only transaction"),
        ("SELECT now() AS time, nextval('numbers') AS total", "read-only transaction"),
        ("SELECT time, 1 AS total FROM log; DROP TABLE orders", "syntax error"),
        ("SELECT now() AS time, 1 AS total FROM pg_sleep(5)", "statement timeout"),
    ],
)
def test_what_is_refused_comes_with_the_servers_words_and_spoils_no_other(orders: str, text: str, said: str) -> None:
    with psycopg.connect(orders) as connection:
        connection.execute("CREATE SEQUENCE numbers")
    source = shop(orders, timeoutSeconds=1)
    error = asked(source, text)[Role.TOTAL].error
    assert isinstance(error, SourceError)
    assert said in str(error)
    assert numbers(asked(source, "SELECT time, 1 AS total FROM log")[Role.TOTAL])[0] == 2


def test_an_expression_for_the_time_runs_no_other_statement(orders: str) -> None:
    time = "placed_at)) AS timestamptz)) FROM orders; COMMIT; DROP TABLE orders; --"
    assert "cannot insert multiple commands" in str(asked(shop(orders, time=time))[Role.TOTAL].error)
    with psycopg.connect(orders) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (4,)


def test_the_index_on_the_time_of_a_table_is_used(orders: str) -> None:
    with psycopg.connect(orders, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO orders SELECT now()::timestamp - n * interval '1 s', false FROM generate_series(1, 5000) n"
        )
        connection.execute("CREATE INDEX ON orders (placed_at)")
        connection.execute("ANALYZE orders")
        before = connection.execute("SELECT seq_scan FROM pg_stat_user_tables").fetchone()
        assert asked(shop(orders), "SELECT time, 1 AS total FROM log")[Role.TOTAL].error is None
        connection.execute("SELECT pg_stat_clear_snapshot()")
        assert connection.execute("SELECT seq_scan FROM pg_stat_user_tables").fetchone() == before


def test_a_server_that_is_not_there_is_told_and_may_come_back() -> None:
    source = shop(f"postgresql://reader:secret@127.0.0.1:{free_port()}/shop")
    with pytest.raises(SourceError) as it:
        source.check()
    assert it.value.retryable
    assert "secret" not in str(it.value)
    assert isinstance(asked(source)[Role.TOTAL].error, SourceError)


def test_a_table_that_is_not_there_is_told(postgresql_database: str) -> None:
    assert 'relation "orders" does not exist' in str(asked(shop(postgresql_database))[Role.TOTAL].error)
