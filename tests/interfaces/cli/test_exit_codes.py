"""How each command ends: 0 kept, 1 broken, 2 ill-written, 3 cannot tell, 4 not found or forbidden, 70 a defect."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from leadline.interfaces.cli import frame
from made_commands import AT, HANDBOOK, PROGRAM, Ran, a_shop, leadline, three_days, typed
from servers import free_port


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return a_shop(tmp_path)


def without_traceback(ran: Ran) -> Ran:
    assert "Traceback" not in ran.err
    assert "defect" not in ran.err
    return ran


PROMETHEUS = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: people}
spec:
  type: prometheus
  connectionDetails: {url: "http://127.0.0.1:PORT"}
"""


def asking(folder: Path) -> Path:
    """The shop, measured by a Prometheus that is not there."""
    first, rest = HANDBOOK.split("---\n", 1)
    assert "push" in first
    queried = rest.replace("people, spec: {}}", 'people, spec: {query: "errors_total"}}', 1)
    queried = queried.replace("people, spec: {}}", 'people, spec: {query: "requests_total"}}')
    return a_shop(folder, PROMETHEUS.replace("PORT", str(free_port())) + "---\n" + queried)


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate"], ["validate", "--json"], ["schema"], ["schema", "SLO"], ["collect"], ["collect", "--json"],
        ["status"], ["status", "--json"], ["status", "--slo", "checkout"], ["status", "--service", "shop"],
        ["slo", "show", "checkout"], ["slo", "show", "checkout", "--json"],
        ["record", "slice", "requests", "--bad", "1", "--total", "10"], ["--help"], ["--version"], ["slo", "--help"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_command_that_could_answer_ends_with_0(shop: Path, arguments: list[str]) -> None:
    ran = without_traceback(typed(*arguments, shop=shop))
    assert (ran.code, bool(ran.out)) == (0, True), ran.err


@pytest.mark.parametrize(("bad", "code"), [(0, 0), (5, 1)])
def test_status_with_exit_code_tells_a_depleted_budget_from_a_kept_one(shop: Path, bad: int, code: int) -> None:
    typed("slices", "import", three_days(shop / "s.csv", bad), shop=shop)
    assert typed("status", "--at", AT, "--exit-code", shop=shop).code == code
    assert typed("status", "--at", AT, shop=shop).code == 0


def test_status_with_exit_code_cannot_tell_where_nothing_is_known(shop: Path) -> None:
    ran = typed("status", "--at", AT, "--exit-code", shop=shop)
    assert ran.code == 3
    assert "unknown" in ran.out


def test_a_depleted_budget_weighs_more_than_an_unknown_one(shop: Path) -> None:
    second = HANDBOOK.split("---\n")[2:4]
    other = "---\n".join(second).replace("name: requests", "name: orders").replace("Ref: requests", "Ref: orders")
    (shop / "handbook" / "more.yaml").write_text(other.replace("name: checkout", "name: ordering"))
    typed("slices", "import", three_days(shop / "s.csv", 5), shop=shop)
    found = {slo["slo"]: slo["level"] for slo in typed("status", "--at", AT, "--json", shop=shop).json["slos"]}
    assert found == {"checkout": "depleted", "ordering": "unknown"}
    assert typed("status", "--at", AT, "--exit-code", shop=shop).code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["status", "--at", "yesterday"], ["status", "--at", "0001-01-01"], ["status", "--nope"], ["nope"],
        ["collect", "--since", "never"], ["slo", "show"], ["slices", "import", "absent.csv"],
        ["slices", "export", "slices.txt"], ["record", "slice", "requests", "--bad", "few", "--total", "1"],
        ["record", "slice", "requests", "--bad", "-1", "--total", "1"],
        ["record", "slice", "requests", "--bad", "nan", "--total", "1"],
        ["record", "slice", "requests", "--bad", "2", "--total", "1"],
        ["record", "slice", "requests", "--bad", "0", "--total", "1", "--label", "eu"],
        ["record", "slice", "requests", "--bad", "0", "--total", "1", "--label", "region=eu"],
        ["record", "slice", "requests", "--bad", "0", "--total", "1", "--start", "2026-03-01T12:00:01Z"],
        ["record", "slice", "request", "--bad", "0", "--total", "1"],
        ["status", "--database", "mysql://host/name"], ["status", "--database", "sqlite://"],
        ["status", "--handbook", "absent"], ["collect", "--handbook", "absent"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_is_ill_written_ends_with_2_and_says_why(shop: Path, arguments: list[str]) -> None:
    ran = without_traceback(typed(*arguments, shop=shop))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.strip()


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (["slo", "show", "chekout"], "did you mean checkout?"),
        (["status", "--slo", "chekout"], "did you mean checkout?"),
        (["status", "--service", "shp"], "did you mean shop?"),
        (["collect", "--sli", "request"], "did you mean requests?"),
        (["slices", "export", "s.csv", "--sli", "request"], "did you mean requests?"),
        (["schema", "Slo"], "did you mean SLO?"),
    ],
)
def test_what_is_not_there_ends_with_4_and_the_nearest_name(shop: Path, arguments: list[str], nearest: str) -> None:
    ran = without_traceback(typed(*arguments, shop=shop))
    assert (ran.code, ran.out) == (4, "")
    assert nearest in ran.err


