"""
How far each SLI has been collected, by each writer.

What moves with every turn, the end, stands in a narrow table of its own, under a number; the rest is written only when
it is another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.rows import fetch, put
from leadline.adapters.store.series_index import labels_of, labels_text
from leadline.core.slices import Labels
from leadline.ports.ledger import Watermark

_MARKS = """
SELECT w.sli, w.start, e.until, w.carry, w.inconsistent_count, w.question
FROM watermark w JOIN watermark_end e ON e.number = w.number WHERE w.writer = ? AND w.sli IN LIST(?)
"""
_STANDING = """
SELECT sli, number, start, carry, inconsistent_count, question FROM watermark WHERE writer = ? AND sli IN LIST(?)
"""


def read_watermarks(connection: Connection, writer: str, slis: Sequence[str]) -> dict[str, Watermark]:
    return {
        sli: Watermark(sli, start, until, _carry_of(carry), inconsistent, question)
        for sli, start, until, carry, inconsistent, question in fetch(connection, _MARKS, writer, list(slis))
    }


def put_watermarks(connection: Connection, writer: str, watermarks: Sequence[Watermark]) -> None:
    """Store marks; of two of one SLI the later one."""
    marks = {mark.sli: mark for mark in watermarks}
    if not marks:
        return
    standing = {sli: (number, rest) for sli, number, *rest in fetch(connection, _STANDING, writer, list(marks))}
    number = int(fetch(connection, "SELECT coalesce(max(number), 0) FROM watermark_end")[0][0])
    numbers: list[int] = []
    changed: list[tuple[object, ...]] = []
    for sli, mark in marks.items():
        rest = [mark.start, _carry_text(mark.carry), mark.inconsistent_count, mark.question]
        known, before = standing.get(sli, (0, None))
        if not known:
            known = number = number + 1
        if rest != before:
            changed.append((sli, writer, *rest, known))
        numbers.append(known)
    if changed:
        put(connection, schema.watermark, *zip(*changed, strict=True))
    put(connection, schema.watermark_end, numbers, [mark.end for mark in marks.values()])


def _carry_text(carry: Mapping[Labels, tuple[float, float]]) -> str:
    return json.dumps([[labels_text(labels), *owed] for labels, owed in sorted(carry.items())]) if carry else "[]"


def _carry_of(written: str) -> dict[Labels, tuple[float, float]]:
    return {labels_of(labels): (bad, total) for labels, bad, total in json.loads(written)}
