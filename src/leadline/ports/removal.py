"""A removal: what was written down holds no longer, and stays in the record with who took it back and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Removal:
    """Why something recorded holds no longer."""

    reason: str
    who: str
    removed_at: int

    @staticmethod
    def of(reason: str, who: str, removed_at: datetime) -> Removal:
        return Removal(reason, who, int(removed_at.timestamp()))
