"""`leadline alerts design`: what a strategy would say, and what it can never say."""

from __future__ import annotations

from pathlib import Path

from leadline.adapters.store import open_store
from leadline.ports.levels import LevelChange
from made_alerts import write_down
from made_commands import a_shop, typed
from terminal import leadline


def test_a_design_tells_factors_and_times_without_a_handbook(tmp_path: Path) -> None:
    ended = leadline(tmp_path, "alerts", "design", "--objective", "99.9", "--window", "28d", "--json")
    assert ended.code == 0, ended.err
    factors = [tier["limits"][-1]["factor"] for tier in ended.json["tiers"] if tier["name"] != "trickle"]
    assert [round(factor, 3) for factor in factors] == [13.44, 5.6, 2.8, 0.933]
    shown = leadline(tmp_path, "alerts", "design")
    assert "page-1h (page): 13.44x over 5m, 13.44x over 1h" in shown.out
    assert "48.4 s" in shown.out


def test_what_can_never_fire_is_refused_with_the_way_out(tmp_path: Path) -> None:
    ended = leadline(tmp_path, "alerts", "design", "--objective", "90", "--window", "30d")
    assert ended.code == 2
    assert "14.4 at 90 %" in ended.err
    assert "below 10" in ended.err


def test_what_is_no_objective_window_or_strategy_is_refused(tmp_path: Path) -> None:
    for option, value in (("--objective", "100"), ("--objective", "x"), ("--window", "x"), ("--strategy", "workbok")):
        assert leadline(tmp_path, "alerts", "design", option, value).code == 2


def test_before_a_turn_has_judged_anything_nothing_is_told_of_what_holds(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    assert typed("alerts", "list", shop=shop).out.startswith("firing: cannot tell: no turn has judged anything yet")
    assert typed("alerts", "list", "--json", shop=shop).json["reason"]
    with open_store(f"sqlite:///{shop}/handbook/.leadline/leadline.db") as store:
        store.levels.append([LevelChange("checkout", 1_772_600_000, "", "healthy", "")])
    assert typed("alerts", "list", shop=shop).out == "firing: none\n"
    assert not typed("alerts", "list", "--json", shop=shop).json["reason"]


def test_what_holds_and_held_is_listed_and_shown(tmp_path: Path) -> None:
    shop = a_shop(tmp_path)
    with open_store(f"sqlite:///{shop}/handbook/.leadline/leadline.db") as store:
        write_down(store.episodes)
    everything = typed("alerts", "list", shop=shop).out.splitlines()
    assert everything[0] == "firing: 1 page, 1 ticket"
    assert [line.split()[0] for line in everything[2:]] == ["3", "2", "1"]
    assert "lost" in everything[-1]
    firing = typed("alerts", "list", "--firing", "--most", "1", shop=shop).out
    assert "firing: 1 page, 1 ticket" in firing
    assert "page-1h" not in firing
    one = typed("alerts", "show", "2", shop=shop).out
    assert "alert 2 of shop: checkout page-1h (page, asks for a rollback)" in one
    assert "as it fired: 20x over 5m (limit 14.4x), 40 bad of 200 events" in one
    assert "as it fired: beyond any rate over 1h (limit 14.4x)" in one
    assert "group eu: 31.5x" in one
    assert "lost: 7 of 60 slices were seen" in typed("alerts", "show", "1", shop=shop).out
