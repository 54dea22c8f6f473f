"""Overviews: rows by service, a page at a time, and the owners of what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from fakes import MemoryLedger
from instants import NOON_SECONDS
from leadline.core.slices import STEP, SeriesKey, SliceBatch
from leadline.core.subjects import OnNoData
from leadline.domains.budgets.model import ShowSlo
from leadline.domains.budgets.overview_model import (
    FindNames,
    ListServices,
    NeedKind,
    ShowNeeds,
    ShowOverview,
    ShowService,
    ShowTeam,
)
from leadline.domains.budgets.overviews import show_needs, show_overview
from leadline.domains.budgets.owners import find_names, list_services, show_service, show_team
from leadline.domains.budgets.service import show_slo
from leadline.errors import NotFound, SpecError
from leadline.handbook.specs import Handbook, Service, Slo, Team
from leadline.ports.levels import LevelChange
from leadline.ports.operation import Context
from made_handbooks import HERE, a_context, a_handbook, an_sli, an_slo, of_tier

SLI = an_sli("requests", None, source="people")
DAY = 1440


def a_practice(slos: Sequence[Slo]) -> Handbook:
    """A shop and a bank with an owner each; the bank stands first in the handbook."""
    services = {
        name: Service(name, name.title(), "", tier, team, HERE)
        for name, tier, team in (("bank", 0, "tellers"), ("shop", 1, None))
    }
    teams = {"tellers": Team("tellers", "Tellers", {"chat": "#tellers"}, HERE)}
    return replace(a_handbook([SLI], slos), services=services, teams=teams)


def of_bank(name: str) -> Slo:
    return replace(of_tier(an_slo(SLI, name, target="0.99", days=7), 0), service="bank", team="tellers")


def of_shop(name: str) -> Slo:
    return an_slo(SLI, name, target="0.99", days=7)


def told(minutes: int, total: int, bad_of_last: int = 0, last: int = 0, ago: int = 0) -> MemoryLedger:
    """So many minutes up to noon of equal traffic; of the last few before `ago`, so many fail in each."""
    ledger = MemoryLedger()
    back = np.arange(minutes, 0, -1)
    bad = np.where((ago < back) & (back <= ago + last), bad_of_last, 0)
    batch = SliceBatch(SeriesKey.of("requests"), NOON_SECONDS - back * STEP, bad, np.full(minutes, total))
    ledger.append("import", [batch])
    return ledger


def context_of(slos: Sequence[Slo], ledger: MemoryLedger | None = None) -> Context:
    return a_context(replace(a_practice(slos), settle=a_practice(slos).settle * 0), ledger=ledger)


def test_rows_stand_by_service_in_the_order_of_the_handbook() -> None:
    found = show_overview(ShowOverview(), context_of([of_shop("cart"), of_bank("loans"), of_shop("stock")]))
    assert [row.status.slo for row in found.rows] == ["loans", "cart", "stock"]


def test_a_page_tells_where_the_next_begins() -> None:
    context = context_of([of_shop(f"slo-{number}") for number in range(5)])
    first = show_overview(ShowOverview(most=3), context)
    last = show_overview(ShowOverview(after=3, most=3), context)
    assert (len(first.rows), first.total, first.following) == (3, 5, 3)
    assert ([row.status.slo for row in last.rows], last.following) == (["slo-3", "slo-4"], None)


def test_only_a_service_or_a_level_can_be_asked_for() -> None:
    context = context_of([of_shop("cart"), of_bank("loans")], told(8 * DAY, 100))
    assert [row.status.slo for row in show_overview(ShowOverview(service="bank"), context).rows] == ["loans"]
    assert show_overview(ShowOverview(level="healthy"), context).total == 2
    assert show_overview(ShowOverview(level="critical"), context).total == 0
    with pytest.raises(NotFound, match="did you mean bank"):
        show_overview(ShowOverview(service="bnak"), context)
    with pytest.raises(SpecError, match="did you mean healthy"):
        show_overview(ShowOverview(level="healty"), context)


def test_the_course_of_a_row_ends_at_what_is_left() -> None:
    found = show_overview(ShowOverview(), context_of([of_shop("cart")], told(30 * DAY, 100, 50, 30)))
    (row,) = found.rows
    assert row.course[-1].at == found.at
    assert row.course[-1].remaining == row.status.budget.remaining
    assert row.course[0].remaining == 1.0
    assert len(row.course) == 29


def test_only_a_spent_budget_tells_when_it_is_back() -> None:
    spent = show_overview(ShowOverview(), context_of([of_shop("cart")], told(8 * DAY, 100, 100, 300))).rows[0]
    kept = show_overview(ShowOverview(), context_of([of_shop("cart")], told(8 * DAY, 100, 1, 300))).rows[0]
    assert (spent.status.level, kept.status.level) == ("depleted", "healthy")
    assert spent.recovers_at is not None
    assert kept.recovers_at is None


def test_a_few_failures_of_little_traffic_do_not_burn() -> None:
    few = context_of([of_bank("loans")], told(8 * DAY, 1, 1, 1))
    many = context_of([of_bank("loans")], told(8 * DAY, 100, 100, 1))
    rates = [show_overview(ShowOverview(), each).rows[0].burn[0].rate for each in (few, many)]
    assert rates == pytest.approx([20.0, 20.0])
    assert show_needs(ShowNeeds(), few).total == 0
    assert [need.kind for need in show_needs(ShowNeeds(), many).needs] == [NeedKind.BURNING]


def test_since_when_it_stands_so_is_told_of_now_and_not_of_the_past() -> None:
    context = context_of([of_shop("cart")], told(8 * DAY, 100, 100, 300, 4 * DAY))
    context.levels.append([LevelChange("cart", NOON_SECONDS - 900, "", "critical", "")])
    context.levels.append([LevelChange("cart", NOON_SECONDS - 600, "critical", "depleted", "")])
    (now,) = show_needs(ShowNeeds(), context).needs
    assert now.since is not None
    assert now.since.timestamp() == NOON_SECONDS - 600
    (then,) = show_needs(ShowNeeds(at=context.now()), context).needs
    assert then.since is None


@pytest.mark.parametrize(("before", "after"), [("", "critical"), ("", "depleted")])
def test_another_level_and_the_first_one_known_tell_no_since(before: str, after: str) -> None:
    context = context_of([of_shop("cart")], told(8 * DAY, 100, 100, 300, 4 * DAY))
    context.levels.append([LevelChange("cart", NOON_SECONDS - 600, before, after, "")])
    assert show_needs(ShowNeeds(), context).needs[0].since is None


def test_needs_of_a_team_are_those_of_its_objectives() -> None:
    context = context_of([of_shop("cart"), of_bank("loans")])
    found = show_needs(ShowNeeds(team="tellers"), context)
    assert [need.slos for need in found.needs] == [("loans",)]
    assert (found.objectives, found.counts) == (1, {"unknown": 1})
    with pytest.raises(NotFound, match="no team is named"):
        show_needs(ShowNeeds(team="sailors"), context)


def test_services_count_their_objectives_and_tell_what_is_missing_of_them() -> None:
    context = context_of([of_shop("cart"), of_bank("loans")], told(8 * DAY, 100))
    found = {each.name: each for each in list_services(ListServices(), context).services}
    assert (found["shop"].counts, found["bank"].tier) == ({"healthy": 1}, 0)
    detail = show_service(ShowService(name="bank"), context)
    (source,) = detail.sources
    assert (source.name, source.slis, source.collected_until, source.behind_seconds) == ("people", 1, None, None)
    assert detail.team_name == "Tellers"
    with pytest.raises(NotFound, match="did you mean bank"):
        show_service(ShowService(name="bnak"), context)


def test_a_team_has_its_contacts_and_services() -> None:
    team = show_team(ShowTeam(name="tellers"), context_of([of_bank("loans")]))
    assert team.contacts == {"chat": "#tellers"}
    assert [each.name for each in team.services] == ["bank"]
    assert (team.counts, team.needs) == ({"unknown": 1}, 1)


def test_names_are_found_by_every_word_whatever_its_case() -> None:
    context = context_of([of_bank("loans"), of_shop("loan-desk")])
    assert [(each.kind, each.name) for each in find_names(FindNames(q="LOAN bank"), context).found] == [
        ("objective", "loans")
    ]
    assert find_names(FindNames(q="loan", most=1), context).total == 2
    assert find_names(FindNames(q="ship"), context).found == ()


def test_spent_budgets_of_one_page_are_back_when_each_alone_says_so() -> None:
    ledger = told(6 * DAY, 100, 100, 300, ago=90)
    later = np.arange(30 * DAY, 20 * DAY, -1)
    ledger.append(
        "import",
        [SliceBatch(SeriesKey.of("requests"), NOON_SECONDS - later * STEP, later % 7, np.full(len(later), 100))],
    )
    plain = [
        an_slo(SLI, f"of-{days}-{target}", target=target, days=days) for days in (7, 28) for target in ("0.99", "0.98")
    ]
    strict = [
        replace(
            slo, name=f"{slo.name}-strict", id=f"{slo.id}-strict", terms=replace(slo.terms, on_no_data=OnNoData.BAD)
        )
        for slo in plain
    ]
    context = context_of([*plain, *strict], ledger)
    rows = show_overview(ShowOverview(level="depleted"), context).rows
    back = {row.status.slo: row.recovers_at for row in rows}
    alone = {name: show_slo(ShowSlo(name=name), context).outlook[name].recovers_at for name in back}
    assert back == alone
    assert len(set(back.values()) - {None}) > 2, back
