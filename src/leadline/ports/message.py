"""The form of every request and answer of a use case."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """A request or an answer; frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
