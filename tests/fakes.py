"""Honest stand-ins: what the ports promise, kept in dictionaries, with no shortcut that a database would not have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from leadline.core.slices import HOUR, SLICES_PER_HOUR, STEP, DenseSlices, HourSums, SeriesKey, SliceBatch, SliceTable
from leadline.core.windows import Span
from leadline.errors import NotFound, RecordError
from leadline.handbook.revisions import Revision
from leadline.handbook.specs import Correction, Document, Handbook, NotificationTarget, Place, RollbackPolicy
from leadline.ports import entries, episodes
from leadline.ports.audit import AuditEntry
from leadline.ports.lead import Lease
from leadline.ports.ledger import Change, Extent, Watermark
from leadline.ports.levels import LevelChange
from leadline.ports.notifier import Notifier
from leadline.ports.outbox import OPEN, Attempt, Delivery, DeliveryState, Filed, Notice, Planned, Recorded, Stock
from leadline.ports.recordings import Recording
from leadline.ports.releases import Decision, Done, Duty, GivenPermit, ServiceLevel
from leadline.ports.removal import Removal
from leadline.ports.rollbacks import OPEN as OPEN_ROLLBACKS
from leadline.ports.rollbacks import Allows, Begun, Rollback, RollbackState, RollbackStep, Switch
from leadline.ports.runner import RunError, Runner
from leadline.ports.tokens import Token

_LARGEST = 2**56
_LATEST = 2**37


class MemoryLedger:
    """A `Ledger` whose slices live as long as the object."""

    def __init__(self) -> None:
        self._slices: dict[tuple[SeriesKey, str], dict[int, tuple[int, int]]] = {}
        self._watermarks: dict[tuple[str, str], Watermark] = {}
        self._changes: list[Change] = []
        self._seq = 0

    def append(self, writer: str, batches: Sequence[SliceBatch], *, watermarks: Sequence[Watermark] = ()) -> int:
        written = [batch for batch in batches if len(batch)]
        for batch in written:
            if int(batch.starts[0]) < 0:
                raise RecordError(f"{batch.key}: a slice before 1970")
            if int(batch.starts[-1]) > _LATEST:
                raise RecordError(f"{batch.key}: a slice after the year 6000")
            if max(int(batch.bad.max()), int(batch.total.max())) > _LARGEST:
                raise RecordError(f"{batch.key}: too large to be summed")
        self._seq += bool(written)
        for batch in written:
            slices = self._slices.setdefault((batch.key, writer), {})
            rows = zip(batch.bad.tolist(), batch.total.tolist(), strict=True)
            slices.update(zip(batch.starts.tolist(), rows, strict=True))
            self._changes.append(Change(self._seq, batch.key, int(batch.starts[0]), int(batch.starts[-1]) + STEP))
        for watermark in watermarks:
            self._watermarks[watermark.sli, writer] = watermark
        return sum(len(batch) for batch in written)

    def import_all(
        self, writer: str, batches: Iterable[SliceBatch], *, progress: Callable[[int], None] = lambda _: None
    ) -> int:
        count = self.append(writer, list(batches))
        if count:
            progress(count)
        return count

    def rewrite(self, writer: str, start: int, end: int, batches: Sequence[SliceBatch]) -> int:
        count = 0
        for batch in batches:
            before = dict(self._slices.get((batch.key, writer), {}))
            kept = {at: row for at, row in before.items() if not start <= at < end}
            gone = sorted({*before} - {*kept} - {*batch.starts.tolist()})
            said = zip(batch.starts.tolist(), zip(batch.bad.tolist(), batch.total.tolist(), strict=True), strict=True)
            self._slices[batch.key, writer] = kept | {at: before[at] for at in batch.starts.tolist() if at in before}
            rows = {at: row for at, row in said if before.get(at) != row}
            bad, total = [row[0] for row in rows.values()], [row[1] for row in rows.values()]
            self.append(writer, [SliceBatch(batch.key, np.array(list(rows), int), bad, total, may_exceed=True)])  # type: ignore[arg-type]  # made arrays there
            if gone:
                self._seq += 1
                self._changes.append(Change(self._seq, batch.key, gone[0], gone[-1] + STEP))
            after = self._slices[batch.key, writer]
            count += sum(before.get(at) != after.get(at) for at in {*before, *after})
            if not after:
                del self._slices[batch.key, writer]
        return count

    def snapshot(self) -> AbstractContextManager[None]:
        """Nobody else writes meanwhile: the object belongs to one thread."""
        return nullcontext()

    def watermarks(self, writer: str, slis: Sequence[str]) -> dict[str, Watermark]:
        return {sli: self._watermarks[sli, writer] for sli in slis if (sli, writer) in self._watermarks}

    def series(self, slis: Sequence[str] | None = None) -> tuple[SeriesKey, ...]:
        keys = {key for key, _ in self._slices}
        return tuple(sorted(key for key in keys if slis is None or key.sli in slis))

    def writers(self, slis: Sequence[str]) -> dict[str, tuple[str, ...]]:
        pairs = sorted({(key.sli, writer) for key, writer in self._slices if key.sli in slis})
        return {sli: tuple(writer for other, writer in pairs if other == sli) for sli, _ in pairs}

    def extents(self, slis: Sequence[str]) -> dict[SeriesKey, Extent]:
        starts = {key: sorted(self._summed(key)) for key in self.series(slis)}
        return {key: Extent(seen[0], seen[-1]) for key, seen in starts.items() if seen}

    def read(self, slis: Sequence[str], start: int, end: int, *, without: str = "") -> dict[SeriesKey, DenseSlices]:
        keys = sorted({key for key, writer in self._slices if key.sli in slis and writer != without})
        return {key: self._dense(key, start, end, without) for key in keys}

    def read_table(self, slis: Sequence[str], start: int, end: int) -> SliceTable:
        found = self.read(slis, start, end)
        rows = [found[key] for key in found]
        shape = (len(rows), (end - start) // STEP)
        return SliceTable(
            tuple(found),
            start,
            np.array([row.bad for row in rows], dtype=np.int64).reshape(shape),
            np.array([row.total for row in rows], dtype=np.int64).reshape(shape),
            np.array([row.seen for row in rows], dtype=np.bool_).reshape(shape),
        )

    def read_hours(self, slis: Sequence[str], start: int, end: int) -> dict[SeriesKey, HourSums]:
        return {key: _hour_sums(self._dense(key, start, end)) for key in self.series(slis)}

    def changes(self, after: int) -> tuple[Change, ...]:
        return tuple(change for change in self._changes if change.seq > after)

    def newest_change(self) -> int:
        return self._seq

    def compact(self, before: int) -> int:
        """Nothing is kept in a second form here, so there is nothing to move."""
        return 0 * before

    def _summed(self, key: SeriesKey, without: str = "") -> dict[int, tuple[int, int]]:
        summed: dict[int, tuple[int, int]] = {}
        for (other, writer), slices in self._slices.items():
            for start, (bad, total) in slices.items() if other == key and writer != without else ():
                before = summed.get(start, (0, 0))
                summed[start] = (before[0] + bad, before[1] + total)
        return summed

    def _dense(self, key: SeriesKey, start: int, end: int, without: str = "") -> DenseSlices:
        summed = self._summed(key, without)
        starts = range(start, end, STEP)
        rows = [summed.get(at, (0, 0)) for at in starts]
        return DenseSlices(
            start,
            np.array([bad for bad, _ in rows], dtype=np.int64),
            np.array([total for _, total in rows], dtype=np.int64),
            np.array([at in summed for at in starts], dtype=np.bool_),
        )


def _hour_sums(dense: DenseSlices) -> HourSums:
    hours = range(0, len(dense.bad), SLICES_PER_HOUR)

    def mask(flags: Sequence[bool]) -> int:
        return sum(1 << bit for bit, flag in enumerate(flags) if flag)

    parts = [slice(at, at + HOUR // STEP) for at in hours]
    return HourSums(
        dense.start,
        np.array([dense.bad[part].sum() for part in parts], dtype=np.int64),
        np.array([dense.total[part].sum() for part in parts], dtype=np.int64),
        np.array([mask(dense.seen[part].tolist()) for part in parts], dtype=np.uint64),
        np.array([mask((dense.total[part] > 0).tolist()) for part in parts], dtype=np.uint64),
    )


class MemoryRevisions:
    """A `Revisions` that keeps what it was given, in order, as (document, seen_at)."""

    def __init__(self) -> None:
        self.kept: list[tuple[Document, datetime]] = []

    def record(self, handbook: Handbook, seen_at: datetime) -> int:
        latest: Mapping[tuple[str, str], str] = {(doc.kind, doc.name): doc.sha256 for doc, _ in self.kept}
        documents = {(doc.kind, doc.name): doc for doc in handbook.documents}
        changed = [doc for key, doc in documents.items() if latest.get(key) != doc.sha256]
        self.kept += [(doc, seen_at) for doc in changed]
        return len(changed)

    def history(self, kind: str = "", name: str = "") -> tuple[Revision, ...]:
        return tuple(
            Revision(doc, int(seen_at.timestamp()))
            for doc, seen_at in self.kept
            if kind in ("", doc.kind) and name in ("", doc.name)
        )


class MemoryCorrections:
    """A `Corrections` that keeps what it was given with its instant, and removals beside."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Correction, datetime]] = {}
        self._removed: dict[str, Removal] = {}

    def add(self, correction: Correction, recorded_at: datetime) -> str:
        name = f"recorded:{len(self._kept) + 1}"
        self._kept[name] = (replace(correction, name=name, place=Place("recorded", 0)), recorded_at)
        return name

    def remove(self, name: str, removal: Removal) -> None:
        if name in self._removed:
            raise RecordError(f"{name} was removed already")
        if name not in self._kept:
            raise NotFound(f"no correction is named {name}")
        self._removed[name] = removal

    def in_force(self) -> Mapping[str, Correction]:
        return {name: kept for name, (kept, _) in self._kept.items() if name not in self._removed}

    def removed(self) -> Mapping[str, tuple[Correction, Removal]]:
        return {name: (kept, self._removed[name]) for name, (kept, _) in self._kept.items() if name in self._removed}


