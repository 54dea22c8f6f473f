"""
What the server said, as arrays of one number a slice.

Counters are asked in two forms: `simple`, which is right wherever no series was born, returned or was reset inside
the step, with `probe`, which names the steps where one was; at these the value is the `exact` form's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from leadline.adapters.sources.prometheus.batches import Asker, Grid, Reply
from leadline.adapters.sources.prometheus.plans import Plan
from leadline.core.slices import STEP, Bools, Labels
from leadline.errors import SourceError
from leadline.ports.source import Answer, Floats

_NEARBY_STEPS = 5
"""Flagged steps no further apart than this are asked for in one request."""
_MOST_GROUPS = 1_000


@dataclass(slots=True)
class Part:
    """Numbers of one query on one piece of the span."""

    groups: dict[Labels, Floats] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    error: SourceError | None = None
    has_exact: bool = False
    """A series appeared, went, returned or was reset, so that the exact form was asked."""


def parts_of(asker: Asker, batch: Sequence[Plan], grid: Grid) -> list[Part]:
    """Numbers of each query of the batch on one piece."""
    expressions: dict[str, str] = {}
    for position, plan in enumerate(batch):
        if plan.error is None:
            expressions[f"v{position}"] = plan.text if plan.counter is None else plan.counter.simple
        if plan.counter is not None and plan.counter.probe is not None:
            expressions[f"p{position}"] = plan.counter.probe
    replies = asker.ask(expressions, grid) if expressions else {}
    parts = [part_of(replies.get(f"v{position}", Reply()), plan, grid.count) for position, plan in enumerate(batch)]
    flagged: dict[int, Bools] = {}
    for position, part in enumerate(parts):
        probe = replies.get(f"p{position}", Reply())
        part.error = part.error or probe.error
        if part.error is None and probe.series:
            flagged[position] = _where(probe, grid.count)
    _correct(asker, batch, grid, parts, flagged)
    return parts


def part_of(reply: Reply, plan: Plan, count: int) -> Part:
    """One array for each group; several series of one group are an error, as their sum may not be meant."""
    part = Part(warnings=list(dict.fromkeys(reply.warnings)), error=reply.error)
    if part.error is not None:
        return part
    is_odd = False
    for series in reply.series:
        group = tuple(sorted((name, text) for name, text in series.labels.items() if name in plan.query.group_by))
        values = part.groups.setdefault(group, np.full(count, np.nan))
        if not np.isnan(values[series.at]).all():
            part.error = _several(reply, plan)
            return part
        finite = np.isfinite(series.values)
        is_odd = is_odd or not finite.all()
        values[series.at[finite]] = series.values[finite]
    if is_odd:
        part.warnings.append("the query returned NaN or infinity; such samples are taken as no data")
    part.groups = {group: values for group, values in part.groups.items() if not np.isnan(values).all()}
    return part


def _several(reply: Reply, plan: Plan) -> SourceError:
    found = len({tuple(sorted(series.labels.items())) for series in reply.series})
    within = f" for one group of {', '.join(plan.query.group_by)}" if plan.query.group_by else ""
    hint = "add sum() to the query, or leadline/groupBy to the SLI"
    return SourceError(f"returned {found} series{within} where one is wanted; {hint}", retryable=False)


def _where(probe: Reply, count: int) -> Bools:
    flagged = np.zeros(count, np.bool_)
    for series in probe.series:
        flagged[series.at] = True
    return flagged


def _correct(
    asker: Asker, batch: Sequence[Plan], grid: Grid, parts: Sequence[Part], flagged: Mapping[int, Bools]
) -> None:
    """At the flagged steps, and only there, put the exact form's value, absence included."""
    if not flagged:
        return
    union = np.logical_or.reduce(list(flagged.values()))
    for low, high in runs(union):
        wanted = [position for position, where in flagged.items() if where[low:high].any()]
        exact = {f"v{position}": text for position in wanted if (text := _exact(batch[position]))}
        run = Grid(grid.first + low * STEP, high - low)
        replies = asker.ask(exact, run)
        for position in wanted:
            right = part_of(replies[f"v{position}"], batch[position], run.count)
            put(parts[position], right, low, flagged[position][low:high], grid.count)


def _exact(plan: Plan) -> str | None:
    return plan.counter.exact if plan.counter is not None else None


def put(part: Part, right: Part, low: int, where: Bools, count: int) -> None:
    part.error, part.has_exact = part.error or right.error, True
    part.warnings.extend(right.warnings)
    places = low + np.flatnonzero(where)
    for values in part.groups.values():
        values[places] = np.nan
    for group, values in right.groups.items():
        part.groups.setdefault(group, np.full(count, np.nan))[places] = values[where]


def runs(flags: Bools) -> list[tuple[int, int]]:
    """Half-open index ranges of consecutive true flags; ranges near each other are one."""
    places = np.flatnonzero(flags)
    if not places.size:
        return []
    breaks = np.flatnonzero(np.diff(places) > _NEARBY_STEPS)
    lows = places[np.concatenate(([0], breaks + 1))]
    highs = places[np.concatenate((breaks, [places.size - 1]))] + 1
    return [(int(low), int(high)) for low, high in zip(lows, highs, strict=True)]


def assembled(plan: Plan, parts: Sequence[Part], pieces: Sequence[Grid], count: int) -> Answer:
    """The whole span's answer out of its pieces."""
    warnings = tuple(dict.fromkeys([*plan.warnings, *(text for part in parts for text in part.warnings)]))
    error = plan.error or next((part.error for part in parts if part.error is not None), None)
    groups: dict[Labels, Floats] = {}
    for piece, part in zip(pieces, parts, strict=True):
        low = (piece.first - pieces[0].first) // STEP
        for group, values in part.groups.items():
            groups.setdefault(group, np.full(count, np.nan))[low : low + piece.count] = values
    if error is None and len(groups) > _MOST_GROUPS:
        hint = "group by fewer labels"
        error = SourceError(f"returned {len(groups)} groups, at most {_MOST_GROUPS} are kept; {hint}", retryable=False)
    return Answer(plan.query, {} if error else dict(sorted(groups.items())), error, warnings)
