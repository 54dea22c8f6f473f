"""Use cases of corrections: add, list, remove, and tell maintenance to Alertmanager and Prometheus."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from leadline.domains.corrections import rules
from leadline.domains.corrections.model import (
    AddCorrection,
    ListCorrections,
    Maintenance,
    RemoveCorrection,
    Removed,
    ShowMaintenance,
    ShownCorrection,
    ShownCorrections,
    ShowSilences,
    Silences,
    State,
)
from leadline.errors import Problem, RecordError, SpecError
from leadline.handbook.correcting import read_times
from leadline.handbook.specs import Correction, Place
from leadline.handbook.wording import not_found, shown
from leadline.ports.corrections import all_in_force
from leadline.ports.operation import Context
from leadline.ports.removal import Removal

_OPTIONS = {
    "start": "--from", "end": "--to", "duration": "--for", "recurrence": "--rrule", "announcedAt": "--announced-at",
}  # fmt: skip
"""Keys whose option has another name."""


def add_correction(request: AddCorrection, context: Context) -> ShownCorrection:
    """Check what it names and when it holds, then append it."""
    now = context.now()
    correction = _read(request, now)
    for name in request.slos:
        if not any(name in (slo.id, slo.name) for slo in context.handbook.slos.values()):
            raise not_found("SLO", name, list(context.handbook.slos))
    for name in request.services:
        if name not in context.handbook.services:
            raise not_found("service", name, list(context.handbook.services))
    name = context.corrections.add(correction, now)
    return rules.shown(replace(correction, name=name), int(now.timestamp()))


def _read(request: AddCorrection, now: datetime) -> Correction:
    problems: list[Problem] = []

    def tell(key: str, what: str, value: object, hint: str) -> None:
        problems.append(Problem(_OPTIONS.get(key, f"--{key}"), 0, 0, "", what, shown(value), hint))

    times = read_times(request, tell)
    if not request.slos and not request.services:
        tell("service", "neither an SLO nor a service", "", "name an SLO, or give --service")
    if problems:
        raise SpecError(problems)
    is_told_now = times.announced_at is None and times.notice_seconds
    return Correction(
        name="",
        slos=tuple(dict.fromkeys(request.slos)),
        services=tuple(dict.fromkeys(request.services)),
        start=times.span.start,
        end=times.span.end,
        mode=request.mode,
        applies_to=tuple(dict.fromkeys(request.applies_to)),
        reason=request.reason,
        approver=request.approver,
        place=Place("recorded", 0),
        recurrence=times.recurrence,
        announced_at=int(now.timestamp()) if is_told_now else times.announced_at,
        notice_seconds=times.notice_seconds,
    )


def list_corrections(request: ListCorrections, context: Context) -> ShownCorrections:
    """Both sources, united, as of an instant; those that were removed come last."""
    at = request.at or context.now()
    found = [rules.shown(correction, int(at.timestamp())) for correction in _all(context)]
    chosen = [each for each in found if each.state is State.ACTIVE or not request.active]
    if request.removed:
        gone = context.corrections.removed().values()
        chosen += [rules.shown_removed(correction, removal, int(at.timestamp())) for correction, removal in gone]
    return ShownCorrections(at=at.astimezone(UTC), corrections=tuple(chosen))


def remove_correction(request: RemoveCorrection, context: Context) -> Removed:
    """Append a removal; what stands in the handbook is removed there."""
    written = context.handbook.corrections.get(request.name)
    if written is not None:
        place = f"{written.place.file}:{written.place.line}"
        raise RecordError(f"{request.name} stands in the handbook, at {place}; remove it there")
    who = context.caller.signs(request.who)
    context.corrections.remove(request.name, Removal.of(request.reason, who, context.now()))
    return Removed(name=request.name)


def show_silences(request: ShowSilences, context: Context) -> Silences:
    """Maintenance as silences."""
    at = request.at or context.now()
    found = rules.silences(_all(context), int(at.timestamp()), _states(active=request.active))
    return Silences(at=at.astimezone(UTC), silences=tuple(found))


def show_maintenance(request: ShowMaintenance, context: Context) -> Maintenance:
    """Maintenance by objective."""
    at = request.at or context.now()
    slos = context.handbook.slos.values()
    found = rules.samples(_all(context), slos, int(at.timestamp()), _states(active=request.active))
    return Maintenance(at=at.astimezone(UTC), samples=tuple(found))


def _states(*, active: bool) -> frozenset[State]:
    return frozenset({State.ACTIVE} if active else {State.ACTIVE, State.UPCOMING})


def _all(context: Context) -> list[Correction]:
    return list(all_in_force(context.handbook, context.corrections).values())