class MemoryLevels:
    """A `Levels` in a list."""

    def __init__(self) -> None:
        self._kept: list[LevelChange] = []

    @property
    def count(self) -> int:
        return len(self._kept)

    def latest(self) -> Mapping[str, LevelChange]:
        return {each.slo: each for each in self._kept}

    def append(self, changes: Sequence[LevelChange]) -> int:
        known = self.latest()
        new = [each for each in changes if (known[each.slo].after if each.slo in known else "") == each.before]
        self._kept += new
        return len(new)

    def history(self, slos: Sequence[str], most: int) -> tuple[LevelChange, ...]:
        count: dict[str, int] = {}
        found = []
        for each in reversed(self._kept):
            count[each.slo] = count.get(each.slo, 0) + 1
            found += [each] * (each.slo in slos and count[each.slo] <= most)
        return tuple(found)


class MemoryEpisodes:
    """An `Episodes` in lists; what a round tells of levels and notices goes to the other two."""

    def __init__(self, levels: MemoryLevels | None = None, outbox: MemoryOutbox | None = None) -> None:
        self._levels, self._outbox = levels or MemoryLevels(), outbox or MemoryOutbox()
        self._kept: list[episodes.Episode] = []
        self._events = 0

    def known(self) -> episodes.Known:
        return episodes.Known(self._mark(), tuple(each for each in self._kept if each.ended_at is None))

    def open(self) -> tuple[episodes.Episode, ...]:
        return self.known().open

    def append(self, round_: episodes.Round, mark: episodes.Mark) -> bool:
        if not round_.is_empty and mark != self._mark():
            return False
        again = {each.thread for each in self._kept} & {each.thread for each in round_.begun}
        for each in round_.begun:
            if each.thread not in again:
                self._kept.append(replace(each, id=len(self._kept) + 1))
        for event in round_.events:
            if event.thread not in again:
                self._happen(event)
        self._levels.append(round_.levels)
        self._outbox.add([notice for notice in round_.notices if notice.thread not in again])
        return True

    def _happen(self, event: episodes.EpisodeEvent) -> episodes.Episode:
        self._events += 1
        place = next(place for place, each in enumerate(self._kept) if each.thread == event.thread)
        self._kept[place] = self._kept[place].after(event)
        return self._kept[place]

    def _mark(self) -> episodes.Mark:
        return self._events, self._levels.count

    def acknowledge(self, number: int, at: int, who: str) -> episodes.Episode:
        known = self.find(number)
        if known.ended_at is not None or known.acknowledged_at is not None:
            raise RecordError(f"alert {number} is looked after, or over")
        kind = episodes.EventKind.ACKNOWLEDGED
        return self._happen(episodes.EpisodeEvent(known.thread, at, kind, text=who))

    def find(self, number: int) -> episodes.Episode:
        if not 0 < number <= len(self._kept):
            raise NotFound(f"there is no alert {number}")
        return self._kept[number - 1]

    def history(
        self, most: int, *, before: int | None = None, service: str = "", subjects: Sequence[str] = ()
    ) -> tuple[episodes.Episode, ...]:
        found = [
            each
            for each in reversed(self._kept)
            if (before is None or each.id < before)
            and service in ("", each.service)
            and (not subjects or each.subject in subjects)
        ]
        return tuple(found[:most])


