"""What the YAML of a file may be: any bytes become values with their places, or problems."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from leadline.handbook.reading import Tree, read_file
from made_yaml import only


def read(tmp_path: Path, data: bytes | str) -> tuple[list[Tree], list[tuple[int, int, str, str]]]:
    path = tmp_path / "a.yaml"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    trees, problems = read_file(path, "a.yaml")
    return trees, [(problem.line, problem.column, problem.key, problem.what) for problem in problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0.9990", Decimal("0.9990")),
        ("1e-3", Decimal("0.001")),
        ("+5", 5),
        ("1_000", 1000),
        ("0x1f", 31),
        ("010", 10),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        # YAML 1.1 would make these true, 645, a date, infinity and nothing at all.
        ("yes", "yes"),
        ("10:45", "10:45"),
        ("2026-01-01 00:00:00", "2026-01-01 00:00:00"),
        (".inf", ".inf"),
        ("=", "="),
        ("'1'", "1"),
        ("'1e-3'", "1e-3"),
        ("9" * 41, "9" * 41),
        ("1.5e999999999999", "1.5e999999999999"),
    ],
)
def test_scalars_are_what_they_look_like(tmp_path: Path, written: str, value: object) -> None:
    trees, problems = read(tmp_path, f"a: {written}\n")
    assert problems == []
    found = trees[0].value["a"]
    assert found == value
    assert type(found) is type(value)
    assert str(found) == str(value)


def test_each_key_and_item_knows_its_place(tmp_path: Path) -> None:
    trees, _ = read(tmp_path, "# comment\n\na:\n  b:\n    - c: 1\n      d: 2\n---\ne: 1\n")
    first, second = trees
    assert first.place(("a", "b", 0, "d")) == (6, 7)
    assert first.place(("a", "b", 0)) == (5, 7)
    assert first.place(("a", "missing", "deeper")) == (3, 1)
    assert second.place(("e",)) == (8, 1)


def test_one_file_holds_many_documents_or_a_list_of_them(tmp_path: Path) -> None:
    assert [tree.value for tree in read(tmp_path, "a: 1\n---\nb: 2\n")[0]] == [{"a": 1}, {"b": 2}]
    assert [tree.value for tree in read(tmp_path, "- a: 1\n- b: 2\n")[0]] == [{"a": 1}, {"b": 2}]
    assert read(tmp_path, "# nothing\n---\n---\n") == ([], [])


def test_anchors_and_merge_keys_keep_the_places_of_what_they_name(tmp_path: Path) -> None:
    text = "base: &base\n  x: 1\n  y: {z: 2}\nown:\n  <<: *base\n  x: 3\ntwo:\n  <<: [*base, {w: 4}]\n"
    trees, problems = read(tmp_path, text)
    assert problems == []
    assert trees[0].value["own"] == {"x": 3, "y": {"z": 2}}
    assert trees[0].value["two"] == {"x": 1, "y": {"z": 2}, "w": 4}
    assert trees[0].place(("own", "y", "z")) == (3, 7)
    assert trees[0].place(("own", "x")) == (6, 3)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a: 1\nb: [1, 2\n", (2, 1, "", "not YAML: did not find expected ',' or ']'")),
        (b"a: 1\n\tb: 2\n", (2, 1, "", "not YAML: found a tab character that violates indentation")),
        (b"a: 'x\n", (1, 1, "", "not YAML: found unexpected end of stream")),
        (b"a: *b\n", (1, 4, "", "not YAML: found undefined alias")),
        (b"a: 1\nb: \x00\n", (2, 4, "", "a control character")),
        (b"a: 1\nb: \x1b[31m\n", (2, 4, "", "a control character")),
        (b"a: \xff\n", (1, 4, "", "a byte that is not UTF-8")),
        ("a: 1\n".encode("utf-16"), (1, 1, "", "UTF-16 text")),
        ("a: 1\n".encode("utf-16-le"), (1, 2, "", "a control character")),
        (b"just words\n", (1, 1, "", "a document must be a mapping")),
        (b"- a: 1\n- word\n", (2, 3, "", "a document must be a mapping")),
        (b"a: 1\na: 2\n", (2, 1, "a", "duplicate key")),
        (b"? [a]\n: 1\n", (1, 3, "", "a key must be text")),
        (b"a: !!python/object:os.system {}\n", (1, 4, "a", "a YAML tag was read")),
        (b"a: !secret x\n", (1, 4, "a", "a YAML tag was read")),
        (b"a:\n  <<: 5\n", (2, 7, "a.<<", "only mappings can be merged")),
        (b"a: " + b"[" * 101 + b"]" * 101, (1, 104, "a[0][0]", "nested more than 100 deep")),
        (b"a: &a [*a]\n", (1, 4, "a[0][0]", "nested more than 100 deep")),
        (b"[" * 100_000, (1, 1001, "", "not YAML: exceeded maximum nesting depth")),
        (b"- " * 100_000, (1, 1999, "", "not YAML: exceeded maximum nesting depth")),
    ],
)
def test_bytes_that_are_no_handbook_are_told_at_their_place(
    tmp_path: Path, data: bytes, problem: tuple[int, int, str, str]
) -> None:
    _, problems = read(tmp_path, data)
    assert problems == [problem]


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    trees, problems = read(tmp_path, b"\xef\xbb\xbfa: 1\n")
    assert (trees[0].value, problems) == ({"a": 1}, [])


def test_aliases_cannot_grow_without_end(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    trees, problems = read(tmp_path, "\n".join(lines))
    assert trees == []
    assert problems[0][3] == "more than 200000 values once aliases are followed"


def test_merging_cannot_grow_without_end(tmp_path: Path) -> None:
    lines = ["a0: &a0 {k: 1}"] + [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 40)]
    assert "more than 200000 values" in read(tmp_path, "\n".join(lines))[1][0][3]


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path, b"#" * (8 * 1024 * 1024 + 1))[1] == [(1, 1, "", "larger than 8 MB")]


def test_a_file_that_cannot_be_read_is_a_problem_not_an_accident(tmp_path: Path) -> None:
    trees, problems = read_file(tmp_path, "folder.yaml")
    assert trees == []
    assert only(tuple(problems)).what.startswith("cannot be read")
