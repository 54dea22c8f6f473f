"""
From trees to documents: which kind a tree is, and whether it has that kind's shape.

What pydantic finds is told in the handbook's words with the place of the key. An ill-shaped document is mended (see
`mending`), so that its other mistakes are found as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from leadline.errors import Problem
from leadline.handbook.documents import KINDS
from leadline.handbook.mending import Mending, keys_at, value_at
from leadline.handbook.models import Model
from leadline.handbook.reading import PathInside, Tree
from leadline.handbook.specs import Place
from leadline.handbook.wording import near_word, nearest, shown

_TOP = ("apiVersion", "kind", "metadata", "spec")
_ROUNDS = 30
"""Each mends at least one mistake, or one level below one."""
_WANTED = {
    "string_type": ("text is wanted", 'write text; put a number or a date in quotes: "1"'),
    "tuple_type": ("a list is wanted", "begin each item with a dash"),
    "bool_type": ("true or false is wanted", "write true or false, without quotes"),
    "model_type": ("a mapping is wanted", "write keys and values, indented below this key"),
    "dict_type": ("a mapping is wanted", "write keys and values, indented below this key"),
    "mapping_type": ("a mapping is wanted", "write keys and values, indented below this key"),
}
_FORMS = {
    "name": ("not a name", "use letters, digits and - . _ | / between; begin and end with a letter or digit"),
    "start": ("not a time of day", 'write "09:00"'),
    "end": ("not a time of day", 'write "17:00"'),
    "time": ("not a time of day", 'write "13:30", UTC'),
    "peak": ("not a time of day", 'write "15:00", UTC'),
    "currency": ("not a currency code", "write three capitals such as EUR"),
}
_EXAMPLES = {
    "service": "service: checkout",
    "budgetingMethod": "budgetingMethod: Occurrences",
    "objectives": "objectives: [{target: 0.999}]",
    "name": "name: checkout-availability",
    "metadata": "metadata: {name: …}",
    "type": "type: prometheus",
    "metricSource": "metricSource: {metricSourceRef: …, spec: {query: …}}",
    "reason": "reason: announced maintenance",
    "approver": "approver: sre",
    "mode": "mode: exclude",
}


@dataclass(slots=True)
class Report:
    """Mistakes and warnings found so far."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Written:
    """A document of a known kind, and how to complain about it."""

    tree: Tree
    kind: str
    """Empty when it could not even be guessed."""
    name: str
    """Empty when it could not be read, or belongs to an earlier document: what it says is judged, not registered."""
    model: Any
    """Its model, mended where its shape was wrong; None when its kind is unknown."""
    report: Report
    mending: Mending
    told: list[PathInside] = field(default_factory=list)
    """Places of its mistakes, as paths of the mended value."""

    @property
    def place(self) -> Place:
        """Where the document begins."""
        return Place(self.tree.file, self.tree.place(())[0])

    @property
    def value(self) -> dict[str, Any]:
        """What stands in it, mended where its shape was wrong."""
        return self.mending.value

    def problem(self, path: PathInside, what: str, value: object, hint: str) -> None:
        """Tell a mistake, unless its place was told already."""
        if not self.mending.is_silenced(path):
            self.told.append(path)
            self.report.problems.append(self.tree.problem(self.mending.as_written(path), what, value, hint))

    def warn(self, path: PathInside, what: str, value: object, hint: str) -> None:
        if not self.mending.is_silenced(path):
            self.report.warnings.append(self.tree.problem(self.mending.as_written(path), what, value, hint))

    def missing(self, path: PathInside, hint: str, what: str = "missing key") -> None:
        """Complain of what is not there, unless a misspelt key may be it, when that was said already."""
        if path[:-1] not in self.mending.unclear:
            self.problem(path, what, "", hint)

    def silence(self, path: PathInside) -> None:
        """What stands at a path was told: say nothing of what follows from it."""
        self.mending.silenced.add(path)

    def is_doubtful(self, *paths: PathInside) -> bool:
        """Whether a mistake was told at, above or below one of these paths: nothing is concluded from there."""
        return any(
            self.mending.is_silenced(path) or any(told[: len(path)] == path for told in self.told) for path in paths
        )

    def without_name(self) -> Written:
        """The same, to be judged but not registered."""
        metadata = self.model.metadata.model_copy(update={"name": ""}) if self.model is not None else None
        model = self.model.model_copy(update={"metadata": metadata}) if self.model is not None else None
        return replace(self, name="", model=model)


def shape(tree: Tree, report: Report) -> Written:
    """The document in a tree, mended where its shape is wrong."""
    mending = Mending(Model, tree.value)
    written = Written(tree, "", "", None, report, mending)
    for key in ("apiVersion", "kind"):
        meant = None if key in tree.value else near_word(key, [one for one in tree.value if one not in _TOP])
        if meant is not None:
            written.problem((meant,), "unknown key", meant, f"did you mean {key}?")
            mending.rename((meant,), key)
    kind = _kind(written)
    if kind is None:
        return replace(written, name=_as_name(value_at(tree.value, ("metadata", "name"))))
    version, mending.model = KINDS[kind]
    if written.told:
        mending.value = {**mending.value, "apiVersion": version, "kind": kind}
    written = replace(written, kind=kind)
    document = _modelled(written)
    name = _as_name(value_at(tree.value, mending.as_written(("metadata", "name"))))
    if name != document.metadata.name:
        metadata = document.metadata.model_copy(update={"name": name})
        document = document.model_copy(update={"metadata": metadata})
    return replace(written, name=name, model=document)


