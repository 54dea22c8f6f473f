"""Episodes in three tables; levels and notices of one evaluation are written with them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from leadline.adapters.store import episode_tables as tables
from leadline.adapters.store.database import Database
from leadline.adapters.store.levels import append_levels
from leadline.adapters.store.outbox import enqueue
from leadline.adapters.store.rows import fetch, put, remove
from leadline.core.alert_tiers import AlertAction, Severity
from leadline.errors import NotFound, RecordError
from leadline.ports.episodes import (
    Ending,
    Episode,
    EpisodeEvent,
    EpisodeKind,
    EventKind,
    Known,
    Mark,
    Round,
    WindowBurn,
)

_NAMES = (
    "thread", "kind", "subject", "tier", "strategy", "severity", "action", "service", "team", "service_tier",
    "began_at", "why",
)  # fmt: skip
_COLUMNS = ", ".join(f"e.{name}" for name in _NAMES)
_ALL = f"SELECT e.id, {_COLUMNS} FROM episode e"  # noqa: S608 - names of our own columns
_OPEN = f"SELECT e.id, {_COLUMNS} FROM episode_open o JOIN episode e ON e.id = o.episode_id ORDER BY e.id"  # noqa: S608 - as above
_HISTORY = f"""
{_ALL} WHERE e.id < ? AND (? = '' OR e.service = ?) AND (? = 0 OR e.subject IN LIST(?)) ORDER BY e.id DESC LIMIT ?
"""
_EVENTS = "SELECT episode_id, at, kind, ending, text, facts FROM episode_event WHERE episode_id IN LIST(?) ORDER BY id"
_MARK = "SELECT coalesce((SELECT max(id) FROM episode_event), 0), coalesce((SELECT max(id) FROM level_change), 0)"
_BEFORE_ALL = 2**62


class SqlEpisodes:
    """An `Episodes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self) -> Known:
        with self._database.reading() as connection:
            return Known(_mark(connection), _found(connection, _OPEN)) if connection else Known((0, 0), ())

    def open(self) -> tuple[Episode, ...]:
        return self.known().open

    def append(self, round_: Round, mark: Mark) -> bool:
        if round_.is_empty:
            return True
        with self._database.writing() as connection:
            if _mark(connection) != mark:
                return False
            _write(connection, round_)
        return True

    def acknowledge(self, number: int, at: int, who: str) -> Episode:
        with self._database.writing() as connection:
            known = _one(connection, number)
            if known.ended_at is not None:
                raise RecordError(f"alert {number} is over; there is nothing to look after any longer")
            if known.acknowledged_at is not None:
                raise RecordError(f"{known.acknowledged_by} looks after alert {number} already")
            event = EpisodeEvent(known.thread, at, EventKind.ACKNOWLEDGED, text=who)
            _put_events(connection, [event], {known.thread: number})
        return known.after(event)

    def find(self, number: int) -> Episode:
        with self._database.reading() as connection:
            if connection is None:
                raise _no_such(number)
            return _one(connection, number)

    def history(
        self, most: int, *, before: int | None = None, service: str = "", subjects: Sequence[str] = ()
    ) -> tuple[Episode, ...]:
        bounds = (before or _BEFORE_ALL, service, service, len(subjects), list(subjects), most)
        with self._database.reading() as connection:
            return _found(connection, _HISTORY, *bounds) if connection else ()


def _write(connection: Connection, round_: Round) -> None:
    """An episode of a thread that there was before is left out, with everything about it."""
    begun = {each.thread: each for each in round_.begun}
    again = _ids(connection, begun)
    new = [each for thread, each in begun.items() if thread not in again]
    put(connection, tables.episode, *([getattr(each, name) for each in new] for name in _NAMES))
    ids = _ids(connection, {each.thread for each in new} | {event.thread for event in round_.events} - set(again))
    put(connection, tables.episode_open, [ids[each.thread] for each in new])
    _put_events(connection, [event for event in round_.events if event.thread in ids], ids)
    append_levels(connection, round_.levels)
    enqueue(connection, [notice for notice in round_.notices if notice.thread not in again])


def _put_events(connection: Connection, events: Sequence[EpisodeEvent], ids: Mapping[str, int]) -> None:
    columns: list[list[Any]] = [
        [ids[event.thread] for event in events],
        [event.at for event in events],
        [event.kind.value for event in events],
        [event.ending or "" for event in events],
        [event.text for event in events],
        [_facts(event) for event in events],
    ]
    put(connection, tables.episode_event, *columns)
    ended = [ids[event.thread] for event in events if event.kind is EventKind.ENDED]
    remove(connection, tables.episode_open, ended)


def _facts(event: EpisodeEvent) -> str:
    if not event.windows and not event.groups:
        return ""
    windows = [asdict(window) for window in event.windows]
    return json.dumps({"windows": windows, "groups": dict(event.groups)}, ensure_ascii=False)


def _mark(connection: Connection) -> Mark:
    [(event, level)] = fetch(connection, _MARK)
    return (event, level)


def _ids(connection: Connection, threads: Iterable[str]) -> dict[str, int]:
    wanted = list(threads)
    return dict(fetch(connection, "SELECT thread, id FROM episode WHERE thread IN LIST(?)", wanted)) if wanted else {}


def _one(connection: Connection, number: int) -> Episode:
    found = _found(connection, f"{_ALL} WHERE e.id = ?", number)
    if not found:
        raise _no_such(number)
    return found[0]


def _no_such(number: int) -> NotFound:
    return NotFound(f"there is no alert {number}; list them with `leadline alerts list`")


def _found(connection: Connection, statement: str, *parameters: Any) -> tuple[Episode, ...]:
    rows = fetch(connection, statement, *parameters)
    happened: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for number, *event in fetch(connection, _EVENTS, [row[0] for row in rows]) if rows else ():
        happened[number].append(tuple(event))
    return tuple(_episode(row, happened[row[0]]) for row in rows)


def _episode(row: Any, happened: Sequence[tuple[Any, ...]]) -> Episode:
    number, thread, kind, subject, tier, strategy, severity, action, service, team, service_tier, began_at, why = row
    episode = Episode(
        thread, EpisodeKind(kind), subject, tier, strategy, Severity(severity), AlertAction(action),
        service, team, service_tier, began_at, id=number, why=why,
    )  # fmt: skip
    for at, event, ending, text, facts in happened:
        told = json.loads(facts) if facts else {}
        windows = tuple(WindowBurn(**window) for window in told.get("windows", ()))
        over = Ending(ending) if ending else None
        episode = episode.after(EpisodeEvent(thread, at, EventKind(event), over, text, windows, told.get("groups", {})))
    return episode
