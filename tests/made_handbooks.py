"""Handbooks made by hand, for tests of what stands inside the loader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

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
from instants import NOON
from leadline.adapters.files.specs import YamlSpecFiles
from leadline.core.budgets import BudgetTerms
from leadline.core.windows import RollingWindow
from leadline.domains.budgets.standings import standings
from leadline.handbook.specs import (
    DataSource,
    Handbook,
    Limit,
    Measure,
    Place,
    Query,
    RatioMeasure,
    RawMeasure,
    Service,
    Sli,
    Slo,
    ThresholdMeasure,
)
from leadline.handbook.strategies import shipped_strategies, tiers_for
from leadline.ports.corrections import Corrections
from leadline.ports.ledger import Ledger
from leadline.ports.operation import Context
from leadline.ports.slice_files import SliceRows
from leadline.ports.source import Source

HERE = Place("handbook.yaml", 1)


def ratio(good: str | None = None, bad: str | None = None, total: str = "total", *, counter: bool = False) -> Measure:
    """Events of a source named `prom`."""

    def query(text: str | None) -> Query | None:
        return None if text is None else Query(text, "prom")

    return RatioMeasure(Query(total, "prom"), query(bad), query(good), counter)


def raw(*, success: bool) -> Measure:
    return RawMeasure(Query("share", "prom"), success)


def gauge() -> Measure:
    return ThresholdMeasure(Query("gauge", "prom"))


def an_sli(
    name: str = "requests",
    measure: Measure | None = None,
    *,
    source: str = "prom",
    quantum: str = "1",
    group_by: Sequence[str] = (),
    only_when: str | None = None,
    failures: str | None = None,
) -> Sli:
    return Sli(
        name, "", measure, source, tuple(group_by), Fraction(quantum), is_inline=False, place=HERE,
        only_when=only_when, failures=None if failures is None else Query(failures, source),
    )  # fmt: skip


def an_slo(
    sli: Sli,
    name: str | None = None,
    *,
    target: str = "0.999",
    days: int = 28,
    limit: Limit | None = None,
    mtbf_minutes: int | None = None,
    series: str | None = None,
) -> Slo:
    budget = Fraction(1, mtbf_minutes) if mtbf_minutes else 1 - Fraction(target)
    name, window = name or f"{sli.id}-slo", RollingWindow(timedelta(days=days))
    alerts = tiers_for(shipped_strategies()["workbook"], None, window, budget).kept
    return Slo(
        name, name, "", "", "shop", None, None, sli, series or (f"{sli.id}@{limit}" if limit else sli.id), limit,
        target, BudgetTerms(Decimal(target), budget, window),
        is_mtbf=mtbf_minutes is not None, annotations={}, place=HERE,
        alerts=alerts, strategy="workbook",
    )  # fmt: skip


def of_tier(slo: Slo, tier: int | None) -> Slo:
    """The same of a service of this tier, with the alerts of a practice that confirms by tier."""
    alerts = tiers_for(shipped_strategies()["virtengine"], tier, slo.terms.window, Fraction(0)).kept
    return replace(slo, tier=tier, alerts=alerts, strategy="virtengine")


def a_handbook(slis: Sequence[Sli], slos: Sequence[Slo] | None = None, *, settle_minutes: int = 2) -> Handbook:
    """A handbook of these SLIs, each with a plain objective unless `slos` says otherwise."""
    slos = [an_slo(sli) for sli in slis] if slos is None else slos
    sources = {
        sli.source: DataSource(sli.source, "push" if sli.measure is None else "memory", {}, HERE) for sli in slis
    }
    services = {"shop": Service("shop", "", "", None, None, HERE)}
    by_id = {sli.id: sli for sli in slis}, {slo.id: slo for slo in slos}
    settle = timedelta(minutes=settle_minutes)
    return Handbook("handbook", "shop", "UTC", settle, services, {}, sources, *by_id, {}, {}, {})


@dataclass
class Steps:
    """A `Progress` that remembers what it was told."""

    begun: list[tuple[str, int]] = field(default_factory=list)
    advanced: int = 0
    ended: int = 0

    def begin(self, what: str, total: int) -> None:
        self.begun.append((what, total))

    def advance(self, count: int) -> None:
        self.advanced += count

    def end(self) -> None:
        self.ended += 1


class NoFiles:
    """`SliceFiles` of a machine without any."""

    def read(self, file: Path) -> SliceRows:
        raise AssertionError(file)

    def parse(self, content: bytes, origin: str) -> SliceRows:
        raise AssertionError((content, origin))

    def write(self, file: Path, rows: SliceRows, labels: Sequence[str]) -> None:
        raise AssertionError((file, len(rows), labels))


def a_context(
    handbook: Handbook,
    sources: Mapping[str, Source] | None = None,
    *,
    ledger: Ledger | None = None,
    now: datetime | Callable[[], datetime] = NOON,
    files: object | None = None,
    corrections: Corrections | None = None,
) -> Context:
    """What a use case is given, all of it in memory."""
    levels, outbox = MemoryLevels(), MemoryOutbox()
    return Context(
        handbook=handbook,
        ledger=ledger if ledger is not None else MemoryLedger(),
        revisions=MemoryRevisions(),
        corrections=MemoryCorrections() if corrections is None else corrections,
        recordings=MemoryRecordings(),
        levels=levels,
        outbox=outbox,
        notifiers=NoNotifiers(),
        rollbacks=MemoryRollbacks(MemoryOutbox()),
        runners=NoRunners(),
        tokens=MemoryTokens(),
        audit=MemoryAudit(),
        specs=YamlSpecFiles(),
        files=files or NoFiles(),  # type: ignore[arg-type]  # a test's own stand-in
        source=lambda spec: (sources or {})[spec.name],
        now=now if callable(now) else lambda: now,
        progress=Steps(),
        entries=MemoryEntries(),
        releases=MemoryReleases(),
        judge=standings,
        episodes=MemoryEpisodes(levels, outbox),
    )


@contextmanager
def rewound(ledger: MemoryLedger, fail_after: int) -> Iterator[None]:
    """The ledger's process dies once it has committed `fail_after` transactions."""
    append, left = ledger.append, [fail_after]

    def dying(writer: str, batches: Sequence[object], *, watermarks: Sequence[object] = ()) -> int:
        if left[0] == 0:
            raise InterruptedError("the process was killed")
        left[0] -= 1
        return append(writer, batches, watermarks=watermarks)  # type: ignore[arg-type]  # passed through

    ledger.append = dying  # type: ignore[method-assign,assignment]  # death is not a method of the ledger
    try:
        yield
    finally:
        ledger.append = append  # type: ignore[method-assign]  # alive again
