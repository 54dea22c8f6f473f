"""Targets and routes: references that dangle, and quiet hours that never end."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from leadline.handbook import notifying
from leadline.handbook.annotations import read_annotations
from leadline.handbook.practice import Day
from leadline.handbook.reading import PathInside
from leadline.handbook.scalars import zone_named
from leadline.handbook.shaping import Written
from leadline.handbook.specs import NotificationRoute, NotificationTarget, QuietHours
from leadline.handbook.wording import nearest

_DAYS: tuple[str, ...] = get_args(Day)
_DAY_MINUTES = 24 * 60
_JUDGED_BY_ADAPTERS: tuple[PathInside, ...] = (("spec", "type"), ("spec", "connectionDetails"))
_WEEK_MINUTES = 7 * _DAY_MINUTES


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told of what."""

    targets: Mapping[str, NotificationTarget] = field(default_factory=dict)
    routes: Mapping[str, NotificationRoute] = field(default_factory=dict)


def told(documents: Sequence[Written], names: Mapping[str, Collection[str]], zone: str) -> Told:
    """Targets and routes by name; `names` are those of each kind that stand somewhere, `zone` the handbook's."""
    read = {each.name: (each, _target(each)) for each in documents if each.kind == "NotificationTarget"}
    targets = {name: target for name, (each, target) in read.items() if not each.is_doubtful(*_JUDGED_BY_ADAPTERS)}
    routes = {each.name: _route(each, names, zone) for each in documents if each.kind == "NotificationRoute"}
    targets.pop("", None)
    routes.pop("", None)
    return Told(targets, routes)


def _target(written: Written) -> NotificationTarget:
    """A NotificationTarget document; its type is compared without regard to case."""
    model: notifying.NotificationTarget = written.model
    read_annotations(written, ("metadata",), ("NotificationTarget",))
    details = {str(key): value for key, value in (model.spec.connection_details or {}).items()}
    name = model.metadata.name
    return NotificationTarget(
        name, model.metadata.display_name or name, model.spec.type.strip().lower(), details, written.place
    )


def _route(written: Written, names: Mapping[str, Collection[str]], zone: str) -> NotificationRoute:
    model: notifying.NotificationRoute = written.model
    read_annotations(written, ("metadata",), ("NotificationRoute",))
    spec, match = model.spec, model.spec.match or notifying.RouteMatch()
    for kind, path, wanted in (
        ("NotificationTarget", ("spec", "targets"), spec.targets),
        ("Service", ("spec", "match", "services"), match.services),
        ("Team", ("spec", "match", "teams"), match.teams),
    ):
        for index, name in enumerate(wanted):
            if name not in names[kind]:
                written.problem((*path, index), f"no such {kind}", name, nearest(name, sorted(names[kind])))
    quiet = tuple(_quiet(written, hours, ("spec", "quietHours", at), zone) for at, hours in enumerate(spec.quiet_hours))
    if not written.is_doubtful(("spec", "quietHours")):
        _check_an_end(written, quiet)
    return NotificationRoute(
        name=model.metadata.name,
        services=frozenset(match.services),
        teams=frozenset(match.teams),
        tiers=frozenset(match.tiers),
        severities=frozenset(match.severities),
        kinds=frozenset(match.kinds),
        targets=tuple(dict.fromkeys(spec.targets)),
        quiet=quiet,
        is_default=spec.default,
        place=written.place,
    )


def _quiet(written: Written, hours: notifying.QuietHours, path: PathInside, usual: str) -> QuietHours:
    zone = zone_named(written, (*path, "zone"), hours.zone) if hours.zone is not None else None
    start, end = (_minutes(text) for text in (hours.start, hours.end))
    if start == end and not written.is_doubtful((*path, "start"), (*path, "end")):
        written.problem((*path, "end"), "quiet hours without length", hours.end, "write another time than start")
    days = tuple(sorted({_DAYS.index(day) for day in hours.days}))
    return QuietHours(days, start, end, zone.key if zone else usual, frozenset(hours.severities))


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes) if minutes.isdecimal() else 0


def _check_an_end(written: Written, quiet: tuple[QuietHours, ...]) -> None:
    """Complain where the quiet hours of a severity leave no minute of the week."""
    for severity in sorted({one for hours in quiet for one in hours.severities}):
        covered = {minute for hours in quiet if severity in hours.severities for minute in _covered(hours)}
        if len(covered) == _WEEK_MINUTES:
            hint = f"leave some time of the week, or take {severity} out: it would never be told"
            written.problem(("spec", "quietHours"), "quiet hours without an end", "", hint)
            return


def _covered(hours: QuietHours) -> Iterator[int]:
    length = (hours.end_minute - hours.start_minute) % _DAY_MINUTES or _DAY_MINUTES
    for day in hours.days:
        begin = day * _DAY_MINUTES + hours.start_minute
        yield from ((begin + minute) % _WEEK_MINUTES for minute in range(length))
