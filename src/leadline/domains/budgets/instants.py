"""Judging the same objectives at many instants, from one reading of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadline.core.budgets import Subjects, edges, evaluate, needed_span
from leadline.core.history import History, detail_hours
from leadline.core.windows import Span
from leadline.domains.budgets.loading import (
    Judged,
    columns_of,
    corrected_spans,
    judged_of,
    read_columns,
    series_names,
)
from leadline.handbook.specs import Handbook, Slo
from leadline.ports.corrections import Corrections, all_in_force
from leadline.ports.ledger import Ledger


def judge_each(
    handbook: Handbook,
    ledger: Ledger,
    slos: Sequence[Slo],
    ats: Sequence[int],
    recorded: Corrections,
    *,
    burn_windows: Sequence[int] = (),
    cuts: Sequence[int] = (),
) -> Iterator[Judged]:
    """
    As `judge`, at each of some instants in order (epoch seconds, increasing).

    `cuts` are instants at which the history will be cut besides.
    """
    with ledger.snapshot():
        known = all_in_force(handbook, recorded).values()
        corrected = corrected_spans(known, slos, ats[-1], "slo", since=ats[0])
        columns = columns_of(corrected, slos, ledger.extents(series_names(slos)))
        subjects = Subjects.of([column.subject for column in columns])
        start = needed_span(subjects, ats[0], burn_windows).start
        span = Span(start, needed_span(subjects, ats[-1], burn_windows).end)
        found = {edge for column in columns for at in ats for edge in edges(column.subject, at, burn_windows)}
        hours = detail_hours(edge for edge in found.union(cuts) if span.start <= edge <= span.end)
        history = History.of(span.start, span.end, *read_columns(ledger, columns, span, hours))
    for at in ats:
        yield judged_of(at, columns, history, evaluate(history, subjects, at, burn_windows))
