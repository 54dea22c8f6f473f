"""Subjects and slices drawn at random, for laws of the core."""

import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from leadline.core.budgets import BudgetingMethod, BudgetTerms, OnNoData, OnNoTraffic
from leadline.core.corrections import CorrectionMode, CorrectionSpan
from leadline.core.hours import BusinessHours, DailyHours
from leadline.core.windows import CalendarUnit, CalendarWindow, RollingWindow, Span

MONDAY = 1_780_272_000
"""2026-06-01T00:00Z."""
DAY = 86_400
BERLIN, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")
WINDOWS = (
    RollingWindow(timedelta(hours=3)),
    RollingWindow(timedelta(days=1)),
    RollingWindow(timedelta(days=2, minutes=7)),
    CalendarWindow(CalendarUnit.DAY, 1, date(2026, 1, 1), KATHMANDU),
    CalendarWindow(CalendarUnit.WEEK, 1, date(2026, 1, 5), BERLIN),
)
HOURS = (
    None,
    None,
    BusinessHours((DailyHours((0, 1, 2, 3, 4), 9 * 60, 17 * 60),), BERLIN),
    BusinessHours((DailyHours((0, 2, 5), 7 * 60 + 20, 12 * 60 + 1), DailyHours((0, 6), 0, 1440)), KATHMANDU),
    BusinessHours((DailyHours((0, 1, 6), 0, 1440),), BERLIN, (date(2026, 6, 1),)),
)
TARGETS = (Decimal("0.5"), Decimal("0.9"), Decimal("0.999"), Decimal(1))


@st.composite
def terms_of(draw: st.DrawFn) -> BudgetTerms:
    target = draw(st.sampled_from(TARGETS))
    return BudgetTerms(
        target,
        1 - Fraction(target),
        draw(st.sampled_from(WINDOWS)),
        method=draw(st.sampled_from(BudgetingMethod)),
        slice_target=Decimal("0.8"),
        slice_seconds=draw(st.sampled_from((60, 300, 1800, 7200))),
        on_no_data=draw(st.sampled_from(OnNoData)),
        on_no_traffic=draw(st.sampled_from(OnNoTraffic)),
        min_coverage=draw(st.sampled_from((Fraction(9, 10), Fraction(1, 3)))),
        starts_at=draw(st.none() | st.integers(-3 * 1440, 60).map(lambda m: MONDAY + 60 * m)),
        collection_seconds=draw(st.sampled_from((60, 900))),
        hours=draw(st.sampled_from(HOURS)),
    )


@st.composite
def slices_of(draw: st.DrawFn, at: int) -> dict[int, tuple[int, int]]:
    """A few stretches of slices in the weeks before `at`, some idle, some bad, with holes."""
    dice = random.Random(draw(st.integers(0, 2**32)))
    slices: dict[int, tuple[int, int]] = {}
    for _ in range(draw(st.integers(0, 4))):
        end = at // 60 - draw(st.sampled_from((0, 0, 5, 11, 200, 1500, 7 * 1440, 27 * 1440)))
        length = draw(st.sampled_from((1, 7, 100, 1439, 1500, 4000)))
        share = draw(st.sampled_from((0.0, 0.01, 0.3, 1.0)))
        density = draw(st.sampled_from((1.0, 0.95, 0.6)))
        top = draw(st.sampled_from((0, 3, 1000)))
        for minute in range(end - length, end + 20):
            if dice.random() < density:
                total = dice.randint(0, top)
                slices[60 * minute] = (sum(dice.random() < share for _ in range(min(total, 5))), total)
    return slices


@st.composite
def corrections_of(draw: st.DrawFn, at: int) -> tuple[CorrectionSpan, ...]:
    spans = []
    for _ in range(draw(st.integers(0, 4))):
        start = at - 60 * draw(st.integers(-500, 3000))
        seconds = 60 * draw(st.sampled_from((1, 30, 600, 5000)))
        spans.append(CorrectionSpan(Span(start, start + seconds), draw(st.sampled_from(CorrectionMode))))
    return tuple(spans)
