"""The axis of time that charts of one figure share, in the reader's zone, whatever the clocks do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from markupsafe import escape

from leadline.adapters.charts.parts import label, share, tag

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_DAYS_ONE_BY_ONE = timedelta(days=10)
_HOURS_ONE_BY_ONE = timedelta(hours=8)
_LABEL_ROOM = 0.06
"""A label nearer to the right edge than this share would touch its word."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the axis and what stands there."""

    place: float
    text: str
    day: str = ""
    """Weekday before the text, left out where there is little room."""
    is_minor: bool = False
    """Left out where there is little room."""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """[start, end] across the width."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    end_word: str = "now"
    """What stands at the right edge."""

    def place(self, at: datetime) -> float:
        """Share of the width, cut to the axis."""
        return min(1.0, max(0.0, (at - self.start) / (self.end - self.start)))

    @property
    def reach(self) -> timedelta:
        return self.end - self.start

    def midnights(self) -> list[datetime]:
        """Beginnings of days of the zone inside the axis."""
        day = self.start.astimezone(self.zone).date()
        found = []
        while (at := beginning(day, self.zone)) < self.end:
            if at > self.start:
                found.append(at)
            day += _DAY
        return found

    def ticks(self) -> tuple[Tick, ...]:
        """Mondays for weeks, midnights for days, whole hours for less."""
        if self.reach > _DAYS_ONE_BY_ONE:
            days = [at for at in self.midnights() if at.astimezone(self.zone).weekday() == 0]
            return tuple(self._dated(at, is_minor=bool(number % 2)) for number, at in enumerate(days))
        if self.reach > 2 * _DAY:
            return tuple(self._dated(at, is_minor=bool(number % 2)) for number, at in enumerate(self.midnights()))
        return tuple(self._hours())

    def _dated(self, at: datetime, *, is_minor: bool) -> Tick:
        local = at.astimezone(self.zone)
        return Tick(self.place(at), f"{local.day} {local:%b}", f"{local:%a} ", is_minor)

    def _hours(self) -> Iterator[Tick]:
        stride = 1 if self.reach <= _HOURS_ONE_BY_ONE else 4
        at = self.start.replace(minute=0, second=0, microsecond=0) + _HOUR
        while at < self.end:
            local = at.astimezone(self.zone)
            if local.hour % stride == 0 and local.minute == 0:
                if local.hour == 0 and stride > 1:
                    yield self._dated(at, is_minor=False)
                else:
                    yield Tick(self.place(at), f"{local:%H:%M}", is_minor=stride > 1 and local.hour % 8 != 0)
            at += _HOUR

    def grid(self, height: float) -> str:
        """Lines from top to bottom."""
        places = [share(tick.place) for tick in self.ticks()]
        return "".join(tag("line", x1=x, x2=x, y1=0, y2=f"{height:g}", class_="grid grid--week") for x in places)

    def labels(self, y: float, room: float = _LABEL_ROOM) -> str:
        """What stands below the lines, and at the right edge; nothing nearer to that than `room`."""
        written = []
        for tick in self.ticks():
            if tick.place < 1 - room:
                weekday = tag("tspan", str(escape(tick.day)), class_="wide") if tick.day else ""
                classes = "ct ct--x" + (" ct--minor" if tick.is_minor else "")
                text = weekday + str(escape(tick.text))
                written.append(tag("text", text, x=share(tick.place), y=f"{y:.1f}", class_=classes))
        return "".join(written) + label("100%", y, self.end_word, "ct ct--x ct--strong")


def beginning(day: date, zone: ZoneInfo) -> datetime:
    """When a day of a zone begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(ZoneInfo("UTC"))
