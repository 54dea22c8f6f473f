"""What a SQL source's author may write, and what is told of mistakes, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.adapters.sources.sql.settings import FileSettings, TableSettings, read_settings
from leadline.errors import Problem, SpecError

URL = "postgresql://reader@db/shop"


def problems(connection: dict[str, object], environ: dict[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(SpecError) as it:
        read_settings("weblog", connection, environ or {})
    return it.value.problems


def keys(connection: dict[str, object]) -> list[str]:
    return [problem.key.removeprefix("spec.connectionDetails.") for problem in problems(connection)]


def test_patterns_are_looked_for_below_the_handbook_and_filled_from_the_environment(tmp_path: Path) -> None:
    environ = {"LEADLINE_HANDBOOK": str(tmp_path), "LOGS": "/var/log/nginx"}
    settings = read_settings("weblog", {"files": ["logs/*", "${LOGS}/a.log*"], "format": "csv"}, environ)
    assert isinstance(settings, FileSettings)
    assert settings.patterns == (f"{tmp_path}/logs/*", "/var/log/nginx/a.log*")


def test_a_secret_of_postgresql_stands_in_the_environment() -> None:
    settings = read_settings("shop", {"postgresql": "postgresql://u:${PW}@db/x", "table": "a.orders"}, {"PW": "s"})
    assert settings == TableSettings("postgresql://u:s@db/x", "a.orders", '"time"', 60.0)


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        ({}, ["format", "files"]),
        ({"files": "a", "format": "ngix"}, ["format"]),
        ({"file": "a", "files": [3], "format": "csv", "memoryMegabytes": 1}, ["file", "files.0", "memoryMegabytes"]),
        (
            {"files": "a", "format": "json", "logFormat": "x", "columns": {"a": "TEXT; DROP"}},
            ["logFormat", "columns.a"],
        ),
        ({"files": "a", "format": "nginx", "time": "t", "logFormat": "$status"}, ["time", "logFormat"]),
        ({"files": "a", "format": "csv", "table": "t", "timeoutSeconds": 5}, ["table", "timeoutSeconds"]),
        (
            {"postgresql": "mysql://x", "files": "a", "timeoutSeconds": 0},
            ["files", "postgresql", "table", "timeoutSeconds"],
        ),
        ({"postgresql": URL, "table": "t; DROP TABLE t"}, ["table"]),
    ],
)
def test_all_mistakes_are_told_at_once(connection: dict[str, object], expected: list[str]) -> None:
    assert [key.replace("files.0", "files") for key in keys(connection)] == [
        key.replace("files.0", "files") for key in expected
    ]
    assert all(problem.hint and problem.file == "DataSource weblog" for problem in problems(connection))


def test_a_slip_is_answered_with_the_nearest_key_and_no_password_is_shown() -> None:
    assert problems({"filse": "a", "files": "a", "format": "csv"})[0].hint == "did you mean files?"
    assert "secret" not in str(problems({"postgresql": "http://u:secret@db", "table": "t"})[0])


def test_a_variable_that_is_not_set_is_told() -> None:
    (problem,) = problems({"files": "${NOWHERE}/a", "format": "csv"})
    assert problem.hint == "set NOWHERE and try again"
