"""What a handbook promises, in the form from which dialects are written; what none can say is told as lost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from leadline.core.slices import STEP
from leadline.core.windows import RollingWindow
from leadline.domains.dialects.accounting import Journal
from leadline.domains.dialects.promises import (
    SHORT_WINDOW,
    Alert,
    Bundle,
    Calendar,
    Events,
    Gauge,
    Measure,
    Objective,
    Promise,
    Rolling,
    Service,
    Share,
    Window,
)
from leadline.handbook.specs import PROMETHEUS_LIKE, Handbook, RatioMeasure, RawMeasure, Slo, ThresholdMeasure
from leadline.units import format_duration

_OWN = "leadline/"
_CARRIED = ("leadline/groupBy",)
_NO_KIND = "only a handbook has such documents"
_NOT_ASKED = "its slices are pushed or come from another source than Prometheus, so the SLO is not written"
_COMPOSITE = "no other dialect promises something of other objectives; it is not written"
_ONLY_HERE = "only a handbook says this"
_ELSEWHERE = "the address of the source stands in the tool's own configuration"
_CONTENT = ("Service", "SLO", "SLI", "AlertPolicy", "AlertCondition", "AlertNotificationTarget")


@dataclass(frozen=True, slots=True)
class _Reading:
    handbook: Handbook
    journal: Journal
    documents: Mapping[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def metadata(self, kind: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.documents.get((kind, name), {}).get("metadata", {})
        return found


def promised(handbook: Handbook, journal: Journal) -> Bundle:
    """Everything of a handbook that some dialect may say."""
    documents = {
        (document.kind, document.name): json.loads(document.canonical, parse_float=Decimal)
        for document in handbook.documents
    }
    reading = _Reading(handbook, journal, documents)
    bundle = Bundle(services={name: _service(reading, name) for name in handbook.services})
    for document in handbook.documents:
        if document.kind not in _CONTENT:
            journal.lose(
                document.place, document.kind, document.name, _ELSEWHERE if document.kind == "DataSource" else _NO_KIND
            )
    groups: dict[str, list[Slo]] = {}
    for slo in handbook.slos.values():
        groups.setdefault(slo.name, []).append(slo)
    for composite in handbook.composites.values():
        journal.lose(composite.slo.place, composite.slo.id, str(composite.kind), _COMPOSITE)
    bundle.promises = [made for slos in groups.values() if (made := _promise(reading, slos, bundle)) is not None]
    return bundle


def _kept(reading: _Reading, kind: str, name: str) -> dict[str, str]:
    """Annotations that are not Leadline's own; those are told as lost."""
    kept = {}
    annotations = reading.metadata(kind, name).get("annotations") or {}
    places = (
        document.place for document in reading.handbook.documents if (document.kind, document.name) == (kind, name)
    )
    place = next(places, None)
    for key, text in annotations.items():
        if not key.startswith(_OWN):
            kept[key] = str(text)
        elif key not in _CARRIED and place is not None:
            reading.journal.lose(place, f"{name}: metadata.annotations.{key}", text, _ONLY_HERE)
    return kept


def _service(reading: _Reading, name: str) -> Service:
    service = reading.handbook.services[name]
    metadata = reading.metadata("Service", name)
    shown = metadata.get("displayName") or ""
    return Service(name, shown, service.description, metadata.get("labels") or {}, _kept(reading, "Service", name))


