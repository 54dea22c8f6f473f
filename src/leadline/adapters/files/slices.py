"""Files of slices: CSV and Parquet by DuckDB, which keeps the text of what is wrong, and lines of JSON."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import duckdb
import numpy as np

from leadline.adapters.files.lines import as_lines, read_lines
from leadline.adapters.files.records import header, read_records
from leadline.errors import Problem, RecordError, SpecError
from leadline.ports.slice_files import Floats, SliceRows, Texts

COLUMNS = ("sli", "start", "bad", "total")
_CSV = (
    "read_csv(?, columns={{{columns}}}, auto_detect=false, header=true, delim=',', quote='\"', escape='\"', "
    "hive_partitioning=false)"
)
"""Nothing is guessed: a guess takes odd lines for headers or comments without a word."""
_PARQUET = "read_parquet(?, hive_partitioning=false)"
_NUMBER = "coalesce({0}try_cast({1}::VARCHAR AS DOUBLE), 'nan'::DOUBLE)"
_WRITERS = {".csv": "(FORMAT csv, HEADER)", ".parquet": "(FORMAT parquet, COMPRESSION zstd)"}
_LINES = ".ndjson"
_STDIN = _STDOUT = Path("-")
_WILDCARD = re.compile(r"[*?\[]")


class DuckDbSliceFiles:
    """`SliceFiles` by DuckDB; the name's ending says which format."""

    def read(self, file: Path) -> SliceRows:
        if file == _STDIN:
            return self._read_stdin()
        ending = _ending(file)
        if not file.is_file():
            raise _refused(file, "there is no such file", "", "check the path")
        try:
            if ending == _LINES:
                return read_lines(file.read_bytes(), str(file))
            with duckdb.connect() as connection:
                connection.execute("SET TimeZone = 'UTC'; SET autoinstall_known_extensions = false")
                return _csv(connection, file) if ending == ".csv" else _parquet(connection, file)
        except OSError as error:
            raise _refused(file, "cannot be read", str(error), "check who may read it") from error
        except duckdb.Error as error:
            hint = f"write columns {','.join(COLUMNS)}"
            raise _refused(file, f"not readable as {ending[1:]}", _first_line(error), hint) from error

    def parse(self, content: bytes, origin: str) -> SliceRows:
        return read_lines(content, origin)

    def _read_stdin(self) -> SliceRows:
        """What is piped in, kept in a file while it is read; objects are lines of JSON, anything else is CSV."""
        content = sys.stdin.buffer.read()
        with NamedTemporaryFile(suffix=_LINES if content.lstrip()[:1] == b"{" else ".csv") as kept:
            kept.write(content)
            kept.flush()
            try:
                return self.read(Path(kept.name))
            except SpecError as error:
                raise SpecError(replace(each, file=str(_STDIN)) for each in error.problems) from error

    def write(self, file: Path, rows: SliceRows, labels: Sequence[str]) -> None:
        if file == _STDOUT:
            with TemporaryDirectory() as folder:
                made = Path(folder) / "slices.csv"
                self.write(made, rows, labels)
                sys.stdout.write(made.read_text(encoding="utf-8"))
            return
        ending = _ending(file)
        columns: dict[str, Texts | Floats] = {
            "sli": rows.slis,
            "start": rows.starts,
            "bad": rows.bad,
            "total": rows.total,
        }
        columns |= {name: rows.labels.get(name, np.full(len(rows), "", dtype=object)) for name in labels}
        started = (
            "to_timestamp(start)" if ending == ".parquet" else "strftime(to_timestamp(start), '%Y-%m-%dT%H:%M:%SZ')"
        )
        counts = ", ".join(f"{_number(name, columns[name], ending)} AS {name}" for name in ("bad", "total"))
        named = "".join(f", nullif({_quoted(name)}, '') AS {_quoted(name)}" for name in labels)
        temporary = None
        try:
            with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as handle:
                temporary = Path(handle.name)
            if ending == _LINES:
                with temporary.open("w", encoding="utf-8") as opened:
                    opened.writelines(as_lines(rows, labels))
                temporary.replace(file)
                return
            selected = f"SELECT sli::VARCHAR AS sli, {started} AS start, {counts}{named} FROM slices"
            with duckdb.connect() as connection:
                connection.execute("SET TimeZone = 'UTC'")
                connection.register("slices", columns)
                connection.execute(f"COPY ({selected}) TO {_literal(str(temporary))} {_WRITERS[ending]}")
            temporary.replace(file)
        except (OSError, duckdb.Error) as error:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise RecordError(f"{file}: cannot be written ({_first_line(error)}); choose another folder") from error


