"""
A tiny client for programs that count their own events: it adds them up by minute and writes newline-delimited JSON.

`leadline slices import -` takes what it writes. It needs nothing but Python's own library and none of Leadline's other
modules, so that it can be imported, or copied, into any program.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TextIO

STEP = 60
"""Seconds of one slice."""
_Key = tuple[str, int, tuple[tuple[str, str], ...]]


class PushClient:
    """
    Events of one batch, added up by SLI, minute and labels; nothing is written before `close`.

    A batch is taken in wholly or not at all. A slice that is sent again replaces what was sent before under the same
    writer: let a batch hold whole minutes.

    >>> import sys
    >>> noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    >>> with PushClient(sys.stdout) as client:
    ...     client.add("requests", bad=1, total=1, at=noon, region="eu")
    ...     client.add("requests", bad=0, total=9, at=noon, region="eu")
    {"sli": "requests", "start": 1772625600, "bad": 1, "total": 10, "region": "eu"}
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._slices: dict[_Key, tuple[float, float]] = {}

    def add(self, sli: str, *, bad: float, total: float, at: datetime | None = None, **labels: str) -> None:
        """
        Count events of the minute that `at` lies in (default: now).

        Raises:
            ValueError: a count is negative or not finite, bad exceeds total, or `at` has no zone.
        """
        if not (math.isfinite(bad) and math.isfinite(total) and 0 <= bad <= total):
            raise ValueError(f"{sli}: 0 <= bad <= total is wanted, and bad {bad}, total {total} was said")
        if at is not None and at.tzinfo is None:
            raise ValueError(f"{sli}: an instant with a zone is wanted, and {at} was said")
        seconds = int((at or datetime.now(UTC)).timestamp())
        key = (sli, seconds - seconds % STEP, tuple(sorted(labels.items())))
        before = self._slices.get(key, (0, 0))
        self._slices[key] = (before[0] + bad, before[1] + total)

    def close(self) -> None:
        """Write every slice, in order of time, and begin a new batch."""
        for (sli, start, labels), (bad, total) in sorted(self._slices.items(), key=lambda item: (item[0][1], item[0])):
            row = {"sli": sli, "start": start, "bad": bad, "total": total, **dict(labels)}
            self._out.write(json.dumps(row) + "\n")
        self._out.flush()
        self._slices.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the batch, unless the block failed: half a batch is none."""
        if kind is None:
            self.close()
