"""Nouns of checking: what is asked for, and what comes back; the shapes here are the published JSON."""

from __future__ import annotations

from pathlib import Path

from pydantic import AwareDatetime

from leadline.ports.findings import Findings
from leadline.ports.message import Instant, Message


class LintHandbook(Message):
    """Look for what is unwise in a handbook."""

    live: bool = False
    """Ask the sources as well: metrics, labels, buckets, retention, traffic."""
    at: Instant | None = None
    """The instant at which sources are asked; by default now, less the time they are given to settle."""
    service: str | None = None
    slos: tuple[str, ...] = ()
    """Ids or names of SLOs; all when empty."""


class WeekSli(Message):
    """What the source itself says of an objective's last seven days, or of so much of them as it has."""

    slo: str
    good_ratio: float | None
    """Null where nothing happened, or it cannot be told."""
    events: float | None
    target: str
    would_be_kept: bool | None


class Linted(Findings):
    """What was found; where `unanswered` is not empty, nothing is known of what those sources would have said."""

    tool: str = "lint"
    at: AwareDatetime
    objectives: int
    """How many were looked at."""
    is_live: bool
    weeks: tuple[WeekSli, ...]
    """Of every objective whose source was asked."""
    counts: dict[str, int]
    """Findings that count, by weight, and `switched_off`."""


class LintRuleFiles(Message):
    """Look for Prometheus rule files of which Prometheus would drop a part."""

    rule_files: Path
    """A file, or a folder of `*.yaml` and `*.yml`."""
