"""`leadline import` and `leadline export` as they are typed: exit codes, stdout and stderr, JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.handbook.loader import load
from made_commands import a_shop, leadline, typed

SLOTH = """\
version: prometheus/v1
service: shop
slos:
  - name: works
    objective: 99.9
    slo_plugins: {chain: [{id: acme}]}
    sli:
      events:
        error_query: sum(rate(http_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_total[{{.window}}]))
    alerting: {name: ShopFails}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder in which nothing of Leadline's stands yet."""
    (tmp_path / "sloth").mkdir()
    (tmp_path / "sloth" / "shop.yaml").write_text(SLOTH)
    return tmp_path


def test_an_import_needs_no_handbook_and_makes_a_valid_one(home: Path) -> None:
    ran = leadline("import", "sloth", "--output", "handbook", cwd=home)
    assert (ran.code, ran.err) == (0, "")
    assert "handbook/shop.yaml" in ran.out
    assert "lost: sloth/shop.yaml:6 slos[0].slo_plugins" in ran.out
    *_, counts, following = ran.out.splitlines()
    assert counts == "4 AlertPolicy, 1 DataSource, 1 SLO, 1 Service: 1 lost, 2 notes"
    assert following.startswith("next: set connectionDetails.url in handbook/datasource.yaml, leadline validate, ")
    assert leadline("validate", cwd=home).code == 0
    assert not (home / "handbook" / ".leadline" / "leadline.db").exists()


def test_without_a_folder_the_documents_alone_are_on_stdout(home: Path) -> None:
    ran = leadline("import", "sloth/shop.yaml", cwd=home)
    assert ran.code == 0
    assert ran.out.startswith("apiVersion: openslo/v1\n")
    assert "lost:" not in ran.out
    assert "lost: sloth/shop.yaml:6" in ran.err
    (home / "piped").mkdir()
    (home / "piped" / "all.yaml").write_text(ran.out)
    assert load(home / "piped").problems == ()


@pytest.mark.parametrize("output", [[], ["--output", "handbook"]])
def test_json_has_its_keys(home: Path, output: list[str]) -> None:
    found = leadline("import", "sloth", "--json", *output, cwd=home).json
    assert set(found) == {"counts", "files", "lost", "notes", "text"}
    [lost] = found["lost"]
    assert lost == {
        "file": "sloth/shop.yaml",
        "line": 6,
        "key": "slos[0].slo_plugins",
        "value": '{"chain": [{"id": "acme"}]}',
        "why": lost["why"],
    }
    assert set(found["notes"][0]) == {"file", "line", "text"}
    assert bool(found["files"]) is bool(output)
    assert bool(found["text"]) is not bool(output)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["import", "absent"], "no such file or folder"),
        (["import", "sloth", "--from", "slothh"], "did you mean sloth?"),
        (["export", "--to", "nobl", "--handbook", "ours"], "did you mean nobl9?"),
        (["import", "sloth", "--from", "pyrra"], "not a dialect that is read"),
        (["import", "sloth", "--window", "soon"], "--window"),
        (["import", "broken.yaml"], "broken.yaml:5:5 slos[0].objective"),
        (["export", "--to", "pyrra"], "no such folder"),
    ],
)
def test_what_is_ill_written_ends_with_2_and_a_way_out(home: Path, arguments: list[str], told: str) -> None:
    (home / "broken.yaml").write_text(SLOTH.replace("99.9", "0.999"))
    a_shop(home)
    (home / "handbook").rename(home / "ours")
    ran = leadline(*arguments, cwd=home)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err


def test_a_broken_handbook_is_not_taken_for_none(home: Path) -> None:
    (home / "handbook").mkdir()
    (home / "handbook" / "x.yaml").write_text("kind: Nothing\n")
    ran = leadline("import", "sloth", cwd=home)
    assert ran.code == 2
    assert "handbook/x.yaml:1" in ran.err


def test_files_are_never_written_over(home: Path) -> None:
    assert leadline("import", "sloth", "--output", "out", cwd=home).code == 0
    ran = leadline("import", "sloth", "--output", "out", cwd=home)
    assert ran.code == 4
    assert "already there" in ran.err


@pytest.mark.parametrize("to", ["sloth", "pyrra", "slo-generator", "nobl9", "openslo"])
def test_an_export_lists_what_is_lost_and_ends_with_0(tmp_path: Path, to: str) -> None:
    ran = typed("export", "--to", to, "--json", shop=a_shop(tmp_path))
    assert ran.code == 0
    if to == "openslo":
        assert ran.json["counts"] == {"DataSource": 1, "SLI": 1, "SLO": 1, "Service": 1}
    else:
        assert [lost for lost in ran.json["lost"] if lost["key"] == "checkout" and lost["line"] > 0]


def test_an_export_writes_files_that_import_again(home: Path) -> None:
    leadline("import", "sloth", "--output", "handbook", "--window", "28d", cwd=home)
    ran = leadline("export", "--to", "sloth", "--output", "back", cwd=home)
    assert ran.code == 0
    assert (home / "back" / "shop.yaml").exists()
    first = leadline("import", "sloth", "--window", "28d", cwd=home).out
    second = leadline("import", "back", "--window", "28d", "--output", "-", cwd=home).out
    assert first == second
