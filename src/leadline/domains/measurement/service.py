"""Use cases of measurement: collect, record a slice, take in a file, write one out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np

from leadline.core.slices import STEP, DenseSlices, Ints, SeriesKey
from leadline.core.windows import floor_to_step
from leadline.domains.measurement import tables
from leadline.domains.measurement.collection import collect
from leadline.domains.measurement.model import (
    Collect,
    Collection,
    ExportSlices,
    ImportSlices,
    PushSlices,
    RecordSlice,
    Stored,
)
from leadline.domains.measurement.simulation import refuse_simulated
from leadline.errors import Problem, SpecError
from leadline.handbook.specs import BUCKETS, Sli
from leadline.handbook.wording import not_found
from leadline.ports.operation import Context
from leadline.ports.recordings import RECORDINGS
from leadline.ports.slice_files import Floats, SliceRows


def collect_slices(request: Collect, context: Context) -> Collection:
    """Remember the handbook's revision, then ask the sources; never beside slices that were simulated."""
    refuse_simulated(request.slis, context)
    context.revisions.record(context.handbook, context.now())
    collection = collect(request, context)
    context.ledger.compact(floor_to_step(context.now().timestamp()) - tables.TAIL_SECONDS)
    return collection


def record_slice(request: RecordSlice, context: Context) -> Stored:
    """Write one slice of an SLI whose slices are told, not asked for."""
    start = request.start or datetime.fromtimestamp(floor_to_step(context.now().timestamp()) - STEP, UTC)
    rows = SliceRows.one(request.sli, start, request.bad, request.total, request.labels)
    return _store(rows, "record", request.writer, context)


def import_slices(request: ImportSlices, context: Context) -> Stored:
    """Read a file, refuse all of it when anything in it is wrong, otherwise write all of it."""
    rows = context.files.read(request.file)
    return _store(rows, str(request.file), request.writer, context)


def push_slices(request: PushSlices, context: Context) -> Stored:
    """Read what a program sent, refuse all of it when anything in it is wrong, otherwise write all of it."""
    rows = context.files.parse(request.content, "body")
    return _store(rows, "body", request.writer or (context.caller.token_id and context.caller.name) or "push", context)


def _store(rows: SliceRows, origin: str, writer: str, context: Context) -> Stored:
    if writer == RECORDINGS:
        hint = "write leadline record downtime or failures, or take another name"
        raise SpecError([Problem("--writer", 0, 0, "", "the name of what people record", writer, hint)])
    handbook, recall = context.handbook, context.memory.recall
    recall(("revision", id(handbook)), lambda: context.revisions.record(handbook, context.now()))
    _, named = recall(("named series", id(handbook)), lambda: (handbook, tables.named_series(handbook)))
    now = floor_to_step(context.now().timestamp())
    batches, warnings = tables.batches(rows, origin, writer, named, now, context.ledger.writers)
    total = sum(len(batch) for batch in batches)
    context.progress.begin("Importing", total)
    try:
        count = context.ledger.import_all(writer, batches, progress=context.progress.advance)
    finally:
        context.progress.end()
    return Stored(slices=count, series=len(batches), warnings=warnings)


def export_slices(request: ExportSlices, context: Context) -> Stored:
    """Write the seen slices of some or all SLIs, summed over writers, to a file."""
    known = {
        target: sli for sli in context.handbook.slis.values() for target in tables.series_ids(sli, context.handbook)
    }
    for name in request.slis:
        if name not in known and name not in context.handbook.slis:
            raise not_found("SLI", name, [*known, *context.handbook.slis])
    wanted = [name for name, sli in known.items() if not request.slis or {name, sli.id} & set(request.slis)]
    known |= {sli.between: tables.between_of(sli) for sli in known.values()}
    wanted += dict.fromkeys(known[name].between for name in wanted)
    with context.ledger.snapshot():
        found = list(_read(request, wanted, context))
    parts = [_rows(key, dense, known[key.sli]) for key, dense in found]
    if not parts:
        context.files.write(request.file, SliceRows.empty(), ())
        return Stored(slices=0, series=0, warnings=("no slice is known of these SLIs",))
    declared = {label for sli in context.handbook.slis.values() for label in sli.group_by}
    labels = sorted(declared | {BUCKETS for key, _ in found if dict(key.labels).get(BUCKETS)})
    rows = SliceRows.concatenated(parts)
    context.files.write(request.file, rows, labels)
    return Stored(slices=len(rows), series=len(parts))


def _read(request: ExportSlices, wanted: Sequence[str], context: Context) -> Iterator[tuple[SeriesKey, DenseSlices]]:
    """Series after series, from the first slice to the last or within the bounds asked for."""
    extents = context.ledger.extents(wanted)
    if not extents:
        return
    start = _floor(request.start) if request.start else min(extent.first for extent in extents.values())
    end = _floor(request.end) if request.end else max(extent.last for extent in extents.values()) + STEP
    for sli in wanted:
        found = context.ledger.read([sli], start, end)
        yield from ((key, found[key]) for key in sorted(found) if found[key].seen.any())


def _floor(instant: datetime) -> int:
    return floor_to_step(instant.timestamp())


def _rows(key: SeriesKey, dense: DenseSlices, sli: Sli) -> SliceRows:
    seen: Sequence[int] = np.flatnonzero(dense.seen).tolist()
    index = np.asarray(seen, dtype=np.int64)
    return SliceRows.of(
        key.sli,
        dense.start + index * STEP,
        _events(dense.bad[index], sli),
        _events(dense.total[index], sli),
        dict(key.labels),
    )


def _events(quanta: Ints, sli: Sli) -> Floats:
    return (quanta * sli.quantum.numerator / sli.quantum.denominator).astype(np.float64)
