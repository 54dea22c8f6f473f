"""Nouns of generated files: what is asked for, and what comes back; the shapes here are the published JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.ports.message import Message

if TYPE_CHECKING:
    from collections.abc import Mapping


class Form(StrEnum):
    """What kind of file the rules stand in."""

    PROMETHEUS = "prometheus"
    PROMETHEUS_RULE = "prometheusrule"
    """Custom resources of the Prometheus operator."""
    MIMIR = "mimir"
    """Namespaces for the ruler of Mimir, Cortex and Loki's kin, as `mimirtool rules load` reads them."""


class GenerateRules(Message):
    """Write rules, their tests and the routing of their alerts into a folder."""

    output: Path
    form: Form = Form.PROMETHEUS
    page_url: str = ""
    """Where people reach Leadline's pages; alerts link there."""


class LeftOut(Message):
    """An objective, or a part of one, that rules do not carry."""

    slo: str
    place: str
    why: str


class Generated(Message):
    """What was written, and what could not be said in PromQL."""

    files: tuple[str, ...]
    removed: tuple[str, ...]
    """Files of an earlier run that are no longer wanted."""
    slos: int
    """Objectives that have rules."""
    rules: int
    left_out: tuple[LeftOut, ...]
    notes: tuple[LeftOut, ...]
    """What rules say otherwise than Leadline, or what stands in for it."""


class GenerateDashboards(Message):
    """Write dashboards for Grafana into a folder."""

    output: Path


class DashboardsGenerated(Message):
    """What was written."""

    files: tuple[str, ...]
    removed: tuple[str, ...]
    """Files of an earlier run that are no longer wanted."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a recording, or an alert."""

    name: str
    expr: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    is_alert: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated one after the other, at one instant."""

    name: str
    interval_seconds: int
    rules: tuple[Rule, ...]
