"""
Findings: what a check has to say about what somebody wrote, in one form whoever checks and however it is told.

Formats for other programs (SARIF, JUnit) are functions from `Findings` to text in `adapters/exporters`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from leadline.ports.message import Message


class Weight(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """It is broken: a number is wrong or missing, or an alert cannot fire."""
    WARNING = "warning"
    """It works, and will surprise somebody."""
    NOTE = "note"
    """Worth knowing; nobody has to do anything."""


class RuleText(Message):
    """What one rule looks for, and why that matters."""

    id: str
    weight: Weight
    title: str
    reason: str
    asks_source: bool
    """Whether the source is asked for it."""


class Finding(Message):
    """One thing that was found, where it stands, and the way out."""

    id: str
    """Equal from run to run while the finding is; no other of a run has it."""
    rule: str
    weight: Weight
    file: str
    line: int
    """0 where it has no place inside the file."""
    kind: str
    name: str
    """Kind and name of the document it stands in; empty where it is none."""
    slo: str
    """Ids of the objectives concerned, with commas between."""
    what: str
    value: str
    way_out: str
    switched_off: str = ""
    """The reason for which its document switches the rule off; empty where it counts."""

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Unanswered(Message):
    """A source that did not answer: nothing can be told of what is asked of it."""

    source: str
    why: str


class Findings(Message):
    """All that one run has found; `rules` are those that were looked for."""

    tool: str
    """`lint`, `diff` or `cost`."""
    rules: tuple[RuleText, ...]
    findings: tuple[Finding, ...]
    unanswered: tuple[Unanswered, ...] = ()


FindingsFormat = Callable[[Findings], str]
"""Writes findings down for another program."""
