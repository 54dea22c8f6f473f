"""Duties: what a level asks people to do once a service enters it, tracked until it is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from leadline.core.policies import WORSENING
from leadline.core.terms import Level
from leadline.domains.releases.permit_model import FinishDuty, ListDuties, ShownDuties, ShownDuty
from leadline.handbook.specs import DutyTerms, Handbook
from leadline.handbook.wording import not_found
from leadline.ports.operation import Context
from leadline.ports.outbox import Notice, NoticeKind
from leadline.ports.releases import Done, Duty, ServiceLevel


def list_duties(request: ListDuties, context: Context) -> ShownDuties:
    """By deadline."""
    if request.service is not None and request.service not in context.handbook.services:
        raise not_found("service", request.service, context.handbook.services)
    now = context.now()
    found = context.releases.duties(request.service, is_done=request.done)
    shown = tuple(_shown(each, int(now.timestamp())) for each in found)
    return ShownDuties(at=now.astimezone(UTC), duties=shown)


def finish_duty(request: FinishDuty, context: Context) -> ShownDuty:
    """Append that it is done."""
    now = int(context.now().timestamp())
    done = Done(context.caller.signs(request.who), request.note, now)
    return _shown(context.releases.finish_duty(request.id, done), now)


def follow_levels(context: Context) -> int:
    """
    Write down what services have come to since the last turn, and what that asks for; returns how many duties are new.

    A service stands as its worst objective whose level is known; one of which none is known stands as it stood.
    """
    at, handbook = int(context.now().timestamp()), context.handbook
    stood, before = _stood(context), context.releases.service_levels()
    now = {name: _now(name, before.get(name), levels, at) for name, levels in stood.items()}
    changed = [each for name, each in now.items() if each != before.get(name)]
    due = [
        duty
        for name, level in now.items()
        if Level(level.level) is not Level.HEALTHY
        for duty in _duties(context, level, stood[name], is_entered=_is_worse(before.get(name), level))
    ]
    overdue = [duty for duty in context.releases.duties(None) if duty.due_at < at]
    notices = [*(_asked(duty, handbook) for duty in due), *(_late(duty, handbook) for duty in overdue)]
    return context.releases.enter(changed, due, notices)


def _stood(context: Context) -> Mapping[str, Mapping[str, Level]]:
    """Service → objective → level, of those whose level the last turn could tell."""
    handbook, found = context.handbook, defaultdict[str, dict[str, Level]](dict)
    latest = context.levels.latest()
    for slo in [*handbook.slos.values(), *(each.slo for each in handbook.composites.values())]:
        level = Level(latest[slo.id].after) if slo.id in latest else Level.UNKNOWN
        if level is not Level.UNKNOWN and slo.service in handbook.services:
            found[slo.service][slo.id] = level
    return found


def _now(name: str, before: ServiceLevel | None, stood: Mapping[str, Level], at: int) -> ServiceLevel:
    level = max(stood.values(), key=WORSENING.index)
    return before if before is not None and before.level == level.value else ServiceLevel(name, level.value, at)


def _is_worse(before: ServiceLevel | None, now: ServiceLevel) -> bool:
    """Whether a level was entered from a better one; recovering asks for nothing new."""
    return before is None or WORSENING.index(Level(before.level)) < WORSENING.index(Level(now.level))


def _duties(context: Context, level: ServiceLevel, stood: Mapping[str, Level], *, is_entered: bool) -> Iterator[Duty]:
    """What the policy asks for at this level; burn rates are looked at only where a duty depends on them."""
    policy, at = context.handbook.policy_of(level.service), int(context.now().timestamp())
    terms = policy.levels.get(Level(level.level)) if policy else None
    duties = terms.duties if terms else ()
    worst = [name for name, each in stood.items() if each.value == level.level]
    is_burning = any(each.is_only_while_burning for each in duties) and any(
        each.hourly_burn is None or each.hourly_burn > 1 for each in context.judge(context, worst).each
    )
    yield from duties_of(duties, level, is_entered=is_entered, is_burning=is_burning, at=at)


def duties_of(
    duties: Sequence[DutyTerms], level: ServiceLevel, *, is_entered: bool, is_burning: bool, at: int
) -> Iterator[Duty]:
    """
    Duties that a level asks for at an instant; their keys make each one once.

    One that is asked for only while the budget burns comes with the first turn that finds it burning, or cannot tell.
    """
    for duty in duties:
        if duty.is_only_while_burning:
            if is_burning:
                yield _made(duty, level, 0, at)
        elif is_entered:
            yield _made(duty, level, 0, level.since)
        elif duty.every_seconds and at > level.since + duty.within_seconds:
            count = 1 + (at - level.since - duty.within_seconds) // duty.every_seconds
            yield _made(duty, level, count, level.since)


def _made(duty: DutyTerms, level: ServiceLevel, count: int, since: int) -> Duty:
    key = f"level:{level.service}:{level.level}:{level.since}:{duty.name}" + (f":{count}" if count else "")
    due_at = since + duty.within_seconds + count * duty.every_seconds
    return Duty(key, level.service, level.level, duty.name, duty.text, duty.by, level.since, due_at)


def _asked(duty: Duty, handbook: Handbook) -> Notice:
    told = handbook.policy_of(duty.service)
    terms = told.levels.get(Level(duty.level)) if told else None
    facts = {"by": ", ".join(duty.by), "due": _text(duty.due_at), "tell": ", ".join(terms.tell if terms else ())}
    title = f"{duty.service} is {duty.level}: {duty.text}"
    return _notice(f"duty:{duty.key}", duty, handbook, title, facts)


def _late(duty: Duty, handbook: Handbook) -> Notice:
    facts = {"by": ", ".join(duty.by), "due": _text(duty.due_at)}
    return _notice(f"duty:{duty.key}:overdue", duty, handbook, f"overdue for {duty.service}: {duty.text}", facts)


def _notice(key: str, duty: Duty, handbook: Handbook, title: str, facts: Mapping[str, str]) -> Notice:
    service = handbook.services.get(duty.service)
    team, tier = (service.team or "", service.tier) if service else ("", None)
    said = {name: text for name, text in facts.items() if text}
    at = duty.due_at if key.endswith(":overdue") else duty.made_at
    thread = f"duty:{duty.key}"
    return Notice(key, thread, NoticeKind.DUTY_DUE, at, "ticket", duty.service, "", team, tier, title, "", said)


def _text(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _shown(duty: Duty, now: int) -> ShownDuty:
    return ShownDuty(
        id=duty.id,
        service=duty.service,
        level=duty.level,
        name=duty.name,
        text=duty.text,
        by=duty.by,
        made_at=datetime.fromtimestamp(duty.made_at, UTC),
        due_at=datetime.fromtimestamp(duty.due_at, UTC),
        is_overdue=duty.done_at is None and duty.due_at < now,
        done_at=None if duty.done_at is None else datetime.fromtimestamp(duty.done_at, UTC),
        done_by=duty.done_by,
        note=duty.note,
    )
