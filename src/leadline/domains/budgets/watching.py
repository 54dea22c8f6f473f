"""
Watching: every objective judged again and again, from a history that follows the ledger instead of being read anew.

What the ledger says was written since the last time is read, and nothing else: own slices, imports and recordings of
other processes, late data. Corrections and edits of the handbook touch what they name. The figures are those of a
fresh process to the last bit; whatever goes wrong, the next time begins anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from leadline.core.budgets import Subjects, evaluate, needed_span
from leadline.core.sheets import Sheet
from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, SeriesKey
from leadline.core.windows import Span
from leadline.domains.budgets.filling import Filler, lasting
from leadline.domains.budgets.loading import (
    NOTHING_KEPT,
    Column,
    Judged,
    Shelf,
    burn_windows,
    columns_of,
    corrected_spans,
    judged_of,
    series_names,
)
from leadline.domains.budgets.standing import Standing
from leadline.handbook.specs import Handbook
from leadline.ports.corrections import Corrections, all_in_force
from leadline.ports.ledger import Change, Extent, Ledger

FOUND = "what the turn found"
"""Under this the memory of a turn holds its `Found`."""
WARNINGS = "what readers must know"
"""Under this it holds texts that stand beside every figure."""
_FEW_HOURS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Every objective at one instant; `Kept`, for as long as the watch has not gone on."""

    handbook: Handbook
    judged: Judged
    watch: Watch
    number: int

    @contextmanager
    def held(self) -> Iterator[Shelf]:
        """What the watch has at hand, which does not go on within the block."""
        with self.watch.guard:
            yield self.watch.shelf(self.number) or NOTHING_KEPT


class Watch:
    """Follows one ledger; a thread that judges by what it holds makes the next turn wait for a moment."""

    def __init__(self) -> None:
        self.guard = threading.RLock()
        """Taken after a snapshot of the ledger is open, never before: those who wait for it hold a connection."""
        self._standing: Standing | None = None
        self._number = 0

    def shelf(self, number: int) -> Standing | None:
        """What was kept at one time, if nothing has changed since."""
        return self._standing if number == self._number else None

    def follow(self, handbook: Handbook, ledger: Ledger, recorded: Corrections, at: int) -> Found:
        """Take in what was written since the last time, and judge every objective at `at` (a step boundary)."""
        with ledger.snapshot(), self.guard:
            kept, self._standing = self._standing, None
            self._number += 1
            standing = _brought_up(kept, handbook, ledger, recorded, at)
            figures = evaluate(standing.sheet.history, standing.subjects, at, standing.windows)
            self._standing = standing
            judged = judged_of(at, standing.columns, standing.sheet.history, figures)
            return Found(handbook, judged, self, self._number)

    def look_ahead(self, ledger: Ledger, at: int) -> None:
        """Read one hour that an evaluation within the next hour will cut; ones that none will cut are let go."""
        with ledger.snapshot(), self.guard:
            standing = self._standing
            if standing is None or ledger.newest_change() != standing.seq:
                return
            coming = [standing.wanted(when) for when in (at, at + STEP, at + HOUR, at + HOUR + STEP)]
            for hour in [hour for hour in standing.sheet.detail if not any(hour in each for each in coming)]:
                del standing.sheet.detail[hour]
            for wanted in coming:
                for hour, places in wanted.items():
                    if standing.lacks(hour, places):
                        _keep(standing, ledger, hour, places)
                        return


def _brought_up(kept: Standing | None, handbook: Handbook, ledger: Ledger, recorded: Corrections, at: int) -> Standing:
    """The order of the steps: what was written, what that means for the columns, the time, the slices that are cut."""
    seq = ledger.newest_change()
    changes = ledger.changes(kept.seq) if kept is not None and seq > kept.seq else ()
    standing = _laid_out(kept, handbook, ledger, recorded, at, changes)
    _move(standing, ledger, at, changes)
    for hour, places in standing.wanted(at).items():
        if standing.lacks(hour, places):
            _keep(standing, ledger, hour, places)
    standing.seq = seq
    return standing


