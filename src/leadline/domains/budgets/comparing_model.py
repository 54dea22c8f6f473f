"""Nouns of a comparison of two handbooks; the shapes here are the published JSON."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import AwareDatetime

from leadline.domains.budgets.model import RevisedValue
from leadline.ports.message import Message


class CompareHandbooks(Message):
    """Compare two folders of YAML, and the budgets under them."""

    before: Path
    after: Path
    at: AwareDatetime | None = None


class Change(StrEnum):
    """What became of a document or an objective."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class ChangedDocument(Message):
    """One document, and each of its keys that has another value."""

    kind: str
    name: str
    change: Change
    file: str
    line: int
    """Where it stands: after the change, or before it where it was removed."""
    fields: tuple[RevisedValue, ...]


class Outcome(StrEnum):
    """What a change does to a budget."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    ADDED = "added"
    REMOVED = "removed"
    UNKNOWN = "cannot tell"


class Standing(Message):
    """How one objective stands under one of the two handbooks."""

    target: str
    """As it is written."""
    window: str
    level: str
    remaining: float | None
    sli: float | None
    alerts: tuple[str, ...]
    reason: str


class Effect(Message):
    """What the change does to one objective."""

    slo: str
    service: str
    outcome: Outcome
    reason: str
    """Why it cannot be told; empty where it can."""
    file: str
    line: int
    before: Standing | None
    after: Standing | None
    gate: tuple[RevisedValue, ...]
    """Kinds of change that the policy treats otherwise at the level after than at the one before."""


class HandbookDiff(Message):
    """What was changed, and what that does."""

    at: datetime
    before: str
    after: str
    documents: tuple[ChangedDocument, ...]
    effects: tuple[Effect, ...]
    """Of every objective whose budget, alerts or promise are not the same, the worst first."""
    unaffected: int
    """Objectives for which nothing is different."""
