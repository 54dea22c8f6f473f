"""
Who is told, when, and when again: pure decisions.

Every route that matches a notice adds its targets; routes marked as default are taken where no other one is. The end of
an episode goes to whoever was told of its beginning, whatever the routes say by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leadline.handbook.specs import NotificationRoute, QuietHours
from leadline.ports.outbox import OPEN, DeliveryState, Notice, Planned, Stock

LATE = "notifications that are late"
"""Key in the memory of a turn: what `lateness` says."""
REMEMBERED_SECONDS = 24 * 3600
"""For how long a dead letter is told of."""
_LATE_AFTER_SECONDS = 60
GIVEN_UP_AFTER_SECONDS = 24 * 3600
"""From when on it might have been sent."""
_FIRST_WAIT_SECONDS = 2.0
_USUAL_WAIT_SECONDS = 60.0
_SHARE_OF_AGE = 0.1
"""What has failed for long is tried less often: about ten times between one age and its double."""
_LONGEST_ASKED_SECONDS = 3600.0
_MOST_QUIET_DAYS = 8


def takes(route: NotificationRoute, notice: Notice) -> bool:
    """Whether a notice is what a route asks for; what it does not ask, it takes."""
    asked = (
        (route.services, notice.service),
        (route.teams, notice.team),
        (route.tiers, notice.tier),
        (route.severities, notice.severity),
        (route.kinds, notice.kind.value),
    )
    return all(not wanted or value in wanted for wanted, value in asked)


def routes_of(notice: Notice, routes: Iterable[NotificationRoute]) -> list[NotificationRoute]:
    """Routes that a notice takes."""
    taken = [route for route in routes if takes(route, notice)]
    return [route for route in taken if not route.is_default] or taken


def planned(
    notice: Notice,
    routes: Iterable[NotificationRoute],
    reached: Sequence[str],
    now: int,
) -> list[Planned]:
    """
    Deliveries of a notice.

    Args:
        notice: what is to be told.
        routes: all of the handbook.
        reached: targets that earlier notices of its thread were planned for, as far as the handbook has them still.
        now: epoch seconds.

    Returns:
        Each target once, at the earliest instant at which one of its routes tells it.
    """
    found: dict[str, Planned] = {}
    for route in routes_of(notice, routes):
        quiet_until = end_of_quiet(route.quiet, notice.severity, now)
        why = "" if quiet_until is None else f"quiet hours of {route.name}"
        for target in route.targets:
            each = Planned(target, now if quiet_until is None else quiet_until, why)
            if target not in found or each.due_at < found[target].due_at:
                found[target] = each
    for target in reached:
        found.setdefault(target, Planned(target, now))
    return list(found.values())


def simulated(plan: Iterable[Planned]) -> list[Planned]:
    """The same, never to be sent."""
    return [Planned(each.target, each.due_at, "its slices are made up", DeliveryState.SIMULATED) for each in plan]


def end_of_quiet(quiet: Sequence[QuietHours], severity: str, now: int) -> int | None:
    """
    When quiet hours that hold now for a severity end, those that begin before they end included; None: none hold.

    Local times that a change of the clock leaves out or repeats are taken as the zone's first reading of them.
    """
    concerned = [hours for hours in quiet if severity in hours.severities]
    end = at = datetime.fromtimestamp(now, UTC)
    while end - at < timedelta(days=_MOST_QUIET_DAYS):
        later = max((until for hours in concerned if (until := _until(hours, end)) is not None), default=None)
        if later is None:
            break
        end = later
    return None if end == at else int(end.timestamp())


def _until(hours: QuietHours, at: datetime) -> datetime | None:
    """When the interval of quiet hours that holds at an instant ends; None where none does."""
    zone = ZoneInfo(hours.zone)
    today = at.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        if day.weekday() not in hours.days:
            continue
        begin = _instant(day, hours.start_minute, zone)
        is_next_day = hours.end_minute <= hours.start_minute
        end = _instant(day + timedelta(days=is_next_day), hours.end_minute, zone)
        if begin <= at < end:
            return end
    return None


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    midnight = datetime.combine(day + timedelta(days=minute // 1440), time(), zone)
    return (midnight.replace(hour=minute % 1440 // 60, minute=minute % 60)).astimezone(UTC)


def next_attempt(attempts: int, age_seconds: float, asked_seconds: float | None, chance: float) -> int:
    """
    Seconds until the next attempt.

    Args:
        attempts: how many came to nothing, >= 1.
        age_seconds: since it might first have been sent.
        asked_seconds: what the receiver asks to be waited; None: nothing. It is never undercut, up to an hour.
        chance: in [0, 1); of those who failed together not all come back together.

    >>> [next_attempt(n, 0, None, 0.999) for n in (1, 2, 3, 4, 5, 6, 7)]
    [2, 4, 8, 16, 32, 60, 60]
    >>> next_attempt(1, 0, 30, 0.0)
    30
    """
    longest = max(_USUAL_WAIT_SECONDS, age_seconds * _SHARE_OF_AGE)
    wait = min(longest, _FIRST_WAIT_SECONDS * 2.0 ** min(attempts - 1, 30))
    least = min(asked_seconds or 0.0, _LONGEST_ASKED_SECONDS)
    return max(1, -int(-max(wait * (0.5 + chance / 2), least) // 1))


def lateness(stock: Stock, now: int) -> list[str]:
    """
    What whoever relies on being told must know, a line for each target.

    What waits for the end of quiet hours is not late: it might not be sent before.
    """
    found = []
    for target, (since, why) in sorted(stock.oldest.items()):
        if now - since < _LATE_AFTER_SECONDS:
            continue
        count = sum(stock.by_state.get((target, state), 0) for state in OPEN)
        begun = datetime.fromtimestamp(since, UTC)
        waits = f": {why}" if why else ""
        found.append(f"cannot deliver to {target}: {count} waiting since {begun:%Y-%m-%d %H:%M} UTC{waits}")
    for target, count in sorted(stock.died.items()):
        found.append(f"given up: {count} to {target} in the last 24 hours; leadline notify list --state dead shows why")
    return found
