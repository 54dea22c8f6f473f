"""
CSV read record by record: slower than DuckDB, but it knows the line of each record and what is wrong with it.

Used for files with blank lines or line breaks inside quotes, and for those that DuckDB refuses.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leadline.errors import Problem, SpecError

_SHOWN_PROBLEMS = 50
_ENCODING = "utf-8-sig"


@dataclass(frozen=True, slots=True)
class Records:
    """Fields of every record below the header, and the line on which each begins, as an editor counts."""

    fields: list[list[str]]
    lines: list[int]


def header(file: Path) -> list[str]:
    """
    Names in the first record; empty for an empty file.

    Raises:
        SpecError: not text in UTF-8, or a name that is missing or stands twice.
    """
    line, names = next(_records(file), (1, []))
    for name in names:
        if not name or names.count(name) > 1:
            what = f"column {name} stands twice" if name else "a column has no name"
            hint = "name each column once"
            raise SpecError([Problem(str(file), line, 0, name, what, ",".join(names), hint)])
    return names


def read_records(file: Path, width: int) -> Records:
    """
    Every record below the header.

    Raises:
        SpecError: not text in UTF-8, or records with other than `width` fields, each with its line.
    """
    found = Records([], [])
    problems: list[Problem] = []
    records = _records(file)
    next(records, None)
    for line, fields in records:
        if len(fields) != width:
            what = f"{len(fields)} fields where the header has {width}"
            hint = "write as many, and quote a text that holds a comma"
            problems.append(Problem(str(file), line, 0, "", what, ",".join(fields)[:80], hint))
        found.fields.append(fields)
        found.lines.append(line)
    if problems:
        raise SpecError(problems[:_SHOWN_PROBLEMS])
    return found


def _records(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Records that are not blank, with the line on which each begins."""
    line = 1
    try:
        with file.open(newline="", encoding=_ENCODING) as text:
            reader = csv.reader(text, strict=True)
            for fields in reader:
                if len(fields) > 1 or any(field.strip() for field in fields):
                    yield line, fields
                line = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise SpecError([_undecodable(file)]) from error
    except csv.Error as error:
        hint = "quote texts that hold quotes or line breaks"
        raise SpecError([Problem(str(file), line, 0, "", "not a record", str(error), hint)]) from error


def _undecodable(file: Path) -> Problem:
    content = file.read_bytes()
    try:
        content.decode(_ENCODING)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        read = content[error.start : error.start + 8]
        return Problem(str(file), line, 0, "", "not text in UTF-8", str(read), "save the file as UTF-8")
    return Problem(str(file), 0, 0, "", "changed while it was read", "", "try again")
