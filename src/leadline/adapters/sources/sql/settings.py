"""Reads `connectionDetails` of a SQL data source; every mistake at once, and nothing is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

from leadline.adapters.sources.sql.formats import (
    COMBINED,
    DEFAULT_COLUMNS,
    LineShape,
    json_shape,
    nginx_shape,
    quoted,
)
from leadline.errors import Problem, SpecError

_KEYS = (
    "files",
    "format",
    "logFormat",
    "columns",
    "time",
    "postgresql",
    "table",
    "timeoutSeconds",
    "memoryMegabytes",
)
_OF_FILES = ("format", "logFormat", "columns", "memoryMegabytes")
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TYPE = re.compile(r"[A-Za-z][A-Za-z ]*(?:\(\d+(?:, ?\d+)?\))?")
_TABLE = re.compile(r'(?:\w+|"[^"]+")(?:\.(?:\w+|"[^"]+"))*')
HANDBOOK = "LEADLINE_HANDBOOK"
"""Name in the environment of the folder below which relative patterns are looked for."""


class Format(StrEnum):
    """How a file is written."""

    NGINX = "nginx"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class FileSettings:
    """Files, and how their rows become the table `log`."""

    patterns: tuple[str, ...]
    """Absolute patterns of paths."""
    format: Format
    shape: LineShape | None
    """How lines become columns; None for CSV and Parquet."""
    time: str
    """SQL for the instant of a row of CSV or Parquet."""
    memory_megabytes: int


@dataclass(frozen=True, slots=True)
class TableSettings:
    """A table of PostgreSQL."""

    url: str
    table: str
    time: str
    """SQL for the instant of a row."""
    timeout_seconds: float


class _Reader:
    """Takes typed values out of the mapping and keeps every problem."""

    def __init__(self, name: str, connection: Mapping[str, object], environ: Mapping[str, str]) -> None:
        self._file = f"DataSource {name}"
        self.connection = connection
        self.environ = environ
        self.problems: list[Problem] = []

    def problem(self, key: str, what: str, value: object, hint: str) -> None:
        read = "" if value is None else str(value)[:80]
        self.problems.append(Problem(self._file, 0, 0, f"spec.connectionDetails.{key}".rstrip("."), what, read, hint))

    def text(self, key: str, default: str = "", *, is_filled: bool = True) -> str:
        """A string, with each `${NAME}` filled from the environment unless that is syntax of its own."""
        value = self.connection.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.problem(key, "text is wanted", value, "write it in quotes")
            return default
        return self.filled(key, value) if is_filled else value

    def filled(self, key: str, text: str) -> str:
        missing = [name for name in _PLACEHOLDER.findall(text) if name not in self.environ]
        for name in missing:
            self.problem(key, "an environment variable is not set", f"${{{name}}}", f"set {name} and try again")
        return text if missing else _PLACEHOLDER.sub(lambda match: self.environ[match[1]], text)

    def instant(self) -> str:
        """SQL for the instant of a row: a column's name may be a word of SQL, anything else is an expression."""
        value = self.connection.get("time", "time")
        text = value if isinstance(value, str) else "time"
        return quoted(text) if text.isidentifier() else f"({text})"

    def number(self, key: str, default: int, *, least: int, most: int) -> int:
        value = self.connection.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.problem(key, f"a whole number from {least} to {most} is wanted", value, f"write, say, {default}")
            return default
        return value

    def patterns(self) -> tuple[str, ...]:
        value = self.connection.get("files")
        listed = value if isinstance(value, list | tuple) else [value]
        found: list[str] = []
        for pattern in listed:
            if not isinstance(pattern, str) or not pattern.strip():
                hint = "write a path or a pattern, such as /var/log/nginx/access.log*"
                self.problem("files", "paths are wanted", pattern, hint)
                continue
            folder = Path(self.environ.get(HANDBOOK, ""))
            found.append(str(Path.cwd() / folder / self.filled("files", pattern)))
        return tuple(found)

    def columns(self) -> Mapping[str, str]:
        value = self.connection.get("columns")
        if value is None:
            return DEFAULT_COLUMNS
        if not isinstance(value, Mapping):
            self.problem("columns", "a mapping is wanted", value, "write one `key: TYPE` a line below it")
            return DEFAULT_COLUMNS
        for name, kind in value.items():
            if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
                self.problem(f"columns.{name}", "not a type of SQL", kind, "write, say, INTEGER, DOUBLE or VARCHAR")
        return {str(name): str(kind) for name, kind in value.items()}


