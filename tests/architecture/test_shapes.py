"""Lengths and names of modules and functions, and reasons where a rule is not kept."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tree import SOURCE, body_lines, functions, name_of, python_files, syntax_tree

MODULE_LINES = 300
FUNCTION_LINES = 40
LONG_FUNCTIONS: dict[str, str] = {}
"""`path:function` → why it is one thing although longer than FUNCTION_LINES."""
NAMES_THAT_SAY_NOTHING = {
    "util", "utils", "helper", "helpers", "common", "base", "manager", "managers", "misc", "data",
}  # fmt: skip
PURE = ("src/leadline/core/", "src/leadline/errors.py", "src/leadline/units.py")
IMPURE_MODULES = {
    "io",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "sys",
    "tempfile",
    "time",
}
IMPURE_CALLS = {"input", "now", "open", "print", "round", "today", "utcnow"}


@pytest.mark.parametrize("path", python_files("src"), ids=name_of)
def test_a_long_module_says_why_it_is_one_thing(path: Path) -> None:
    length = len(path.read_text(encoding="utf-8").splitlines())
    docstring = ast.get_docstring(syntax_tree(path)) or ""
    assert length <= MODULE_LINES or "300 lines" in docstring, (
        f"{name_of(path)} has {length} lines; split it, or say in its docstring why it is one thing over 300 lines"
    )


def test_a_function_is_short_or_its_length_has_a_reason() -> None:
    lengths = {
        f"{name_of(path)}:{name}": body_lines(function)
        for path in python_files("src")
        for name, function in functions(syntax_tree(path))
    }
    too_long = {name: length for name, length in lengths.items() if length > FUNCTION_LINES}
    assert {name: length for name, length in too_long.items() if name not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(too_long), "an exception that is no longer needed"


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = {
        name_of(path): {path.stem, *path.relative_to(SOURCE.parent).parent.parts} & NAMES_THAT_SAY_NOTHING
        for path in python_files("src", "tests", "benchmarks")
    }
    assert {name: words for name, words in named.items() if words} == {}


def test_each_module_of_the_source_opens_with_what_it_is_for() -> None:
    silent = [
        name_of(path)
        for path in python_files("src")
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(syntax_tree(path))
    ]
    assert silent == []


_SILENCED = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover)(?P<rest>.*)$")
_CODES = re.compile(r"^(?::\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*|\[[\w\-, ]+\])?")


def _is_reasoned(rest: str) -> bool:
    codes = _CODES.match(rest)
    assert codes is not None
    return bool(codes[0]) and len(re.findall(r"[A-Za-z]{2,}", rest[codes.end() :])) >= 2


def test_a_silenced_warning_names_its_rule_and_a_reason() -> None:
    without = [
        f"{name_of(path)}:{number}"
        for path in python_files("src", "tests", "benchmarks")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (found := _SILENCED.search(line)) and "re.compile" not in line and not _is_reasoned(found["rest"])
    ]
    assert without == []


@pytest.mark.parametrize(
    ("rest", "is_reasoned"),
    [
        ("", False),
        (": S101", False),
        (": S101 - the checker needs it", True),
        (": S101, E501  too long to break", True),
        ("[arg-type]", False),
        ("[arg-type]  # the stub is wrong", True),
        (" because I say so", False),
    ],
)
def test_a_reason_is_words_after_the_rule(rest: str, is_reasoned: bool) -> None:
    assert _is_reasoned(rest) is is_reasoned


def test_the_core_has_no_clock_no_io_and_no_rounding() -> None:
    found = []
    for path in python_files("src"):
        if not name_of(path).startswith(PURE):
            continue
        for node in ast.walk(syntax_tree(path)):
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            names |= {node.module or ""} if isinstance(node, ast.ImportFrom) else set()
            called = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if {name.split(".")[0] for name in names} & IMPURE_MODULES or called in IMPURE_CALLS:
                found.append(f"{name_of(path)}:{getattr(node, 'lineno', 0)} {called or names}")
    assert found == []
