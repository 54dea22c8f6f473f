"""
An SLI measured by two buckets: the worse of both counts, and the events between them are kept beside.

Pure. The series `Sli.between` holds for each pair of buckets, in `bad`, how many more events are bad by the worse
bucket than by the better one, and in `total` all events. It is written with the SLI's slices, in the same transaction,
and written over with zeros where a later answer has a bucket of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from leadline.core.slices import STEP, Labels, SeriesKey
from leadline.core.windows import Span
from leadline.domains.measurement.rules import Reading, Target, reading
from leadline.handbook.specs import BUCKETS, Sli
from leadline.ports.ledger import Extent
from leadline.ports.source import Answer, Between, Floats, Role

BetweenOf = tuple[Role, Between]


def ends_of(answers: Iterable[Answer]) -> tuple[BetweenOf, ...]:
    """What upper buckets say, with the part that it plays."""
    return tuple((answer.query.role, between) for answer in answers for between in answer.between)


def refusal(ends: Sequence[BetweenOf], targets: Sequence[Target]) -> str:
    """Why an SLI cannot be measured by two buckets; empty when it can."""
    if not ends or not any(target.may_exceed for target in targets):
        return ""
    _, between = ends[0]
    return (
        f'le="{between.limit}" lies between buckets, and a mean time between failures has no two ends; '
        f'write le="{between.lower}" or le="{between.upper}"'
    )


def measured(  # noqa: PLR0917 - what was answered, and what stands beside it in the ledger
    sli: Sli,
    target: Target,
    roles: Mapping[Role, Floats],
    labels: Labels,
    ends: Sequence[BetweenOf],
    span: Span,
    known: Mapping[SeriesKey, Extent],
) -> tuple[Reading, dict[SeriesKey, Reading]]:
    """The worse reading of one group, and what else is to be written: bad events that the better reading has not."""
    length = span.slices
    found = reading(sli, target, roles, length)
    lower = found.bad
    doubts: dict[SeriesKey, Reading] = {}
    for role, between in ends:
        upper = between.groups.get(labels, np.full(length, np.nan))
        steps = ~np.isnan(upper)
        own = roles.get(role, np.full(length, np.nan))
        better = reading(sli, target, {**roles, role: np.where(steps, upper, own)}, length).bad
        found = replace(found, bad=np.where(steps, np.maximum(lower, better), found.bad))
        key = SeriesKey(sli.between, _labels(labels, between))
        doubts[key] = Reading(np.where(steps, np.abs(lower - better), 0.0), found.total, np.zeros(length, np.bool_))
    return found, doubts | _outlived(known.keys() - doubts.keys(), known, labels, span, found)


def _labels(labels: Labels, between: Between) -> Labels:
    return tuple(sorted((*labels, (BUCKETS, f"{between.lower} < {between.limit} < {between.upper}"))))


def _outlived(
    keys: Iterable[SeriesKey], known: Mapping[SeriesKey, Extent], group: Labels, span: Span, found: Reading
) -> dict[SeriesKey, Reading]:
    """Zeros where something lay between buckets that are told anew, and no longer are the neighbours."""
    starts = span.start + STEP * np.arange(span.slices)
    nothing = np.zeros(span.slices)
    stale: dict[SeriesKey, Reading] = {}
    for key in sorted(keys):
        again = (starts >= known[key].first) & (starts <= known[key].last)
        if again.any() and tuple(item for item in key.labels if item[0] != BUCKETS) == group:
            stale[key] = Reading(nothing, np.where(again, found.total, np.nan), nothing.astype(np.bool_))
    return stale