class MemoryEntries:
    """An `Entries` in two lists."""

    def __init__(self) -> None:
        self._changes: list[entries.Change] = []
        self._incidents: list[entries.Incident] = []

    def add_change(self, change: entries.Change) -> entries.Change:
        for known in self._changes:
            if all(getattr(known, name) == getattr(change, name) for name in ("service", "kind", "ref", "started_at")):
                if known.finished_at is None and change.finished_at is not None:
                    return self.end_change(known.id, entries.End(change.finished_at, change.who, change.recorded_at))
                return known
        self._changes.append(replace(change, id=len(self._changes) + 1))
        return self._changes[-1]

    def end_change(self, number: int, end: entries.End) -> entries.Change:
        if self.change(number).finished_at is not None:
            raise RecordError(f"change {number} has ended already")
        self._changes[number - 1] = replace(self._changes[number - 1], finished_at=end.at)
        return self._changes[number - 1]

    def change(self, number: int) -> entries.Change:
        if not 0 < number <= len(self._changes):
            raise NotFound(f"no change has the number {number}")
        return self._changes[number - 1]

    def changes(self, services: Sequence[str] | None, began: Span) -> tuple[entries.Change, ...]:
        found = [each for each in self._changes if services is None or each.service in services]
        found = [each for each in found if began.start <= each.started_at < began.end]
        return tuple(sorted(found, key=lambda each: (each.started_at, each.id)))

    def add_incident(self, incident: entries.Incident) -> entries.Incident:
        self._incidents.append(replace(incident, id=len(self._incidents) + 1))
        return self._incidents[-1]

    def end_incident(self, number: int, end: entries.End) -> entries.Incident:
        if not 0 < number <= len(self._incidents):
            raise NotFound(f"no incident has the number {number}")
        if not self._incidents[number - 1].is_open:
            raise RecordError(f"incident {number} has ended already")
        self._incidents[number - 1] = replace(self._incidents[number - 1], finished_at=end.at)
        return self._incidents[number - 1]

    def incidents(self, services: Sequence[str] | None, during: Span) -> tuple[entries.Incident, ...]:
        found = [each for each in self._incidents if services is None or each.service in services]
        found = [each for each in found if each.started_at < during.end]
        found = [each for each in found if each.finished_at is None or each.finished_at > during.start]
        return tuple(sorted(found, key=lambda each: (each.started_at, each.id)))


