"""Use cases of what people know: how long something was down, and how many events failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from leadline.core.slices import STEP, DenseSlices, SeriesKey, SliceBatch
from leadline.domains.measurement import outages, tables
from leadline.domains.measurement.model import RecordDowntime, Recorded, RecordFailures
from leadline.domains.measurement.outages import DOWNTIME
from leadline.errors import Problem, RecordError, SpecError
from leadline.handbook.specs import Sli, Slo
from leadline.handbook.wording import not_found
from leadline.ports.operation import Context

_LONGEST_SECONDS = 100 * 86_400
"""Slices are kept so long."""
_LOOK_BACK_SECONDS = 7 * 86_400
"""How far is looked to tell one probe a minute from traffic."""


def record_downtime(request: RecordDowntime, context: Context) -> Recorded:
    """
    Raise the bad events of an interval to a share of its events; overlapping recordings unite.

    What was measured as bad already counts towards the share, and totals are not changed.
    """
    start, end = _interval(request.start, request.end, context)
    slos = [slo for slo in context.handbook.slos.values() if request.slo in (slo.id, slo.name)]
    if not slos:
        raise not_found("SLO", request.slo, list(context.handbook.slos))
    if any(slo.is_mtbf for slo in slos):
        raise RecordError(f"{request.slo} counts failures, not their length; write: leadline record failures")
    context.revisions.record(context.handbook, context.now())
    downtime = _Downtime(start, end, Fraction(0 if request.take_back else request.fraction), context)
    batches = [batch for slo in {slo.series: slo for slo in slos}.values() for batch in downtime.batches(slo)]
    if not batches and not request.take_back and not downtime.is_counted:
        raise RecordError(
            f"{request.slo}: no event is known from {request.start.isoformat()} to {request.end.isoformat()}; collect "
            "or import that time first, or say how many there were: leadline record failures "
            f"{slos[0].sli.id} --bad N --total N"
        )
    context.ledger.import_all(DOWNTIME, batches)
    return Recorded(
        slices=sum(len(batch) for batch in batches),
        series=len(batches),
        bad=float(downtime.bad),
        warnings=downtime.warnings(),
    )


@dataclass(slots=True)
class _Downtime:
    """One interval, and what became of it."""

    start: int
    end: int
    fraction: Fraction
    context: Context
    bad: Fraction = Fraction(0)
    """Bad events of the interval that stand in the name of DOWNTIME."""
    is_counted: bool = False
    unknown: int = 0

    def batches(self, slo: Slo) -> Iterator[SliceBatch]:
        """What is to be written for one series of the ledger, group by group."""
        span = outages.touched(self.start, self.end)
        ledger = self.context.ledger
        unit = max(1, round(1 / slo.sli.quantum))
        with ledger.snapshot():
            everyone = ledger.read([slo.series], span.start, span.end)
            earliest = span.start - _LOOK_BACK_SECONDS
            others = ledger.read([slo.series], earliest, span.end, without=DOWNTIME)
        probed = slo.sli.measure is None and all(int(dense.total.max(initial=0)) <= unit for dense in others.values())
        keys = sorted({*everyone, *others}) or ([] if slo.sli.group_by or not probed else [SeriesKey(slo.series)])
        for key in keys:
            measured = _part(others.get(key), earliest, span.start, span.slices)
            before = _part(everyone.get(key), span.start, span.start, span.slices)
            rows = {
                overlap.start: row
                for overlap, all_, other in zip(outages.overlaps(self.start, self.end), before, measured, strict=True)
                if (row := self._row(overlap, all_, other, unit if probed else 0)) is not None
            }
            self.bad += sum(bad for bad, _ in rows.values()) * slo.sli.quantum
            changed = {at: row for at, row in rows.items() if row != self._own(at, span.start, before, measured)}
            if changed:
                yield _batch(key, changed)

    def _row(
        self, overlap: outages.Overlap, everyone: tuple[int, int], others: tuple[int, int], unit: int
    ) -> tuple[int, int] | None:
        """(bad, total) of one slice in the name of DOWNTIME; None where no event is known."""
        (bad, total), own_bad = others, everyone[0] - others[0]
        if not total and not unit:
            self.unknown += 1
            return None
        self.is_counted = True
        if self.fraction == 0:
            return 0, 0
        wanted = max(0, outages.failed(overlap, self.fraction, total or unit) - bad)
        return max(own_bad, wanted), 0 if total else unit

    @staticmethod
    def _own(
        at: int, start: int, everyone: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]
    ) -> tuple[int, int]:
        (all_bad, all_total), (bad, total) = everyone[(at - start) // STEP], others[(at - start) // STEP]
        return all_bad - bad, all_total - total

    def warnings(self) -> tuple[str, ...]:
        if not self.unknown or not self.fraction:
            return ()
        return (f"{self.unknown} slice(s) are left out, since no event of them is known; record again once it is",)


def record_failures(request: RecordFailures, context: Context) -> Recorded:
    """Spread whole events over the slices of an interval: exactly as many as were said."""
    start, end = _interval(request.start, request.end, context)
    named = tables.named_series(context.handbook)
    if request.sli not in named:
        raise not_found("SLI", request.sli, list(named))
    sli, target = named[request.sli]
    undeclared = sorted(set(request.labels) - set(sli.group_by))
    if undeclared:
        hint = "declare it in the SLI's annotation leadline/groupBy, or leave it out"
        raise SpecError([Problem("--label", 0, 0, "", "the SLI does not declare this label", undeclared[0], hint)])
    context.revisions.record(context.handbook, context.now())
    key = SeriesKey.of(target.series, **request.labels)
    span = outages.touched(start, end)
    with context.ledger.snapshot():
        others = context.ledger.read([key.sli], span.start, span.end, without=request.writer).get(key)
        everyone = context.ledger.read([key.sli], span.start, span.end).get(key)
    measured = _part(others, span.start, span.start, span.slices)
    rows = _failed_slices(request, outages.overlaps(start, end), measured, sli, may_exceed=target.may_exceed)
    written = {at: row for at, row in rows.items() if any(row)}
    replaced = sum(row[0] for row in _part(everyone, span.start, span.start, span.slices)) - sum(
        row[0] for row in measured
    )
    context.ledger.import_all(request.writer, [_batch(key, written)])
    warning = (
        f"{request.writer} had said {float(replaced * sli.quantum):g} bad events in that time; slices that are written "
        "again are replaced; use another --writer to add"
    )
    return Recorded(slices=len(written), series=1, bad=float(request.bad), warnings=(warning,) if replaced > 0 else ())


def _failed_slices(
    request: RecordFailures,
    pieces: Sequence[outages.Overlap],
    measured: Sequence[tuple[int, int]],
    sli: Sli,
    *,
    may_exceed: bool,
) -> Mapping[int, tuple[int, int]]:
    """(bad, total) by start of the slice, in quanta; `measured` is what other writers say of each."""
    bad = _quanta("--bad", request.bad, sli)
    if request.total is not None:
        return _spread_with_total(pieces, bad, _quanta("--total", request.total, sli), may_exceed=may_exceed)
    weights = [each.seconds for each in pieces]
    if not may_exceed:
        room = (max(0, total - known) for known, total in measured)
        weights = [each.seconds * free for each, free in zip(pieces, room, strict=True)]
        if bad * STEP > sum(weights) or not any(weights):
            raise RecordError(
                f"{request.sli}: {float(sum(weights) * sli.quantum / STEP):g} good events are known in that time, and "
                f"{request.bad} are said to have failed; collect or import that time first, or add --total"
            )
    return {each.start: (part, 0) for each, part in _spread(pieces, bad, weights)}


def _spread_with_total(
    pieces: Sequence[outages.Overlap], bad: int, total: int, *, may_exceed: bool
) -> Mapping[int, tuple[int, int]]:
    """Events by time, bad ones by events, so that none exceeds its slice."""
    if bad > total and not may_exceed:
        hint = "bad events are a part of all; check the order"
        raise SpecError([Problem("--bad", 0, 0, "", "exceeds --total", str(bad), hint)])
    totals = [part for _, part in _spread(pieces, total, [each.seconds for each in pieces])]
    weights = totals if total else [each.seconds for each in pieces]
    return {each.start: (part, of) for (each, part), of in zip(_spread(pieces, bad, weights), totals, strict=True)}


def _spread(
    pieces: Sequence[outages.Overlap], amount: int, weights: Sequence[int]
) -> Sequence[tuple[outages.Overlap, int]]:
    return list(zip(pieces, outages.apportioned(amount, weights), strict=True))


def _quanta(option: str, events: int, sli: Sli) -> int:
    exact = events / sli.quantum
    if exact.denominator != 1:
        hint = f"write a multiple of {float(sli.quantum):g}, the SLI's quantum"
        raise SpecError([Problem(option, 0, 0, "", "not a whole number of quanta", str(events), hint)])
    return exact.numerator


def _interval(start: datetime, end: datetime, context: Context) -> tuple[int, int]:
    """Both ends in seconds; what has not happened yet cannot be recorded."""
    first, last = int(start.timestamp()), int(end.timestamp())
    wrong: list[tuple[str, str, datetime, str]] = []
    if last <= first:
        wrong.append(("--to", "not after --from", end, "write the later instant here"))
    if end > context.now():
        wrong.append(("--to", "in the future", end, "record it once it is over, or announce a Correction"))
    if last - first > _LONGEST_SECONDS:
        wrong.append(("--from", "longer than 100 days", start, "record shorter pieces"))
    if wrong:
        raise SpecError(Problem(option, 0, 0, "", what, at.isoformat(), hint) for option, what, at, hint in wrong)
    return first, last


def _part(dense: DenseSlices | None, start: int, first: int, count: int) -> list[tuple[int, int]]:
    """(bad, total) of `count` slices from `first` on, of what was read from `start` on."""
    if dense is None:
        return [(0, 0)] * count
    skipped = (first - start) // STEP
    bad: list[int] = dense.bad[skipped : skipped + count].tolist()
    total: list[int] = dense.total[skipped : skipped + count].tolist()
    return list(zip(bad, total, strict=True))


def _batch(key: SeriesKey, rows: Mapping[int, tuple[int, int]]) -> SliceBatch:
    """Bad events in the name of one writer, of totals that another has written."""
    bad, total = ([row[column] for row in rows.values()] for column in (0, 1))
    return SliceBatch(key, list(rows), bad, total, may_exceed=True)  # type: ignore[arg-type]  # made arrays there
