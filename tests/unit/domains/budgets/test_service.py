"""The status of objectives: chosen by name or service, at an instant, in events, with the way the budget went."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest

from fakes import MemoryLedger
from instants import NOON, NOON_SECONDS
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.domains.budgets.model import ShowSlo, ShowStatus, SloStatus
from leadline.domains.budgets.rules import counted
from leadline.domains.budgets.service import show_slo, show_status
from leadline.errors import NotFound
from leadline.handbook.specs import Sli
from leadline.ports.operation import Context
from made_handbooks import a_context, a_handbook, an_sli, an_slo, ratio

TOLD = an_sli("requests", None, source="people")
TWO_DAYS = 2 * 1440


def shop(sli: Sli = TOLD, bad: int = 1, total: int = 1000, *, labels: tuple[dict[str, str], ...] = ({},)) -> Context:
    """Two days of the same slice each minute, for each group, and an objective over two days."""
    ledger = MemoryLedger()
    starts = NOON_SECONDS - np.arange(TWO_DAYS, 0, -1) * STEP
    batches = [
        SliceBatch(SeriesKey.of(sli.id, **group), starts, np.full(TWO_DAYS, bad), np.full(TWO_DAYS, total))
        for group in labels
    ]
    ledger.append("import", batches)
    return a_context(a_handbook([sli], [an_slo(sli, "checkout", days=2)]), ledger=ledger)


def judged(context: Context) -> SloStatus:
    [slo] = show_status(ShowStatus(at=NOON), context).slos
    return slo


def test_without_an_instant_what_has_not_settled_is_left_out() -> None:
    assert show_status(ShowStatus(), shop()).at == NOON - timedelta(minutes=2)
    assert show_status(ShowStatus(at=NOON + timedelta(seconds=59)), shop()).at == NOON


def test_quanta_are_told_as_events() -> None:
    fine = an_sli("requests", None, source="people", quantum="0.001")
    slo = judged(shop(fine, bad=500, total=250_000))
    assert (slo.bad, slo.total) == (1440, 720_000), "half an event of 250 each minute"
    assert slo.budget.allowed_bad == pytest.approx(720)
    assert slo.budget.consumed == pytest.approx(2)
    assert slo.budget.remaining == pytest.approx(-1), "an overspent budget is signed"


@pytest.mark.parametrize(("quanta", "unit", "events"), [(3, "1", 3), (1500, "1/1000", 1.5), (2000, "1/1000", 2)])
def test_whole_events_are_told_without_a_fraction(quanta: int, unit: str, events: float) -> None:
    found = counted(quanta, Fraction(unit))
    assert found == events
    assert isinstance(found, int) is (events == int(events))


def test_an_objective_is_the_sum_of_its_groups() -> None:
    grouped = an_sli("requests", None, source="people", group_by=["region"])
    slo = judged(shop(grouped, labels=({"region": "eu"}, {"region": "us"})))
    assert [group.labels for group in slo.groups] == [{"region": "eu"}, {"region": "us"}]
    assert slo.bad == sum(group.bad for group in slo.groups) == 2 * TWO_DAYS
    assert slo.total == sum(group.total for group in slo.groups)


def test_an_objective_without_groups_tells_none() -> None:
    assert judged(shop()).groups == ()


def test_an_objective_is_found_by_name_and_by_service() -> None:
    context = shop()
    assert len(show_status(ShowStatus(at=NOON, slos=("checkout",)), context).slos) == 1
    assert len(show_status(ShowStatus(at=NOON, service="shop"), context).slos) == 1


def test_what_is_not_there_is_answered_with_the_nearest() -> None:
    for request in (ShowStatus(slos=("chekout",)), ShowStatus(service="shp")):
        with pytest.raises(NotFound, match="did you mean"):
            show_status(request, shop())
    with pytest.raises(NotFound, match="did you mean checkout"):
        show_slo(ShowSlo(name="chekout"), shop())


def test_the_burn_down_ends_at_what_is_left_and_adds_up_to_the_window() -> None:
    shown = show_slo(ShowSlo(name="checkout", at=NOON), shop())
    [slo], points = shown.objectives, shown.burn_down["checkout"]
    assert points[-1].at == NOON
    assert points[-1].remaining == pytest.approx(slo.budget.remaining, abs=1e-9)
    assert sum(point.bad for point in points) == slo.bad
    assert sum(point.total for point in points) == slo.total
    assert sum(point.seen for point in points) == TWO_DAYS
    left = [point.remaining for point in points if point.remaining is not None]
    assert left == sorted(left, reverse=True)


def test_an_slo_tells_how_it_is_measured_and_how_far() -> None:
    sli = an_sli(measure=ratio(bad="errors_total", total="requests_total"))
    shown = show_slo(ShowSlo(name="requests-slo", at=NOON), a_context(a_handbook([sli])))
    assert shown.queries == {"bad": "errors_total", "total": "requests_total"}
    assert (shown.source, shown.place, shown.collected_until) == ("prom", "handbook.yaml:1", None)


def test_silence_is_unknown_and_says_why() -> None:
    context = a_context(a_handbook([TOLD]))
    slo = judged(context)
    assert (slo.level, slo.total, slo.sli) == ("unknown", 0, None)
    assert slo.reason
