"""Documents of rollback policies: how changes of some services are rolled back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from leadline.handbook.models import Model, Names
from leadline.handbook.practice import Document

_COUNT = Annotated[int, Field(ge=1, le=100)]


class MostPerHour(Model):
    """How many rollbacks may begin within an hour."""

    service: _COUNT | None = None
    all: _COUNT | None = None
    """Over all services, whatever their policies."""


class Success(Model):
    """When a rollback has helped."""

    slices: Annotated[int, Field(ge=1, le=60)] | None = None
    """So many slices in a row must burn less than the budget allows."""
    within: str | None = None
    """After the end of the rollback."""


class RollbackPolicySpec(Model):
    description: str | None = None
    services: Annotated[Names, Field(min_length=1)]
    mode: Literal["suggest", "approve", "auto"]
    kinds: Names = ()
    """Kinds of change that may be rolled back; without it, all."""
    dependencies: bool = False
    """Whether a change of a service that these depend on is looked for where they have none themselves."""
    type: str | None = None
    """command, webhook, kubectl or argo-rollouts; needed unless the mode is suggest."""
    connection_details: Mapping[str, Any] | None = None
    """Keys of the type."""
    dry_run: bool = False
    """Whether everything is done but the rollback itself."""
    cool_down: str | None = None
    """How long a service is left alone after a rollback."""
    most_per_hour: MostPerHour | None = None
    success: Success | None = None
    approve_within: str | None = None
    """How long a request waits for somebody."""


class RollbackPolicy(Document):
    """How changes of some services are rolled back."""

    kind: Literal["RollbackPolicy"] = "RollbackPolicy"
    spec: RollbackPolicySpec


MODELS: tuple[type[Any], ...] = (RollbackPolicy,)
