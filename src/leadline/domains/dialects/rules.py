"""The dialects side by side: which document is whose, who reads it, who writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadline.domains.dialects import nobl9, nobl9_writing, openslo_v1alpha, pyrra, slo_generator, sloth, sloth_windows
from leadline.domains.dialects.accounting import Account, Journal, Spot
from leadline.domains.dialects.model import Lost, Source, Target
from leadline.domains.dialects.openslo import Documents, write_own
from leadline.domains.dialects.promised import promised
from leadline.domains.dialects.promises import Bundle
from leadline.domains.dialects.writing import Outbox
from leadline.errors import Problem
from leadline.handbook.documents import OPENSLO
from leadline.handbook.practice import LEADLINE
from leadline.handbook.reading import Tree
from leadline.handbook.specs import Handbook
from leadline.handbook.wording import nearest


@dataclass(frozen=True, slots=True)
class Dialect:
    """One tool's form."""

    version: str
    """Stands at the top of its documents."""
    is_mine: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Spot, str | None, Bundle], None]
    reasons: Mapping[str, str]


READ: Mapping[Source, Dialect] = {
    Source.SLOTH: Dialect(sloth.VERSION, sloth.is_mine, sloth.read, sloth.REASONS),
    Source.PYRRA: Dialect(pyrra.VERSION, pyrra.is_mine, pyrra.read, pyrra.REASONS),
    Source.SLO_GENERATOR: Dialect(
        slo_generator.VERSION, slo_generator.is_mine, slo_generator.read, slo_generator.REASONS
    ),
    Source.NOBL9: Dialect(nobl9.VERSION, nobl9.is_mine, nobl9.read, nobl9.REASONS),
    Source.OPENSLO_V1ALPHA: Dialect(
        openslo_v1alpha.VERSION, openslo_v1alpha.is_mine, openslo_v1alpha.read, openslo_v1alpha.REASONS
    ),
}
WRITE: Mapping[Target, Callable[[Bundle, Outbox], Documents]] = {
    Target.SLOTH: sloth.write,
    Target.PYRRA: pyrra.write,
    Target.SLO_GENERATOR: slo_generator.write,
    Target.NOBL9: nobl9_writing.write,
}
_NATIVE = "it is a handbook's own form: copy the file into the handbook"


def bundle_of(trees: Sequence[Tree], wanted: Source, window: str | None, journal: Journal) -> Bundle:
    """
    Everything that documents of the dialects promise.

    Documents of none of them are told as lost; when all are, that is a problem, since nothing was to be read.
    """
    bundle = Bundle()
    chosen = [(document, _dialect(document, wanted)) for tree in trees for document in _items(tree)]
    known = [(document, dialect) for document, dialect in chosen if dialect is not None]
    for document, mine in sorted(known, key=lambda pair: not _is_first(pair[0].value)):
        account = Account(document, journal, mine.reasons)
        mine.read(Spot(account), window, bundle)
        account.close()
    for document, dialect in chosen:
        if dialect is None:
            problem = _unknown(document, wanted)
            if known:
                journal.lost.append(_as_lost(problem))
            else:
                journal.problems.append(problem)
    return bundle


def _is_first(value: Mapping[str, Any]) -> bool:
    """Whether a document says how others are to be read."""
    return slo_generator.is_configuration(value) or sloth_windows.is_windows(value)


def _items(tree: Tree) -> list[Tree]:
    """The documents of a Kubernetes list, each with its own places; otherwise the document itself."""
    items = tree.value.get("items")
    if not str(tree.value.get("kind", "")).endswith("List") or not isinstance(items, list):
        return [tree]
    found = []
    for index, item in enumerate(items):
        top = ("items", index)
        marks = {path[2:]: mark for path, mark in tree.marks.items() if path[:2] == top}
        if isinstance(item, dict):
            found.append(Tree(tree.file, item, marks))
    return found


def _dialect(document: Tree, wanted: Source) -> Dialect | None:
    for source, dialect in READ.items():
        if dialect.is_mine(document.value) and wanted in (Source.AUTO, source):
            return dialect
    return None


def _unknown(document: Tree, wanted: Source) -> Problem:
    versions = [dialect.version for source, dialect in READ.items() if wanted in (Source.AUTO, source)]
    key = "version" if "version" in document.value and "apiVersion" not in document.value else "apiVersion"
    version = document.value.get(key)
    if version in (OPENSLO, LEADLINE):
        return document.problem((key,), "nothing to translate", version, _NATIVE)
    if {"slo_name", "backend"} <= document.value.keys():
        return document.problem(("slo_name",), "slo-generator's form before v2", "", "run slo-generator migrate first")
    what = "not a dialect that is read" if version is not None else "no apiVersion"
    return document.problem((key,), what, version, nearest(str(version or ""), versions))


def _as_lost(problem: Problem) -> Lost:
    why = f"{problem.what}; {problem.hint}"
    return Lost(file=problem.file, line=problem.line, key=problem.key, value=problem.value, why=why)


def written(handbook: Handbook, target: Target, journal: Journal) -> Documents:
    """The documents of a dialect that say what a handbook promises, by file."""
    out = Outbox(journal, handbook.folder)
    if target is Target.OPENSLO:
        return write_own(handbook, out, journal)
    return WRITE[target](promised(handbook, journal), out)


def counts_of(files: Documents) -> dict[str, int]:
    """Documents of each kind; a file of Sloth's counts its SLOs."""
    counts: dict[str, int] = {}
    for document in (document for documents in files.values() for document in documents):
        slos = document.get("slos")
        kind, count = ("SLO", len(slos)) if isinstance(slos, list) else (str(document.get("kind")), 1)
        counts[kind] = counts.get(kind, 0) + count
    return dict(sorted(counts.items()))
