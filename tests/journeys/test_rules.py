"""Rules of the VirtEngine practice: what promtool says of them, and what becomes of the folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from servers import program
from terminal import leadline
from tree import ROOT

pytestmark = pytest.mark.prometheus
HANDBOOK = str(ROOT / "handbooks" / "virtengine")


def generate(folder: Path, *more: str) -> str:
    ended = leadline(folder, "rules", "--handbook", HANDBOOK, "--output", str(folder / "out"), *more)
    assert ended.code == 0, ended
    return ended.out


def promtool(*arguments: str, at: Path) -> str:
    ended = subprocess.run([program("promtool"), *arguments], cwd=at, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return ended.stdout


def test_every_rule_is_well_written_and_does_in_prometheus_what_our_arithmetic_says(tmp_path: Path) -> None:
    said = generate(tmp_path)
    out = tmp_path / "out"
    assert "27 objectives" in said
    assert sorted(path.name for path in out.iterdir()) == ["alertmanager", "rules", "tests"]
    promtool("check", "rules", *sorted(str(path) for path in (out / "rules").iterdir()), at=out)
    tests = sorted(path.name for path in (out / "tests").iterdir())
    assert tests == ["api.test.yaml", "bench.test.yaml", "node.test.yaml", "prov.test.yaml"]
    promtool("test", "rules", *tests, at=out / "tests")


def test_a_file_that_somebody_else_put_there_is_left_alone_and_refuses_the_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "rules").mkdir(parents=True)
    mine = out / "rules" / "mine.yaml"
    mine.write_text("groups: []", encoding="utf-8")
    ended = leadline(tmp_path, "rules", "--handbook", HANDBOOK, "--output", str(out))
    assert ended.code == 4
    assert "mine.yaml: not written by this command" in ended.err
    assert [path.name for path in out.rglob("*.yaml")] == ["mine.yaml"]


def test_files_of_an_earlier_run_that_are_no_longer_wanted_go(tmp_path: Path) -> None:
    generate(tmp_path)
    assert "removed:" in generate(tmp_path, "--format", "mimir")
    assert [path.name for path in (tmp_path / "out").rglob("*.test.yaml")] == []
