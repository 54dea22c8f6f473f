"""
The handbook as it stood at an instant: which revision of each promise was in force, and the handbook made of these.

Revised are promises (SLO, Service, BudgetPolicy, Handbook); what is known of the past today (SLIs, data sources,
corrections) stays as it is now. Choosing is pure; compiling is imported when a past handbook is first wanted, because
it is slow to load.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import cast

from leadline.errors import Problem, SpecError
from leadline.handbook.specs import Document, Handbook

PROMISES = frozenset({"SLO", "Service", "BudgetPolicy", "Handbook"})
_REFERRED = frozenset({"SLI", "Service", "BudgetPolicy", "DataSource", "Team", "AlertPolicy", "AlertCondition",
                       "AlertNotificationTarget"})  # fmt: skip
"""Kinds that an old revision may refer to; one that was taken out since is taken from the record."""
_COMPILING = "leadline.handbook.compiling"


@dataclass(frozen=True, slots=True)
class Revision:
    """One wording of one document, as it was recorded."""

    document: Document
    seen_at: int
    """Epoch seconds at which the wording was first met."""

    @property
    def effective_at(self) -> int:
        """
        From when on it holds, epoch seconds: `leadline/effectiveFrom`, but never before it was seen.

        So an annotation that is left standing while the target is edited does not reach into the past.
        """
        if self.document.effective_from is None:
            return self.seen_at
        return max(self.seen_at, int(datetime.fromisoformat(self.document.effective_from).timestamp()))


def in_force(revisions: Sequence[Revision], at: int) -> Revision:
    """
    The revision of one document that holds at an instant; before the first known one, the first.

    Args:
        revisions: all of one document, at least one, in the order in which they were recorded.
        at: epoch seconds.
    """
    return next((each for each in reversed(revisions) if each.effective_at <= at), revisions[0])


def known(recorded: Iterable[Revision], handbook: Handbook, now: int) -> dict[tuple[str, str], list[Revision]]:
    """Every revision by kind and name, oldest first; what the record has not met yet is seen `now`."""
    by_document: dict[tuple[str, str], list[Revision]] = {}
    for revision in recorded:
        by_document.setdefault((revision.document.kind, revision.document.name), []).append(revision)
    for document in handbook.documents:
        revisions = by_document.setdefault((document.kind, document.name), [])
        if not revisions or revisions[-1].document.sha256 != document.sha256:
            revisions.append(Revision(document, now))
    return by_document


def handbook_at(handbook: Handbook, recorded: Iterable[Revision], at: int, now: int) -> Handbook:
    """
    The handbook with the promises that were in force at `at`; itself when these are today's.

    Raises:
        SpecError: the promises of then do not fit what they refer to now.
    """
    by_document = known(recorded, handbook, now)
    today = {(each.kind, each.name): each for each in handbook.documents}
    then = {
        key: in_force(by_document[key], at).document if key[0] in PROMISES else document
        for key, document in today.items()
    }
    if all(then[key].sha256 == document.sha256 for key, document in today.items()):
        return handbook
    return with_documents(handbook, then, by_document)


def with_documents(
    handbook: Handbook,
    documents: Mapping[tuple[str, str], Document],
    by_document: Mapping[tuple[str, str], Sequence[Revision]],
) -> Handbook:
    """The handbook compiled from other wordings of its documents; what was taken out since is found in the record."""
    removed = {
        key: revisions[-1].document
        for key, revisions in by_document.items()
        if key not in documents and key[0] in _REFERRED and key[1] not in handbook.slis
    }
    compiling = import_module(_COMPILING)
    problems: Sequence[Problem] = ()
    for chosen in ({**documents, **removed}, documents) if removed else (documents,):
        files = [(Path(str(number)), "") for number in range(len(chosen))]
        trees = dict(zip((path for path, _ in files), map(_tree, chosen.values()), strict=True))
        compiled, report = compiling.compile_handbook(
            files, handbook.folder, handbook.name, lambda path, _, trees=trees: ([trees[path]], [])
        )
        if not report.problems:
            return replace(cast("Handbook", compiled), documents=handbook.documents)
        problems = compiling.problems_in_order(report.problems)
    raise SpecError(problems)


def _tree(document: Document) -> object:
    value = json.loads(document.canonical, parse_float=Decimal)
    tree = import_module("leadline.handbook.reading").Tree
    return tree(document.place.file, value, {(): (document.place.line, 1)})
