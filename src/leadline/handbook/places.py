"""Time zones by name, with the nearest when there is none of that name."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from leadline.handbook.reading import PathInside
from leadline.handbook.shaping import Written
from leadline.handbook.wording import nearest


def zone_named(written: Written, path: PathInside, name: str) -> ZoneInfo | None:
    """The zone, or a problem at its place."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = nearest(name, sorted(available_timezones()))
        hint = hint if hint.startswith("did") else "write a name of the IANA database, such as Europe/Berlin"
        written.problem(path, "no such time zone", name, hint)
        return None
