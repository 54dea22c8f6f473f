"""SQL texts become numbers on the grid of steps; the order of the work, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite

import psycopg

from leadline.adapters.sources.sql.duck import loaded_log
from leadline.adapters.sources.sql.files import opened
from leadline.adapters.sources.sql.postgresql import CONNECT_SECONDS, opened_table, refusal
from leadline.adapters.sources.sql.questions import Question
from leadline.adapters.sources.sql.rows import COLUMNS, Reach, Rows, groups_of
from leadline.adapters.sources.sql.settings import FileSettings, read_settings
from leadline.core.slices import STEP
from leadline.errors import SourceError
from leadline.ports.source import Answer, SourceQuery

EMPTY_IS_ODD_SECONDS = 3600
"""A SQL text that finds nothing for so long, while the log has rows, is told of: it may ask for what is never there."""

Ask = Callable[[Question], Rows]


class SqlSource:
    """Asks files through DuckDB, or a table of PostgreSQL; nothing is opened before the first `check` or `answer`."""

    def __init__(self, name: str, connection: Mapping[str, object], environ: Mapping[str, str]) -> None:
        self._name = name
        self._settings = read_settings(name, connection, environ)

    def check(self) -> None:
        """Raise `SourceError` within 10 s when no file matches or can be read, or the server does not answer."""
        if isinstance(self._settings, FileSettings):
            with opened(self._name, self._settings.patterns):
                return
        try:
            with psycopg.connect(self._settings.url, connect_timeout=CONNECT_SECONDS) as connection:
                connection.execute("SELECT 1")
        except psycopg.Error as error:
            raise refusal(self._name, error) from error

    def answer(
        self, queries: Sequence[SourceQuery], start: int, end: int, *, progress: Callable[[int], None]
    ) -> Iterator[Answer]:
        """One `Answer` for each query; queries of one text are asked once, what fails is an answer with its error."""
        if not queries:
            return
        count = (end - start) // STEP
        answered: set[int] = set()
        try:
            with self._session(start, end) as (ask, reach, warnings, has_rows):
                for alike in _alike(queries):
                    for answer in _answers(alike, ask, reach, (start, end), warnings, has_rows=has_rows):
                        answered.add(id(answer.query))
                        yield answer
                    progress(count * len(alike))
        except SourceError as error:
            left = [query for query in queries if id(query) not in answered]
            progress(count * len(left))
            yield from (Answer(query, {}, error) for query in left)

    def close(self) -> None:
        """Nothing stays open between answers."""

    @contextmanager
    def _session(self, start: int, end: int) -> Iterator[tuple[Ask, Reach, tuple[str, ...], bool]]:
        if isinstance(self._settings, FileSettings):
            with loaded_log(self._name, self._settings, start, end) as log:
                yield log.rows, log.loaded.reach, tuple(log.loaded.warnings), bool(log.loaded.rows)
        else:
            with opened_table(self._name, self._settings) as table:
                yield table.rows, table.reach, (), table.reach.since < end and start <= table.reach.until


def _alike(queries: Sequence[SourceQuery]) -> list[list[SourceQuery]]:
    """Queries with one text and the same labels, in the order in which they were asked."""
    found: dict[tuple[str, tuple[str, ...]], list[SourceQuery]] = {}
    for query in queries:
        found.setdefault((query.text, query.group_by), []).append(query)
    return list(found.values())


def _answers(
    queries: Sequence[SourceQuery],
    ask: Ask,
    reach: Reach,
    span: tuple[int, int],
    warnings: tuple[str, ...],
    *,
    has_rows: bool,
) -> Iterator[Answer]:
    text, group_by = queries[0].text, queries[0].group_by
    columns = tuple(dict.fromkeys(COLUMNS[query.role] for query in queries))
    try:
        rows = ask(Question(text, group_by, columns, *span))
    except SourceError as error:
        yield from (Answer(query, {}, error, warnings) for query in queries)
        return
    if has_rows and not len(rows.starts) and span[1] - span[0] >= EMPTY_IS_ODD_SECONDS:
        warnings += ("the SQL answered no row although the log has some; look at its WHERE",)
    known_until = int(reach.until) if isfinite(reach.until) else None
    for query in queries:
        yield Answer(
            query, groups_of(rows, group_by, query.role, span, reach), warnings=warnings, known_until=known_until
        )
