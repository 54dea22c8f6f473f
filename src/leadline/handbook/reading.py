"""
From the bytes of one file to trees of plain values that know where each key stands.

Read with PyYAML's C composer. Scalars follow YAML 1.2 where 1.1 surprises (`yes`, `12:30` and dates stay text), and
numbers keep the digits that were written (Decimal). Any bytes at all give trees or problems, never an exception:
what would grow without end (aliases) or nest without end is refused. What the values mean is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from leadline.errors import Problem
from leadline.handbook.composer import MAP, SEQ, STR, Composer
from leadline.handbook.wording import shown

PathInside = tuple[str | int, ...]
"""Keys and indexes from the top of a document down to a value."""

MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 100
MAX_VALUES = 200_000
"""Values of one file once aliases are followed."""
_LONGEST_NUMBER = 40

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INT = re.compile(r"[-+]?[0-9][0-9_]*", re.ASCII)
_BASED = re.compile(r"0x[0-9a-fA-F_]+|0o[0-7_]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?", re.ASCII)
_EXPONENT = re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?[eE][-+]?[0-9]+", re.ASCII)
"""Numbers that YAML 1.1 takes for text."""
_NAMED = re.compile(r"""\bname["']?\s*:\s*["']?([^\s"',{}\[\]]+)""")
_PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null", "timestamp", "value", "merge")}


def dotted(path: PathInside) -> str:
    """
    Path of a key as people write it.

    >>> dotted(("spec", "objectives", 0, "target"))
    'spec.objectives[0].target'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return shown(text)


@dataclass(frozen=True, slots=True)
class Tree:
    """One document: its value, and the node of each key."""

    file: str
    value: dict[str, Any]
    marks: dict[PathInside, tuple[int, int]]
    """Line and column (1-based) of each key and list item."""

    def place(self, path: PathInside) -> tuple[int, int]:
        """Where a key stands, or the nearest of its parents that was written."""
        while path not in self.marks:
            path = path[:-1]
        return self.marks[path]

    def problem(self, path: PathInside, what: str, value: object, hint: str) -> Problem:
        line, column = self.place(path)
        return Problem(self.file, line, column, dotted(path), what, shown(value), hint)


