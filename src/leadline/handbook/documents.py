"""
Documents of `openslo/v1`, field by field, so that they are read and written without loss.

Leadline's own kinds stand in `practice`. `KINDS` maps each kind to its apiVersion and model; `dump` writes any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field

from leadline.handbook import notifying, policy_documents, practice, rollback_documents, simulations
from leadline.handbook.models import InlineMetadata, Metadata, Minutes, Model, Number, Ratio, Sequence
from leadline.handbook.reading import reads_as_number

OPENSLO = "openslo/v1"
Description = Annotated[str, Field(max_length=1050)]
Ref = Annotated[str, Field(min_length=1)]


class Document(Model):
    """What stands at the top of each document."""

    api_version: Literal["openslo/v1"] = "openslo/v1"
    kind: str
    metadata: Metadata


class ServiceSpec(Model):
    description: Description | None = None


class Service(Document):
    """Who promises."""

    kind: Literal["Service"] = "Service"
    spec: ServiceSpec = ServiceSpec()


def _details(value: object) -> object:
    listed = value if isinstance(value, list) and value else [value]
    if not all(isinstance(item, dict) for item in listed):
        raise ValueError("keys and values are wanted")
    return value


class DataSourceSpec(Model):
    description: Description | None = None
    type: Annotated[str, Field(min_length=1)]
    connection_details: Annotated[Any, BeforeValidator(_details)] = None
    """Keys and values that the source wants; OpenSLO's own examples have lists of them."""


class DataSource(Document):
    """Where the numbers come from: a program that is asked, or `push`."""

    kind: Literal["DataSource"] = "DataSource"
    spec: DataSourceSpec


class MetricSource(Model):
    metric_source_ref: Ref | None = None
    type: str | None = None
    spec: Mapping[str, Any] | None = None


class Metric(Model):
    metric_source: MetricSource


class RatioMetric(Model):
    counter: bool | None = None
    good: Metric | None = None
    bad: Metric | None = None
    total: Metric | None = None
    raw_type: Literal["success", "failure"] | None = None
    raw: Metric | None = None


class SLISpec(Model):
    description: Description | None = None
    threshold_metric: Metric | None = None
    ratio_metric: RatioMetric | None = None


class SLI(Document):
    """What is measured."""

    kind: Literal["SLI"] = "SLI"
    spec: SLISpec


class Indicator(Model):
    """An SLI written inside an SLO."""

    metadata: InlineMetadata = InlineMetadata()
    spec: SLISpec


class Calendar(Model):
    start_time: str
    time_zone: str | None = None


class TimeWindow(Model):
    duration: str
    is_rolling: bool | None = None
    calendar: Calendar | None = None


class Objective(Model):
    display_name: str | None = None
    op: Literal["lt", "lte", "gt", "gte"] | None = None
    value: Number | None = None
    target: Ratio | None = None
    target_percent: Number | None = None
    time_slice_target: Ratio | None = None
    time_slice_window: Minutes | None = None
    indicator: Indicator | None = None
    indicator_ref: Ref | None = None
    composite_weight: Number | None = None


class ConditionType(Model):
    kind: Literal["burnrate"] | None = None
    op: Literal["lt", "lte", "gt", "gte"] | None = None
    threshold: Number
    lookback_window: str
    alert_after: str | None = None


class AlertConditionSpec(Model):
    description: Description | None = None
    severity: str
    condition: ConditionType


class AlertCondition(Document):
    """When an alert fires."""

    kind: Literal["AlertCondition"] = "AlertCondition"
    spec: AlertConditionSpec


class AlertNotificationTargetSpec(Model):
    description: Description | None = None
    target: str


class AlertNotificationTarget(Document):
    """Who is told."""

    kind: Literal["AlertNotificationTarget"] = "AlertNotificationTarget"
    spec: AlertNotificationTargetSpec


class PolicyCondition(Model):
    """A reference to an AlertCondition, or one written in place."""

    condition_ref: Ref | None = None
    api_version: Literal["openslo/v1"] | None = None
    kind: Literal["AlertCondition"] | None = None
    metadata: Metadata | None = None
    spec: AlertConditionSpec | None = None


