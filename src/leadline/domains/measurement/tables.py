"""
Rows that people bring become batches; every mistake in them is found, with its line, before anything is written.

Pure. Leaves out the format of the file and the writing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from leadline.core.slices import HOUR, STEP, Bools, Ints, SeriesKey, SliceBatch
from leadline.domains.measurement.rules import LARGEST, Target, slos_by_sli, targets, targets_of
from leadline.errors import Problem, SpecError
from leadline.handbook.specs import BUCKETS, Handbook, RatioMeasure, Sli
from leadline.handbook.wording import nearest
from leadline.ports.recordings import RECORDINGS
from leadline.ports.slice_files import Floats, SliceRows, Texts

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
    objectives = slos_by_sli(handbook)
    for sli in handbook.slis.values():
        found = targets_of(sli, objectives[sli.id]) or (Target(sli.id, None, may_exceed=False),)
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
    rows: SliceRows,
    origin: str,
    writer: str,
    named: Mapping[str, tuple[Sli, Target]],
    now: int,
    writers: Callable[[Sequence[str]], Mapping[str, Sequence[str]]],
) -> tuple[list[SliceBatch], tuple[str, ...]]:
    """
    One batch for each series, ordered by time.

    Args:
        rows: what was read.
        origin: file name, or what else the rows came from, for messages.
        writer: who says it.
        named: `named_series` of the handbook.
        now: epoch seconds; slices that start more than 5 min later are refused.
        writers: who has written each of some series before.

    Raises:
        SpecError: anything is wrong; carries up to 50 of the problems.
    """
    names, numbers = np.unique(rows.slis.astype(str), return_inverse=True)
    meant = {number: named[name] for number, name in enumerate(names.tolist()) if name in named}
    problems = _Problems(rows, origin, numbers, meant)
    problems.check_labels({BUCKETS, *(label for sli, _ in named.values() for label in sli.group_by)})
    problems.check_numbers(now)
    problems.check_names(names.tolist(), named)
    problems.check_groups()
    problems.check_ratio()
    problems.check_quanta()
    problems.raise_any()
    found = _series(rows, numbers, meant)
    warnings = list(_others(names.tolist(), meant, writer, writers))
    doubled = len(rows) - sum(len(batch) for batch in found)
    if doubled:
        warnings.append(f"{doubled} row(s) name a slice that a later row names again; the last one stands")
    return found, tuple(warnings)


def _others(
    names: Sequence[str],
    meant: Mapping[int, tuple[Sli, Target]],
    writer: str,
    writers: Callable[[Sequence[str]], Mapping[str, Sequence[str]]],
) -> Iterator[str]:
    """Names that somebody else writes too."""
    before = writers([target.series for _, target in meant.values()])
    for name, (sli, target) in zip(names, meant.values(), strict=True):
        collecting = () if sli.measure is None else (sli.source,)
        others = sorted({*collecting, *before.get(target.series, ())} - {writer, RECORDINGS})
        if others:
            yield (
                f"{name} is written by {', '.join(others)} too, and the ledger adds up what different writers say; "
                f"use --writer {others[0]} to replace instead"
            )


def _series(rows: SliceRows, numbers: Ints, meant: Mapping[int, tuple[Sli, Target]]) -> list[SliceBatch]:
    """Rows by series and label group, the last row of each slice, all at once: a batch may hold a thousand series."""
    if not len(rows):
        return []
    labels = sorted(rows.labels)
    values = [np.unique(rows.labels[label].astype(str), return_inverse=True) for label in labels]
    groups = np.stack([numbers, *(codes for _, codes in values)])
    starts = rows.starts.astype(np.int64)
    order = np.lexsort((starts, *groups[::-1]))
    is_new = np.append(True, (np.diff(groups[:, order]) != 0).any(axis=0))
    is_last = np.append(is_new[1:] | (np.diff(starts[order]) > 0), True)
    chosen = order[is_last]
    scales = np.array([sli.quantum.denominator / sli.quantum.numerator for sli, _ in meant.values()])[numbers[chosen]]
    bad, total = (np.rint(counts[chosen] * scales).astype(np.int64) for counts in (rows.bad, rows.total))
    starts, groups = starts[chosen], groups[:, chosen]
    firsts = np.flatnonzero(np.append(True, (np.diff(groups) != 0).any(axis=0))).tolist()
    batches: list[SliceBatch] = []
    for first, end in zip(firsts, [*firsts[1:], len(chosen)], strict=True):
        _, target = meant[int(groups[0, first])]
        said = (
            (label, str(texts[code])) for label, (texts, _), code in zip(labels, values, groups[1:, first], strict=True)
        )
        key = SeriesKey(target.series, tuple((label, value) for label, value in said if value))
        part = slice(first, end)
        batches.append(SliceBatch(key, starts[part], bad[part], total[part], target.may_exceed))
    return batches


class _Problems:
    """Collects what is wrong with rows, with line and column names."""

    def __init__(self, rows: SliceRows, origin: str, numbers: Ints, meant: Mapping[int, tuple[Sli, Target]]) -> None:
        self.rows, self.origin = rows, origin
        self.numbers = numbers
        """Of the SLI's name in each row; what it means, where it is known, is in `meant`."""
        self.meant = meant
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

    def _add_by_sli(self, wrong: Bools, column: str, what: str, hint: Callable[[Sli], str]) -> None:
        """As `_add`, where the way out depends on the SLI."""
        for number in np.unique(self.numbers[wrong]).tolist():
            self._add(wrong & (self.numbers == number), column, what, hint(self.meant[number][0]))

    def check_names(self, names: Sequence[str], known: Mapping[str, object]) -> None:
        for number, name in enumerate(names):
            if number not in self.meant:
                limits = [other for other in known if name and other.startswith(f"{name}@")]
                self._add(self.numbers == number, "sli", "no such SLI", nearest(name, limits or known))

    def _by_row(self, of_one: Callable[[Sli, Target], float], unknown: float) -> Floats:
        """A value of what each row's name means."""
        of_names = np.full(int(self.numbers.max(initial=-1)) + 1, unknown)
        for number, (sli, target) in self.meant.items():
            of_names[number] = of_one(sli, target)
        return of_names[self.numbers]

    def check_groups(self) -> None:
        for label, values in self.rows.labels.items():
            is_declared = self._by_row(lambda sli, _, label=label: label in sli.group_by, unknown=1) > 0  # type: ignore[misc] # a default binds the loop's label
            self._add_by_sli(
                ~is_declared & (values != ""),
                label,
                "the SLI does not declare this label",
                lambda sli: f"leave it empty for {sli.id}, or declare it in the annotation leadline/groupBy",
            )

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

    def check_ratio(self) -> None:
        may_exceed = self._by_row(lambda _, target: target.may_exceed, unknown=1) > 0
        wrong = ~may_exceed & (self.rows.bad > self.rows.total)
        self._add(wrong, "bad", "bad exceeds total", "bad events are a part of total; check the columns' order")

    def check_quanta(self) -> None:
        scale = self._by_row(lambda sli, _: sli.quantum.denominator / sli.quantum.numerator, unknown=np.nan)
        for column, values in (("bad", self.rows.bad), ("total", self.rows.total)):
            large = np.isfinite(values) & (values >= LARGEST / scale)
            self._add_by_sli(
                large,
                column,
                "too large",
                lambda sli: f"counts are below {LARGEST / float(1 / sli.quantum):g} for {sli.id}",
            )
            scaled = np.where(np.isfinite(values) & ~large, values, 0.0) * scale
            self._add_by_sli(
                np.abs(scaled - np.rint(scaled)) > _WHOLE,
                column,
                "not a whole number of the SLI's quantum",
                lambda sli: f"write whole multiples of {float(sli.quantum):g}, or set the annotation leadline/quantum",
            )

    def raise_any(self) -> None:
        if not self.count:
            return
        self.found.sort(key=lambda problem: problem.line)
        if self.count > len(self.found):
            hint = "mend these and try again; nothing was written"
            self.found.append(Problem(self.origin, 0, 0, "", f"{self.count - len(self.found)} more problems", "", hint))
        raise SpecError(self.found)