class MemoryReleases:
    """A `Releases` in lists; notices go nowhere but into one."""

    def __init__(self) -> None:
        self._decisions: list[Decision] = []
        self._permits: list[GivenPermit] = []
        self._levels: dict[str, ServiceLevel] = {}
        self._duties: list[Duty] = []
        self.notices: dict[str, Notice] = {}

    def add_decision(self, decision: Decision, notices: Sequence[Notice] = ()) -> Decision:
        self.enter((), (), notices)
        self._decisions.append(replace(decision, id=len(self._decisions) + 1))
        return self._decisions[-1]

    def decision(self, number: int) -> Decision:
        if not 0 < number <= len(self._decisions):
            raise NotFound(f"no decision has the number {number}")
        return self._decisions[number - 1]

    def decisions(self, service: str | None, most: int, before: int | None = None) -> tuple[Decision, ...]:
        found = [each for each in reversed(self._decisions) if before is None or each.id < before]
        return tuple(each for each in found if service in (None, each.service))[:most]

    def add_permit(
        self, permit: GivenPermit, duties: Sequence[Duty] = (), notices: Sequence[Notice] = ()
    ) -> GivenPermit:
        made = replace(permit, id=len(self._permits) + 1)
        self._permits.append(made)

        def numbered(text: str) -> str:
            return text.replace("{id}", str(made.id))

        told = [replace(one, key=numbered(one.key), title=numbered(one.title)) for one in notices]
        self.enter((), [replace(one, key=numbered(one.key), text=numbered(one.text)) for one in duties], told)
        return made

    def _permit(self, number: int) -> GivenPermit:
        if not 0 < number <= len(self._permits):
            raise NotFound(f"no permit has the number {number}")
        return self._permits[number - 1]

    def confirm_permit(self, number: int, who: str, at: int) -> GivenPermit:  # noqa: ARG002 - the port's signature
        known = self._permit(number)
        if known.second or known.withdrawn_by:
            by = f"taken back by {known.withdrawn_by}" if known.withdrawn_by else f"confirmed by {known.second}"
            raise RecordError(f"permit {number} was {by} already")
        self._permits[number - 1] = replace(known, second=who)
        return self._permits[number - 1]

    def withdraw_permit(self, number: int, who: str, reason: str, at: int) -> GivenPermit:  # noqa: ARG002 - as above
        known = self._permit(number)
        if known.withdrawn_by:
            raise RecordError(f"permit {number} was taken back by {known.withdrawn_by} already")
        self._permits[number - 1] = replace(known, withdrawn_by=who, withdrawal=reason)
        return self._permits[number - 1]

    def permits(self, service: str | None, expiring_after: int) -> tuple[GivenPermit, ...]:
        found = [each for each in self._permits if each.expires_at > expiring_after]
        return tuple(each for each in found if service in (None, each.service))

    def service_levels(self) -> Mapping[str, ServiceLevel]:
        return dict(self._levels)

    def enter(self, levels: Sequence[ServiceLevel], duties: Sequence[Duty], notices: Sequence[Notice] = ()) -> int:
        self._levels |= {each.service: each for each in levels}
        self.notices = {notice.key: notice for notice in notices} | self.notices
        known = {each.key for each in self._duties}
        new = list({each.key: each for each in duties if each.key not in known}.values())
        self._duties += [replace(each, id=len(self._duties) + place) for place, each in enumerate(new, 1)]
        return len(new)

    def duties(self, service: str | None, *, is_done: bool = False) -> tuple[Duty, ...]:
        found = [each for each in self._duties if service in (None, each.service)]
        found = [each for each in found if (each.done_at is not None) is is_done]
        return tuple(sorted(found, key=lambda each: (each.due_at, each.id)))

    def finish_duty(self, number: int, done: Done) -> Duty:
        if not 0 < number <= len(self._duties):
            raise NotFound(f"no duty has the number {number}")
        known = self._duties[number - 1]
        if known.done_at is not None:
            raise RecordError(f"duty {number} was done by {known.done_by} already")
        self._duties[number - 1] = replace(known, done_at=done.at, done_by=done.who, note=done.note)
        return self._duties[number - 1]