def test_a_handbook_that_is_missing_points_to_init(tmp_path: Path) -> None:
    for command in ("status", "collect", "validate"):
        ran = leadline(command, cwd=tmp_path)
        assert ran.code == 2
        assert "leadline init" in ran.err


def test_init_writes_a_handbook_that_is_valid_and_never_over_another(tmp_path: Path) -> None:
    assert leadline("init", cwd=tmp_path).code == 0
    assert leadline("validate", cwd=tmp_path).code == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    ran = without_traceback(leadline("init", cwd=tmp_path))
    assert (ran.code, ran.out) == (4, "")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")} == before


def test_validate_tells_every_problem_and_ends_with_2(shop: Path) -> None:
    file = shop / "handbook" / "shop.yaml"
    file.write_text(file.read_text().replace("0.999", "99.9").replace("description: Sells", "descripton: Sells"))
    ran = typed("validate", shop=shop)
    assert ran.code == 2
    assert "did you mean 0.999?" in ran.err
    assert "did you mean description?" in ran.err
    for command in (["status"], ["collect"], ["slo", "show", "checkout"]):
        again = without_traceback(typed(*command, shop=shop))
        assert (again.code, again.out) == (2, "")
        assert "did you mean 0.999?" in again.err


def test_eb_11_a_percentage_for_a_ratio_a_period_of_nothing_and_an_empty_name_are_refused(shop: Path) -> None:
    file = shop / "handbook" / "shop.yaml"
    for right, wrong, key in (
        ("0.999", "99.9", "target"),
        ("duration: 2d", "duration: 0d", "duration"),
        ("duration: 2d", "duration: -2d", "duration"),
        ("name: checkout", 'name: ""', "name"),
        ("0.999", "0", "target"),
    ):
        file.write_text(HANDBOOK.replace(right, wrong))
        ran = typed("validate", "--json", shop=shop)
        assert ran.code == 2, wrong
        assert any(key in problem["key"] for problem in ran.json["problems"]), wrong


def test_a_source_that_is_down_ends_with_3_and_its_words(tmp_path: Path) -> None:
    shop = asking(tmp_path)
    assert typed("validate", shop=shop).code == 0
    ran = without_traceback(typed("collect", "--since", "1h", shop=shop))
    assert ran.code == 3
    assert "refused the connection" in ran.err
    assert typed("status", "--exit-code", shop=shop).code == 3, "a dead source is unknown, never 100 %"


def test_a_type_that_no_adapter_answers_for_is_a_problem_of_the_handbook(tmp_path: Path) -> None:
    file = asking(tmp_path) / "handbook" / "shop.yaml"
    file.write_text(file.read_text().replace("type: prometheus", "type: prometeus"))
    ran = typed("validate", "--json", shop=tmp_path)
    assert ran.code == 2
    assert [problem["hint"] for problem in ran.json["problems"]] == ["did you mean prometheus?"]
    assert ran.json["counts"]["SLO"] == 1


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self").exists(), reason="needs a place nobody may write to")
def test_a_database_that_cannot_be_written_is_told_without_a_traceback(shop: Path) -> None:
    database = "/proc/leadline.db"
    ran = without_traceback(typed("slices", "import", three_days(shop / "s.csv"), "--database", database, shop=shop))
    assert (ran.code, ran.out) == (4, "")
    assert database in ran.err


def test_a_file_that_is_no_database_is_told_without_a_traceback(shop: Path) -> None:
    (shop / "notes.txt").write_text("not a database, " * 100)
    ran = without_traceback(typed("status", "--database", shop / "notes.txt", shop=shop))
    assert (ran.code, ran.out) == (2, "")


def test_an_export_that_cannot_be_written_ends_with_4(shop: Path) -> None:
    ran = without_traceback(typed("slices", "export", shop / "absent" / "s.csv", shop=shop))
    assert (ran.code, ran.out) == (4, "")


def test_an_import_is_refused_as_a_whole_with_lines(shop: Path) -> None:
    file = three_days(shop / "s.csv")
    file.write_text(file.read_text() + "requests,never,1,2\nrequests,60,-1,2\n")
    ran = without_traceback(typed("slices", "import", file, shop=shop))
    assert (ran.code, ran.out) == (2, "")
    assert f"{file}:4322" in ran.err
    assert f"{file}:4323" in ran.err
    assert typed("status", "--at", AT, "--json", shop=shop).json["slos"][0]["total"] == 0


def test_anything_else_is_a_defect_that_is_told_as_one(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("leadline.app.call", broken)
    ran = typed("status", shop=shop)
    assert ran.code == frame.DEFECT == 70
    assert "ZeroDivisionError" in ran.err
    assert "please report it" in ran.err


@pytest.mark.parametrize(
    "arguments", [["status"], ["status", "--json"], ["schema", "SLO"], ["slo", "show", "checkout"]]
)
def test_a_reader_that_leaves_early_is_no_error(shop: Path, arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [PROGRAM, *arguments], cwd=shop, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_answer_that_finds_no_room_on_the_disk_is_no_defect(shop: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [PROGRAM, "status", "--handbook", shop / "handbook"],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert ran.returncode == 4
    assert "Traceback" not in ran.stderr
    assert "No space left on device" in ran.stderr