def _modelled(written: Written) -> Any:
    """The model of a document; each mistake of its shape is told and mended until it has one."""
    mending = written.mending
    for _ in range(_ROUNDS):
        try:
            return mending.model.model_validate(mending.value)
        except ValidationError as error:
            mistakes = error.errors(include_url=False, include_input=False)
        for mistake in sorted(mistakes, key=lambda one: one["type"] == "missing"):
            _tell_and_mend(written, mistake)
    raise AssertionError(f"a {written.kind} cannot be mended")


def _tell_and_mend(written: Written, mistake: Any) -> None:
    mending, kind = written.mending, mistake["type"]
    path: PathInside = mistake["loc"]
    is_key = bool(path) and path[-1] == "[key]"
    path = path[:-1] if is_key else path
    value = path[-1] if is_key else value_at(mending.value, path)
    if kind == "missing" and value is not None:
        return
    what, hint = _words(mistake, path, value)
    if kind == "extra_forbidden" or is_key:
        value = path[-1]
        known = keys_at(mending.model, path[:-1]) if not is_key else _allowed(mistake)
        hint = nearest(str(value), known) if known else hint
        if not mending.is_silenced(path):
            written.problem(path, what, value, hint)
        mending.rename(path, near_word(str(value), known))
        return
    if path not in mending.renamed:
        written.problem(path, what, value, hint)
    mending.replace(path, kind)


def _allowed(mistake: Any) -> list[str]:
    return re.findall(r"'([^']*)'", mistake.get("ctx", {}).get("expected", ""))


def _as_name(name: object) -> str:
    if isinstance(name, bool) or not isinstance(name, str | int | Decimal):
        return ""
    return str(name)


def _kind(written: Written) -> str | None:
    """The kind of a document, or the one that was probably meant; None when nothing is near."""
    versions = tuple(dict.fromkeys(version for version, _ in KINDS.values()))
    version, kind = written.value.get("apiVersion"), written.value.get("kind")
    known = [name for name, (of, _) in KINDS.items() if of == version]
    if version is None:
        written.problem(("apiVersion",), "missing key", "", f"write one of {', '.join(versions)}")
    elif version not in versions:
        written.problem(("apiVersion",), "unknown apiVersion", version, nearest(str(version), versions))
    if kind is None:
        written.problem(("kind",), "missing key", "", f"write one of {', '.join(known or KINDS)}")
        return None
    if isinstance(kind, str) and kind in (known or KINDS):
        return kind
    if isinstance(kind, str) and kind in KINDS:
        written.problem(("kind",), f"not a kind of {version}", kind, f"write apiVersion: {KINDS[kind][0]}")
        return kind
    written.problem(("kind",), "unknown kind", kind, nearest(str(kind), known or KINDS))
    return near_word(str(kind), known or KINDS)


def _words(mistake: Any, path: PathInside, value: Any) -> tuple[str, str]:
    kind: str = mistake["type"]
    context: dict[str, Any] = mistake.get("ctx", {})
    key = str(path[-1]) if path else ""
    if kind == "literal_error":
        return "not one of the words allowed", nearest(shown(value), re.findall(r"'([^']*)'", context["expected"]))
    if kind == "value_error":
        message = str(context["error"])
        return message, "write one such as 0.999" if "number" in message else "write one such as 5m"
    if kind == "string_pattern_mismatch" and key in _FORMS:
        return _FORMS[key]
    limits = {name: context.get(name) for name in ("min_length", "max_length")}
    words = _WANTED | {
        "extra_forbidden": ("unknown key", ""),
        "missing": ("missing key", f"add {_EXAMPLES.get(key, key + ': …')}"),
        "string_too_long": ("too long", f"write at most {limits['max_length']} characters"),
        "too_long": ("too many items", f"write at most {limits['max_length']}"),
        "too_short": ("empty", f"write at least {limits['min_length']}"),
        "string_too_short": ("empty", f"write at least {limits['min_length']} character"),
    }
    return words.get(kind, (mistake["msg"], "see the schema: leadline schema KIND"))


def names_by_kind(written: list[Written], unread: set[str]) -> Mapping[str, frozenset[str]]:
    """Names by kind; what could not be read may be of any kind."""
    by_kind: dict[str, set[str]] = {kind: set() for kind in ("", *KINDS)}
    for document in written:
        by_kind[document.kind].add(document.name)
    anything = unread | by_kind[""]
    return {kind: frozenset((names | anything) - {""}) for kind, names in by_kind.items()}


def unique(written: list[Written]) -> list[Written]:
    """Documents with each name once; a second of that name is judged, not registered."""
    first: dict[tuple[str, str], Written] = {}
    found = []
    for document in written:
        other = first.setdefault((document.kind, document.name), document)
        if document.name and document.kind and other is not document:
            hint = f"also at {other.place.file}:{other.place.line}; rename one"
            document.problem(("metadata", "name"), f"another {document.kind} of this name", document.name, hint)
            found.append(document.without_name())
        else:
            found.append(document)
    return found