class PolicyTarget(Model):
    """A reference to an AlertNotificationTarget, or one written in place."""

    target_ref: Ref | None = None
    api_version: Literal["openslo/v1"] | None = None
    kind: Literal["AlertNotificationTarget"] | None = None
    metadata: Metadata | None = None
    spec: AlertNotificationTargetSpec | None = None


class AlertPolicySpec(Model):
    description: Description | None = None
    alert_when_no_data: bool | None = None
    alert_when_resolved: bool | None = None
    alert_when_breaching: bool | None = None
    conditions: Annotated[tuple[PolicyCondition, ...], Sequence, Field(min_length=1, max_length=1)]
    notification_targets: Annotated[tuple[PolicyTarget, ...], Sequence] = ()


class AlertPolicy(Document):
    """Which alert an SLO has."""

    kind: Literal["AlertPolicy"] = "AlertPolicy"
    spec: AlertPolicySpec


def _reference(value: object) -> object:
    return {"alertPolicyRef": value} if isinstance(value, str) else value


class PolicyEntry(Model):
    """An alert policy of an SLO: a name, a reference, or one written in place."""

    alert_policy_ref: Ref | None = None
    api_version: Literal["openslo/v1"] | None = None
    kind: Literal["AlertPolicy"] | None = None
    metadata: Metadata | None = None
    spec: AlertPolicySpec | None = None


class SLOSpec(Model):
    description: Description | None = None
    service: Ref
    indicator: Indicator | None = None
    indicator_ref: Ref | None = None
    time_window: Annotated[tuple[TimeWindow, ...], Sequence, Field(max_length=1)] = ()
    budgeting_method: Literal["Occurrences", "Timeslices", "RatioTimeslices"]
    objectives: Annotated[tuple[Objective, ...], Sequence, Field(min_length=1, max_length=100)]
    alert_policies: Annotated[tuple[Annotated[PolicyEntry, BeforeValidator(_reference)], ...], Sequence] = ()


class SLO(Document):
    """What is promised on an SLI."""

    kind: Literal["SLO"] = "SLO"
    spec: SLOSpec


KINDS: Mapping[str, tuple[str, type[Model]]] = {
    **{
        model.__name__: (OPENSLO, model)
        for model in (Service, DataSource, SLI, SLO, AlertPolicy, AlertCondition, AlertNotificationTarget)
    },
    **{
        model.__name__: (practice.LEADLINE, model)
        for model in (*practice.MODELS, *notifying.MODELS, *rollback_documents.MODELS)
    },
    "BudgetPolicy": (practice.LEADLINE, policy_documents.BudgetPolicy),
    "Simulation": (practice.LEADLINE, simulations.Simulation),
}
"""kind → apiVersion and model, in the order in which people read them."""


class _Writer(yaml.SafeDumper):
    """Writes Decimals as the numbers they are."""


def _write_decimal(writer: _Writer, number: Decimal) -> yaml.Node:
    text = f"{number:f}"
    whole = "." not in text
    return writer.represent_scalar(f"tag:yaml.org,2002:{'int' if whole else 'float'}", text)


def _write_text(writer: _Writer, text: str) -> yaml.Node:
    style = '"' if reads_as_number(text) else None
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style)


_Writer.add_representer(Decimal, _write_decimal)
_Writer.add_representer(str, _write_text)


def as_data(document: Model) -> dict[str, Any]:
    """Exactly the keys that were written, in OpenSLO's spelling."""
    return document.model_dump(mode="python", by_alias=True, exclude_unset=True)


def dump(*documents: Model) -> str:
    """
    YAML of the documents, one after another; reading it gives equal documents.

    >>> print(dump(Service.model_validate({"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "a"}})))
    apiVersion: openslo/v1
    kind: Service
    metadata:
      name: a
    <BLANKLINE>
    """
    return dump_plain(as_data(document) for document in documents)


def dump_plain(documents: Iterable[Mapping[str, Any]]) -> str:
    """YAML of plain values, one document after another, numbers exactly as they are."""
    plain = [_lists(document) for document in documents]
    return yaml.dump_all(plain, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100)


def _lists(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, tuple | list) else value
