"""
Thirty days of a real Prometheus against the truth, to the event.

Scrapes every 15, 30 and 60 s off the minute; bursts inside one scrape; restarts at a minute's end, inside it, twice in
one, and hidden by fast growth; a traffic hole; an error series that never was, one born at 600 and one forgotten for
two days; scrape gaps from two to forty minutes, one with a restart inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest

import tsdb_truth
from fakes import (
    MemoryAudit,
    MemoryCorrections,
    MemoryEntries,
    MemoryEpisodes,
    MemoryLedger,
    MemoryLevels,
    MemoryOutbox,
    MemoryRecordings,
    MemoryReleases,
    MemoryRevisions,
    MemoryRollbacks,
    MemoryTokens,
    NoNotifiers,
    NoRunners,
)
from leadline.adapters.files.slices import DuckDbSliceFiles
from leadline.adapters.files.specs import YamlSpecFiles
from leadline.adapters.sources.prometheus import PrometheusSource
from leadline.core.slices import SeriesKey
from leadline.domains.budgets.standings import standings
from leadline.domains.measurement.collection import collect
from leadline.domains.measurement.model import Collect, Outcome
from leadline.handbook.specs import DataSource, Handbook, Place, Query, RatioMeasure, Sli
from leadline.ports.operation import Context
from leadline.ports.source import Answer, Role, SourceQuery
from servers import StartPrometheus
from tsdb_truth import DAY, DAYS, END, SERVICES, START, STEP, Month, build_month

pytestmark = pytest.mark.prometheus

PLACE = Place("handbook.yaml", 1)
SOURCE = "metrics"


@pytest.fixture(scope="module")
def month(promtool: str, tmp_path_factory: pytest.TempPathFactory) -> Month:
    return build_month(promtool, tmp_path_factory.mktemp("month"))


@pytest.fixture(scope="module")
def url(month: Month, prometheus_servers: StartPrometheus) -> str:
    return prometheus_servers(tsdb_dir=month.folder)


@pytest.fixture(scope="module")
def source(url: str) -> Iterator[PrometheusSource]:
    source = PrometheusSource(SOURCE, {"url": url}, {})
    yield source
    source.close()


def text(service: str, role: Role) -> str:
    code = ',code="500"' if role is Role.BAD else ""
    return f'sum(http_requests_total{{service="{service}"{code}}})'


def queries(*services: str) -> list[SourceQuery]:
    roles = (Role.TOTAL, Role.BAD)
    return [SourceQuery(service, role, text(service, role), counter=True) for service in services for role in roles]


@pytest.fixture(scope="module")
def answers(source: PrometheusSource) -> Mapping[tuple[str, Role], Answer]:
    asked = source.answer(queries(*SERVICES), START, END, progress=lambda _: None)
    return {(answer.query.sli, answer.query.role): answer for answer in asked}


def assert_same(found: tsdb_truth.Truth, truth: tsdb_truth.Truth) -> None:
    differ = np.flatnonzero(~((found == truth) | (np.isnan(found) & np.isnan(truth))))
    shown = [f"slice {index}: {found[index]}, truth {truth[index]}" for index in differ[:10].tolist()]
    assert not shown, f"{differ.size} slices differ: {shown}"


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("role", [Role.TOTAL, Role.BAD])
def test_every_slice_of_thirty_days_is_the_truth(
    answers: Mapping[tuple[str, Role], Answer], month: Month, service: str, role: Role
) -> None:
    answer = answers[service, role]
    assert answer.error is None
    truth = month.total[service] if role is Role.TOTAL else month.bad[service]
    found = answer.groups.get((), np.full(truth.size, np.nan))
    assert_same(found, truth)


def test_where_a_scraper_sees_all_not_one_event_is_lost(
    answers: Mapping[tuple[str, Role], Answer], month: Month
) -> None:
    total = float(np.nansum(answers["search", Role.TOTAL].groups[()]))
    assert total == month.events["search"]["200"]
    hole = slice((10 * DAY + 12 * 3600) // STEP + 1, (10 * DAY + 14 * 3600) // STEP)
    assert answers["search", Role.TOTAL].groups[()][hole].tolist() == [0.0] * 119
    assert answers["search", Role.BAD].groups == {}


def test_trap_05_a_first_burst_of_errors_is_not_lost(answers: Mapping[tuple[str, Role], Answer]) -> None:
    bad = answers["payments", Role.BAD].groups[()]
    born = (12 * DAY + 10 * 3600 + 15 * 60) // STEP
    assert np.isnan(bad[:born]).all()
    assert bad[born] >= 600


def test_trap_06_a_restart_loses_no_event_that_a_scraper_saw(
    answers: Mapping[tuple[str, Role], Answer], month: Month
) -> None:
    found, truth = answers["checkout", Role.TOTAL].groups[()], month.total["checkout"]
    restarts = [(4, 3, 0), (6, 15, 20), (8, 11, 30), (11, 9, 0), (11, 9, 2)]
    minutes = [(day * DAY + hour * 3600) // STEP + minute for day, hour, minute in restarts]
    assert found[minutes].tolist() == truth[minutes].tolist()
    assert found[minutes].min() > 0
    # The counter had passed its old height within the minute: the difference of its ends says too little.
    assert found[minutes[-1]] > 5_400


def test_slices_asked_one_by_one_are_those_of_the_month(
    source: PrometheusSource, answers: Mapping[tuple[str, Role], Answer]
) -> None:
    """Around each restart, birth and gap, a live turn of one step says the same as the backfill."""
    spots = [
        (4, 3, 0),
        (6, 15, 20),
        (8, 11, 30),
        (11, 9, 2),
        (12, 10, 15),
        (15, 8, 5),
        (15, 8, 40),
        (19, 3, 30),
        (20, 7, 30),
    ]
    for day, hour, minute in spots:
        for start in (START + day * DAY + hour * 3600 + (minute + near) * STEP for near in (-1, 0, 1)):
            index = (start - START) // STEP
            for answer in source.answer(queries(*SERVICES), start, start + STEP, progress=lambda _: None):
                whole = answers[answer.query.sli, answer.query.role].groups.get((), np.full(DAYS * 1440, np.nan))
                found = answer.groups.get((), np.full(1, np.nan))
                assert np.array_equal(found, whole[index : index + 1], equal_nan=True), (answer.query, start)


class Quiet:
    """Nobody watches."""

    def begin(self, what: str, total: int) -> None: ...

    def advance(self, count: int) -> None: ...

    def end(self) -> None: ...


def sli(name: str, total: str, bad: str, *group_by: str) -> Sli:
    measure = RatioMeasure(Query(total, SOURCE), Query(bad, SOURCE), None, counter=True)
    return Sli(name, "", measure, SOURCE, group_by, Fraction(1), is_inline=False, place=PLACE)


def collected(url: str, slis: list[Sli], start: int, end: int) -> MemoryLedger:
    """A ledger after collecting these SLIs from the server."""
    handbook = Handbook(
        folder=".",
        name="month",
        zone="UTC",
        settle=timedelta(minutes=2),
        services={},
        teams={},
        sources={SOURCE: DataSource(SOURCE, "prometheus", {"url": url}, PLACE)},
        slis={sli.id: sli for sli in slis},
        slos={},
        agreements={},
        policies={},
        corrections={},
    )
    ledger = MemoryLedger()
    context = Context(
        handbook=handbook,
        ledger=ledger,
        revisions=MemoryRevisions(),
        corrections=MemoryCorrections(),
        recordings=MemoryRecordings(),
        tokens=MemoryTokens(),
        audit=MemoryAudit(),
        levels=MemoryLevels(),
        outbox=MemoryOutbox(),
        notifiers=NoNotifiers(),
        rollbacks=MemoryRollbacks(MemoryOutbox()),
        runners=NoRunners(),
        files=DuckDbSliceFiles(),
        specs=YamlSpecFiles(),
        source=lambda spec: PrometheusSource(spec.name, spec.connection, {}),
        now=lambda: datetime.fromtimestamp(end, UTC),
        progress=Quiet(),
        entries=MemoryEntries(),
        releases=MemoryReleases(),
        judge=standings,
        episodes=MemoryEpisodes(),
    )
    since, at = (datetime.fromtimestamp(instant, UTC) for instant in (start, end))
    collection = collect(Collect(since=since, at=at), context)
    assert {found.outcome for found in collection.slis} == {Outcome.COLLECTED}
    return ledger


def test_the_ledger_holds_the_truth_after_collecting(url: str, month: Month) -> None:
    slis = [sli(service, text(service, Role.TOTAL), text(service, Role.BAD)) for service in SERVICES]
    slices = collected(url, slis, START, END).read(list(SERVICES), START, END)
    for service in SERVICES:
        found, total, bad = slices[SeriesKey(service)], month.total[service], month.bad[service]
        assert np.array_equal(found.seen, ~np.isnan(total))
        assert np.array_equal(found.total, np.nan_to_num(total))
        assert np.array_equal(found.bad, np.where(found.seen, np.nan_to_num(bad), 0))


def test_trap_04_a_group_that_never_failed_is_kept_beside_those_that_did(url: str, month: Month) -> None:
    grouped = "sum by (service) (http_requests_total{})"
    requests = sli("requests", grouped.format(""), grouped.format('{code="500"}'), "service")
    start, end = START + DAY, START + 2 * DAY
    slices = collected(url, [requests], start, end).read(["requests"], start, end)
    assert sorted(slices) == [SeriesKey.of("requests", service=service) for service in sorted(SERVICES)]
    day = slice(1440, 2880)
    for service in SERVICES:
        found = slices[SeriesKey.of("requests", service=service)]
        assert found.total.tolist() == month.total[service][day].tolist()
        assert int(found.bad.sum()) == int(np.nansum(month.bad[service][day]))
    assert not slices[SeriesKey.of("requests", service="search")].bad.any()
