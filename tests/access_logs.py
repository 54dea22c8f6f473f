"""Access logs made by hand, and what a SQL source says of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from instants import NOON_SECONDS
from leadline.adapters.sources.sql import SqlSource
from leadline.core.slices import STEP
from leadline.ports.source import Answer, Role, SourceQuery

COUNTED = "SELECT time, status >= 500 AS bad, 1 AS total FROM log"


def line(after_noon: float, status: int = 200, request: str = "GET /a?x=1 HTTP/1.1") -> str:
    """A line in nginx's combined format, so many seconds after noon."""
    at = datetime.fromtimestamp(NOON_SECONDS + after_noon, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'192.0.2.1 - - [{at}] "{request}" {status} 612 "-" "curl/8.5.0"\n'


def written(path: Path, text: str, modified_after_noon: float) -> Path:
    path.write_text(text)
    os.utime(path, (NOON_SECONDS + modified_after_noon,) * 2)
    return path


def weblog(folder: Path, **connection: object) -> SqlSource:
    """A source on `access.log*` of a folder, nginx's combined format unless told otherwise."""
    return SqlSource("weblog", {"files": str(folder / "access.log*"), "format": "nginx", **connection}, {})


def asked(
    source: SqlSource,
    text: str = COUNTED,
    *roles: Role,
    minutes: tuple[int, int] = (0, 5),
    group_by: Sequence[str] = (),
) -> Mapping[Role, Answer]:
    """Answers for minutes after noon."""
    wanted = roles or (Role.TOTAL,)
    queries = [SourceQuery("requests", role, text, counter=False, group_by=tuple(group_by)) for role in wanted]
    start, end = (NOON_SECONDS + minute * STEP for minute in minutes)
    answers = source.answer(queries, start, end, progress=lambda _: None)
    return {answer.query.role: answer for answer in answers}


def numbers(answer: Answer) -> list[float | None]:
    """The numbers of an answer without groups, None for NaN."""
    assert answer.error is None, answer.error
    assert set(answer.groups) <= {()}
    values = answer.groups[()].tolist() if answer.groups else []
    return [None if value != value else value for value in values]  # noqa: PLR0124 - how NaN is told


def totals(source: SqlSource, text: str = COUNTED, minutes: tuple[int, int] = (0, 5)) -> list[float | None]:
    return numbers(asked(source, text, minutes=minutes)[Role.TOTAL])
