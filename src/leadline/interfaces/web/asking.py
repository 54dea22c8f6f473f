"""What a page was asked for: instant, range and zone stand in its address, so that a link shows what its sender saw."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request

from leadline.units import parse_duration, parse_instant

RANGES = {"28d": "28 days", "7d": "7 days", "24h": "24 hours", "6h": "6 hours"}
DEFAULT_RANGE = "28d"
ZONES = (
    "UTC", "America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Shanghai",
    "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "Europe/Berlin", "Europe/London",
)  # fmt: skip
"""Offered by the control; the address takes any."""
_DIGITS = 9
_BEFORE_NOW = re.compile(r"now(?:\s*-\s*(\w+))?")


@dataclass(frozen=True, slots=True)
class Asked:
    """The controls of a page."""

    at: datetime | None
    """None: as of the last turn."""
    at_text: str
    """As it was typed, for the control to keep."""
    span: str
    """A key of RANGES."""
    zone: ZoneInfo
    level: str
    service: str
    after: int
    """How many rows to pass over."""
    mistakes: tuple[str, ...]
    """What was typed and cannot be read; the page shows now, and says so."""

    @property
    def reach(self) -> timedelta:
        return parse_duration(self.span)

    @property
    def instant(self) -> str:
        """The query that asks another page for the same instant, range and zone."""
        return self.query(level="", service="")

    def query(self, **changes: str) -> str:
        """The part of an address after the question mark that asks for the same, but for these changes."""
        kept = {
            "at": self.at_text,
            "range": "" if self.span == DEFAULT_RANGE else self.span,
            "zone": "" if self.zone.key == "UTC" else self.zone.key,
            "level": self.level,
            "service": self.service,
        }
        written = urlencode({key: value for key, value in (kept | changes).items() if value})
        return f"?{written}" if written else ""


def at_same(link: str, asked: Asked) -> str:
    """A link of this site with the instant, range and zone of the page that it stands on."""
    path, mark, fragment = link.partition("#")
    return f"{path}{asked.instant}{mark}{fragment}"


def asked(request: Request, now: datetime) -> Asked:
    """Read the controls; what cannot be read is told, not guessed."""
    query = request.query_params
    mistakes: list[str] = []
    text = query.get("at", "").strip()
    at = _instant(text, now, mistakes)
    span = query.get("range", "") or DEFAULT_RANGE
    if span not in RANGES:
        mistakes.append(f"Write one of {', '.join(RANGES)} for the range, read “{span[:40]}”.")
        span = DEFAULT_RANGE
    name = query.get("zone", "") or "UTC"
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        mistakes.append(f"Write a zone such as Europe/Berlin, read “{name[:40]}”.")
        zone = ZoneInfo("UTC")
    after = query.get("after", "")
    return Asked(
        at=at,
        at_text=text,
        span=span,
        zone=zone,
        level=query.get("level", ""),
        service=query.get("service", ""),
        after=int(after) if after.isdecimal() and len(after) < _DIGITS else 0,
        mistakes=tuple(mistakes),
    )


def _instant(text: str, now: datetime, mistakes: list[str]) -> datetime | None:
    if not text:
        return None
    found = _BEFORE_NOW.fullmatch(text)
    try:
        if found:
            return now - parse_duration(found[1]) if found[1] else None
        return parse_instant(text if "T" in text or " " not in text else _as_utc(text)).astimezone(UTC)
    except ValueError:
        mistakes.append(f"Write 2026-11-23 03:12, an ISO 8601 instant or now-2h, read “{text[:40]}”.")
        return None


def _as_utc(text: str) -> str:
    """A date and a time with a space between them are UTC."""
    date, _, time = text.partition(" ")
    return f"{date}T{time}" + ("" if time.endswith("Z") or "+" in time else "Z")
