"""Several SLOs, windows and objectives on one SLI: asked once, kept once, and each right."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from fakes import MemoryLedger
from instants import NOON, NOON_SECONDS
from leadline.core.hours import BusinessHours, DailyHours
from leadline.core.slices import SeriesKey, SliceBatch
from leadline.core.windows import CalendarUnit, CalendarWindow, RollingWindow
from leadline.domains.budgets.model import ShowSlo, ShowStatus
from leadline.domains.budgets.service import show_slo, show_status
from leadline.domains.measurement.collection import collect
from leadline.domains.measurement.model import Collect
from leadline.handbook.specs import Slo
from leadline.ports.operation import Context
from made_handbooks import a_context, a_handbook, an_sli, an_slo, ratio
from made_sources import TableSource

UTC = ZoneInfo("UTC")
DAY_SLICES = 1440
WEEK = RollingWindow(timedelta(days=7))
MORNING = BusinessHours((DailyHours(tuple(range(7)), 6 * 60, 18 * 60),), UTC)
TOLD = an_sli("requests", None, source="people")


def promised(name: str, **changed: object) -> Slo:
    slo = an_slo(TOLD, name, target="0.99")
    return replace(slo, terms=replace(slo.terms, **changed))  # type: ignore[arg-type]  # fields of BudgetTerms


SLOS = (
    promised("week", window=WEEK),
    promised("four-weeks"),
    promised("week-loose", window=WEEK, target=Decimal("0.9"), error_budget=Fraction(1, 10)),
    promised("day", window=CalendarWindow(CalendarUnit.DAY, 1, date(2026, 1, 1), UTC)),
    promised("week-open", window=WEEK, hours=MORNING),
)


def shop() -> Context:
    """Forty days; each minute 100 events, of which 1 is bad by day (06:00 to 18:00) and 3 by night."""
    starts = NOON_SECONDS - np.arange(40 * DAY_SLICES, 0, -1) * 60
    bad = np.where((starts % 86_400 >= 6 * 3600) & (starts % 86_400 < 18 * 3600), 1, 3)
    ledger = MemoryLedger()
    ledger.append("import", [SliceBatch(SeriesKey.of("requests"), starts, bad, np.full(len(starts), 100))])
    return a_context(a_handbook([TOLD], SLOS), ledger=ledger)


def test_several_windows_share_the_slices_of_one_sli_and_each_is_right() -> None:
    status = {slo.slo: slo for slo in show_status(ShowStatus(at=NOON), shop()).slos}
    # A day has 720 bad events by day and 2,160 by night, 2,880 of 144,000; today until noon 6 · 60 · (1 + 3) = 1,440.
    assert {name: (slo.bad, slo.total) for name, slo in status.items()} == {
        "week": (20_160, 1_008_000),
        "four-weeks": (80_640, 4_032_000),
        "week-loose": (20_160, 1_008_000),
        "day": (1_440, 72_000),
        "week-open": (5_040, 504_000),
    }
    remaining = {name: slo.budget.remaining for name, slo in status.items()}
    allowed = {"week": 10_080, "four-weeks": 40_320, "week-loose": 100_800, "day": 1_440, "week-open": 5_040}
    assert {name: slo.budget.allowed_bad for name, slo in status.items()} == pytest.approx(allowed)
    assert remaining == pytest.approx({"week": -1, "four-weeks": -1, "week-loose": 0.8, "day": 0, "week-open": 0})


def test_each_of_them_is_as_it_is_alone() -> None:
    context = shop()
    for slo in show_status(ShowStatus(at=NOON), context).slos:
        [alone] = show_status(ShowStatus(at=NOON, slos=(slo.slo,)), context).slos
        assert alone == slo


def test_the_status_tells_which_of_them_counts_business_hours_alone() -> None:
    hours = {slo.slo: slo.window.hours for slo in show_status(ShowStatus(at=NOON), shop()).slos}
    assert hours.pop("week-open") == "Mon-Sun 06:00-18:00 UTC"
    assert set(hours.values()) == {None}


def test_the_line_of_the_budget_ends_where_the_budget_stands_and_passes_over_closed_hours() -> None:
    context = shop()
    for name in ("week", "week-open"):
        detail = show_slo(ShowSlo(name=name, at=NOON), context)
        points = detail.burn_down[name]
        assert points[-1].remaining == pytest.approx(detail.objectives[0].budget.remaining)
        assert sum(point.bad or 0 for point in points) == detail.objectives[0].bad
        assert sum(point.seen for point in points) == (7 * 720 if name == "week-open" else 7 * 1440)


def test_an_sli_of_several_slos_is_measured_once() -> None:
    sli = an_sli("requests", ratio(bad="errors"))
    minutes = range(NOON_SECONDS - 3600, NOON_SECONDS, 60)
    source = TableSource({"errors": dict.fromkeys(minutes, 1.0), "total": dict.fromkeys(minutes, 100.0)})
    ledger = MemoryLedger()
    handbook = a_handbook([sli], [replace(slo, sli=sli) for slo in SLOS])
    found = collect(Collect(since=NOON - timedelta(hours=1)), a_context(handbook, {"prom": source}, ledger=ledger))
    assert sorted(query for query, _, _ in source.asked) == ["errors", "total"], "five SLOs ask two queries"
    assert [(each.sli, each.slices) for each in found.slis] == [("requests", 58)]
    assert set(ledger.extents(["requests"])) == {SeriesKey.of("requests")}
