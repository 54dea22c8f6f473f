"""Newline-delimited JSON: one slice a line, as programs write it (`leadline.client`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from leadline.errors import Problem, SpecError
from leadline.ports.slice_files import SliceRows
from leadline.units import parse_instant

COLUMNS = ("sli", "start", "bad", "total")
_SHOWN_PROBLEMS = 50
_HINT = 'write {"sli": "requests", "start": "2026-03-01T12:00:00Z", "bad": 3, "total": 1000} and one key for each label'


def read_lines(content: bytes, origin: str) -> SliceRows:
    """
    Every slice of a file, or of what a program sent.

    Raises:
        SpecError: lines that are not such objects, each with its number.
    """
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    problems: list[Problem] = []
    for number, text in enumerate(content.split(b"\n"), 1):
        if not text.strip():
            continue
        found = _slice(text)
        if isinstance(found, str):
            shown = text[:80].decode("utf-8", "replace")
            problems.append(Problem(origin, number, 0, "", found, shown, _HINT))
        else:
            rows.append(found)
            numbers.append(number)
    if problems:
        raise SpecError(problems[:_SHOWN_PROBLEMS])
    names = sorted({name for row in rows for name in row} - set(COLUMNS))
    return SliceRows(
        np.array([row["sli"] for row in rows], dtype=object),
        np.array([_start(row["start"]) for row in rows], dtype=np.float64),
        np.array([_count(row["bad"]) for row in rows], dtype=np.float64),
        np.array([_count(row["total"]) for row in rows], dtype=np.float64),
        labels={name: np.array([str(row.get(name, "")) for row in rows], dtype=object) for name in names},
        texts={name: np.array([str(row[name]) for row in rows], dtype=object) for name in COLUMNS[1:]},
        lines=np.array(numbers, dtype=np.int64),
    )


def as_lines(rows: SliceRows, labels: Sequence[str]) -> Iterator[str]:
    """Each slice as one line; whole numbers without a fraction, labels that are empty left out."""
    for row in range(len(rows)):
        counts = {"bad": _plain(float(rows.bad[row])), "total": _plain(float(rows.total[row]))}
        named = {name: rows.labels[name][row] for name in labels if name in rows.labels and rows.labels[name][row]}
        yield json.dumps({"sli": rows.slis[row], "start": int(rows.starts[row]), **counts, **named}) + "\n"


def _slice(text: bytes) -> dict[str, Any] | str:
    """One line's object, or what is wrong with it."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return "not JSON"
    if not isinstance(found, dict):
        return "not an object"
    missing = [name for name in COLUMNS if name not in found]
    if missing:
        return f"{', '.join(missing)} is missing"
    if not isinstance(found["sli"], str):
        return "sli is not a text"
    wrong = [name for name, value in found.items() if name not in COLUMNS and not isinstance(value, str)]
    return f"label {wrong[0]} is not a text" if wrong else found


def _start(value: object) -> float:
    """Epoch seconds; NaN for what is no instant."""
    if isinstance(value, str):
        try:
            return parse_instant(value).timestamp()
        except ValueError:
            return float("nan")
    return _count(value)


def _count(value: object) -> float:
    try:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
    except OverflowError:
        return float("nan")


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() else number
