"""
Rows that people bring become batches; every mistake in them is found, with its line, before anything is written.

Pure. Leaves out the format of the file and the writing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from leadline.core.slices import HOUR, STEP, Bools, Ints, Labels, SeriesKey, SliceBatch
from leadline.domains.measurement.rules import LARGEST, Target, targets
from leadline.errors import Problem, SpecError
from leadline.handbook.specs import BUCKETS, Handbook, RatioMeasure, Sli
from leadline.handbook.wording import nearest
from leadline.ports.recordings import RECORDINGS
from leadline.ports.slice_files import SliceRows, Texts

TAIL_SECONDS = 2 * HOUR
FUTURE_SECONDS = 300
SHOWN_PROBLEMS = 50
_WHOLE = 1e-6
"""How far from a whole number of quanta a float may be by its own representation."""


def series_ids(sli: Sli, handbook: Handbook) -> tuple[str, ...]:
    """Names under which an SLI's slices stand in the ledger; a gauge has one for each limit."""
    return tuple(target.series for target in _targets(sli, handbook))


def _targets(sli: Sli, handbook: Handbook) -> tuple[Target, ...]:
    return targets(handbook, sli) or (Target(sli.id, None, may_exceed=False),)


def named_series(handbook: Handbook) -> dict[str, tuple[Sli, Target]]:
    """Series by every name that a file may use: its own, and that of a gauge's SLI where only one limit is set."""
    named: dict[str, tuple[Sli, Target]] = {}
    for sli in handbook.slis.values():
        found = _targets(sli, handbook)
        named |= {target.series: (sli, target) for target in found}
        if len(found) == 1:
            named.setdefault(sli.id, (sli, found[0]))
        if isinstance(sli.measure, RatioMeasure):
            named[sli.between] = (between_of(sli), Target(sli.between, None, may_exceed=False))
    return named


def between_of(sli: Sli) -> Sli:
    """An SLI in whose name the events between two buckets are exported and imported."""
    return replace(sli, id=sli.between, group_by=(*sli.group_by, BUCKETS))


def batches(  # noqa: PLR0917 - what was read, and what it is read against
    rows: SliceRows, origin: str, writer: str, handbook: Handbook, now: int, writers: Mapping[str, Sequence[str]]
) -> tuple[list[SliceBatch], tuple[str, ...]]:
    """
    One batch for each series, ordered by time.

    Args:
        rows: what was read.
        origin: file name, or what else the rows came from, for messages.
        now: epoch seconds; slices that start more than 5 min later are refused.
        writers: who has written each series before.

    Raises:
        SpecError: anything is wrong; carries up to 50 of the problems.
    """
    problems = _Problems(rows, origin)
    by_series = named_series(handbook)
    problems.check_labels({BUCKETS, *(label for sli in handbook.slis.values() for label in sli.group_by)})
    names, sli_index = np.unique(rows.slis.astype(str), return_inverse=True)
    found: list[SliceBatch] = []
    warnings: list[str] = []
    problems.check_numbers(now)
    for number, name in enumerate(names.tolist()):
        of_sli = sli_index == number
        if name not in by_series:
            problems.unknown_sli(of_sli, name, list(by_series))
            continue
        sli, target = by_series[name]
        problems.check_groups(of_sli, sli)
        problems.check_ratio(of_sli, may_exceed=target.may_exceed)
        problems.check_quanta(of_sli, sli)
        collecting = () if sli.measure is None else (sli.source,)
        others = sorted({*collecting, *writers.get(target.series, ())} - {writer, RECORDINGS})
        if others:
            warnings.append(
                f"{name} is written by {', '.join(others)} too, and the ledger adds up what different writers say; "
                f"use --writer {others[0]} to replace instead"
            )
        if not problems.found:
            found += _series(rows, np.flatnonzero(of_sli), target.series, sli, may_exceed=target.may_exceed)
    problems.raise_any()
    doubled = len(rows) - sum(len(batch) for batch in found)
    if doubled:
        warnings.append(f"{doubled} row(s) name a slice that a later row names again; the last one stands")
    return found, tuple(warnings)


def _series(rows: SliceRows, index: Ints, name: str, sli: Sli, *, may_exceed: bool) -> list[SliceBatch]:
    columns = [rows.labels[label][index].astype(str) for label in sli.group_by if label in rows.labels]
    groups, group_index = (
        np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
        if columns
        else (None, np.zeros(len(index), int))
    )
    scale = sli.quantum.denominator / sli.quantum.numerator
    batches: list[SliceBatch] = []
    for number in range(len(groups) if groups is not None else 1):
        chosen = index[group_index.reshape(-1) == number]
        labels: Labels = ()
        if groups is not None:
            names = [label for label in sli.group_by if label in rows.labels]
            values = zip(names, map(str, groups[number].tolist()), strict=True)
            labels = tuple(sorted((label, value) for label, value in values if value))
        starts = rows.starts[chosen].astype(np.int64)
        order = np.argsort(starts, kind="stable")
        last = np.append(np.diff(starts[order]) > 0, True)
        chosen = chosen[order][last]
        batches.append(
            SliceBatch(
                SeriesKey(name, labels),
                rows.starts[chosen].astype(np.int64),
                np.rint(rows.bad[chosen] * scale).astype(np.int64),
                np.rint(rows.total[chosen] * scale).astype(np.int64),
                may_exceed,
            )
        )
    return batches