class MemoryLead:
    """A `Lead` in one attribute."""

    def __init__(self) -> None:
        self._lease: Lease | None = None

    def take(self, holder: str, now: datetime, seconds: float) -> Lease:
        if self._lease is None or self._lease.holder == holder or self._lease.until <= now:
            self._lease = Lease(holder, now + timedelta(seconds=seconds))
        return self._lease

    def release(self, holder: str) -> None:
        if self._lease is not None and self._lease.holder == holder:
            self._lease = None

    def current(self) -> Lease | None:
        return self._lease


class MemoryRecordings:
    """A `Recordings` in a list, with removals beside."""

    def __init__(self) -> None:
        self._kept: list[Recording] = []
        self._removed: dict[int, Removal] = {}

    def add(self, recording: Recording) -> int:
        self._kept.append(replace(recording, id=len(self._kept) + 1))
        return len(self._kept)

    def remove(self, number: int, removal: Removal) -> None:
        if number in self._removed:
            raise RecordError(f"recording {number} was removed already")
        if not 0 < number <= len(self._kept):
            raise NotFound(f"no recording is named {number}")
        self._removed[number] = removal

    def every(self) -> Sequence[tuple[Recording, Removal | None]]:
        return [(each, self._removed.get(each.id)) for each in self._kept]


