"""Numbers that stand for series in the tables; they are never changed or given twice, so what was read stays true."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock

import numpy as np
from sqlalchemy import Connection

from leadline.adapters.store import schema
from leadline.adapters.store.rows import fetch, put
from leadline.core.slices import Ints, Labels, SeriesKey
from leadline.errors import RecordError


def labels_text(labels: Labels) -> str:
    """Canonical JSON of labels; every character beyond ASCII is escaped, so that no database can refuse it."""
    return json.dumps(labels, separators=(",", ":"))


def labels_of(written: str) -> Labels:
    return tuple((str(name), str(value)) for name, value in json.loads(written))


class SeriesIndex:
    """What is known of the table `series`; only committed rows enter, so an undone write leaves no trace."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0
        self._by_writer: dict[str, dict[SeriesKey, int]] = {}
        self._by_sli: dict[str, dict[SeriesKey, list[int]]] = {}
        self._keys: dict[int, SeriesKey] = {}

    def refresh(self, connection: Connection) -> None:
        """Read what other processes added; called at the begin of a transaction, before it adds any itself."""
        rows = fetch(connection, "SELECT id, sli, labels, writer FROM series WHERE id > ? ORDER BY id", self._last)
        if not rows:
            return
        with self._lock:
            for number, sli, labels, writer in rows:
                if number not in self._keys:
                    self._remember(number, SeriesKey(sli, labels_of(labels)), writer)

    def known(self, writer: str) -> Mapping[SeriesKey, int]:
        """Numbers of the series of one writer."""
        return self._by_writer.get(writer, {})

    def key(self, number: int) -> SeriesKey:
        return self._keys[number]

    def of(self, slis: Sequence[str] | None) -> dict[SeriesKey, list[int]]:
        """Series of some SLIs, or of all, in order, with the number of each writer."""
        chosen = list(self._by_sli) if slis is None else dict.fromkeys(slis)
        found = [item for sli in chosen for item in self._by_sli.get(sli, {}).items()]
        return dict(sorted(found))

    def number(self, connection: Connection, writer: str, keys: Sequence[SeriesKey]) -> Mapping[SeriesKey, int]:
        """Numbers of series for a write; those not known yet are added in its transaction."""
        known = self.known(writer)
        missing = [key for key in dict.fromkeys(keys) if key not in known]
        return {**known, **_add(connection, writer, missing)} if missing else known

    def _remember(self, number: int, key: SeriesKey, writer: str) -> None:
        self._by_writer.setdefault(writer, {})[key] = number
        self._by_sli.setdefault(key.sli, {}).setdefault(key, []).append(number)
        self._keys[number] = key
        self._last = max(self._last, number)


def _add(connection: Connection, writer: str, keys: Sequence[SeriesKey]) -> dict[SeriesKey, int]:
    for name in (writer, *(key.sli for key in keys)):
        if "\0" in name or name.encode(errors="replace").decode() != name:
            raise RecordError(f"{name!a}: not a name that can be stored; write it without control characters")
    last = fetch(connection, "SELECT coalesce(max(id), 0) FROM series")[0][0]
    labels = [labels_text(key.labels) for key in keys]
    put(connection, schema.series, [key.sli for key in keys], labels, [writer] * len(keys))
    rows = fetch(connection, "SELECT id, sli, labels FROM series WHERE id > ?", last)
    by_text = {(sli, written): number for number, sli, written in rows}
    return {key: by_text[key.sli, text] for key, text in zip(keys, labels, strict=True)}


def numbers_of(groups: Iterable[Sequence[int]]) -> Ints:
    """All numbers, ascending."""
    return np.array(sorted(number for group in groups for number in group), dtype=np.int64)
