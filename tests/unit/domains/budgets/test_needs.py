"""What needs someone: which, in which order, and which burn rates alerts mind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction

import pytest

from instants import NOON
from leadline.core.alert_tiers import AlertTier
from leadline.core.windows import RollingWindow
from leadline.domains.budgets.model import BudgetFigures, SloStatus, WindowFigures
from leadline.domains.budgets.needs import burning, marks, needs
from leadline.domains.budgets.overview_model import Need, NeedKind
from leadline.handbook.strategies import shipped_strategies, tiers_for


def stands(
    slo: str,
    level: str = "healthy",
    *,
    tier: int | None = 1,
    left: float | None = 0.6,
    burn: Mapping[str, float | None] | None = None,
    reason: str = "",
) -> SloStatus:
    return SloStatus(
        slo=slo, name=slo.title(), service="shop", tier=tier, objective=0.999, level=level, reason=reason,
        window=WindowFigures(kind="rolling", duration="28d", start=NOON - timedelta(28), end=NOON, hours=None),
        short_reason=reason, good=990, bad=10, total=1000, sli=0.99, coverage=1.0, burn=dict(burn or {}),
        budget=BudgetFigures(allowed_bad=100.0, consumed=None, remaining=left), burn_windows=(),
    )  # fmt: skip


def tiers(slo: SloStatus) -> tuple[AlertTier, ...]:
    """As a practice has them that confirms by service tier; what the workbook asks of 30 days where there is none."""
    strategy = shipped_strategies()["workbook" if slo.tier is None else "virtengine"]
    return tiers_for(strategy, slo.tier, RollingWindow(timedelta(days=30)), Fraction(1, 1000)).kept


def found(*slos: SloStatus) -> tuple[Need, ...]:
    alerts = {slo.slo: alert for slo in slos if (alert := burning(slo, tiers(slo)))}
    return needs(slos, dict.fromkeys((slo.slo for slo in slos), "sellers"), alerts)


FAST = {"5m": 10.5, "15m": 1.0, "1h": 1.0}


def test_what_burns_comes_first_then_what_is_spent_critical_and_unknown() -> None:
    slos = [
        stands("calm"),
        stands("warned", "warning", left=0.3),
        stands("dark", "unknown"),
        stands("tight", "critical", left=0.1),
        stands("gone", "depleted", left=-0.2),
        stands("hot", burn=FAST),
    ]
    assert [(need.kind, *need.slos) for need in found(*slos)] == [
        (NeedKind.BURNING, "hot"),
        (NeedKind.DEPLETED, "gone"),
        (NeedKind.CRITICAL, "tight"),
        (NeedKind.UNKNOWN, "dark"),
    ]


def test_among_equals_the_more_critical_service_comes_first_then_the_one_with_less_left() -> None:
    slos = [
        stands("no-tier", "critical", tier=None, left=0.06),
        stands("standard", "critical", tier=2, left=0.06),
        stands("more", "critical", tier=0, left=0.2),
        stands("less", "critical", tier=0, left=0.1),
    ]
    assert [need.slos[0] for need in found(*slos)] == ["less", "more", "standard", "no-tier"]


def test_objectives_that_cannot_be_told_for_one_reason_are_one_need() -> None:
    slos = [
        stands("one", "unknown", reason="no slice"),
        stands("two", "unknown", reason="newest slice is 48 min old"),
        stands("three", "unknown", reason="no slice"),
    ]
    assert [need.slos for need in found(*slos)] == [("one", "three"), ("two",)]


def test_two_budgets_that_are_spent_are_never_one_need() -> None:
    assert len(found(stands("one", "depleted"), stands("two", "depleted"))) == 2


@pytest.mark.parametrize(
    ("burn", "is_burning"),
    [
        ({"5m": 10.0}, False),
        ({"5m": 10.0 + 1e-9}, False),
        ({"5m": 10.001}, True),
        ({"15m": 5.1}, True),
        ({"1h": 50.0}, False),
        ({"2h": 5.1, "12h": 1.9}, False),
        ({"2h": 5.1, "12h": 2.1}, True),
        ({"5m": None}, False),
    ],
)
def test_it_burns_when_an_alert_that_pages_holds_in_all_its_windows(
    burn: Mapping[str, float | None], is_burning: bool
) -> None:
    it = stands("it", burn=burn)
    assert bool(burning(it, tiers(it))) is is_burning


def test_an_alert_tells_every_window_with_its_limit() -> None:
    (need,) = found(stands("it", burn={"2h": 5.5, "12h": 2.5}))
    assert [(limit.window, limit.rate, limit.factor) for limit in need.limits] == [("2h", 5.5, 5.0), ("12h", 2.5, 2.0)]


@pytest.mark.parametrize(
    ("tier", "rates", "expected"),
    [
        (1, {"5m": 11.0, "1h": 2.1, "1d": 9.0}, ["page", "ticket", ""]),
        (0, {"5m": 9.0, "1h": 5.1, "1d": 1.0}, ["", "page", ""]),
        (2, {"5m": 0.0, "1h": 2.0, "1d": 2.1}, ["", "", "page"]),
        (None, {"5m": 14.5, "1h": 14.4, "1d": 3.1}, ["page", "", "ticket"]),
    ],
)
def test_a_burn_rate_is_marked_by_what_the_tier_asks_of_its_window(
    tier: int | None, rates: Mapping[str, float], expected: list[str]
) -> None:
    it = stands("it", tier=tier, burn=rates)
    shown = marks(it, tiers(it))
    assert [each.window for each in shown] == ["5m", "1h", "1d"]
    assert [each.mark for each in shown] == expected