def _laid_out(  # noqa: PLR0917 - what there was and what there is
    kept: Standing | None,
    handbook: Handbook,
    ledger: Ledger,
    recorded: Corrections,
    at: int,
    changes: Sequence[Change],
) -> Standing:
    """Columns and subjects as they are now; what has not changed is as it was."""
    is_same = kept is not None and kept.handbook is handbook
    slos = kept.slos if kept and is_same else list(handbook.slos.values())
    names = kept.names if kept and is_same else series_names(slos)
    extents = _extents(kept, ledger, names, changes)
    corrected = corrected_spans(all_in_force(handbook, recorded).values(), slos, at, "slo")
    if kept and is_same and extents is kept.known and corrected == kept.corrected:
        return kept
    columns = columns_of(corrected, slos, extents)
    subjects, windows = Subjects.of([column.subject for column in columns]), burn_windows(handbook)
    sheet = _carried_over(kept, ledger, columns, needed_span(subjects, at, windows))
    return Standing(handbook, windows, slos, names, extents, corrected, columns, subjects, sheet)


def _extents(
    kept: Standing | None, ledger: Ledger, names: Sequence[str], changes: Sequence[Change]
) -> Mapping[SeriesKey, Extent]:
    """First slices; asked for again where a write may have changed them."""
    if kept is None:
        return ledger.extents(names)
    wanted, known = set(names), kept.known
    stale = wanted - set(kept.names) if names is not kept.names else set()
    for change in changes:
        if change.key.sli in wanted and (change.key not in known or change.start <= known[change.key].first):
            stale.add(change.key.sli)
    if not stale and names is kept.names:
        return known
    found = {key: extent for key, extent in known.items() if key.sli in wanted and key.sli not in stale}
    return found | (ledger.extents(sorted(stale)) if stale else {})


def _carried_over(kept: Standing | None, ledger: Ledger, columns: Sequence[Column], span: Span) -> Sheet:
    """A sheet of these columns: those of the sheet before where it has them, the others read."""
    if kept is None or not kept.sheet.start <= span.start < kept.sheet.end <= span.end:
        return _read(ledger, columns, span)
    if [lasting(column) for column in columns] == [lasting(column) for column in kept.columns]:
        return kept.sheet
    before = {lasting(column): place for place, column in enumerate(kept.columns)}
    sheet = Sheet(Span(kept.sheet.start, kept.sheet.end), len(columns))
    pairs = [(place, before[lasting(each)]) for place, each in enumerate(columns) if lasting(each) in before]
    if pairs:
        here, there = np.array(pairs, np.int64).T
        sheet.take_over(kept.sheet, here, there)
    others = sorted(set(range(len(columns))) - {place for place, _ in pairs})
    Filler(ledger, sheet, columns).read_hours(others, Span(sheet.start, sheet.end))
    return sheet


def _read(ledger: Ledger, columns: Sequence[Column], span: Span) -> Sheet:
    sheet = Sheet(span, len(columns))
    Filler(ledger, sheet, columns).read_hours(range(len(columns)), span)
    return sheet


def _move(standing: Standing, ledger: Ledger, at: int, changes: Sequence[Change]) -> None:
    """Go on in time, and read what was written."""
    span, sheet = needed_span(standing.subjects, at, standing.windows), standing.sheet
    if not sheet.start <= span.start < sheet.end <= span.end:
        standing.sheet = _read(ledger, standing.columns, span)
        return
    filler = Filler(ledger, sheet, standing.columns)
    filler.renew(_touched(standing, changes))
    if added := (span.end - sheet.end) // HOUR:
        until = sheet.end
        sheet.extend(span.end)
        if added <= _FEW_HOURS:
            nothing = np.zeros((SLICES_PER_HOUR, sheet.width), np.int64)
            for hour in range(until, span.end, HOUR):
                sheet.put_detail(hour, None, nothing, nothing)
        filler.renew(dict.fromkeys(range(sheet.width), Span(until, span.end)))
    sheet.forget_before(span.start)


def _touched(standing: Standing, changes: Sequence[Change]) -> dict[int, Span]:
    """For each column in which something was written, from where to where."""
    found: dict[int, Span] = {}
    for change in changes:
        for place in standing.by_series.get(change.key, ()):
            before = found.get(place)
            start, end = change.start, change.end
            if before is not None:
                start, end = min(start, before.start), max(end, before.end)
            found[place] = Span(start, end)
    return found


def _keep(standing: Standing, ledger: Ledger, hour: int, places: set[int] | None) -> None:
    filler = Filler(ledger, standing.sheet, standing.columns)
    filler.keep_detail(hour, None if places is None else sorted(places))
