"""What several dialects write alike: targets, queries of events, and windows of so many units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadline.domains.dialects.accounting import Spot
from leadline.domains.dialects.promises import Calendar, Events, Objective, Rolling, Window, shortest
from leadline.domains.dialects.queries import counted, query_mistake
from leadline.units import parse_duration, parse_ratio

_ROLLING = {"Minute": "m", "Hour": "h", "Day": "d", "Week": "w"}
_PERIODS = {"Day": "d", "Week": "w", "Month": "M", "Quarter": "Q", "Year": "Y"}
_LAST_DAY = 28
LONGEST_DESCRIPTION = 1050


def percentage(spot: Spot, key: str) -> Decimal | None:
    """A target written in per cent, as a share."""
    number = spot.number(key)
    if number is None:
        if not spot.has(key):
            spot.problem(key, "missing key", f"add {key}: 99.9")
        return None
    if not 0 < number <= 100:
        spot.problem(key, "not a percentage", "write one above 0 and at most 100, such as 99.9")
        return None
    if number <= 1:
        spot.problem(key, "a ratio was read where a percentage is wanted", f"did you mean {number * 100:f}?")
        return None
    return shortest(number.scaleb(-2))


def ratio(spot: Spot, key: str) -> Decimal | None:
    """A share above 0, or a problem."""
    number = spot.number(key)
    if number is None:
        if not spot.has(key):
            spot.problem(key, "missing key", f"add {key}: 0.999")
        return None
    try:
        share = parse_ratio(number)
    except ValueError as error:
        what, _, hint = str(error).partition("; ")
        spot.problem(key, what, hint or "write a ratio such as 0.999")
        return None
    if share == 0:
        spot.problem(key, "a target of 0 promises nothing", "write a ratio such as 0.999")
    return shortest(share) if share else None


def duration(spot: Spot, key: str, default: str = "") -> str | None:
    """A duration of whole minutes, as written; None, and a problem, when it is none."""
    text = spot.text(key).strip() or default
    try:
        if parse_duration(text).total_seconds() % 60:
            spot.problem(key, "not whole minutes", "write one such as 28d")
            return None
    except ValueError as error:
        what, _, hint = str(error).partition("; ")
        spot.problem(key, what if text else "missing key", hint or "write one such as 28d")
        return None
    return text


def query_at(spot: Spot, key: str) -> str | None:
    """A PromQL query; None, and a problem, when it is missing or ill-written."""
    text = spot.needed(key, f"add {key}: a PromQL query")
    mistake = query_mistake(text) if text else "empty"
    if text and mistake:
        spot.problem(key, "ill-written PromQL", mistake)
    return None if mistake else text


def events_at(spot: Spot, roles: Mapping[str, str]) -> tuple[Events, tuple[str, ...]] | None:
    """Events from queries over a placeholder window, by role and key, and the labels that they are grouped by."""
    queries = {role: query_at(spot, key) for role, key in roles.items()}
    written = {role: text for role, text in queries.items() if text is not None}
    return events_of(spot, written) if len(written) == len(roles) else None


def events_of(spot: Spot, written: Mapping[str, str]) -> tuple[Events, tuple[str, ...]]:
    """The same from queries that were read already."""
    found = counted(written)
    for note in found.notes:
        spot.note(note)
    texts = found.texts
    return Events(texts["total"], texts.get("bad"), texts.get("good"), found.counter), found.group_by


def budgeting_method(spec: Spot) -> str:
    """Occurrences or Timeslices; the former, with a note, where none is named."""
    method = spec.text("budgetingMethod")
    if not method:
        spec.note("no budgetingMethod; Occurrences is taken")
    elif method not in ("Occurrences", "Timeslices"):
        spec.problem("budgetingMethod", "not a budgeting method", "write Occurrences or Timeslices")
    return method or "Occurrences"


def check_objectives(spec: Spot, method: str, objectives: Sequence[Objective]) -> None:
    """Complain when there are none, and of time slices without the share from which one is good."""
    if not spec.has("objectives"):
        spec.problem("objectives", "missing key", "add objectives: [{target: 0.999, …}]")
    if method == "Timeslices" and any(objective.slice_target is None for objective in objectives):
        spec.problem("objectives", "an objective has no timeSliceTarget", "add timeSliceTarget: 0.99")


def description(spot: Spot, key: str = "description") -> str:
    """A description as long as OpenSLO allows."""
    text = spot.text(key).strip()
    if len(text) > LONGEST_DESCRIPTION:
        spot.lose(key, f"it is cut at the {LONGEST_DESCRIPTION} characters that OpenSLO allows")
    return text[:LONGEST_DESCRIPTION]


def unit_window(spec: Spot, key: str = "timeWindows") -> Window | None:
    """The one window that `unit` and `count` say, rolling or of the calendar."""
    windows = spec.each(key)
    if not windows:
        spec.problem(key, "missing key", f"add {key}: [{{unit: Day, count: 28, isRolling: true}}]")
        return None
    for other in windows[1:]:
        other.account.taken.add(other.path)
        other.lose_here(other.value, "a handbook's SLO has one window; write another SLO for this one")
    window = windows[0]
    unit, count = window.needed("unit", "add unit: Day"), window.number("count")
    calendar = window.inner("calendar")
    rolls = window.flag("isRolling", default=not window.has("calendar"))
    known = _ROLLING if rolls else _PERIODS
    if unit and unit not in known:
        window.problem("unit", "not a unit of such a window", f"write one of {', '.join(known)}")
        return None
    if count is None or count != int(count) or count < 1:
        window.problem("count", "whole units are wanted", "write count: 28")
        return None
    if not unit:
        return None
    if rolls:
        return Rolling(f"{int(count)}{known[unit]}")
    return _calendar(calendar, f"{int(count)}{known[unit]}")


def _calendar(calendar: Spot, length: str) -> Calendar | None:
    start = calendar.needed("startTime", "add startTime: 2026-01-01 00:00:00")
    zone = calendar.text("timeZone", "UTC")
    try:
        begins = datetime.fromisoformat(start.removesuffix("Z"))
    except ValueError:
        if start:
            calendar.problem("startTime", "not a date and time", "write 2026-01-01 00:00:00")
        return None
    if begins.tzinfo is not None:
        calendar.problem("startTime", "a zone in startTime", "take it out and write timeZone beside it")
        return None
    if not _is_zone(zone):
        calendar.problem("timeZone", "no such time zone", "write a name of the IANA database, such as Europe/Berlin")
        return None
    if begins.second or begins.microsecond:
        calendar.lose("startTime", "slices begin with the minute, and so do periods")
        begins = begins.replace(second=0, microsecond=0)
    if length[-1] in "MQY" and begins.day > _LAST_DAY:
        calendar.lose("startTime", "not every month has this day; periods begin on the first of it")
        begins = begins.replace(day=1)
    return Calendar(length, str(begins), zone)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def as_unit(window: Window) -> dict[str, object]:
    """A window in units and counts, as Nobl9 and OpenSLO v1alpha write it."""
    if isinstance(window, Rolling):
        seconds = int(parse_duration(window.duration).total_seconds())
        unit = next(name for name, size in (("Day", 86_400), ("Hour", 3_600), ("Minute", 60)) if not seconds % size)
        size = {"Day": 86_400, "Hour": 3_600, "Minute": 60}[unit]
        return {"unit": unit, "count": seconds // size, "isRolling": True}
    unit = next(name for name, letter in _PERIODS.items() if letter == window.duration[-1])
    calendar = {"startTime": window.start, "timeZone": window.zone}
    return {"unit": unit, "count": int(window.duration[:-1]), "isRolling": False, "calendar": calendar}