class _Refused(Exception):
    """A file goes beyond what a handbook may be; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


@dataclass(slots=True)
class _Reader:
    file: str
    last_line: int
    problems: list[Problem] = field(default_factory=list)
    values: int = 0

    def at(self, mark: yaml.Mark | None) -> tuple[int, int]:
        if mark is None:
            return 1, 1
        return min(mark.line + 1, self.last_line), mark.column + 1

    def complain(self, mark: yaml.Mark | None, key: str, what: str, value: object, hint: str) -> Problem:
        return Problem(self.file, *self.at(mark), key, what, shown(value), hint)

    def documents(self, text: str) -> Iterator[Tree]:
        loader = Composer(text)
        try:
            while loader.check_node():
                node = loader.get_node()
                if node is not None:
                    yield from self._tops(node)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = f"not YAML: {error.problem or error.context or 'cannot be read'}"
            hint = "nest at most 100 deep" if "nesting" in what else "mend the indentation, quotes or brackets here"
            line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
            self.problems.append(self.complain(mark, "", what, line, hint))
        finally:
            loader.dispose()

    def _tops(self, node: yaml.Node) -> Iterator[Tree]:
        if isinstance(node, yaml.SequenceNode) and node.value:
            for item in node.value:
                yield from self._document(item)
        elif not (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")):
            yield from self._document(node)

    def _document(self, node: yaml.Node) -> Iterator[Tree]:
        if not isinstance(node, yaml.MappingNode):
            hint = "begin with apiVersion, kind, metadata and spec"
            value = node.value if isinstance(node, yaml.ScalarNode) else []
            self.problems.append(self.complain(node.start_mark, "", "a document must be a mapping", value, hint))
            return
        marks: dict[PathInside, tuple[int, int]] = {(): self.at(node.start_mark)}
        value = self._value(node, (), marks)
        yield Tree(self.file, value, marks)

    def _value(self, node: yaml.Node, path: PathInside, marks: dict[PathInside, tuple[int, int]]) -> Any:
        self.values += 1
        if len(path) > MAX_DEPTH:
            raise _Refused(
                self.complain(node.start_mark, dotted(path[:3]), f"nested more than {MAX_DEPTH} deep", "", "flatten it")
            )
        if self.values > MAX_VALUES:
            what = f"more than {MAX_VALUES} values once aliases are followed"
            raise _Refused(
                self.complain(node.start_mark, dotted(path), what, "", "split the file, or use fewer aliases")
            )
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._check_tag(node, SEQ, path)
            items = []
            for index, item in enumerate(node.value):
                marks[(*path, index)] = self.at(item.start_mark)
                items.append(self._value(item, (*path, index), marks))
            return items
        self._check_tag(node, MAP, path)
        return self._mapping(node, path, marks) if isinstance(node, yaml.MappingNode) else None

    def _mapping(
        self, node: yaml.MappingNode, path: PathInside, marks: dict[PathInside, tuple[int, int]]
    ) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        own: dict[str, tuple[int, int]] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(
                    self.complain(key_node.start_mark, dotted(path), "a key must be text", [], "write a plain word")
                )
                continue
            key = key_node.value
            inside = (*path, key)
            if key == "<<" and key_node.tag.endswith(":merge"):
                self._merge(value_node, path, mapping, marks)
                continue
            if key in own:
                hint = f"also on line {own[key][0]}; keep one"
                self.problems.append(self.complain(key_node.start_mark, dotted(inside), "duplicate key", key, hint))
                continue
            own[key] = marks[inside] = self.at(key_node.start_mark)
            mapping[key] = self._value(value_node, inside, marks)
        return mapping

    def _merge(
        self,
        node: yaml.Node,
        path: PathInside,
        mapping: dict[str, Any],
        marks: dict[PathInside, tuple[int, int]],
    ) -> None:
        for source in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(source, yaml.MappingNode):
                self.problems.append(
                    self.complain(
                        node.start_mark, dotted((*path, "<<")), "only mappings can be merged", "", "name an anchor"
                    )
                )
                continue
            inner: dict[PathInside, tuple[int, int]] = {}
            merged = self._value(source, path, inner)
            new = {key for key in merged if key not in mapping}
            mapping.update((key, merged[key]) for key in new)
            marks.update((inside, at) for inside, at in inner.items() if inside[len(path)] in new)

    def _check_tag(self, node: yaml.Node, wanted: str, path: PathInside) -> None:
        if node.tag not in (wanted, "!"):
            tag = shown(node.tag.replace("tag:yaml.org,2002:", "!!"))
            self.problems.append(
                self.complain(
                    node.start_mark, dotted(path), "a YAML tag was read", tag, "write the value without a tag"
                )
            )

    def _scalar(self, node: yaml.ScalarNode, path: PathInside) -> Any:
        text: str = node.value
        is_number = node.tag.endswith((":int", ":float")) or (not node.style and reads_as_number(text))
        if is_number and node.tag in {STR, *_PLAIN_TAGS}:
            return _as_number(text)
        if node.tag.endswith(":null"):
            return None
        if node.tag.endswith(":bool") and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if node.tag not in _PLAIN_TAGS:
            self._check_tag(node, STR, path)
        return text


def reads_as_number(text: str) -> bool:
    """Whether a scalar that YAML 1.1 takes for text is a number here, such as 1e-3."""
    return _EXPONENT.fullmatch(text) is not None


def _as_number(text: str) -> int | Decimal | str:
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INT.fullmatch(text):
        return int(text.replace("_", ""))
    if _BASED.fullmatch(text):
        return int(text.replace("_", ""), 0)
    if _FLOAT.fullmatch(text):
        try:
            number = Decimal(text.replace("_", ""))
        except InvalidOperation:
            return text
        return number if abs(number.adjusted()) <= _LONGEST_NUMBER else text
    return text


def _decode(data: bytes, file: str) -> str:
    """The text of a file, or `_Refused` with the place of the byte or character that is not text."""
    hint = "save the file as UTF-8 text"
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        what = "UTF-16 text" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "a byte that is not UTF-8"
        raise _Refused(Problem(file, line, column, "", what, f"0x{data[error.start]:02x}", hint)) from None
    odd = _UNPRINTABLE.search(text)
    if odd:
        line, column = text.count("\n", 0, odd.start()) + 1, odd.start() - text.rfind("\n", 0, odd.start())
        value = f"U+{ord(odd.group()):04X}"
        raise _Refused(Problem(file, line, column, "", "a control character", value, hint))
    return text


def read_file(path: Path, shown_as: str) -> tuple[list[Tree], list[Problem]]:
    """Every document of a file, and every mistake of its YAML; never raises for what stands in it."""
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        hint = "make it readable, or move it out of the handbook"
        return [], [Problem(shown_as, 1, 1, "", f"cannot be read: {error.strerror or error}", "", hint)]
    if len(data) > MAX_FILE_BYTES:
        what = f"larger than {MAX_FILE_BYTES // 1024 // 1024} MB"
        return [], [Problem(shown_as, 1, 1, "", what, "", "split the file")]
    reader = _Reader(shown_as, 1)
    trees: list[Tree] = []
    try:
        text = _decode(data, shown_as)
        reader.last_line = max(1, text.count("\n") + (not text.endswith("\n")))
        trees.extend(reader.documents(text))
    except _Refused as refused:
        reader.problems.append(refused.problem)
    return trees, reader.problems


def names_in(path: Path) -> set[str]:
    """What seem to be the names of documents in a file that cannot be read whole."""
    try:
        with path.open("rb") as opened:
            text = opened.read(MAX_FILE_BYTES).decode("utf-8", "replace")
    except OSError:
        return set()
    return set(_NAMED.findall(text))
