"""Use cases of entries: write down changes and incidents and their ends, and list them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from leadline.core.windows import Span
from leadline.domains.releases.entry_model import (
    EndIncident,
    ListChanges,
    ListIncidents,
    RecordChange,
    RecordIncident,
    ShownChange,
    ShownChanges,
    ShownIncident,
    ShownIncidents,
)
from leadline.errors import NotFound, Problem, RecordError, SpecError
from leadline.handbook.wording import not_found
from leadline.ports.entries import Change, End, Incident
from leadline.ports.operation import Context

_LATENESS = timedelta(minutes=5)
"""Clocks of other machines may be ahead so far."""
_LONGEST = timedelta(days=28)
"""A change that began longer ago is over, whether or not anybody has said so."""
_FAR = 2**40
"""Later than any instant that can be typed."""


def record_change(request: RecordChange, context: Context) -> ShownChange:
    """Append a change; told with its end alone, it is the end of the one under way."""
    now = context.now()
    _check_service(request.service, context)
    _check_times(request.started, request.finished, now)
    known = context.entries.incidents(None, Span(0, _FAR))
    for number in request.fixes:
        if all(number != each.id for each in known):
            raise NotFound(f"no incident has the number {number}; leadline incident list shows those there are")
    change = Change(
        service=request.service,
        kind=as_written(request.kind),
        ref=request.ref,
        started_at=_seconds(request.started or now),
        finished_at=None if request.finished is None else _seconds(request.finished),
        source=request.source,
        who=request.who or context.caller.name or "unknown",  # who changed it, which need not be who tells
        recorded_at=_seconds(now),
        fixes=tuple(sorted(set(request.fixes))),
    )
    under_way = None if request.started or change.finished_at is None else _under_way(change, context)
    if change.finished_at is not None and under_way is not None:
        end = End(change.finished_at, change.who, change.recorded_at)
        return shown_change(context.entries.end_change(under_way.id, end))
    if request.started is None and change.finished_at is not None:
        change = _at_its_end(change, change.finished_at)
    return shown_change(context.entries.add_change(change))


def list_changes(request: ListChanges, context: Context) -> ShownChanges:
    """Those that began in the time that is asked for, newest first."""
    services = _services(request.service, context)
    start, end = _interval(request.start, request.end, timedelta(days=7), context)
    found = context.entries.changes(services, _span(start, request.end))
    newest = tuple(shown_change(each) for each in reversed(found))[: request.most]
    return ShownChanges(start=start, end=end, changes=newest)


def record_incident(request: RecordIncident, context: Context) -> ShownIncident:
    """Append an incident."""
    now = context.now()
    _check_service(request.service, context)
    _check_times(request.started, request.finished, now)
    slos = [slo for slo in context.handbook.slos.values() if slo.service == request.service]
    named = {name: [slo.id for slo in slos if name in (slo.id, slo.name)] for name in request.slos}
    for name, ids in named.items():
        if not ids:
            raise not_found(f"SLO of {request.service}", name, [slo.id for slo in slos])
    incident = Incident(
        title=request.title,
        service=request.service,
        slos=tuple(dict.fromkeys(name for ids in named.values() for name in ids)),
        severity=request.severity,
        started_at=_seconds(request.started or request.finished or now),
        finished_at=None if request.finished is None else _seconds(request.finished),
        who=context.caller.signs(request.who),
        recorded_at=_seconds(now),
    )
    return shown_incident(context.entries.add_incident(incident))


def list_incidents(request: ListIncidents, context: Context) -> ShownIncidents:
    """Those that held at some time of the span, newest first."""
    services = _services(request.service, context)
    start, end = _interval(request.start, request.end, timedelta(days=28), context)
    found = context.entries.incidents(services, _span(start, request.end))
    chosen = tuple(shown_incident(each) for each in reversed(found) if each.is_open or not request.open)
    return ShownIncidents(start=start, end=end, incidents=chosen)


def end_incident(request: EndIncident, context: Context) -> ShownIncident:
    """Append the end of an incident, which cannot lie before its start."""
    now = context.now()
    _check_times(None, request.finished, now)
    end = End(_seconds(request.finished or now), context.caller.signs(request.who), _seconds(now))
    for each in context.entries.incidents(None, Span(0, _FAR)):
        if each.id == request.id and each.started_at > end.at:
            raise RecordError(f"incident {each.id} began {_instant(each.started_at):%Y-%m-%d %H:%M} UTC, after that")
    return shown_incident(context.entries.end_incident(request.id, end))


def as_written(kind: str) -> str:
    """A kind of change as policies and records have it."""
    return kind.strip().lower().replace("-", "_")


def shown_change(change: Change) -> ShownChange:
    return ShownChange(
        id=change.id,
        service=change.service,
        kind=change.kind,
        ref=change.ref,
        started_at=_instant(change.started_at),
        finished_at=None if change.finished_at is None else _instant(change.finished_at),
        source=change.source,
        who=change.who,
        recorded_at=_instant(change.recorded_at),
        fixes=change.fixes,
    )


def shown_incident(incident: Incident) -> ShownIncident:
    return ShownIncident(
        id=incident.id,
        title=incident.title,
        service=incident.service,
        slos=incident.slos,
        severity=incident.severity,
        started_at=_instant(incident.started_at),
        finished_at=None if incident.finished_at is None else _instant(incident.finished_at),
        who=incident.who,
        recorded_at=_instant(incident.recorded_at),
    )


def _under_way(ended: Change, context: Context) -> Change | None:
    """The newest change of this service, kind and ref whose end nobody has told."""
    at = ended.finished_at or 0
    began = Span(at - int(_LONGEST.total_seconds()), at + 1)
    found = context.entries.changes([ended.service], began)
    same = [each for each in found if (each.kind, each.ref) == (ended.kind, ended.ref) and each.finished_at is None]
    return same[-1] if same else None


def _at_its_end(change: Change, finished_at: int) -> Change:
    """A change of which only the end is known."""
    return Change(
        change.service, change.kind, change.ref, finished_at, finished_at, change.source, change.who,
        change.recorded_at, change.fixes,
    )  # fmt: skip


def _check_service(name: str, context: Context) -> None:
    if name not in context.handbook.services:
        raise not_found("service", name, context.handbook.services)


def _services(name: str | None, context: Context) -> Sequence[str] | None:
    if name is None:
        return None
    _check_service(name, context)
    return [name]


def _check_times(started: datetime | None, finished: datetime | None, now: datetime) -> None:
    wrong: list[tuple[str, str, datetime, str]] = []
    for option, at in (("--started", started), ("--finished", finished)):
        if at is not None and at > now + _LATENESS:
            wrong.append((option, "in the future", at, "record it once it has happened"))
    if started is not None and finished is not None and finished < started:
        wrong.append(("--finished", "before --started", finished, "write the later instant here"))
    if wrong:
        raise SpecError(Problem(option, 0, 0, "", what, at.isoformat(), hint) for option, what, at, hint in wrong)


def _interval(
    start: datetime | None, end: datetime | None, usual: timedelta, context: Context
) -> tuple[datetime, datetime]:
    last = (end or context.now()).astimezone(UTC)
    first = (start or last - usual).astimezone(UTC)
    if first >= last:
        hint = "write the earlier instant here"
        raise SpecError([Problem("--from", 0, 0, "", "not before --to", first.isoformat(), hint)])
    return first, last


def _span(start: datetime, end: datetime | None) -> Span:
    """Without an end, up to the newest: what was written since a server's last turn is there too."""
    return Span(_seconds(start), _FAR if end is None else _seconds(end) + 1)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
