"""Alerts that can never fire, that fire although the promise is kept, and that look at too little."""

from __future__ import annotations

from pathlib import Path

from leadline.handbook.loader import Loaded
from made_composites import read, slo

ALERTED = "indicatorRef: buying-events, "


def alerting(folder: Path, factor: str, window: str = "1h", target: str = "0.999") -> Loaded:
    """An SLO with one burn alert."""
    condition = f"{{kind: burnrate, op: gt, threshold: {factor}, lookbackWindow: {window}, alertAfter: 0m}}"
    policy = (
        "alertPolicies: [{kind: AlertPolicy, metadata: {name: fast}, spec: {conditions: [{kind: AlertCondition, "
        f"metadata: {{name: fast}}, spec: {{severity: page, condition: {condition}}}}}], notificationTargets: []}}}}], "
    )
    return read(folder, slo("buying", target).replace(ALERTED, ALERTED + policy))


def told(loaded: Loaded) -> list[tuple[str, str]]:
    return [(problem.what, problem.value) for problem in (*loaded.problems, *loaded.warnings)]


def test_trap_14_a_factor_that_no_failure_reaches_is_refused(tmp_path: Path) -> None:
    # At 90 % everything bad burns at 10: 14.4 is never exceeded, nor is 10 itself; at 93.1 % it burns at 14.49.
    assert told(alerting(tmp_path / "a", "14.4", target="0.9")) == [("an alert that can never fire", "14.4")]
    assert told(alerting(tmp_path / "b", "10", target="0.9")) == [("an alert that can never fire", "10")]
    assert told(alerting(tmp_path / "c", "14.4", target="0.931")) == []


def test_trap_15_a_factor_below_one_is_warned_of(tmp_path: Path) -> None:
    # Sloth's ticket over 28 d: 0.1 * 28 d / 3 d = 0.933, a burn that leaves budget at the end of the window.
    below = alerting(tmp_path / "a", "0.933", window="3d")
    assert told(below) == [("an alert although the budget would be kept", "0.933")]
    assert not below.problems
    assert told(alerting(tmp_path / "b", "1", window="3d")) == []


def test_trap_16_a_window_of_fewer_than_four_slices_is_warned_of(tmp_path: Path) -> None:
    # Pyrra over 7 d looks back one minute.
    short = alerting(tmp_path / "a", "14.4", window="1m")
    assert told(short) == [("an alert that looks at too few slices", "1m")]
    assert not short.problems
    assert told(alerting(tmp_path / "b", "14.4", window="3m")) == [("an alert that looks at too few slices", "3m")]
    assert told(alerting(tmp_path / "c", "14.4", window="4m")) == []
