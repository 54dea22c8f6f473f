"""
The outbox in tables of its own; notices and attempts are only added, a delivery is the state that they have led to.

`enqueue` files notices in the transaction of whoever writes what they tell of.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from leadline.adapters.store import notice_tables as tables
from leadline.adapters.store.database import Database
from leadline.adapters.store.rows import execute, fetch, put
from leadline.errors import NotFound, RecordError
from leadline.ports.outbox import (
    OPEN,
    Attempt,
    Delivery,
    DeliveryState,
    Filed,
    Notice,
    NoticeKind,
    Planned,
    Recorded,
    Stock,
)

_NOTICE = "n.id, n.key, n.thread, n.kind, n.at, n.severity, n.service, n.slo, n.team, n.tier, n.title, n.text, n.facts"
_ROOT = (
    "(SELECT e.receipt FROM delivery e WHERE e.thread = d.thread AND e.target = d.target AND e.receipt <> '' "
    "ORDER BY e.id LIMIT 1)"
)
_DELIVERY = f"d.id, d.target, d.state, d.since, d.due_at, d.attempts, d.why, d.repeat_at, {_ROOT}, {_NOTICE}"
_FROM = "FROM delivery d JOIN notice n ON n.id = d.notice_id"
_WAITING = f"SELECT {_NOTICE} FROM notice_queue q JOIN notice n ON n.id = q.notice_id"  # noqa: S608 - our own columns
_UNROUTED = f"{_WAITING} ORDER BY n.id LIMIT ?"
_QUEUED = f"{_WAITING} WHERE n.id = ?"
_DUE = f"""
SELECT {_DELIVERY} {_FROM} WHERE d.id IN (
  SELECT id FROM (
    SELECT c.id, row_number() OVER (PARTITION BY c.target ORDER BY c.notice_id) AS place FROM delivery c
    WHERE c.state IN ('waiting', 'sending') AND c.due_at <= ? AND NOT EXISTS (
      SELECT 1 FROM delivery o WHERE o.thread = c.thread AND o.target = c.target AND o.notice_id < c.notice_id
        AND o.state IN ('waiting', 'sending')
    )
  ) AS placed WHERE place <= ?
  UNION ALL SELECT r.id FROM delivery r WHERE r.repeat_at <= ?
) ORDER BY d.notice_id, d.id
"""  # noqa: S608 - names of our own columns
_NEWEST = f"""
SELECT {_DELIVERY} {_FROM} WHERE d.id < ? AND (? = '' OR d.state = ?) AND (? = '' OR d.target = ?)
ORDER BY d.id DESC LIMIT ?
"""
_COUNTS = "SELECT target, state, count(*) FROM delivery GROUP BY target, state"
_OPEN = "SELECT target, since, why FROM delivery WHERE state IN ('waiting', 'sending') ORDER BY since, id"
_DIED = "SELECT target, count(*) FROM delivery WHERE state = 'dead' AND due_at >= ? GROUP BY target"
_FAILED = """
SELECT d.target, count(*) FROM delivery_attempt a JOIN delivery d ON d.id = a.delivery_id
WHERE a.outcome IN ('failed', 'dead') GROUP BY d.target
"""
_REACHED = "SELECT DISTINCT target FROM delivery WHERE thread = ?"
_BEFORE_ALL = 2**62


def enqueue(connection: Connection, notices: Sequence[Notice]) -> int:
    """File notices whose keys are new, in the transaction of the connection; returns how many."""
    by_key = {notice.key: notice for notice in notices}
    if not by_key:
        return 0
    known = fetch(connection, "SELECT key FROM notice WHERE key IN LIST(?)", list(by_key))
    for (key,) in known:
        del by_key[key]
    new = list(by_key.values())
    columns = [[getattr(notice, name) for notice in new] for name in Notice.__slots__[:-1]]
    put(connection, tables.notice, *columns, [json.dumps(dict(notice.facts), ensure_ascii=False) for notice in new])
    numbers = fetch(connection, "SELECT id FROM notice WHERE key IN LIST(?)", list(by_key))
    put(connection, tables.notice_queue, [number for (number,) in numbers])
    return len(new)


class SqlOutbox:
    """An `Outbox`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, notices: Sequence[Notice]) -> int:
        with self._database.writing() as connection:
            return enqueue(connection, notices)

    def add_planned(self, notice: Notice, planned: Planned, until: int) -> int:
        with self._database.writing() as connection:
            if not enqueue(connection, [notice]):
                raise RecordError(f"a notice {notice.key} was filed already")
            number = int(fetch(connection, "SELECT max(id) FROM notice")[0][0])
            _plan(connection, Filed(number, notice), [planned])
            execute(
                connection,
                "UPDATE delivery SET state = 'sending', attempts = 1, due_at = ? WHERE notice_id = ?",
                until,
                number,
            )
            return int(fetch(connection, "SELECT max(id) FROM delivery")[0][0])

    def unrouted(self, most: int) -> Sequence[Filed]:
        with self._database.reading() as connection:
            return [_filed(row) for row in fetch(connection, _UNROUTED, most)] if connection else ()

    def reached(self, thread: str) -> Sequence[str]:
        with self._database.reading() as connection:
            rows = fetch(connection, _REACHED, thread) if connection else ()
        return sorted(target for (target,) in rows)

    def plan(self, number: int, planned: Sequence[Planned]) -> None:
        with self._database.writing() as connection:
            rows = fetch(connection, _QUEUED, number)
            if rows:
                _plan(connection, _filed(rows[0]), planned)

    def due(self, at: int, most: int) -> Sequence[Delivery]:
        with self._database.reading() as connection:
            return [_delivery(row) for row in fetch(connection, _DUE, at, most, at)] if connection else ()

    def take_over(self, at: int) -> None:
        with self._database.writing() as connection:
            execute(connection, "UPDATE delivery SET due_at = ? WHERE state = 'sending' AND due_at > ?", at, at)

    def begin(self, delivery: Delivery, at: int, until: int) -> bool:
        with self._database.writing() as connection:
            has_begun = execute(
                connection,
                "UPDATE delivery SET state = 'sending', attempts = attempts + 1, due_at = ? "
                "WHERE id = ? AND state = ? AND due_at = ? AND attempts = ?",
                until, delivery.id, delivery.state, delivery.due_at, delivery.attempts,
            )  # fmt: skip
            if has_begun and delivery.state is DeliveryState.SENDING:
                _record(connection, delivery.id, at, "in doubt", "its server ended before the receiver had answered")
        return bool(has_begun)

    def end(self, attempt: Attempt) -> None:
        receipt = json.dumps(dict(attempt.receipt)) if attempt.receipt else ""
        due_at = attempt.due_at if attempt.state in OPEN else attempt.at
        with self._database.writing() as connection:
            execute(
                connection,
                "UPDATE delivery SET state = ?, due_at = ?, why = ?, repeat_at = ?, "
                "attempts = attempts - CASE WHEN state = 'sending' THEN ? ELSE 0 END, "
                "receipt = CASE WHEN ? = '' THEN receipt ELSE ? END WHERE id = ?",
                attempt.state, due_at, attempt.detail, attempt.repeat_at, int(not attempt.counts),
                receipt, receipt, attempt.delivery,
            )  # fmt: skip
            if attempt.state is DeliveryState.DELIVERED:
                _end_repeats(connection, attempt.delivery)
            if attempt.counts:
                outcome = "failed" if attempt.state is DeliveryState.WAITING else attempt.state
                _record(connection, attempt.delivery, attempt.at, outcome, attempt.detail)

    def retry(self, number: int, at: int) -> None:
        with self._database.writing() as connection:
            rows = fetch(connection, "SELECT state FROM delivery WHERE id = ?", number)
            if not rows:
                raise NotFound(f"there is no delivery {number}; list them with `leadline notify list`")
            if rows[0][0] != DeliveryState.DEAD:
                raise RecordError(f"delivery {number} is {rows[0][0]}; only a dead one can be sent again")
            execute(
                connection,
                "UPDATE delivery SET state = 'waiting', since = ?, due_at = ?, attempts = 0, why = '' WHERE id = ?",
                at, at, number,
            )  # fmt: skip
            _record(connection, number, at, "retry", "somebody asked for it")

    def newest(self, most: int, *, before: int | None = None, state: str = "", target: str = "") -> Sequence[Delivery]:
        bounds = (before or _BEFORE_ALL, state, state, target, target, most)
        with self._database.reading() as connection:
            return [_delivery(row) for row in fetch(connection, _NEWEST, *bounds)] if connection else ()

    def record(self, deliveries: Sequence[int]) -> Mapping[int, Sequence[Recorded]]:
        query = "SELECT delivery_id, at, outcome, detail FROM delivery_attempt WHERE delivery_id IN LIST(?) ORDER BY id"
        found: dict[int, list[Recorded]] = defaultdict(list)
        with self._database.reading() as connection:
            for number, at, outcome, detail in fetch(connection, query, list(deliveries)) if connection else ():
                found[number].append(Recorded(at, outcome, detail))
        return found

    def stock(self, since: int) -> Stock:
        with self._database.reading() as connection:
            if not connection:
                return Stock(0, {}, {}, {}, {})
            oldest: dict[str, tuple[int, str]] = {}
            for target, begun, why in fetch(connection, _OPEN):
                oldest.setdefault(target, (begun, why))
            return Stock(
                int(fetch(connection, "SELECT count(*) FROM notice_queue")[0][0]),
                {(target, DeliveryState(state)): count for target, state, count in fetch(connection, _COUNTS)},
                oldest,
                dict(fetch(connection, _FAILED)),
                dict(fetch(connection, _DIED, since)),
            )


