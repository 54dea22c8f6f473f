"""
Use cases of what people know: how long something was down, how many events failed, and what was recorded by mistake.

A recording is appended first, and the ledger is then made to say what all that hold say together; so is a removal.
Whoever is interrupted between the two finds the ledger right again after the next recording or removal that touches it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

from leadline.core.slices import SeriesKey
from leadline.domains.measurement import outages, tables
from leadline.domains.measurement.model import (
    ListRecordings,
    RecordDowntime,
    Recorded,
    RecordFailures,
    RemovedRecording,
    RemoveRecording,
    ShownRecording,
    ShownRecordings,
)
from leadline.domains.measurement.reconciling import in_force, retold, tell
from leadline.domains.measurement.rules import Target
from leadline.errors import Problem, RecordError, SpecError
from leadline.handbook.specs import Sli
from leadline.handbook.wording import not_found
from leadline.ports.operation import Context
from leadline.ports.recordings import Recording
from leadline.ports.removal import Removal

_LONGEST_SECONDS = 100 * 86_400
"""Slices are kept so long."""


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
    recording = Recording(
        request.slo, tuple(dict.fromkeys(slo.series for slo in slos)), (), start, end, Fraction(request.fraction),
        0, None, request.reason, context.caller.signs(request.who), int(context.now().timestamp()),
    )  # fmt: skip
    if not _is_known(recording, context):
        raise RecordError(
            f"{request.slo}: no event is known from {request.start.isoformat()} to {request.end.isoformat()}; collect "
            "or import that time first, or say how many there were: leadline record failures "
            f"{slos[0].sli.id} --bad N --total N"
        )
    return _append(recording, context)


def record_failures(request: RecordFailures, context: Context) -> Recorded:
    """Spread whole events over the slices of an interval: exactly as many as were said."""
    start, end = _interval(request.start, request.end, context)
    named = tables.named_series(context.handbook)
    if request.sli not in named:
        raise not_found("SLI", request.sli, list(named))
    sli, target = named[request.sli]
    _check_failures(request, sli, target)
    key = SeriesKey.of(target.series, **request.labels)
    recording = Recording(
        request.sli, (target.series,), key.labels, start, end, None, request.bad, request.total,
        request.reason, context.caller.signs(request.who), int(context.now().timestamp()),
    )  # fmt: skip
    found = retold(target.series, recording, [recording, *in_force(context)], context)
    unfit = sum(found.unfit.values(), Fraction(0))
    if unfit:
        raise RecordError(
            f"{request.sli}: {float(max(Fraction(0), request.bad - unfit)):g} good events are known in that time, and "
            f"{request.bad} are said to have failed; collect or import that time first, or add --total"
        )
    return _append(recording, context)


def _is_known(downtime: Recording, context: Context) -> bool:
    """Whether any event of the interval is known."""
    within = outages.touched(downtime.start, downtime.end)
    found = [retold(series, downtime, [downtime, *in_force(context)], context) for series in downtime.series]
    return any(one.unknown(within) < within.slices * len(one.concerned) for one in found)


def _check_failures(request: RecordFailures, sli: Sli, target: Target) -> None:
    problems = [
        Problem("--label", 0, 0, "", "the SLI does not declare this label", label,
                "declare it in the SLI's annotation leadline/groupBy, or leave it out")
        for label in sorted(set(request.labels) - set(sli.group_by))
    ]  # fmt: skip
    for option, events in (("--bad", request.bad), ("--total", request.total or 0)):
        if (events / sli.quantum).denominator != 1:
            hint = f"write a multiple of {float(sli.quantum):g}, the SLI's quantum"
            problems.append(Problem(option, 0, 0, "", "not a whole number of quanta", str(events), hint))
    if request.total is not None and request.bad > request.total and not target.may_exceed:
        hint = "bad events are a part of all; check the order"
        problems.append(Problem("--bad", 0, 0, "", "exceeds --total", str(request.bad), hint))
    if problems:
        raise SpecError(problems)


def list_recordings(request: ListRecordings, context: Context) -> ShownRecordings:
    """Everything that was recorded, also what was removed."""
    every = context.recordings.every()
    return ShownRecordings(
        recordings=tuple(_shown(each, removal) for each, removal in every if request.removed or removal is None),
        removed=sum(removal is not None for _, removal in every),
    )


def remove_recording(request: RemoveRecording, context: Context) -> RemovedRecording:
    """Append a removal, and make the ledger say what is left; also when it was removed and that was interrupted."""
    removal = Removal.of(request.reason, context.caller.signs(request.who), context.now())
    recording = {each.id: each for each, _ in context.recordings.every()}.get(request.id)
    if recording is None:
        raise not_found("recording", str(request.id), [str(each.id) for each in in_force(context)])
    known = tables.named_series(context.handbook)
    for series in recording.series:
        if series not in known:
            raise RecordError(f"{series}: the handbook has it no more; put its SLO back, then remove the recording")
    try:
        context.recordings.remove(request.id, removal)
    finally:
        told = tell(recording, context)
    return RemovedRecording(id=request.id, slices=told.slices, series=told.series, warnings=told.warnings)


def _append(recording: Recording, context: Context) -> Recorded:
    context.revisions.record(context.handbook, context.now())
    same = [each.id for each in in_force(context) if _is_same(each, recording)]
    number = context.recordings.add(recording)
    told = tell(replace(recording, id=number), context)
    doubts = told.warnings
    if same and recording.fraction is None:
        doubts += (f"recording {same[0]} says the same, and both count; remove one if it was meant once",)
    bad = recording.bad if recording.fraction is None else told.bad
    return Recorded(id=number, slices=told.slices, series=told.series, bad=float(bad), warnings=doubts)


def _is_same(one: Recording, other: Recording) -> bool:
    def said(each: Recording) -> tuple[object, ...]:
        return each.series, each.labels, each.start, each.end, each.fraction, each.bad, each.total

    return said(one) == said(other)


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


def _shown(recording: Recording, removal: Removal | None) -> ShownRecording:
    return ShownRecording(
        id=recording.id,
        kind="failures" if recording.fraction is None else "downtime",
        name=recording.name,
        series=recording.series,
        labels=dict(recording.labels),
        start=_instant(recording.start),
        end=_instant(recording.end),
        fraction=None if recording.fraction is None else float(recording.fraction),
        bad=recording.bad if recording.fraction is None else None,
        total=recording.total,
        reason=recording.reason,
        who=recording.who,
        recorded_at=_instant(recording.recorded_at),
        removed_at=None if removal is None else _instant(removal.removed_at),
        removed_by=None if removal is None else removal.who,
        removal_reason=None if removal is None else removal.reason,
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
