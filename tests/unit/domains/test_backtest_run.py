"""A backtest over a ledger with one outage: what it finds, and what it refuses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from instants import NOON, NOON_SECONDS
from leadline.core.slices import STEP
from leadline.domains.backtests.model import RunBacktest
from leadline.domains.backtests.service import run_backtest
from leadline.errors import NotFound, SpecError
from leadline.ports.entries import Incident, IncidentSeverity
from leadline.ports.operation import Context
from made_alerts import Turns
from made_handbooks import a_handbook, an_sli, an_slo

SLI = an_sli("requests")
OUTAGE = NOON_SECONDS - 600 * STEP
LATER = NOON + timedelta(days=3)


@pytest.fixture
def context() -> Context:
    slo = an_slo(SLI, "checkout")
    turns = Turns(a_handbook([SLI], [slo]), at=NOON_SECONDS - 3000 * STEP)
    turns.slices(0, 600, 2400)
    turns.slices(600, 600, 30)
    turns.slices(0, 600, 570)
    for title, start in (("The till is down.", OUTAGE), ("Nobody saw it.", OUTAGE + 300 * STEP)):
        turns.context.entries.add_incident(
            Incident(title, slo.service, (), IncidentSeverity.SEV_2, start, start + 40 * STEP, "Ada", start)
        )
    return replace(turns.context, now=lambda: LATER)


def test_a_backtest_tells_which_incidents_pages_met_and_how_soon(context: Context) -> None:
    [run] = run_backtest(RunBacktest(slos=("checkout",), end=NOON, days=1), context).runs
    first = run.episodes[0]
    assert first.severity == "page"
    assert first.start == datetime.fromtimestamp(OUTAGE, UTC) + timedelta(minutes=run.detection_p50_seconds / 60)
    assert run.incidents == 2
    assert run.recall == 0.5
    assert run.never_detected == 1
    assert run.precision == 1
    assert run.attained == pytest.approx(1 - 30 / 1440)


def test_a_laxer_objective_raises_no_more(context: Context) -> None:
    found = run_backtest(RunBacktest(slos=("checkout",), objectives=("99.9", "90"), end=NOON, days=1), context)
    strict, lax = found.runs
    assert lax.pages <= strict.pages
    assert lax.left_out, "a burn rate of 13 cannot be reached where a tenth may fail"


def test_what_cannot_be_replayed_is_refused_with_a_way_out(context: Context) -> None:
    with pytest.raises(NotFound, match="checkout"):
        run_backtest(RunBacktest(slos=("chekout",)), context)
    with pytest.raises(NotFound, match="workbook"):
        run_backtest(RunBacktest(strategies=("workbok",)), context)
    with pytest.raises(SpecError, match="begin before the end"):
        run_backtest(RunBacktest(start=LATER), context)
    with pytest.raises(SpecError, match="too much to replay"):
        run_backtest(RunBacktest(objectives=("99.9",) * 300, days=400), context)
