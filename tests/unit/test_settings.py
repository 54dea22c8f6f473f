"""Settings: flags before the environment, the environment before defaults, and nothing that is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.errors import SpecError
from leadline.settings import Settings


def test_without_anything_the_handbook_is_beside_and_the_database_inside_it() -> None:
    assert Settings.of({}) == Settings(
        Path("handbook"), "sqlite:///handbook/.leadline/leadline.db", has_default_database=True
    )


def test_the_default_database_follows_the_handbook() -> None:
    found = Settings.of({"LEADLINE_HANDBOOK": "/srv/practice"})
    assert found.database_url == "sqlite:////srv/practice/.leadline/leadline.db"


def test_the_environment_names_both() -> None:
    found = Settings.of({"LEADLINE_HANDBOOK": "book", "LEADLINE_DATABASE_URL": "postgresql://host/name"})
    assert found == Settings(Path("book"), "postgresql://host/name")


def test_flags_win_over_the_environment() -> None:
    environ = {"LEADLINE_HANDBOOK": "book", "LEADLINE_DATABASE_URL": "postgresql://host/name"}
    found = Settings.of(environ, handbook=Path("other"), database="sqlite:///other.db")
    assert found == Settings(Path("other"), "sqlite:///other.db")


@pytest.mark.parametrize(("written", "url"), [("a.db", "sqlite:///a.db"), ("/srv/a.db", "sqlite:////srv/a.db")])
def test_a_path_is_a_database_of_sqlite(written: str, url: str) -> None:
    assert Settings.of({}, database=written).database_url == url


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("postgresql://user:word@host/name\n")
    found = Settings.of({"LEADLINE_DATABASE_URL_FILE": str(tmp_path / "secret")})
    assert found.database_url == "postgresql://user:word@host/name"


def test_an_address_wins_over_the_file_of_one(tmp_path: Path) -> None:
    environ = {"LEADLINE_DATABASE_URL": "sqlite:///a.db", "LEADLINE_DATABASE_URL_FILE": str(tmp_path / "absent")}
    assert Settings.of(environ).database_url == "sqlite:///a.db"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_secret_that_cannot_be_read_or_is_empty_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    with pytest.raises(SpecError, match="LEADLINE_DATABASE_URL_FILE"):
        Settings.of({"LEADLINE_DATABASE_URL_FILE": str(tmp_path / "secret")})


def test_every_name_that_is_not_known_is_refused_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        Settings.of({"LEADLINE_HANDBOK": "a", "LEADLINE_DATABASE": "b", "LEADLINE_HANDBOOK": "c", "PATH": "d"})
    assert [problem.key for problem in caught.value.problems] == ["LEADLINE_DATABASE", "LEADLINE_HANDBOK"]
    assert all("LEADLINE_HANDBOOK" in problem.hint for problem in caught.value.problems)


@pytest.mark.parametrize("name", ["LEADLINE_SERVER", "LEADLINE_TOKEN", "LEADLINE_TEST_REQUIRE"])
def test_names_that_others_read_are_left_alone(name: str) -> None:
    assert Settings.of({name: "x"}) == Settings.of({})


@pytest.mark.parametrize("name", ["LEADLINE_HANDBOOK", "LEADLINE_DATABASE_URL", "LEADLINE_DATABASE_URL_FILE"])
def test_an_empty_value_is_no_value(name: str) -> None:
    assert Settings.of({name: ""}) == Settings.of({})


def test_networks_that_may_be_told_are_read_and_all_mistakes_told() -> None:
    read = Settings.of({"LEADLINE_EGRESS_ALLOW": "10.1.2.3/8, 192.168.1.7,"})
    assert read.egress_allow == ("10.0.0.0/8", "192.168.1.7/32")
    with pytest.raises(SpecError) as caught:
        Settings.of({"LEADLINE_EGRESS_ALLOW": "localhost,10.0.0.0/33,::1"})
    assert [(problem.value, problem.what) for problem in caught.value.problems] == [
        ("localhost", "not a network"),
        ("10.0.0.0/33", "not a network"),
    ]