class MemoryTokens:
    """A `Tokens` whose record lives as long as the object."""

    def __init__(self) -> None:
        self._made: dict[str, Token] = {}

    def add(self, token: Token) -> None:
        if token.id in self._made:
            raise RecordError(f"there is a token {token.id} already")
        self._made[token.id] = token

    def revoke(self, token_id: str, revocation: Removal) -> None:
        if token_id not in self._made:
            raise NotFound(f"no token is named {token_id}")
        if self._made[token_id].revocation is not None:
            raise RecordError(f"token {token_id} was revoked already")
        self._made[token_id] = replace(self._made[token_id], revocation=revocation)

    def every(self) -> Sequence[Token]:
        return sorted(self._made.values(), key=lambda token: (token.created_at, token.id))


class MemoryAudit:
    """An `Audit` whose record lives as long as the object."""

    def __init__(self) -> None:
        self._entries: dict[int, AuditEntry] = {}

    def begin(self, entry: AuditEntry) -> int:
        number = len(self._entries) + 1
        self._entries[number] = replace(entry, id=number)
        return number

    def end(self, number: int, outcome: str, at: int) -> None:  # noqa: ARG002 - the port's signature
        self._entries[number] = replace(self._entries[number], outcome=outcome)

    def newest(self, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
        found = [each for number, each in self._entries.items() if before is None or number < before]
        return found[::-1][:limit]


class MemoryOutbox:
    """An `Outbox` that lives as long as the object."""

    def __init__(self) -> None:
        self._filed: list[Filed] = []
        self._queue: list[Filed] = []
        self._deliveries: dict[int, Delivery] = {}
        self._record: dict[int, list[Recorded]] = {}

    def add(self, notices: Sequence[Notice]) -> int:
        known = {filed.notice.key for filed in self._filed}
        new = {notice.key: notice for notice in notices if notice.key not in known}
        filed = [Filed(len(self._filed) + at, notice) for at, notice in enumerate(new.values(), 1)]
        self._filed += filed
        self._queue += filed
        return len(new)

    def add_planned(self, notice: Notice, planned: Planned, until: int) -> int:
        if not self.add([notice]):
            raise RecordError(f"a notice {notice.key} was filed already")
        self.plan(len(self._filed), [planned])
        number = len(self._deliveries)
        self._put(number, state=DeliveryState.SENDING, attempts=1, due_at=until)
        return number

    def unrouted(self, most: int) -> Sequence[Filed]:
        return self._queue[:most]

    def reached(self, thread: str) -> Sequence[str]:
        return sorted({each.target for each in self._deliveries.values() if each.filed.notice.thread == thread})

    def plan(self, number: int, planned: Sequence[Planned]) -> None:
        filed = next((each for each in self._queue if each.number == number), None)
        if filed is None:
            return
        self._queue.remove(filed)
        for target, each in {each.target: each for each in planned}.items():
            found = len(self._deliveries) + 1
            self._deliveries[found] = Delivery(
                found, filed, target, each.state, each.due_at, each.due_at, 0, each.why, None, {}
            )

    def due(self, at: int, most: int) -> Sequence[Delivery]:
        left: dict[str, int] = {}
        found = []
        for each in sorted(self._deliveries.values(), key=lambda one: (one.filed.number, one.id)):
            if each.state is DeliveryState.DELIVERED and each.repeat_at is not None and each.repeat_at <= at:
                found.append(each)
            if (
                each.state in OPEN
                and each.due_at <= at
                and not any(self._before(each, other) for other in self._deliveries.values())
            ):
                left[each.target] = left.get(each.target, most) - 1
                found += [each] if left[each.target] >= 0 else []
        return [replace(each, root=self._root(each)) for each in found]

    @staticmethod
    def _before(each: Delivery, other: Delivery) -> bool:
        return (
            other.state in OPEN
            and other.target == each.target
            and other.filed.notice.thread == each.filed.notice.thread
            and other.filed.number < each.filed.number
        )

    def _root(self, each: Delivery) -> Mapping[str, str]:
        thread, target = each.filed.notice.thread, each.target
        found = [
            one.root
            for one in self._deliveries.values()
            if one.filed.notice.thread == thread and one.target == target and one.root
        ]
        return found[0] if found else {}

    def take_over(self, at: int) -> None:
        for each in list(self._deliveries.values()):
            if each.state is DeliveryState.SENDING and each.due_at > at:
                self._put(each.id, due_at=at)

    def begin(self, delivery: Delivery, at: int, until: int) -> bool:
        known = self._deliveries[delivery.id]
        if (known.state, known.due_at, known.attempts) != (delivery.state, delivery.due_at, delivery.attempts):
            return False
        if known.state is DeliveryState.SENDING:
            self._note(known.id, at, "in doubt", "its server ended before the receiver had answered")
        self._put(known.id, state=DeliveryState.SENDING, attempts=known.attempts + 1, due_at=until)
        return True

    def end(self, attempt: Attempt) -> None:
        known = self._deliveries[attempt.delivery]
        taken_back = not attempt.counts and known.state is DeliveryState.SENDING
        due_at = attempt.due_at if attempt.state in OPEN else attempt.at
        self._put(
            known.id, state=attempt.state, due_at=due_at, why=attempt.detail, repeat_at=attempt.repeat_at,
            attempts=known.attempts - taken_back, root=attempt.receipt or known.root,
        )  # fmt: skip
        if attempt.state is DeliveryState.DELIVERED:
            for other in list(self._deliveries.values()):
                if self._before(known, replace(other, state=DeliveryState.WAITING)):
                    self._put(other.id, repeat_at=None)
        if attempt.counts:
            outcome = "failed" if attempt.state is DeliveryState.WAITING else attempt.state
            self._note(known.id, attempt.at, outcome, attempt.detail)

    def retry(self, number: int, at: int) -> None:
        if number not in self._deliveries:
            raise NotFound(f"there is no delivery {number}")
        if self._deliveries[number].state is not DeliveryState.DEAD:
            raise RecordError(
                f"delivery {number} is {self._deliveries[number].state}; only a dead one can be sent again"
            )
        self._put(number, state=DeliveryState.WAITING, since=at, due_at=at, attempts=0, why="")
        self._note(number, at, "retry", "somebody asked for it")

    def newest(self, most: int, *, before: int | None = None, state: str = "", target: str = "") -> Sequence[Delivery]:
        found = [
            replace(each, root=self._root(each))
            for number, each in self._deliveries.items()
            if (before is None or number < before) and state in ("", each.state) and target in ("", each.target)
        ]
        return found[::-1][:most]

    def record(self, deliveries: Sequence[int]) -> Mapping[int, Sequence[Recorded]]:
        return {number: self._record[number] for number in deliveries if number in self._record}

    def stock(self, since: int) -> Stock:
        kept = list(self._deliveries.values())
        pairs = [(each.target, each.state) for each in kept]
        waiting = sorted((each for each in kept if each.state in OPEN), key=lambda each: (each.since, each.id))
        oldest = {each.target: (each.since, each.why) for each in reversed(waiting)}
        lost = [
            self._deliveries[number].target
            for number, of in self._record.items()
            for each in of
            if each.outcome in ("failed", "dead")
        ]
        counts = {target: lost.count(target) for target in lost}
        dead = [each.target for each in kept if each.state is DeliveryState.DEAD and each.due_at >= since]
        died = {target: dead.count(target) for target in dead}
        return Stock(len(self._queue), {pair: pairs.count(pair) for pair in pairs}, oldest, counts, died)

    def _put(self, number: int, **changes: object) -> None:
        self._deliveries[number] = replace(self._deliveries[number], **changes)  # type: ignore[arg-type]  # as the callers write them

    def _note(self, number: int, at: int, outcome: str, detail: str) -> None:
        self._record.setdefault(number, []).append(Recorded(at, outcome, detail))


class NoNotifiers:
    """`Notifiers` of a test in which nobody is told."""

    def open(self, target: NotificationTarget) -> Notifier:
        raise AssertionError(f"{target.name} is told")


class MemoryRollbacks:
    """A `Rollbacks`; the notices go to the outbox that it is given."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        self._outbox = outbox
        self._kept: dict[int, Rollback] = {}
        self._begun: list[Begun] = []
        self._switches: list[Switch] = []

    def add(self, rollback: Rollback, notices: Sequence[Notice]) -> int:
        if any((each.episode, each.change) == (rollback.episode, rollback.change) for each in self._kept.values()):
            return 0
        number = len(self._kept) + 1
        self._kept[number] = replace(rollback, id=number)
        self._outbox.add(notices)
        return number

    def append(self, number: int, before: RollbackState, step: RollbackStep, notices: Sequence[Notice] = ()) -> bool:
        found = self._kept.get(number)
        if found is None or found.state is not before:
            return False
        self._kept[number] = replace(found, steps=(*found.steps, step))
        self._outbox.add(notices)
        return True

    def begin(self, number: int, step: RollbackStep, allows: Allows) -> str:
        found = self._kept[number]
        if found.state is not RollbackState.DUE:
            return f"rollback {number} is {found.state}"
        why = allows(self.begun(), self.switch())
        if not why:
            self.append(number, RollbackState.DUE, step)
            self._begun.insert(0, Begun(number, found.service, found.change, step.at))
        return why

    def begun(self) -> tuple[Begun, ...]:
        return tuple(self._begun)

    def find(self, number: int) -> Rollback:
        if number not in self._kept:
            raise NotFound(f"no rollback has the number {number}")
        return self._kept[number]

    def open(self) -> tuple[Rollback, ...]:
        return tuple(each for each in self._kept.values() if each.state in OPEN_ROLLBACKS)

    def of_episodes(self, episodes: Sequence[str]) -> tuple[Rollback, ...]:
        return tuple(each for each in self._kept.values() if each.episode in episodes)

    def of_changes(self, changes: Sequence[int]) -> tuple[Rollback, ...]:
        return tuple(each for each in self._kept.values() if each.change in changes)

    def newest(self, most: int, *, service: str = "") -> tuple[Rollback, ...]:
        found = [each for each in self._kept.values() if service in ("", each.service)]
        return tuple(reversed(found))[:most]

    def switch(self) -> Switch | None:
        return self._switches[-1] if self._switches else None

    def turn(self, switch: Switch, notices: Sequence[Notice]) -> None:
        self._switches.append(switch)
        self._outbox.add(notices)


class NoRunners:
    """`Runners` where nothing can be rolled back."""

    stopped_by = ""

    def open(self, policy: RollbackPolicy) -> Runner:
        raise RunError(f"{policy.name or 'no policy'} says no way to roll back")

    def key(self) -> bytes:
        return b""
