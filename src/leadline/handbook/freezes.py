"""When a policy lets no change pass: freezes, once or again and again, and hours outside which nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from leadline.core.hours import DAYS, BusinessHours, DailyHours
from leadline.core.policies import DENY, Verdict
from leadline.handbook import policy_documents
from leadline.handbook.correcting import read_times
from leadline.handbook.reading import PathInside
from leadline.handbook.scalars import zone_named
from leadline.handbook.shaping import Written
from leadline.handbook.specs import Correction, Freeze, PolicyCalendar, Service
from leadline.handbook.wording import nearest

VerdictAt = Callable[[Written, PathInside, str], Verdict]


@dataclass(frozen=True, slots=True)
class _Times:
    """`WrittenTimes` of a freeze, which nobody announces."""

    written: policy_documents.Freeze
    announced_at: str | None = None
    notice: str | None = None

    @property
    def start(self) -> str:
        return self.written.start

    @property
    def end(self) -> str | None:
        return self.written.end

    @property
    def duration(self) -> str | None:
        return self.written.duration

    @property
    def recurrence(self) -> str | None:
        return self.written.recurrence

    @property
    def zone(self) -> str | None:
        return self.written.zone

    @property
    def until(self) -> str | None:
        return self.written.until


def freezes(written: Written, each: Sequence[policy_documents.Freeze], known: Sequence[str]) -> tuple[Freeze, ...]:
    """The freezes of a policy."""
    return tuple(_freeze(written, freeze, ("spec", "freezes", place), known) for place, freeze in enumerate(each))


def check_services(written: Written, services: Mapping[str, Service], names: frozenset[str]) -> None:
    """Complain of services of freezes that stand nowhere; `names` are all that do, however ill."""
    policy: policy_documents.BudgetPolicy = written.model
    for place, freeze in enumerate(policy.spec.freezes):
        for number, name in enumerate(freeze.services):
            if name not in services and name not in names:
                path: PathInside = ("spec", "freezes", place, "services", number)
                written.problem(path, "no such Service", name, nearest(name, services))


def _freeze(written: Written, freeze: policy_documents.Freeze, path: PathInside, known: Sequence[str]) -> Freeze:
    def tell(key: str, what: str, value: object, hint: str) -> None:
        if value:
            written.problem((*path, key), what, value, hint)
        else:
            written.missing((*path, key), hint, what)

    times = read_times(_Times(freeze), tell)
    held = Correction(
        freeze.name, (), (), times.span.start, times.span.end, "exclude", (), "", "", written.place, times.recurrence
    )
    passes = kinds_at(written, (*path, "passes"), freeze.passes, known)
    return Freeze(freeze.name, freeze.reason or "", freeze.services, passes, held)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a calendar is read by."""

    known: Sequence[str]
    """Kinds of change that the policy has rules for."""
    zone: ZoneInfo
    """Of calendars that name none."""
    verdict_at: VerdictAt


def calendars(written: Written, each: Sequence[policy_documents.Calendar], terms: Terms) -> tuple[PolicyCalendar, ...]:
    """The calendars of a policy."""
    found = enumerate(each)
    return tuple(_calendar(written, one, ("spec", "calendars", place), terms) for place, one in found)


def _calendar(written: Written, one: policy_documents.Calendar, path: PathInside, terms: Terms) -> PolicyCalendar:
    zone = terms.zone if one.zone is None else zone_named(written, (*path, "zone"), one.zone) or terms.zone
    closed = [_date(written, (*path, "holidays", place), text) for place, text in enumerate(one.holidays)]
    begins, ends = (60 * int(text[:2]) + int(text[3:]) for text in (one.start, one.end))
    if ends <= begins:
        written.problem((*path, "end"), "ends before it starts", one.end, f"write after {one.start}")
        begins, ends = 0, 1_440
    days = tuple(sorted({DAYS.index(day[:3].capitalize()) for day in one.days}))
    holidays = tuple(sorted({day for day in closed if day is not None}))
    hours = BusinessHours((DailyHours(days, begins, ends),), zone, holidays)
    outside = terms.verdict_at(written, (*path, "outside"), one.outside)
    if str(outside) == "allow":
        written.problem((*path, "outside"), "a calendar that allows outside its hours", "allow", "write deny")
        outside = DENY
    kinds = kinds_at(written, (*path, "kinds"), one.kinds, terms.known)
    passes = kinds_at(written, (*path, "passes"), one.passes, terms.known)
    return PolicyCalendar(one.name, hours, kinds, passes, outside)


def kind_named(text: str) -> str:
    """
    A kind of change as it is compared.

    >>> kind_named("Bug-Fix")
    'bug_fix'
    """
    return text.strip().lower().replace("-", "_")


def kinds_at(written: Written, path: PathInside, names: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Kinds of change, which the policy must have rules for."""
    found = [kind_named(name) for name in names]
    for place, name in enumerate(found):
        if name not in known:
            written.problem((*path, place), "no such kind of change", names[place], nearest(name, known))
    return tuple(dict.fromkeys(found))


def _date(written: Written, path: PathInside, text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        written.problem(path, "not a date", text, "write 2026-12-25")
        return None
