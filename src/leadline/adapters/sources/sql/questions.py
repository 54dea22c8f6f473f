"""The SQL of an SLI, wrapped so that it answers one row for each step and group, whoever runs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from leadline.adapters.sources.sql.formats import quoted
from leadline.adapters.sources.sql.rows import LAST
from leadline.core.slices import STEP
from leadline.errors import SourceError

_CLOSING = re.compile(r"[\s;]+\Z")
INSTANTS = ("start", "time")
"""Columns that say when; the first of them that is there counts."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What DuckDB and PostgreSQL write differently."""

    last: str
    """The last of `{value}` by `{at}`."""
    flag: str
    """A truth value `{name}` as a number."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of what a SQL text answers."""

    name: str
    is_number: bool
    is_instant: bool
    is_flag: bool


def body(text: str) -> str:
    """The text without the semicolon that people close it with; ends in a newline, for a comment may be its last."""
    return _CLOSING.sub("", text) + "\n"


@dataclass(frozen=True, slots=True)
class Question:
    """What is wanted of one SQL text."""

    text: str
    group_by: tuple[str, ...]
    columns: tuple[str, ...]
    """Columns of numbers; those of `LAST` are read at a step's last row, the others are summed."""
    start: int
    end: int
    """[start, end) in epoch seconds."""


def grouped(question: Question, known: Mapping[str, Column], to: Dialect) -> str:
    """
    SQL over `answer`: the start in epoch seconds, a text for each label, a number for each column, a row for each step.

    Raises:
        SourceError: a column that is needed is not there.
    """
    when = next((known[name] for name in INSTANTS if name in known), None)
    missing = [name for name in (*question.columns, *question.group_by) if name not in known]
    if when is None or missing:
        absent = " or ".join(INSTANTS) if when is None else ", ".join(missing)
        said = ", ".join(known) or "nothing"
        hint = f"write … AS {INSTANTS[0] if when is None else missing[0]}"
        raise SourceError(f"the SQL answers no column {absent} (it answers {said}); {hint}", retryable=False)
    if not (when.is_number or when.is_instant):
        hint = "cast it to a timestamp, or answer epoch seconds"
        raise SourceError(f"column {when.name} is neither an instant nor a number; {hint}", retryable=False)
    seconds = f"extract(epoch from {quoted(when.name)})" if when.is_instant else quoted(when.name)
    start = f"CAST(floor({seconds} / {STEP}) * {STEP} AS double precision)"
    labels = [f"CAST({quoted(name)} AS varchar)" for name in question.group_by]
    numbers = [_number(known[name], seconds, to) for name in question.columns]
    within = f"{seconds} >= {question.start} AND {seconds} < {question.end}"
    by = ", ".join(str(position + 1) for position in range(1 + len(labels)))
    return f"SELECT {', '.join([start, *labels, *numbers])} FROM answer WHERE {within} GROUP BY {by}"


def _number(column: Column, seconds: str, to: Dialect) -> str:
    name = quoted(column.name)
    value = to.flag.format(name=name) if column.is_flag else f"CAST({name} AS double precision)"
    return to.last.format(value=value, at=seconds) if column.name in LAST else f"sum({value})"
