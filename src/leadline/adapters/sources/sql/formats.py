"""
How one line of a log becomes columns: SQL for DuckDB, made from nginx's `log_format` or from the keys of JSON.

Pure. A line whose `time` comes out NULL is not of the format. Leaves out where lines come from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)
"""nginx's own default; source: https://nginx.org/en/docs/http/ngx_http_log_module.html."""
DEFAULT_COLUMNS: Mapping[str, str] = {
    "status": "INTEGER",
    "method": "VARCHAR",
    "path": "VARCHAR",
    "bytes": "BIGINT",
    "request_time": "DOUBLE",
}

_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
_INTEGERS = frozenset({"body_bytes_sent", "bytes_sent", "request_length", "connection", "connection_requests"})
_SECONDS = frozenset({"request_time", "msec"})
_LOCAL = "%d/%b/%Y:%H:%M:%S %z"
_TIMES = {
    "msec": "to_timestamp(try_cast(m.msec AS DOUBLE))",
    "time_iso8601": "try_cast(m.time_iso8601 AS TIMESTAMPTZ)",
    "time_local": f"try_strptime(m.time_local, '{_LOCAL}')",
}
"""Variables that say when, the finest first."""
_PATTERNS = {
    "status": r"\d{3}",
    "time_local": r"\d+/\w+/\d+:\d+:\d+:\d+ [-+]\d+",
    **dict.fromkeys(_INTEGERS, r"\d+|-"),
    **dict.fromkeys(_SECONDS, r"\d+(?:\.\d+)?|-"),
}
_REQUEST = r"^(\S+) ([^ ?]+)(\S*) (\S+)$"
LINES = "lines"
"""Table of one text column, `line`, that a shape reads from."""


@dataclass(frozen=True, slots=True)
class LineShape:
    """SQL from `lines(line)` to rows with a `time` (NULL for a line of another format) and a `raw` line."""

    select: str
    says: str
    """The format, for messages."""
    is_whole_at_end: bytes
    """A last line without a newline that ends so is whole; empty where nothing tells."""


def nginx_shape(log_format: str) -> LineShape:
    """
    Columns of an access log of nginx: each variable under its own name, and the usual ones under short names.

    Raises:
        ValueError: the format has no variable that says when, or two variables with nothing between them.
    """
    pattern, names = _pattern(log_format)
    time = next((sql for name, sql in _TIMES.items() if name in names), None)
    if time is None:
        raise ValueError(f"none of ${', $'.join(_TIMES)} in it")
    columns = {name: _typed(name) for name in names}
    columns = _short_names(columns) | columns
    selected = "".join(f", {sql} AS {quoted(name)}" for name, sql in columns.items() if name not in {"time", "raw"})
    listed = ", ".join(literal(name) for name in names)
    matched = f"SELECT line, regexp_extract(line, {literal(pattern)}, [{listed}]) AS m FROM {LINES}"
    parts = f"SELECT line, m, regexp_extract(m.request, {literal(_REQUEST)}, ['method', 'path', 'rest']) AS r"
    inner = f"{parts} FROM ({matched})" if "request" in names else matched
    return LineShape(f"SELECT {time} AS time{selected}, line AS raw FROM ({inner})", f"logFormat {log_format}", b"")


def _pattern(log_format: str) -> tuple[str, list[str]]:
    """A regular expression with one group for each variable, and the variables' names."""
    pattern, names, position = "^", [], 0
    for match in _VARIABLE.finditer(log_format):
        name = match[1] or match[2]
        if match.start() == position and position:
            raise ValueError(f"${name} follows another variable with nothing between them")
        following = log_format[match.end() : match.end() + 1]
        inside = _PATTERNS.get(name)
        if inside is None and name.startswith("upstream_") and name.endswith(("_time", "_length", "_status")):
            inside = r"[\d.,: -]+"
        inside = inside or (f"[^{re.escape(following)}]*" if following else ".*")
        group = f"(?:{inside})" if name in names else f"({inside})"
        pattern += re.escape(log_format[position : match.start()]) + group
        names += [name] if name not in names else []
        position = match.end()
    return pattern + re.escape(log_format[position:]) + "$", names


def _typed(name: str) -> str:
    field = f"m.{quoted(name)}"
    if name == "status":
        return f"try_cast({field} AS INTEGER)"
    if name in _INTEGERS:
        return f"try_cast({field} AS BIGINT)"
    if name in _SECONDS or (name.startswith("upstream_") and name.endswith("_time")):
        return f"try_cast({field} AS DOUBLE)"
    return f"nullif({field}, '-')"


def _short_names(columns: Mapping[str, str]) -> dict[str, str]:
    """What every access log has, NULL where this format does not say it."""
    method, path = "NULL::VARCHAR", "NULL::VARCHAR"
    if "request" in columns:
        method, path = "nullif(r.method, '')", "nullif(r.path, '')"
    if "request_method" in columns:
        method = columns["request_method"]
    for name in ("request_uri", "uri"):
        if name in columns:
            path = f"string_split({columns[name]}, '?')[1]"
    size = columns.get("body_bytes_sent") or columns.get("bytes_sent") or "NULL::BIGINT"
    status = columns.get("status", "NULL::INTEGER")
    seconds = columns.get("request_time", "NULL::DOUBLE")
    return {"status": status, "method": method, "path": path, "bytes": size, "request_time": seconds}


def json_shape(columns: Mapping[str, str], time: str) -> LineShape:
    """
    Columns of a log with one JSON object a line: the keys named, and the whole object as `line`.

    `time` is a key, or a path that begins with `$`; its value is ISO 8601, nginx's $time_local, or epoch seconds or
    milliseconds.
    """
    selected = "".join(
        f", try_cast(json_extract_string(j, {literal(_path(name))}) AS {kind}) AS {quoted(name)}"
        for name, kind in columns.items()
        if name not in {"time", "line", "raw"}
    )
    instant = (
        f"coalesce(try_cast(t AS TIMESTAMPTZ), try_strptime(t, '{_LOCAL}'), CASE"
        " WHEN try_cast(t AS DOUBLE) BETWEEN 1e11 AND 1e14 THEN to_timestamp(try_cast(t AS DOUBLE) / 1000)"
        " WHEN try_cast(t AS DOUBLE) BETWEEN 0 AND 1e11 THEN to_timestamp(try_cast(t AS DOUBLE)) END)"
    )
    read = f"SELECT line, try_cast(line AS JSON) AS j FROM {LINES}"
    timed = f"SELECT line, j, json_extract_string(j, {literal(_path(time))}) AS t FROM ({read})"
    select = f"SELECT {instant} AS time{selected}, j AS line, line AS raw FROM ({timed})"
    return LineShape(select, f"JSON with the key {time}", b"}")


def _path(key: str) -> str:
    return key if key.startswith("$") else '$."' + key.replace('"', '\\"') + '"'


def literal(text: str) -> str:
    """Text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'