def _plan(connection: Connection, filed: Filed, planned: Sequence[Planned]) -> None:
    rows = list({each.target: each for each in planned}.values())
    count = len(rows)
    put(
        connection,
        tables.delivery,
        [filed.number] * count,
        [each.target for each in rows],
        [filed.notice.thread] * count,
        [each.state.value for each in rows],
        [each.due_at for each in rows],
        [each.due_at for each in rows],
        [0] * count,
        [each.why for each in rows],
        [""] * count,
        [None] * count,
    )
    execute(connection, "DELETE FROM notice_queue WHERE notice_id = ?", filed.number)


def _end_repeats(connection: Connection, number: int) -> None:
    """Whatever was said before in the same thread need not be said again."""
    execute(
        connection,
        "UPDATE delivery SET repeat_at = NULL WHERE repeat_at IS NOT NULL AND EXISTS (SELECT 1 FROM delivery n "
        "WHERE n.id = ? AND n.thread = delivery.thread AND n.target = delivery.target "
        "AND n.notice_id > delivery.notice_id)",
        number,
    )


def _record(connection: Connection, number: int, at: int, outcome: str, detail: str) -> None:
    put(connection, tables.delivery_attempt, [number], [at], [outcome], [detail])


def _filed(row: Any) -> Filed:
    number, key, thread, kind, at, severity, service, slo, team, tier, title, text, facts = row
    about = (service, slo, team, tier, title, text)
    return Filed(number, Notice(key, thread, NoticeKind(kind), at, severity, *about, json.loads(facts)))


def _delivery(row: Any) -> Delivery:
    number, target, state, since, due_at, attempts, why, repeat_at, root, *notice = row
    return Delivery(
        number, _filed(notice), target, DeliveryState(state), since, due_at, attempts, why, repeat_at,
        json.loads(root) if root else {},
    )  # fmt: skip