def _csv(connection: duckdb.DuckDBPyConnection, file: Path) -> SliceRows:
    """DuckDB's reading where each row is one line, else the slower one that knows lines."""
    names = header(file)
    _check_columns(file, names, line=1)
    columns = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in names)
    line_ends = file.read_bytes().rstrip(b"\r\n").count(b"\n")
    try:
        rows = _rows(connection, _CSV.format(columns=columns), [_plain(file)], names)
    except duckdb.Error:
        rows = None
    if rows is not None and len(rows) == line_ends:
        return rows
    records = read_records(file, len(names))
    texts = list(zip(*records.fields, strict=True)) or [()] * len(names)
    connection.register("records", {name: _texts(column) for name, column in zip(names, texts, strict=True)})
    return replace(_rows(connection, "records", [], names), lines=np.array(records.lines, dtype=np.int64))


def _parquet(connection: duckdb.DuckDBPyConnection, file: Path) -> SliceRows:
    described = connection.execute(f"DESCRIBE SELECT * FROM {_PARQUET}", [_plain(file)]).fetchall()
    names = [str(row[0]) for row in described]
    _check_columns(file, names, line=0)
    return replace(_rows(connection, _PARQUET, [_plain(file)], names), first_line=1)


def _rows(
    connection: duckdb.DuckDBPyConnection, relation: str, parameters: Sequence[str], names: Sequence[str]
) -> SliceRows:
    labels = [name for name in names if name not in COLUMNS]
    wanted = (*COLUMNS, *labels)
    columns = [
        _NUMBER.format("epoch(try_cast(start::VARCHAR AS TIMESTAMPTZ)), ", "start") + " AS n0",
        _NUMBER.format("", "bad") + " AS n1",
        _NUMBER.format("", "total") + " AS n2",
        *(f"coalesce({_quoted(name)}::VARCHAR, '') AS c{index}" for index, name in enumerate(wanted)),
    ]
    found = connection.execute(f"SELECT {', '.join(columns)} FROM {relation}", parameters).fetchnumpy()
    texts = {name: np.asarray(found[f"c{index}"], dtype=object) for index, name in enumerate(wanted)}
    started, bad, total = (np.asarray(found[f"n{index}"], dtype=np.float64) for index in range(3))
    return SliceRows(
        texts["sli"],
        started,
        bad,
        total,
        labels={name: texts[name] for name in labels},
        texts={name: texts[name] for name in COLUMNS[1:]},
    )


def _texts(values: Sequence[str]) -> Texts:
    return np.array(values, dtype=object)


def _plain(file: Path) -> str:
    """A path in which DuckDB sees no pattern."""
    return _WILDCARD.sub(r"[\g<0>]", str(file))


def _check_columns(file: Path, names: Sequence[str], *, line: int) -> None:
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        hint = f"write columns {','.join(COLUMNS)}, separated by commas"
        raise SpecError(
            Problem(str(file), line, 0, name, f"column {name} is missing", ",".join(names), hint) for name in missing
        )


def _ending(file: Path) -> str:
    ending = file.suffix.lower()
    if ending not in _WRITERS and ending != _LINES:
        raise _refused(
            file, "neither .csv nor .parquet nor .ndjson", file.suffix, "name the file with one of these endings"
        )
    return ending


def _refused(file: Path, what: str, value: str, hint: str) -> SpecError:
    return SpecError([Problem(str(file), 0, 0, "", what, value, hint)])


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _number(name: str, values: Texts | Floats, ending: str) -> str:
    """A count as SQL; in a text file each number stands for itself, whole ones without a fraction."""
    if bool((np.asarray(values, dtype=np.float64) % 1 == 0).all()):
        return f"{name}::BIGINT"
    return f"if({name} % 1 = 0, {name}::BIGINT::VARCHAR, {name}::VARCHAR)" if ending == ".csv" else name
