"""Levels as turns find them: what has changed since the last turn, and since when an objective stands as it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from pydantic import Field

from leadline.core.budgets import LEVELS
from leadline.domains.budgets import rules
from leadline.domains.budgets.composing import Composed, compositions
from leadline.domains.budgets.loading import Judged, judge
from leadline.domains.budgets.watching import FOUND, Found
from leadline.handbook.specs import Handbook
from leadline.handbook.wording import not_found
from leadline.ports.levels import LevelChange
from leadline.ports.message import Message
from leadline.ports.operation import Context
from leadline.ports.readings import Readings


class ShowLevels(Message):
    """Since when one SLO stands as it does, and how it stood before."""

    name: str
    most: int = Field(default=20, ge=1, le=1000)
    """How many changes of each objective are told."""


class LevelStep(Message):
    """One change of level."""

    at: datetime
    """Instant of the evaluation that found it."""
    before: str | None
    """Null for the first level known."""
    after: str
    reason: str


class ObjectiveLevels(Message):
    """One objective, as the turns of a server found it."""

    slo: str
    level: str | None
    since: datetime | None
    """Both are null when no turn has found a level yet."""
    is_at_least_since: bool
    """Turns have found no other level: it may have stood so before the first of them looked."""
    reason: str
    changes: tuple[LevelStep, ...]
    """Newest first."""


class SloLevels(Message):
    """The objectives of one SLO."""

    name: str
    objectives: tuple[ObjectiveLevels, ...]


def level_changes(
    handbook: Handbook, judged: Judged, composites: Sequence[Composed], known: Mapping[str, LevelChange]
) -> Iterator[LevelChange]:
    """Objectives that stand at another level than the last one known; reasons are worked out for these alone."""
    for slo in handbook.slos.values():
        place = judged.index[slo.id, None]
        before = known[slo.id].after if slo.id in known else ""
        if (slo.id, None) in judged.better:  # both ends have a say
            status = rules.status(judged, slo)
            after, reason = status.level, status.reason
        else:
            after, reason = LEVELS[judged.figures.level[place]].value, ""
            if after != before:
                reason = judged.figures.evaluation(place).reason
        if after != before:
            yield LevelChange(slo.id, judged.at, before, after, reason)
    for whole in composites:
        name, standing = whole.composite.slo.id, whole.standing
        before = known[name].after if name in known else ""
        if standing.level.value != before:
            yield LevelChange(name, judged.at, before, standing.level.value, standing.reason)


def readings_of(context: Context) -> Readings:
    """What the turn found, as far as alerts need it, with the levels that are other than the last ones written down."""
    found: Found = context.memory.known(FOUND)
    handbook, judged = found.handbook, found.judged
    judge_these = partial(judge, handbook, context.ledger, at=judged.at, recorded=context.corrections, kept=found)
    composites = compositions(handbook, list(handbook.composites.values()), judge_these)
    changes = level_changes(handbook, judged, composites, context.levels.latest())
    shares = {each.composite.slo.id: each.whole.burn for each in composites}
    return Readings(handbook, judged.figures, judged.index, shares, tuple(changes))


def show_levels(request: ShowLevels, context: Context) -> SloLevels:
    """The objectives of one SLO, each with its newest changes of level."""
    slos = [*context.handbook.slos.values(), *(each.slo for each in context.handbook.composites.values())]
    ids = [slo.id for slo in slos if request.name in (slo.id, slo.name)]
    if not ids:
        raise not_found("SLO", request.name, [slo.id for slo in slos])
    found = context.levels.history(ids, request.most)
    return SloLevels(name=request.name, objectives=tuple(_objective(id_, found) for id_ in ids))


def _objective(id_: str, found: Sequence[LevelChange]) -> ObjectiveLevels:
    steps = tuple(
        LevelStep(
            at=datetime.fromtimestamp(each.at, UTC), before=each.before or None, after=each.after, reason=each.reason
        )
        for each in found
        if each.slo == id_
    )
    reason = "" if steps else "no turn has found a level yet; a server takes turns: leadline up"
    return ObjectiveLevels(
        slo=id_,
        level=steps[0].after if steps else None,
        since=steps[0].at if steps else None,
        is_at_least_since=bool(steps) and steps[0].before is None,
        reason=reason,
        changes=steps,
    )
