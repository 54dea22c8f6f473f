"""Scalars whose mistakes are told at their place: zones, shares, durations of whole steps, instants."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from leadline.core.slices import STEP
from leadline.handbook.reading import PathInside
from leadline.handbook.shaping import Written
from leadline.handbook.wording import nearest
from leadline.units import format_duration, parse_duration, parse_instant, parse_ratio

_MAX_DIGITS = 18


def zone_named(written: Written, path: PathInside, name: str) -> ZoneInfo | None:
    """The zone, or a problem at its place."""
    try:
        return zone_called(name)
    except ValueError as error:
        what, _, hint = str(error).partition("; ")
        written.problem(path, what, name, hint)
        return None


def zone_called(name: str) -> ZoneInfo:
    """
    The zone of this name.

    Raises:
        ValueError: there is none; with the way out.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = nearest(name, sorted(available_timezones()))
        hint = hint if hint.startswith("did") else "write a name of the IANA database, such as Europe/Berlin"
        raise ValueError(f"no such time zone; {hint}") from None


def whole_steps(written: Written, path: PathInside, text: str) -> timedelta | None:
    """A duration of whole steps."""
    try:
        duration = parse_duration(text)
    except ValueError as error:
        what, _, hint = str(error).partition("; ")
        written.problem(path, what, text, hint or "write one such as 28d")
        return None
    if duration.total_seconds() % STEP:
        written.problem(path, "not whole minutes", text, f"write a multiple of {format_duration(STEP)}, such as 28d")
        return None
    return duration


def seconds_at(written: Written, path: PathInside, text: str) -> int:
    """A duration in seconds; 0 where its mistake was told."""
    duration = whole_steps(written, path, text)
    return 0 if duration is None else int(duration.total_seconds())


def ratio_at(written: Written, path: PathInside, value: Decimal | str, *, above_zero: bool) -> Decimal | None:
    """A share whose mistakes are told at their place."""
    try:
        ratio = parse_ratio(value)
    except ValueError as error:
        what, _, hint = str(error).partition("; ")
        written.problem(path, what, value, hint or "write a ratio such as 0.999")
        return None
    if (above_zero and ratio == 0) or len(ratio.as_tuple().digits) > _MAX_DIGITS or ratio.adjusted() < -_MAX_DIGITS:
        written.problem(
            path, "out of range", value, f"write a ratio above 0 of at most {_MAX_DIGITS} digits, such as 0.999"
        )
        return None
    return ratio


def percent_at(written: Written, path: PathInside, value: Decimal) -> Decimal | None:
    """A percentage as a share."""
    if not 0 < value <= 100:
        written.problem(path, "a percentage must lie above 0, up to 100", value, "write one such as 99.9")
        return None
    return ratio_at(written, path, value.scaleb(-2), above_zero=True)


def instant_at(written: Written, path: PathInside, text: str) -> float | None:
    """Epoch seconds of an instant."""
    try:
        return parse_instant(text).timestamp()
    except (ValueError, OverflowError) as error:
        what, _, hint = str(error).partition("; ")
        written.problem(path, what, text, hint or "write 2026-03-01T12:00:00Z")
        return None