def read_settings(
    name: str, connection: Mapping[str, object], environ: Mapping[str, str]
) -> FileSettings | TableSettings:
    """
    Settings of the data source `name`; `${NAME}` in addresses and paths is filled from `environ`.

    Raises:
        SpecError: with every problem: unknown or missing keys, values out of range, variables not set.
    """
    reader = _Reader(name, connection, environ)
    for key in connection:
        if key not in _KEYS:
            near = get_close_matches(str(key), _KEYS, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"known keys are {', '.join(_KEYS)}"
            reader.problem(str(key), "unknown key", key, hint)
    settings = _table(reader) if "postgresql" in connection else _files(reader)
    if reader.problems:
        raise SpecError(reader.problems)
    return settings


def _table(reader: _Reader) -> TableSettings:
    for key in ("files", *_OF_FILES):
        if key in reader.connection:
            reader.problem(key, "belongs to files, not to a table", reader.connection[key], "take it out")
    url = reader.text("postgresql")
    if url and not url.startswith(("postgresql://", "postgres://")):
        shown = re.sub(r"//[^/]*@", "//", url)
        reader.problem("postgresql", "not an address", shown, "write postgresql://user@host/database")
    table = reader.text("table")
    if not table:
        hint = "write the table's name: it tells how far the data is known to reach"
        reader.problem("table", "a key is missing", None, hint)
    elif not _TABLE.fullmatch(table):
        reader.problem("table", "not a table's name", table, "write name or schema.name")
    reader.text("time", is_filled=False)
    seconds = reader.number("timeoutSeconds", 60, least=1, most=3600)
    return TableSettings(url, table, reader.instant(), float(seconds))


def _files(reader: _Reader) -> FileSettings:
    if "table" in reader.connection:
        reader.problem("table", "belongs to PostgreSQL", reader.connection["table"], "add postgresql, or take it out")
    if "timeoutSeconds" in reader.connection:
        reader.problem("timeoutSeconds", "belongs to PostgreSQL", reader.connection["timeoutSeconds"], "take it out")
    written = reader.text("format")
    known = ", ".join(Format)
    if written not in set(Format):
        what = "not a known format" if written else "a key is missing"
        reader.problem("format", what, written or None, f"write one of {known}")
    patterns = reader.patterns()
    memory = reader.number("memoryMegabytes", 512, least=64, most=1_048_576)
    kind = Format(written) if written in set(Format) else Format.CSV
    for key, owner in (("logFormat", Format.NGINX), ("columns", Format.JSON)):
        if key in reader.connection and kind is not owner:
            reader.problem(key, f"belongs to format {owner}", reader.connection[key], "take it out")
    time = reader.text("time", is_filled=False)
    shape: LineShape | None = None
    if kind is Format.NGINX:
        shape = _nginx(reader, time)
    elif kind is Format.JSON:
        shape = json_shape(reader.columns(), time or "time")
    return FileSettings(patterns, kind, shape, reader.instant(), memory)


def _nginx(reader: _Reader, time: str) -> LineShape | None:
    if time:
        reader.problem("time", "nginx's lines carry their own", time, "take it out; logFormat says where it stands")
    written = reader.text("logFormat", COMBINED, is_filled=False)
    try:
        return nginx_shape(COMBINED if written == "combined" else written)
    except ValueError as error:
        reader.problem("logFormat", str(error), written, "write it as log_format of nginx.conf has it")
        return None