def _promise(reading: _Reading, slos: list[Slo], bundle: Bundle) -> Promise | None:
    slo, journal = slos[0], reading.journal
    metadata = reading.metadata("SLO", slo.name)
    kept = _kept(reading, "SLO", slo.name)
    for sli in {each.sli.id: each.sli for each in slos if not each.sli.is_inline}.values():
        _kept(reading, "SLI", sli.id)
    source = reading.handbook.sources[slo.sli.source]
    why = ""
    if slo.sli.measure is None or source.type.lower() not in PROMETHEUS_LIKE:
        why = _NOT_ASKED
    elif slo.is_mtbf or (slo.limit is not None and slo.limit.op is None):
        why = "a band or a mean time between failures has no form there; the SLO is not written"
    objectives = [made for each in slos if (made := _objective(reading, each)) is not None]
    if why or not objectives:
        journal.lose(slo.place, slo.name, slo.sli.id, why or _NOT_ASKED)
        return None
    return Promise(
        slo.name, slo.service, _window(slo), tuple(objectives), slo.place, str(slo.terms.method),
        display_name=metadata.get("displayName") or "", description=slo.description,
        labels=metadata.get("labels") or {}, annotations=kept, group_by=slo.sli.group_by,
        alerts=tuple(_alerts(reading, slo.name, bundle)), source=source.name,
    )  # fmt: skip


def _window(slo: Slo) -> Window:
    window = slo.terms.window
    if isinstance(window, RollingWindow):
        return Rolling(str(window))
    return Calendar(str(window), f"{window.anchor.isoformat()} {window.begins.isoformat()}", window.zone.key)


def _objective(reading: _Reading, slo: Slo) -> Objective | None:
    measure = _measure(slo)
    if measure is None:
        return None
    listed = reading.documents.get(("SLO", slo.name), {}).get("spec", {}).get("objectives", [])
    number = int(slo.id.rpartition("/")[2]) - 1 if slo.id != slo.name else 0
    written = listed[number] if number < len(listed) else {}
    value = written.get("value")
    seconds = slo.terms.slice_seconds
    return Objective(
        slo.terms.target,
        measure,
        written.get("displayName") or "",
        written.get("op"),
        Decimal(str(value)) if value is not None else None,
        slo.terms.slice_target,
        format_duration(seconds) if seconds != STEP else None,
    )


def _measure(slo: Slo) -> Measure | None:
    measure = slo.sli.measure
    if isinstance(measure, RatioMeasure):
        bad, good = (query.text if query is not None else None for query in (measure.bad, measure.good))
        return Events(measure.total.text, bad, good, measure.counter)
    if isinstance(measure, RawMeasure):
        return Share(measure.query.text, is_good=measure.success)
    return Gauge(measure.query.text) if isinstance(measure, ThresholdMeasure) else None


def _alerts(reading: _Reading, slo: str, bundle: Bundle) -> Iterator[str]:
    entries = reading.documents.get(("SLO", slo), {}).get("spec", {}).get("alertPolicies") or []
    for number, entry in enumerate(entries, 1):
        name = entry if isinstance(entry, str) else entry.get("alertPolicyRef")
        document = reading.documents.get(("AlertPolicy", name or ""), {}) if name else entry
        name = name or (document.get("metadata") or {}).get("name") or f"{slo}-alert-{number}"
        if name not in bundle.alerts:
            bundle.alerts[name] = _alert(reading, name, document)
        yield name


def _alert(reading: _Reading, name: str, document: dict[str, Any]) -> Alert:
    metadata, spec = document.get("metadata") or {}, document.get("spec") or {}
    first = spec["conditions"][0]
    held = first.get("spec") or reading.documents[("AlertCondition", first["conditionRef"])]["spec"]
    condition = held["condition"]
    annotations = dict(metadata.get("annotations") or {})
    short = annotations.pop(SHORT_WINDOW, None)
    targets = [
        target.get("targetRef") or (target.get("metadata") or {}).get("name") or target["spec"]["target"]
        for target in spec.get("notificationTargets") or []
    ]
    return Alert(
        name,
        held["severity"],
        Decimal(str(condition["threshold"])),
        condition["lookbackWindow"],
        str(short) if short else None,
        condition.get("op") or "gt",
        condition.get("alertAfter"),
        metadata.get("displayName") or "",
        spec.get("description") or "",
        metadata.get("labels") or {},
        annotations,
        tuple(targets),
        spec.get("alertWhenNoData"),
    )
