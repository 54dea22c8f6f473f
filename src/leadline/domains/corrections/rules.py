"""Decisions about corrections: where an instant lies to them, and what maintenance means to those who alert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from leadline.core.windows import Span
from leadline.domains.corrections.model import MaintenanceSample, Matcher, ShownCorrection, Silence, State
from leadline.handbook.recurrences import concerns, is_announced_in_time, occurrence_from, occurrences
from leadline.handbook.specs import Correction, Slo
from leadline.ports.removal import Removal

MAINTENANCE = "exclude"
"""The mode of maintenance; `good` and `bad` mend what was measured, which wakes nobody and lets nobody sleep."""


def placed(correction: Correction, at: int) -> tuple[State, Span]:
    """Where an instant lies, and the interval that holds then, else the next, else the last."""
    found = occurrence_from(correction, at)
    if found is None:
        return State.PAST, occurrences(correction, Span(correction.start, at))[-1]
    return (State.ACTIVE if found.start <= at else State.UPCOMING), found


def shown(correction: Correction, at: int) -> ShownCorrection:
    """A correction as of an instant."""
    state, span = placed(correction, at)
    recurrence = correction.recurrence
    return ShownCorrection(
        name=correction.name,
        place=":".join(str(part) for part in (correction.place.file, correction.place.line) if part),
        state=state,
        start=_instant(span.start),
        end=_instant(span.end),
        slos=correction.slos,
        services=correction.services,
        mode=correction.mode,
        applies_to=correction.applies_to,
        recurrence=recurrence.rule if recurrence else None,
        zone=recurrence.zone if recurrence else None,
        until=_instant(recurrence.until) if recurrence and recurrence.until is not None else None,
        reason=correction.reason,
        approver=correction.approver,
        announced_at=_instant(correction.announced_at) if correction.announced_at is not None else None,
        notice_seconds=correction.notice_seconds,
        is_announced_in_time=is_announced_in_time(correction, span.start),
    )


def shown_removed(correction: Correction, removal: Removal, at: int) -> ShownCorrection:
    """A correction that was taken back, with who, when and why."""
    return shown(correction, at).model_copy(
        update={
            "state": State.REMOVED,
            "removed_at": _instant(removal.removed_at),
            "removed_by": removal.who,
            "removal_reason": removal.reason,
        }
    )


def silences(corrections: Iterable[Correction], at: int, states: frozenset[State]) -> Iterator[Silence]:
    """A silence for each service and each objective that maintenance names."""
    for correction, _, span in _maintenance(corrections, at, states):
        labels = [("service", name) for name in correction.services] + [("slo", name) for name in correction.slos]
        for label, value in labels:
            yield Silence(
                matchers=(Matcher(name=label, value=value),),
                starts_at=_instant(span.start),
                ends_at=_instant(span.end),
                created_by=correction.approver,
                comment=f"{correction.name}: {correction.reason}",
            )


def samples(
    corrections: Iterable[Correction], slos: Iterable[Slo], at: int, states: frozenset[State]
) -> Iterator[MaintenanceSample]:
    """Whether maintenance holds, for each objective that it concerns."""
    known = list(slos)
    for correction, state, _ in _maintenance(corrections, at, states):
        for slo in known:
            if concerns(correction, slo):
                yield MaintenanceSample(
                    slo=slo.id, service=slo.service, correction=correction.name, is_active=state is State.ACTIVE
                )


def _maintenance(
    corrections: Iterable[Correction], at: int, states: frozenset[State]
) -> Iterator[tuple[Correction, State, Span]]:
    for correction in corrections:
        state, span = placed(correction, at)
        if correction.mode == MAINTENANCE and state in states:
            yield correction, state, span


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
