"""
What is kept from one turn to the next: columns, subjects and the sheet of every objective, and what of it is wanted.

Leaves out how it comes up to date (`watching`) and how the sheet is filled (`filling`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from leadline.core.budgets import Subject, Subjects, edges
from leadline.core.corrections import disjoint
from leadline.core.history import History, detail_hours
from leadline.core.sheets import Sheet
from leadline.core.slices import HOUR, STEP, Labels, SeriesKey
from leadline.core.windows import Span
from leadline.domains.budgets.filling import lasting, places_by_series
from leadline.domains.budgets.loading import Column, Corrected
from leadline.handbook.specs import Handbook, Slo
from leadline.ports.ledger import Extent

Wanted = dict[int, set[int] | None]
"""Hours of which slices are wanted, of some columns or of all (None)."""


@dataclass(slots=True, eq=False)
class Standing:
    """Every objective of a handbook, with its history; a `Shelf` for whoever judges some of them."""

    handbook: Handbook
    windows: tuple[int, ...]
    """Seconds over which burn rates are known."""
    slos: Sequence[Slo]
    names: Sequence[str]
    """Ids in the ledger."""
    known: Mapping[SeriesKey, Extent]
    corrected: Corrected
    columns: Sequence[Column]
    subjects: Subjects
    sheet: Sheet
    seq: int = 0
    """The newest write that it has seen."""
    by_series: Mapping[SeriesKey, Sequence[int]] = field(init=False)
    _places: Mapping[tuple[str, Labels | None, bool], int] = field(init=False)
    _edges: Mapping[int, set[int]] = field(init=False)
    """Hours that births and corrections cut, of the columns that have them."""

    def __post_init__(self) -> None:
        self.by_series = places_by_series(self.columns)
        self._places = {_name(column): place for place, column in enumerate(self.columns)}
        self._edges = _own_edges(self.subjects)

    def wanted(self, at: int) -> Wanted:
        """What an evaluation at an instant cuts, and the newest two hours, into which most of what comes late falls."""
        found: Wanted = {hour: set(places) for hour, places in self._edges.items()}
        for cohort in self.subjects.cohorts:
            if not cohort.subjects:
                continue
            plain = Subject(replace(cohort.subjects[0].terms, starts_at=None), None)
            for hour in detail_hours(edges(plain, at, self.windows)):
                places = found.get(hour, set())
                is_for_all = cohort.hours is None or places is None
                found[hour] = None if is_for_all or places is None else places | set(cohort.index.tolist())
        newest = (at - STEP) // HOUR * HOUR
        found |= {newest: None, newest - HOUR: None}
        return {hour: places for hour, places in found.items() if self.sheet.start <= hour < self.sheet.end}

    def lacks(self, hour: int, places: set[int] | None) -> bool:
        """Whether these slices of an hour are not on the sheet."""
        kept = self.sheet.detail.get(hour)
        if kept is None or (places is None and kept.position is not None):
            return True
        return kept.position is not None and bool((kept.position[sorted(places or ())] < 0).any())

    def extents(self, slis: Sequence[str]) -> Mapping[SeriesKey, Extent] | None:
        wanted = set(slis)
        if not wanted <= set(self.names):
            return None
        return {key: extent for key, extent in self.known.items() if key.sli in wanted}

    def history(self, columns: Sequence[Column], span: Span, hours: Sequence[int]) -> History | None:
        places = list(self._found(columns))
        if span.end != self.sheet.end or len(places) < len(columns):
            return None
        return self.sheet.column_copies(np.array(places, np.int64), span.start, hours)

    def _found(self, columns: Sequence[Column]) -> Iterator[int]:
        for column in columns:
            place = self._places.get(_name(column))
            if place is not None and lasting(self.columns[place]) == lasting(column):
                yield place


def _name(column: Column) -> tuple[str, Labels | None, bool]:
    return column.slo.id, column.labels, bool(column.between)


def _own_edges(subjects: Subjects) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for place, subject in enumerate(subjects.each):
        cuts = {edge for piece in disjoint(subject.corrections) for edge in (piece.span.start, piece.span.end)}
        if subject.terms.starts_at is not None:
            cuts.add(subject.terms.starts_at // subject.unit_seconds * subject.unit_seconds)
        for hour in detail_hours(cuts):
            found[hour].add(place)
    return found