class _Problems:
    """Collects what is wrong with rows, with line and column names."""

    def __init__(self, rows: SliceRows, origin: str) -> None:
        self.rows, self.origin = rows, origin
        self.found: list[Problem] = []
        self.count = 0

    def _add(self, wrong: Bools, column: str, what: str, hint: str) -> None:
        lines: list[int] = np.flatnonzero(wrong).tolist()
        self.count += len(lines)
        for row in lines[: max(0, SHOWN_PROBLEMS - len(self.found))]:
            self.found.append(
                Problem(self.origin, self.rows.line_of(row), 0, column, what, self._text(column, row), hint)
            )

    def _text(self, column: str, row: int) -> str:
        if column == "sli":
            return str(self.rows.slis[row])
        texts: Mapping[str, Texts] = {**self.rows.labels, **self.rows.texts}
        return str(texts[column][row])[:80] if column in texts else ""

    def check_labels(self, declared: set[str]) -> None:
        for name in self.rows.labels:
            if name not in declared:
                hint = "declare it in the SLI's annotation leadline/groupBy, or leave the column out"
                self.count += 1
                self.found.append(
                    Problem(
                        self.origin, min(1, self.rows.first_line), 0, name, "no SLI declares this label", name, hint
                    )
                )

    def check_groups(self, of_sli: Bools, sli: Sli) -> None:
        for label, values in self.rows.labels.items():
            if label not in sli.group_by:
                hint = f"leave it empty for {sli.id}, or declare it in the annotation leadline/groupBy"
                self._add(of_sli & (values != ""), label, "the SLI does not declare this label", hint)

    def check_numbers(self, now: int) -> None:
        rows = self.rows
        for column, values in (("bad", rows.bad), ("total", rows.total)):
            self._add(~np.isfinite(values), column, "not a number", "write a count such as 3 or 0.25")
            self._add(values < 0, column, "negative", "counts are 0 or more; refunds are Corrections in the handbook")
        unreadable = ~np.isfinite(rows.starts)
        self._add(unreadable, "start", "not an instant", "write 2026-03-01T12:00:00Z or epoch seconds")
        starts = np.where(unreadable, 0, rows.starts)
        self._add((starts % STEP) != 0, "start", "not aligned", f"a slice starts at a whole multiple of {STEP} s, UTC")
        self._add(starts < 0, "start", "before 1970", "check the unit and the zone of the file")
        late = starts > now + FUTURE_SECONDS
        self._add(late, "start", "more than 5 min in the future", "check the clock and the zone of the file")

    def check_ratio(self, of_sli: Bools, *, may_exceed: bool) -> None:
        if not may_exceed:
            wrong = of_sli & (self.rows.bad > self.rows.total)
            self._add(wrong, "bad", "bad exceeds total", "bad events are a part of total; check the columns' order")

    def check_quanta(self, of_sli: Bools, sli: Sli) -> None:
        scale = sli.quantum.denominator / sli.quantum.numerator
        for column, values in (("bad", self.rows.bad), ("total", self.rows.total)):
            large = of_sli & np.isfinite(values) & (values >= LARGEST / scale)
            self._add(large, column, "too large", f"counts are below {LARGEST / scale:g} for {sli.id}")
            scaled = np.where(np.isfinite(values) & ~large, values, 0.0) * scale
            wrong = of_sli & (np.abs(scaled - np.rint(scaled)) > _WHOLE)
            hint = f"write whole multiples of {float(sli.quantum):g}, or set the annotation leadline/quantum"
            self._add(wrong, column, "not a whole number of the SLI's quantum", hint)

    def unknown_sli(self, of_sli: Bools, name: str, known: list[str]) -> None:
        limits = [other for other in known if name and other.startswith(f"{name}@")]
        self._add(of_sli, "sli", "no such SLI", nearest(name, limits or known))

    def raise_any(self) -> None:
        if not self.count:
            return
        self.found.sort(key=lambda problem: problem.line)
        if self.count > len(self.found):
            hint = "mend these and try again; nothing was written"
            self.found.append(Problem(self.origin, 0, 0, "", f"{self.count - len(self.found)} more problems", "", hint))
        raise SpecError(self.found)
