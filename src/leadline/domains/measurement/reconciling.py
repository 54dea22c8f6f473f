"""
The ledger, made to say what recordings say: read what everybody else says, retell it, write what is other.

Leaves out what may be recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from leadline.core.slices import STEP, DenseSlices, SeriesKey, SliceBatch
from leadline.core.windows import Span
from leadline.domains.measurement import outages, tables
from leadline.domains.measurement.retelling import Counts, Retelling, related
from leadline.handbook.specs import Sli
from leadline.ports.operation import Context
from leadline.ports.recordings import RECORDINGS, Recording

_LOOK_BACK_SECONDS = 7 * 86_400
"""How far is looked to tell one probe a minute from traffic."""


def in_force(context: Context) -> list[Recording]:
    """The recordings that hold."""
    return [each for each, gone in context.recordings.every() if gone is None]


@dataclass(frozen=True, slots=True)
class Told:
    slices: int
    series: int
    bad: Fraction
    """Bad events of the interval that follow from recordings."""
    warnings: tuple[str, ...]


def tell(recording: Recording, context: Context) -> Told:
    """
    Make the ledger say what the recordings that hold say, wherever this one reaches.

    Whoever has changed what holds writes after that, so the last one to write has read everything: it is written again
    until nothing has changed meanwhile.
    """
    while True:
        holding = in_force(context)
        found = [retold(series, recording, holding, context) for series in recording.series]
        counts = [
            context.ledger.rewrite(RECORDINGS, one.span.start, one.span.end, [batch])
            for one in found
            for batch in one.batches()
        ]
        if in_force(context) == holding:
            break
    within = outages.touched(recording.start, recording.end)
    unknown = sum(one.unknown(within) for one in found)
    warnings = [
        f"{float(events):g} of the failures of recording {number} do not fit into the good events that are known"
        for one in found
        for number, events in one.unfit.items()
    ]
    if unknown and recording.fraction is not None and any(each.id == recording.id for each in holding):
        warnings.append(
            f"{unknown} slice(s) are left out, since no event of them is known; remove and record again once it is"
        )
    bad = sum((one.bad_within(within) for one in found), Fraction(0))
    return Told(sum(counts), sum(count > 0 for count in counts), bad, tuple(warnings))


@dataclass(frozen=True, slots=True)
class Retold:
    """One series of the ledger over a span."""

    span: Span
    sli: Sli
    by_key: Mapping[SeriesKey, Retelling]
    concerned: frozenset[SeriesKey]
    """Groups of which anything is known; of the others only what was recorded of them once."""

    @property
    def unfit(self) -> Mapping[int, Fraction]:
        """Failures for which no good event is known, by id of the recording."""
        return {number: events for one in self.by_key.values() for number, events in one.unfit.items()}

    def batches(self) -> list[SliceBatch]:
        return [_batch(key, one.rows()) for key, one in self.by_key.items()]

    def unknown(self, within: Span) -> int:
        """Slices of the concerned groups of which no event is known."""
        return sum(self.by_key[key].unknown(within) for key in self.concerned)

    def bad_within(self, within: Span) -> Fraction:
        """Bad events that follow from recordings."""
        rows = (row for one in self.by_key.values() for row in one.rows().items())
        return sum(bad for at, (bad, _) in rows if within.start <= at < within.end) * self.sli.quantum


def retold(series: str, changed: Recording, holding: Sequence[Recording], context: Context) -> Retold:
    """What the recordings that hold say of one series, wherever this one or one that hangs together with it reaches."""
    sli, target = tables.named_series(context.handbook)[series]
    within = outages.touched(changed.start, changed.end)
    span, chosen = related([each for each in holding if series in each.series], within)
    earliest = span.start - _LOOK_BACK_SECONDS
    with context.ledger.snapshot():
        ours = context.ledger.read([series], span.start, span.end)
        others = context.ledger.read([series], earliest, span.end, without=RECORDINGS)
    downtime = [(each, _unit(each, sli, earliest, others)) for each in chosen if each.fraction is not None]
    failures = [each for each in chosen if each.fraction is None]
    concerned = {*others, *(SeriesKey(series, each.labels) for each in failures)}
    if not concerned and not sli.group_by and any(unit for _, unit in downtime):
        concerned = {SeriesKey(series)}
    by_key: dict[SeriesKey, Retelling] = {}
    for key in sorted({*concerned, *ours}):
        measured = _part(others.get(key), earliest, span)
        one = by_key[key] = Retelling(span.start, measured, sli.quantum, target.may_exceed)
        one.add_failures(each for each in failures if each.labels == key.labels)
        if key in concerned:
            one.add_downtime(downtime)
    return Retold(span, sli, by_key, frozenset(concerned))


def _unit(downtime: Recording, sli: Sli, earliest: int, others: Mapping[SeriesKey, DenseSlices]) -> int:
    """What a slice stands for that nobody measured: one probe where never more is told of any, else nothing."""
    unit = max(1, round(1 / sli.quantum))
    first = (outages.touched(downtime.start, downtime.end).start - _LOOK_BACK_SECONDS - earliest) // STEP
    end = (outages.touched(downtime.start, downtime.end).end - earliest) // STEP
    is_probed = all(int(dense.total[first:end].max(initial=0)) <= unit for dense in others.values())
    return unit if sli.measure is None and is_probed else 0


def _part(dense: DenseSlices | None, start: int, span: Span) -> Sequence[Counts]:
    """(bad, total) of each slice of a span, of what was read from `start` on."""
    if dense is None:
        return [(0, 0)] * span.slices
    skipped = (span.start - start) // STEP
    bad, total = (column[skipped : skipped + span.slices].tolist() for column in (dense.bad, dense.total))
    return list(zip(bad, total, strict=True))


def _batch(key: SeriesKey, rows: Mapping[int, Counts]) -> SliceBatch:
    """Bad events in the name of one writer, of totals that another has written."""
    bad, total = ([row[column] for row in rows.values()] for column in (0, 1))
    return SliceBatch(key, list(rows), bad, total, may_exceed=True)  # type: ignore[arg-type]  # made arrays there
