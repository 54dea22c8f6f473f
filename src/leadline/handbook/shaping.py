"""
From trees to documents: which kind a tree is, and whether it has that kind's shape.

What pydantic finds is told in the handbook's words with the place of the key. A document with a wrong key or value
that it does not need is mended by leaving that out, so that its other mistakes are found as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import ValidationError

from leadline.errors import Problem
from leadline.handbook.documents import KINDS
from leadline.handbook.models import Model
from leadline.handbook.reading import PathInside, Tree
from leadline.handbook.specs import Place
from leadline.handbook.wording import nearest, shown

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
    name: str
    """Empty when it could not be read."""
    model: Any
    """Its model, `None` when its shape is beyond mending."""
    report: Report
    broken: frozenset[PathInside] = frozenset()
    """Mappings with a mistake of shape: what they lack may be what was misspelt."""

    @property
    def place(self) -> Place:
        """Where the document begins."""
        return Place(self.tree.file, self.tree.place(())[0])

    def problem(self, path: PathInside, what: str, value: object, hint: str) -> None:
        self.report.problems.append(self.tree.problem(path, what, value, hint))

    def warn(self, path: PathInside, what: str, value: object, hint: str) -> None:
        self.report.warnings.append(self.tree.problem(path, what, value, hint))

    def missing(self, path: PathInside, hint: str, what: str = "missing key") -> None:
        """Complain of what is not there, unless its mapping is broken, when that was said already."""
        if path[:-1] not in self.broken:
            self.problem(path, what, "", hint)


def shape(tree: Tree, report: Report) -> Written | None:
    """The document in a tree, mended where it can be; None when not even its kind is known."""
    kind = _kind(tree, report)
    if kind is None:
        return None
    model = KINDS[kind][1]
    value = tree.value
    broken: set[PathInside] = set()
    document: Model | None = None
    for _ in range(3):
        try:
            document = model.model_validate(value)
            break
        except ValidationError as error:
            mistakes = error.errors(include_url=False, include_input=False)
            found = [_told(tree, model, mistake) for mistake in mistakes]
            if not broken:
                report.problems.extend(problem for _, problem in found)
            broken |= {path[:-1] for path, _ in found}
            value = deepcopy(value)
            for path, _ in found:
                _leave_out(value, path)
    return Written(tree, kind, _name(tree), document, report, frozenset(broken))


def _name(tree: Tree) -> str:
    metadata = tree.value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else ""


def _kind(tree: Tree, report: Report) -> str | None:
    versions = tuple(dict.fromkeys(version for version, _ in KINDS.values()))
    version, kind = tree.value.get("apiVersion"), tree.value.get("kind")
    known = [name for name, (of, _) in KINDS.items() if of == version]
    before = len(report.problems)
    if version is None:
        report.problems.append(tree.problem(("apiVersion",), "missing key", "", f"write one of {', '.join(versions)}"))
    elif version not in versions:
        hint = nearest(str(version), versions)
        report.problems.append(tree.problem(("apiVersion",), "unknown apiVersion", version, hint))
    if kind is None:
        hint = f"write one of {', '.join(known or KINDS)}"
        report.problems.append(tree.problem(("kind",), "missing key", "", hint))
    elif not isinstance(kind, str) or kind not in (known or KINDS):
        elsewhere = KINDS[kind][0] if isinstance(kind, str) and kind in KINDS else None
        hint = f"write apiVersion: {elsewhere}" if elsewhere else nearest(str(kind), known or KINDS)
        what = f"not a kind of {version}" if elsewhere else "unknown kind"
        report.problems.append(tree.problem(("kind",), what, kind, hint))
    return kind if len(report.problems) == before else None


def value_at(value: Any, path: PathInside) -> Any:
    """What stands at a path, or None."""
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _leave_out(value: Any, path: PathInside) -> None:
    parent = value_at(value, path[:-1])
    if isinstance(parent, dict):
        parent.pop(path[-1], None)
    elif isinstance(parent, list) and isinstance(path[-1], int) and path[-1] < len(parent):
        parent[path[-1]] = None


def _told(tree: Tree, model: type[Model], mistake: Any) -> tuple[PathInside, Problem]:
    path: PathInside = mistake["loc"]
    if path and path[-1] == "[key]":
        path = path[:-1]
        value: Any = path[-1]
    else:
        value = value_at(tree.value, path)
    what, hint = _words(mistake, path, value)
    if mistake["type"] == "extra_forbidden":
        value, hint = path[-1], nearest(str(path[-1]), _keys_at(model, path[:-1]))
    return path, tree.problem(path, what, value, hint)


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


def _keys_at(model: type[Model], path: Iterable[str | int]) -> list[str]:
    """Keys of the model that stands at a path below another."""
    at: Any = model
    for part in path:
        if isinstance(part, str) and isinstance(at, type) and issubclass(at, Model):
            names = {info.alias: info.annotation for info in at.model_fields.values()}
            at = _model_in(names.get(part))
    is_model = isinstance(at, type) and issubclass(at, Model)
    return [str(info.alias) for info in at.model_fields.values()] if is_model else []


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model is not None), None)
