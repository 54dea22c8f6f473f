"""`leadline demo`: what it starts from, what it keeps, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from demos import WAIT_SECONDS, Demo, refused, start
from leadline.app import call, opened
from leadline.domains.budgets.model import ShowStatus
from leadline.domains.measurement.model import Simulate
from leadline.settings import Settings
from made_handbooks import Steps
from simulated import VIRTENGINE
from tree import ROOT

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    begun = time.monotonic()
    started = start(tmp_path_factory.mktemp("demo") / "home")
    assert len(started.levels()) == 27
    assert "Overview" in started.page("/")
    assert time.monotonic() - begun < WAIT_SECONDS
    yield started
    assert started.end() == (0, "")


def test_from_nothing_there_is_something_to_see_whatever_is_set_up(demo: Demo) -> None:
    levels = demo.levels()
    assert len(levels) == 27
    assert levels["slo-bench-004"] == "unknown"
    assert len(demo.tries()) == 3
    assert demo.said.startswith("Leadline is at http://127.0.0.1:")


def test_an_installed_package_needs_nothing_else_and_is_not_written_to(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    package = tmp_path / "package"
    with zipfile.ZipFile(wheel) as opened_wheel:
        opened_wheel.extractall(package)
    before = sorted(package.rglob("*"))
    installed = start(tmp_path / "home", package=package)
    assert (len(installed.levels()), installed.end()) == (27, (0, ""))
    assert sorted(package.rglob("*")) == before


def test_a_second_one_says_where_the_first_is(demo: Demo) -> None:
    code, err = refused(demo.home, "--port", "0")
    assert code == 4
    assert f"a demo runs already: {demo.url}" in err


def test_a_taken_port_is_told_with_a_way_out(demo: Demo, tmp_path: Path) -> None:
    port = demo.url.rpartition(":")[2]
    code, err = refused(tmp_path, "--port", port)
    assert code == 4
    assert (
        err
        == f"leadline: port {port} of 127.0.0.1 is taken; name another with --port, or let --port 0 take a free one\n"
    )


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    code, err = refused(tmp_path, "--folder", str(tmp_path), "--reset")
    assert code == 4
    assert "letters" in err
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]


def test_a_demo_goes_on_until_its_story_is_old_or_somebody_resets_it(tmp_path: Path) -> None:
    first = start(tmp_path / "home")
    assert first.end() == (0, "")
    notes, edited = first.folder / "story.json", first.folder / "virtengine" / "teams.yaml"
    edited.write_text(edited.read_text() + "# mine\n")
    began = json.loads(notes.read_text())["began"]
    assert start(tmp_path / "home").end() == (0, "")
    assert (json.loads(notes.read_text())["began"], "# mine" in edited.read_text()) == (began, True)
    long_ago = datetime.fromisoformat(began) - timedelta(hours=7)
    notes.write_text(json.dumps(json.loads(notes.read_text()) | {"began": long_ago.isoformat()}))
    assert start(tmp_path / "home").end() == (0, "")
    anew = json.loads(notes.read_text())["began"]
    assert (anew > began, "# mine" in edited.read_text()) == (True, False)
    assert start(tmp_path / "home", "--reset").end() == (0, "")
    assert json.loads(notes.read_text())["began"] > anew


@pytest.mark.parametrize(
    "begins",
    ["2026-11-24T15:00:00+00:00", "2026-12-06T03:10:00+00:00"],
    ids=["busiest", "quietest"],
)
def test_the_story_is_worth_a_look_whenever_it_begins(begins: str, tmp_path: Path) -> None:
    at = datetime.fromisoformat(begins)
    with opened(Settings(VIRTENGINE, f"sqlite:///{tmp_path}/l.db"), Steps(), now=lambda: at, environ={}) as context:
        call("slices.simulate", Simulate(days=28, story_at=at), context)
        found = {slo.slo: slo for slo in call("status.show", ShowStatus(), context).slos}
    assert found["slo-node-002"].level == "depleted"
    assert found["slo-bench-004"].level == "unknown"
    burns = found["slo-prov-002"]
    assert burns.burn["5m"] is not None
    assert burns.burn["5m"] > 10
    assert found["slo-api-004"].level in {"warning", "critical"}
    assert sum(slo.level == "healthy" for slo in found.values()) > 15
