"""How findings are made: each finds the document it stands in, and that document may switch its rule off."""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from leadline.domains.checking.catalogue import RULES, rule_of
from leadline.errors import Problem
from leadline.handbook.lint_ignores import lint_ignores
from leadline.handbook.specs import Document, Place
from leadline.handbook.wording import nearest
from leadline.ports.findings import Finding, Weight

_KEY = "leadline/lintIgnore"
_WEIGHTS = tuple(Weight)
_TIER = re.compile(r"tier \S+ of strategy \S+")


@dataclass(frozen=True, slots=True)
class Said:
    """A finding before it is known where it belongs."""

    rule: str
    place: Place
    what: str
    value: str
    way_out: str
    slos: tuple[str, ...] = ()
    weight: Weight | None = None
    """Where it matters less or more than its rule says."""


def of_problem(problem: Problem, rule: str = "") -> Said:
    """A mistake, or a warning, of `leadline validate`."""
    key = f"{problem.key}: " if problem.key else ""
    place = Place(problem.file, problem.line)
    return Said(rule or rule_of(problem.what), place, f"{key}{problem.what}", problem.value, problem.hint)


@dataclass(slots=True)
class Desk:
    """Documents by where they begin, and what they switch off."""

    documents: Iterable[Document]
    places: Iterable[Place] | None = None
    """Only what stands in the documents of these places is wanted; None: everything."""
    _scope: set[tuple[str, str]] | None = field(default=None, init=False)
    _lines: dict[str, list[int]] = field(default_factory=dict, init=False)
    _by_file: dict[str, list[Document]] = field(default_factory=dict, init=False)
    _ignores: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict, init=False)
    _tiers: set[tuple[str, str, str]] = field(default_factory=set, init=False)

    def __post_init__(self) -> None:
        by_file: dict[str, list[Document]] = defaultdict(list)
        for document in self.documents:
            by_file[document.place.file].append(document)
            if _KEY in document.canonical:
                self._ignores[document.kind, document.name] = _switched_off(document)
        for file, found in by_file.items():
            found.sort(key=lambda document: document.place.line)
            self._by_file[file], self._lines[file] = found, [document.place.line for document in found]
        if self.places is not None:
            found_here = filter(None, map(self._document, self.places))
            self._scope = {(document.kind, document.name) for document in found_here}

    def written(self, said: Iterable[Said]) -> tuple[Finding, ...]:
        """Findings in the order of the files, and what is wrong with the switches themselves."""
        findings = self._made(said)
        used = {(one.kind, one.name, one.rule) for one in findings if one.switched_off}
        everywhere = {one.rule for one in findings if one.switched_off}
        more = self._made(self._about_switches(used, everywhere))
        return tuple(sorted([*findings, *more], key=_order))

    def _made(self, said: Iterable[Said]) -> list[Finding]:
        seen: dict[str, int] = defaultdict(int)
        found = []
        for one in said:
            document = self._document(one.place)
            kind, name = (document.kind, document.name) if document else ("", "")
            if not self._is_wanted(kind, name) or self._is_told_twice(one, kind, name):
                continue
            text = "\0".join((one.rule, kind, name or one.place.file, *one.slos, one.what, one.value))
            digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]
            seen[digest] += 1
            found.append(
                Finding(
                    id=digest if seen[digest] == 1 else f"{digest}-{seen[digest]}",
                    rule=one.rule,
                    weight=one.weight or RULES[one.rule].weight,
                    file=one.place.file,
                    line=one.place.line,
                    kind=kind,
                    name=name,
                    slo=", ".join(one.slos),
                    what=one.what,
                    value=one.value,
                    way_out=one.way_out,
                    switched_off=self._reason(one.rule, kind, name),
                )
            )
        return found

    def _is_wanted(self, kind: str, name: str) -> bool:
        return self._scope is None or (kind, name) in self._scope

    def _is_told_twice(self, one: Said, kind: str, name: str) -> bool:
        """Whether the loader, which names no objective, has warned of the same tier of the same document."""
        if one.rule != "unreachable-alert":
            return False
        tier = _TIER.search(one.what)
        key = (kind, name, tier[0] if tier else one.what)
        if not one.slos:
            self._tiers.add(key)
        return bool(one.slos) and key in self._tiers

    def _document(self, place: Place) -> Document | None:
        lines = self._lines.get(place.file)
        number = bisect_right(lines, place.line) if lines else 0
        return self._by_file[place.file][number - 1] if number else None

    def _reason(self, rule: str, kind: str, name: str) -> str:
        """Why a document, or the whole handbook, does not want to hear of it; a mistake is always heard of."""
        if rule == "ill-written":
            return ""
        own = self._ignores.get((kind, name), {}).get(rule, "")
        whole = [off for (of, _), off in self._ignores.items() if of == "Handbook"]
        return own or next((off[rule] for off in whole if rule in off), "")

    def _about_switches(self, used: set[tuple[str, str, str]], everywhere: set[str]) -> Iterator[Said]:
        places = {(each.kind, each.name): each.place for each in self.documents}
        for (kind, name), off in self._ignores.items():
            for rule in off if self._is_wanted(kind, name) else ():
                is_used = rule in everywhere if kind == "Handbook" else (kind, name, rule) in used
                if rule not in RULES:
                    yield Said("unknown-rule", places[kind, name], "no such rule", rule, nearest(rule, RULES))
                elif not is_used and not RULES[rule].asks_source:
                    what = "a rule is switched off that finds nothing here"
                    yield Said("idle-ignore", places[kind, name], what, rule, f"take it out of {_KEY}")


def _switched_off(document: Document) -> Mapping[str, str]:
    try:
        annotations = json.loads(document.canonical)["metadata"]["annotations"]
        return lint_ignores(str(annotations[_KEY]))
    except (KeyError, TypeError, ValueError):  # it stands elsewhere, or was told as a mistake
        return {}


def _order(finding: Finding) -> tuple[bool, str, int, int, str]:
    return bool(finding.switched_off), finding.file, finding.line, _WEIGHTS.index(finding.weight), finding.rule
