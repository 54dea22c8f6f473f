"""Objectives as they were: the handbook of an instant, and the history of one SLO."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from leadline.core.slices import STEP
from leadline.core.windows import floor_to_step
from leadline.domains.budgets import rules
from leadline.domains.budgets.composing import statuses
from leadline.domains.budgets.loading import judge
from leadline.domains.budgets.model import RevisedValue, ShowHistory, SloHistory, SloRevision, SloStatus
from leadline.errors import RecordError, SpecError
from leadline.handbook.revisions import Revision, handbook_at, in_force, known, with_documents
from leadline.handbook.specs import Handbook
from leadline.handbook.wording import not_found
from leadline.ports.operation import Context


def instant_of(asked: datetime | None, context: Context) -> int:
    """The instant of an evaluation: the one asked for, else now less what a source is given to settle."""
    if asked is not None:
        return floor_to_step(asked.timestamp())
    settle = int(context.handbook.settle.total_seconds()) // STEP * STEP
    return floor_to_step(context.now().timestamp()) - settle


def handbook_of(asked: datetime | None, context: Context) -> Handbook:
    """
    The handbook with the objectives in force at an instant; the record is not read where today's must be these.

    Raises:
        RecordError: what was promised then does not fit the handbook any more.
    """
    now = int(context.now().timestamp())
    at = now if asked is None else int(asked.timestamp())
    handbook = context.handbook
    is_announced = any(Revision(each, now).effective_at > at for each in handbook.documents if each.effective_from)
    if asked is None and not is_announced:
        return handbook
    try:
        return handbook_at(handbook, context.revisions.history(), at, now)
    except SpecError as error:
        what = f"the objectives in force at {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC cannot be rebuilt"
        hint = "put back what they refer to, or ask for an instant after the change"
        raise RecordError(f"{what}: {error.problems[0]}; {hint}") from error


def show_history(request: ShowHistory, context: Context) -> SloHistory:
    """Every revision, what it changed, and the budget under it."""
    at = instant_of(request.at, context)
    now = int(context.now().timestamp())
    by_document = known(context.revisions.history(), context.handbook, now)
    names = {slo.name for slo in context.handbook.slos.values()}
    revisions = by_document.get(("SLO", request.name))
    if revisions is None:
        raise not_found("SLO", request.name, sorted(names | {name for kind, name in by_document if kind == "SLO"}))
    holding = in_force(revisions, at if request.at else now)
    recorded = len(context.revisions.history("SLO", request.name))
    shown = []
    for number, revision in enumerate(revisions, 1):
        before = revisions[number - 2].document.canonical if number > 1 else None
        objectives, reason = _under(revision, by_document, at, context)
        shown.append(
            SloRevision(
                number=number,
                seen_at=datetime.fromtimestamp(revision.seen_at, UTC),
                effective_at=datetime.fromtimestamp(revision.effective_at, UTC),
                sha256=revision.document.sha256,
                is_recorded=number <= recorded,
                is_in_force=revision is holding,
                changes=tuple(changes(before, revision.document.canonical)) if before else (),
                objectives=objectives,
                reason=reason,
            )
        )
    return SloHistory(at=datetime.fromtimestamp(at, UTC), name=request.name, revisions=tuple(shown))


def _under(
    revision: Revision, by_document: Mapping[tuple[str, str], Sequence[Revision]], at: int, context: Context
) -> tuple[tuple[SloStatus, ...], str]:
    """The SLO's objectives judged as this revision words them, everything else as it is now."""
    document = revision.document
    handbook = context.handbook
    today = {(each.kind, each.name): each for each in handbook.documents}
    key = (document.kind, document.name)
    if key not in today or today[key].sha256 != document.sha256:
        try:
            handbook = with_documents(handbook, {**today, key: document}, by_document)
        except SpecError as error:
            return (), str(error.problems[0])
    slos = [slo for slo in handbook.slos.values() if slo.name == document.name]
    composites = [composite for composite in handbook.composites.values() if composite.slo.name == document.name]
    judge_these = partial(judge, handbook, context.ledger, at=at, recorded=context.corrections)
    judged = judge_these(slos)
    return (*(rules.status(judged, slo) for slo in slos), *statuses(handbook, composites, judge_these)), ""


def changes(before: str, after: str) -> Iterator[RevisedValue]:
    """
    Keys whose values differ between two canonical texts, in order of the keys.

    >>> [change.key for change in changes('{"spec":{"a":1,"b":[2]}}', '{"spec":{"a":1,"b":[3]}}')]
    ['spec.b[0]']
    """
    old, new = (dict(_leaves(json.loads(text), "")) for text in (before, after))
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            yield RevisedValue(key=key, before=old.get(key), after=new.get(key))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]")
    else:
        yield path, value if isinstance(value, str) else json.dumps(value)
