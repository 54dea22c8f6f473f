"""Files of slices in CSV and Parquet, read and written by DuckDB, which is fast and keeps the text of what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

import duckdb
import numpy as np

from leadline.errors import Problem, RecordError, SpecError
from leadline.ports.slice_files import Floats, SliceRows, Texts

COLUMNS = ("sli", "start", "bad", "total")
_READERS = {
    ".csv": "read_csv(?, all_varchar=true, header=true, delim=',', quote='\"', null_padding=false)",
    ".parquet": "read_parquet(?)",
}
_NUMBER = "coalesce({0}try_cast({1}::VARCHAR AS DOUBLE), 'nan'::DOUBLE)"
_WRITERS = {".csv": "(FORMAT csv, HEADER)", ".parquet": "(FORMAT parquet, COMPRESSION zstd)"}


class DuckDbSliceFiles:
    """`SliceFiles` by DuckDB; the name's ending says which format."""

    def read(self, file: Path) -> SliceRows:
        reader = _READERS[_ending(file)]
        if not file.is_file():
            raise _refused(file, "there is no such file", "", "check the path")
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'; SET autoinstall_known_extensions = false")
            try:
                names = [
                    str(row[0])
                    for row in connection.execute(f"DESCRIBE SELECT * FROM {reader}", [str(file)]).fetchall()
                ]
                _check_columns(file, names)
                return _rows(connection, reader, file, [name for name in names if name not in COLUMNS])
            except duckdb.Error as error:
                raise _refused(
                    file, "not readable as such a file", _first_line(error), "write columns " + ",".join(COLUMNS)
                ) from error

    def write(self, file: Path, rows: SliceRows, labels: Sequence[str]) -> None:
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
        counts = ", ".join(f"{name}::{_number_type(columns[name])} AS {name}" for name in ("bad", "total"))
        named = "".join(f", {_quoted(name)}" for name in labels)
        temporary = None
        try:
            with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as handle:
                temporary = Path(handle.name)
            target = str(temporary).replace("'", "''")
            selected = f"SELECT sli::VARCHAR AS sli, {started} AS start, {counts}{named} FROM slices"
            with duckdb.connect() as connection:
                connection.execute("SET TimeZone = 'UTC'")
                connection.register("slices", columns)
                connection.execute(f"COPY ({selected}) TO '{target}' {_WRITERS[ending]}")
            temporary.replace(file)
        except (OSError, duckdb.Error) as error:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise RecordError(f"{file}: cannot be written ({_first_line(error)}); choose another folder") from error


def _rows(connection: duckdb.DuckDBPyConnection, reader: str, file: Path, labels: list[str]) -> SliceRows:
    wanted = (*COLUMNS, *labels)
    columns = [
        _NUMBER.format("epoch(try_cast(start::VARCHAR AS TIMESTAMPTZ)), ", "start") + " AS n0",
        _NUMBER.format("", "bad") + " AS n1",
        _NUMBER.format("", "total") + " AS n2",
        *(f"coalesce({_quoted(name)}::VARCHAR, '') AS c{index}" for index, name in enumerate(wanted)),
    ]
    found = connection.execute(f"SELECT {', '.join(columns)} FROM {reader}", [str(file)]).fetchnumpy()
    texts = {name: np.asarray(found[f"c{index}"], dtype=object) for index, name in enumerate(wanted)}
    started, bad, total = (np.asarray(found[f"n{index}"], dtype=np.float64) for index in range(3))
    return SliceRows(
        texts["sli"],
        started,
        bad,
        total,
        labels={name: texts[name] for name in labels},
        texts={name: texts[name] for name in COLUMNS[1:]},
        first_line=2 if _ending(file) == ".csv" else 1,
    )


def _check_columns(file: Path, names: Sequence[str]) -> None:
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise _refused(file, f"column {missing[0]} is missing", ",".join(names), "write columns " + ",".join(COLUMNS))


def _ending(file: Path) -> str:
    ending = file.suffix.lower()
    if ending not in _READERS:
        raise _refused(file, "neither .csv nor .parquet", file.suffix, "name the file with one of these endings")
    return ending


def _refused(file: Path, what: str, value: str, hint: str) -> SpecError:
    return SpecError([Problem(str(file), 0, 0, "", what, value, hint)])


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _number_type(values: Texts | Floats) -> str:
    return "BIGINT" if bool((np.asarray(values, dtype=np.float64) % 1 == 0).all()) else "DOUBLE"
