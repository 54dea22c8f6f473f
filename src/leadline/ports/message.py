"""The form of every request and answer of a use case."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

from leadline.units import checked_instant

Instant = Annotated[AwareDatetime, AfterValidator(checked_instant)]
"""An instant that somebody asks for; none around which nothing could be worked out, as of the year 1."""


class Message(BaseModel):
    """A request or an answer; frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
