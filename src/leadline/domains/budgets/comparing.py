"""Use case: two handbooks side by side, and every budget under both, from one ledger at one instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from leadline.domains.budgets import rules
from leadline.domains.budgets.comparing_model import (
    Change,
    ChangedDocument,
    CompareHandbooks,
    Effect,
    HandbookDiff,
    Outcome,
    Standing,
)
from leadline.domains.budgets.composing import statuses
from leadline.domains.budgets.effects import MEASURES_OTHER, alerts_told, gate_changes, outcome, policy_of, why_unknown
from leadline.domains.budgets.loading import judge
from leadline.domains.budgets.model import SloStatus
from leadline.domains.budgets.revising import changes, instant_of
from leadline.errors import Problem, SpecError
from leadline.handbook.loader import load
from leadline.handbook.specs import Document, Handbook, Place, Slo
from leadline.ports.operation import Context

_NOWHERE = Place("", 0)
_URGENCY = (Outcome.WORSE, Outcome.REMOVED, Outcome.UNKNOWN, Outcome.BETTER, Outcome.ADDED, Outcome.SAME)
"""What a reader must see first."""


def compare_handbooks(request: CompareHandbooks, context: Context) -> HandbookDiff:
    """
    Documents, and then the budgets.

    Raises:
        SpecError: one of the two is ill-written.
    """
    before, after = _read(request.before), _read(request.after)
    at = instant_of(request.at, context)
    documents = tuple(_documents(before, after))
    old, new = _promises(before), _promises(after)
    concerned = _concerned(before, after, old, new)
    with context.ledger.snapshot():
        standings = [_judged(each, concerned, at, context) for each in (before, after)]
    effects = [_effect(name, (before, after), (old.get(name), new.get(name)), standings) for name in concerned]
    told = [each for each in effects if _is_told(each)]
    return HandbookDiff(
        at=datetime.fromtimestamp(at, UTC),
        before=str(request.before),
        after=str(request.after),
        documents=documents,
        effects=tuple(sorted(told, key=lambda each: (_URGENCY.index(each.outcome), each.service, each.slo))),
        unaffected=len({*old, *new}) - len(told),
    )


def _read(folder: Path) -> Handbook:
    loaded = load(folder)
    if loaded.handbook is None:
        raise SpecError(_of(problem, folder) for problem in loaded.problems)
    return loaded.handbook


def _of(problem: Problem, folder: Path) -> Problem:
    """The same, with the name of its folder where the file could be either one's."""
    return problem if Path(problem.file).exists() else replace(problem, file=f"{folder.name}/{problem.file}")


def _documents(before: Handbook, after: Handbook) -> Iterator[ChangedDocument]:
    old, new = ({(each.kind, each.name): each for each in book.documents} for book in (before, after))
    for kind, name in sorted({*old, *new}):
        one, other = old.get((kind, name)), new.get((kind, name))
        if one is not None and other is not None and one.sha256 == other.sha256:
            continue
        yield _document(one, other)


def _document(one: Document | None, other: Document | None) -> ChangedDocument:
    stands = other or one
    assert stands is not None  # noqa: S101 - it is in one of the two
    fields = tuple(changes(one.canonical, other.canonical)) if one is not None and other is not None else ()
    change = Change.ADDED if one is None else Change.REMOVED if other is None else Change.CHANGED
    place = stands.place
    return ChangedDocument(
        kind=stands.kind, name=stands.name, change=change, file=place.file, line=place.line, fields=fields
    )


def _promises(handbook: Handbook) -> dict[str, Slo]:
    """Every objective by id, composites among them."""
    return {**handbook.slos, **{name: each.slo for name, each in handbook.composites.items()}}


def _concerned(before: Handbook, after: Handbook, old: Mapping[str, Slo], new: Mapping[str, Slo]) -> list[str]:
    """Objectives for which something may be different: all of them where corrections or what judges them are."""
    shared = ("Correction", "BudgetPolicy", "Handbook")
    if _texts(before, shared) != _texts(after, shared):
        return sorted({*old, *new})
    other = {name for name in {*old, *new} if _placeless(old.get(name)) != _placeless(new.get(name))}
    is_part = bool(other) or _composites(before) != _composites(after)
    return sorted(other | ({*before.composites, *after.composites} if is_part else set()))


def _texts(handbook: Handbook, kinds: Iterable[str]) -> set[tuple[str, str]]:
    return {(each.name, each.sha256) for each in handbook.documents if each.kind in kinds}


def _composites(handbook: Handbook) -> dict[str, object]:
    return {name: (each.kind, each.on_missing, each.components) for name, each in handbook.composites.items()}


def _placeless(slo: Slo | None) -> Slo | None:
    """An objective without the place where it stands."""
    return slo and replace(slo, place=_NOWHERE, sli=replace(slo.sli, place=_NOWHERE))


def _judged(handbook: Handbook, names: Sequence[str], at: int, context: Context) -> dict[str, SloStatus]:
    """How these objectives stand under a handbook."""
    wanted = set(names)
    slos = [slo for slo in handbook.slos.values() if slo.id in wanted]
    composites = [each for name, each in handbook.composites.items() if name in wanted]
    judge_these = partial(judge, handbook, context.ledger, at=at, recorded=context.corrections)
    judged = judge_these(slos)
    told = [*(rules.status(judged, slo) for slo in slos), *statuses(handbook, composites, judge_these)]
    return {each.slo: each for each in told}


def _effect(
    name: str,
    books: tuple[Handbook, Handbook],
    slos: tuple[Slo | None, Slo | None],
    standings: Sequence[Mapping[str, SloStatus]],
) -> Effect:
    before, after = (_standing(slo, each.get(name)) for slo, each in zip(slos, standings, strict=True))
    slo = slos[1] or slos[0]
    assert slo is not None  # noqa: S101 - it is in one of the two
    reason = why_unknown(slos, before, after)
    levels = [each.level for each in (before, after) if each is not None]
    policies = [policy_of(book, slo) for book in books]
    return Effect(
        slo=name,
        service=slo.service,
        outcome=Outcome.UNKNOWN if reason else outcome(before, after),
        reason=reason,
        file=slo.place.file,
        line=slo.place.line,
        before=before,
        after=after,
        gate=tuple(gate_changes(policies, levels)) if len(levels) == 2 else (),
    )


def _standing(slo: Slo | None, status: SloStatus | None) -> Standing | None:
    if slo is None or status is None:
        return None
    return Standing(
        target=slo.target_text,
        window=status.window.duration,
        level=status.level,
        remaining=status.budget.remaining,
        sli=status.sli,
        alerts=alerts_told(slo),
        reason=status.short_reason,
    )


def _is_told(effect: Effect) -> bool:
    """Whether anything is different; where nothing is, it need not be told that the level is unknown."""
    return effect.before != effect.after or bool(effect.gate) or effect.reason == MEASURES_OTHER
