"""Each row of the benchmarks runs, at a size at which nothing is measured; no time is asserted."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tree import ROOT

sys.path.append(str(ROOT))

from benchmarks import api, backtest, cli, demo, evaluation, figures, fleet, ledger, turn
from benchmarks.made import END, Minutes
from benchmarks.peers import exact, fleet_adapter, leadline_adapter

from leadline.core.budgets import LEVELS, Level
from leadline.handbook.loader import load
from leadline.handbook.specs import Handbook
from made_fleet import EACH, SHAPES, member

TINY = ledger.Size(slis=3, days=2, appended_slis=2, live_slis=5, live_minutes=3, reads=2)


def test_the_evaluation_row_judges_what_it_measures() -> None:
    found, judged = evaluation.measured(slos=201, times=2)
    assert [figure.unit for figure in found] == ["ms", "MB", "×", "ms", "ms"]
    levels = {LEVELS[code] for code in judged.level}
    assert Level.UNKNOWN not in levels
    assert len(levels) > 1
    assert judged.raw is not None
    assert len(judged.raw) == 3


def test_the_evaluation_rows_peer_is_compared_with_our_numbers() -> None:
    subjects = [evaluation._subject(place) for place in range(1, 4)]
    shapes = evaluation._shapes()
    _, judged = evaluation.measured(slos=4, times=1)
    with pytest.raises(AssertionError, match="differs from the peer"):
        evaluation._peer_seconds(shapes[1:], subjects, judged)


@pytest.mark.parametrize("where", ["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.postgresql)])
def test_the_ledger_row_reads_what_it_wrote(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if where == "PostgreSQL":
        monkeypatch.setenv(ledger.POSTGRESQL, request.getfixturevalue("postgresql_url"))
    else:
        monkeypatch.setattr(ledger, "missing_for", lambda _: "not wanted here")
    found = ledger.run(TINY)
    assert {figure.name.partition(":")[0] for figure in found} >= {where, "peer / SQLite", "SQLite / peer"}
    assert all(figure.value > 0 for figure in found)


def test_the_cli_row_fills_a_store_for_every_objective(tmp_path: Path) -> None:
    assert cli.fill(f"sqlite:///{tmp_path / 'leadline.db'}", days=1) == len(_handbook_of(cli.HANDBOOK).slos)


def _handbook_of(folder: Path) -> Handbook:
    loaded = load(folder)
    assert loaded.problems == ()
    assert loaded.handbook is not None
    return loaded.handbook


def test_the_turn_rows_handbook_is_well_written(tmp_path: Path) -> None:
    leadline_adapter.write(tmp_path / "work", 3, "http://127.0.0.1:1", "leadline", END)
    handbook = _handbook_of(tmp_path / "work" / "handbook")
    assert [slo.service for slo in handbook.slos.values()] == ["svc-0000", "svc-0001", "svc-0002"]
    assert {str(slo.terms.target) for slo in handbook.slos.values()} == {leadline_adapter.TARGET}


def test_a_turn_is_a_minute_after_the_one_before(tmp_path: Path) -> None:
    leadline_adapter.write(tmp_path / "work", 1, "http://127.0.0.1:1", "/bin/echo", END)
    for turns in (1, 2):
        subprocess.run(["sh", tmp_path / "work" / "turn.sh"], check=True)
        said = (tmp_path / "work" / "status.json").read_text()
        assert said.split() == [
            "status",
            "--collect",
            "--handbook",
            "handbook",
            "--at",
            str(END + 60 * turns),
            "--json",
        ]


class Model:
    """Counters that grow by 60 and 1 a minute."""

    start, step = END - 40 * 86_400, 60

    def bench_cum(self, kind: int) -> tuple[list[int], list[float]]:
        assert kind == 1
        return list(range(60_000)), [minute / 60 for minute in range(60_000)]


def test_sums_are_compared_to_the_event() -> None:
    minutes = 28 * 1440
    slo = {"service": "svc-0001", "total": minutes * 120, "bad": minutes * 2}
    at = datetime.fromtimestamp(END, UTC).isoformat()
    assert exact.compared(Model(), {"at": at, "slos": [slo]})["exact"] == 1
    off = exact.compared(Model(), {"at": at, "slos": [slo | {"bad": slo["bad"] - 1}]})
    assert (off["exact"], off["worst_bad"], off["worst_total"]) == (0, 1, 0)


def test_without_the_peers_bench_the_turn_row_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(turn.PEERS, str(tmp_path))
    monkeypatch.setattr(turn, "FOLDER", tmp_path / "nothing")
    monkeypatch.setattr(turn, "missing_for", lambda _: None)
    assert turn.run() == []
    assert turn.PEERS in capsys.readouterr().err


def test_every_slo_of_the_fleet_has_an_equivalent_for_slo_generator(tmp_path: Path) -> None:
    fleet_adapter.write(tmp_path, "http://127.0.0.1:1", {"1h": 3600})
    written = {file.stem: file.read_text() for file in (tmp_path / "slos").iterdir()}
    assert set(written) == {member(shape, number) for shape in SHAPES for number in range(EACH)}
    assert all(f'service="{name}"' in text for name, text in written.items())
    assert all("[window" in text or "distribution_cut" in text for text in written.values())


def test_the_fleets_sums_are_those_of_each_minute() -> None:
    shape, end = SHAPES[8], 50_000
    minutes = range(end - 28 * 1440, end)
    right = [sum(sum(row) for row in zip(*shape.truth(3, at).values(), strict=True)) for at in minutes]
    assert sum(fleet._sums(shape, 3, end)) == sum(right)


def test_the_api_row_waits_for_a_server_that_answers(tmp_path: Path) -> None:
    with api.served(tmp_path, slos=3) as url:
        size = len(api._read(f"{url}/api/v1/slos"))
        waits = asyncio.run(api._waits(f"{url}/api/v1/slos", 1, size))
    assert len(waits) == api.PER_SECOND
    assert all(0 < wait < 30 for wait in waits)


def test_a_demo_is_there_when_most_of_its_levels_are_known() -> None:
    known, unknown = {"level": "healthy"}, {"level": "unknown"}
    assert demo.is_live([known, known, unknown], 3)
    assert not demo.is_live([known, unknown, unknown], 3)
    assert not demo.is_live([known, known], 3)


def test_a_batch_is_pushed_and_counted(tmp_path: Path) -> None:
    with api.served(tmp_path, slos=api.SLOS) as url:
        api._post(f"{url}/api/v1/slices", api._batch(END))
        assert len(api._batch(END).splitlines()) == 1_000
        with pytest.raises(RuntimeError, match="took in"):
            api._post(f"{url}/api/v1/slices", api._batch(END)[:-1])


def test_a_missed_target_is_said() -> None:
    assert "target ≤ 10.0: MISSED" in str(figures.Figure("x", 11, "ms", figures.at_most(10)))
    assert "target ≥ 20.0: met" in str(figures.Figure("x", 20, "×", figures.at_least(20)))


def test_hours_of_made_traffic_are_the_sums_of_its_minutes() -> None:
    made = Minutes.made(3, END, 120)
    hours = made.hours()
    assert hours.bad.tolist() == [int(made.bad[:60].sum()), int(made.bad[60:].sum())]
    assert [int(mask).bit_count() for mask in hours.seen] == [60, 60]
    assert [int(mask).bit_count() for mask in hours.traffic] == [
        int((part > 0).sum()) for part in (made.total[:60], made.total[60:])
    ]


def test_the_backtest_row_compares_its_verdicts_with_a_plain_reckoning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "_alone", len)  # other processes are not wanted here
    found = backtest.run(slos=2, times=1)
    assert all(figure.value > 0 for figure in found)
    monkeypatch.setattr(backtest, "_rolled", lambda *_: np.ones(backtest.MINUTES, np.bool_))
    with pytest.raises(AssertionError, match="says otherwise"):
        backtest._peer([backtest._history(0)])


def test_an_unknown_row_is_refused_with_those_there_are() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks", "nonsense"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert said.returncode == 2
    assert "evaluation, tick, ledger, turn, fleet, api, backtest, demo, cli" in said.stderr


def test_one_row_alone_writes_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import __main__ as program

    monkeypatch.setattr(program, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(program, "_run_apart", lambda _: [figures.Figure("x", 1, "ms").as_json()])
    monkeypatch.setattr(sys, "argv", ["benchmarks", "cli", "--json", str(tmp_path / "all.json")])
    assert program.main() == 0
    assert json.loads((tmp_path / "all.json").read_text())["rows"]["cli"][0]["value"] == 1
    assert (tmp_path / "results" / "cli.json").exists()
