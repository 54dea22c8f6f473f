"""Parts of Grafana dashboards as plain values: queries, panels, variables, and the page that they stand on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Json = dict[str, object]
Steps = tuple[tuple[str, float | None], ...]
"""Colours, each from a value on; the first from -Infinity."""
SCHEMA_VERSION = 39
"""Of Grafana 11; later versions take it over by themselves."""
DATASOURCE = "datasource"
_COLUMNS = 24
_REFERENCES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Ask:
    """One query, and what its series are called."""

    expr: str
    legend: str = "{{slo}}"
    form: str = "time_series"
    is_instant: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel of a row, as wide as it is told."""

    kind: str
    title: str
    description: str
    asks: tuple[Ask, ...]
    width: int = _COLUMNS
    height: int = 8
    unit: str = "short"
    steps: Steps = (("text", None),)
    low: float | None = None
    high: float | None = None
    mappings: Sequence[Json] = ()
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """Panels below one title."""

    title: str
    panels: tuple[Panel, ...]
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One dashboard."""

    uid: str
    title: str
    description: str
    variables: Sequence[Json]
    rows: Sequence[Row]
    annotations: Sequence[Json] = ()
    since: str = "now-28d"


def dashboard(page: Page) -> Json:
    """A dashboard as Grafana imports it; its description comes first, so that a file of ours is known by its start."""
    return {
        "description": page.description,
        "annotations": {"list": list(page.annotations)},
        "editable": False,
        "graphTooltip": 1,
        "links": [
            {"asDropdown": True, "keepTime": True, "tags": ["leadline"], "title": "Leadline", "type": "dashboards"}
        ],
        "panels": list(_laid_out(page.rows)),
        "refresh": "1m",
        "schemaVersion": SCHEMA_VERSION,
        "tags": ["leadline"],
        "templating": {"list": list(page.variables)},
        "time": {"from": page.since, "to": "now"},
        "timezone": "utc",
        "title": page.title,
        "uid": page.uid,
        "version": 1,
    }


def source_variable() -> Json:
    """Which Prometheus is asked."""
    return {"name": DATASOURCE, "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def listed(name: str, label: str, metric: str, *, is_open: bool = True) -> Json:
    """A variable whose values are those of a label; `is_open` lets several be chosen, and all."""
    query = f"label_values({metric}, {name})"
    made: Json = {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": _source(),
        "definition": query,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": is_open,
        "includeAll": is_open,
    }
    return {**made, "allValue": ".+", "current": {"text": "All", "value": "$__all"}} if is_open else made


def chosen(name: str, label: str, choices: Mapping[str, str]) -> Json:
    """A variable of fixed choices, the first of which is taken at first."""
    options = [{"text": text, "value": value, "selected": not at} for at, (text, value) in enumerate(choices.items())]
    query = ", ".join(f"{text} : {value}" for text, value in choices.items())
    first = {"text": options[0]["text"], "value": options[0]["value"]}
    made = {"name": name, "label": label, "type": "custom", "query": query, "options": options, "current": first}
    return {**made, "multi": False, "includeAll": False}


def mark(name: str, expr: str, colour: str, title: str) -> Json:
    """Times that are marked on every panel."""
    return {
        "name": name,
        "datasource": _source(),
        "enable": True,
        "expr": expr,
        "iconColor": colour,
        "step": "60s",
        "titleFormat": title,
    }


def _source() -> Json:
    return {"type": "prometheus", "uid": f"${{{DATASOURCE}}}"}


def _laid_out(rows: Iterable[Row]) -> Iterable[Json]:
    """Panels from left to right, and below each other where a line is full; numbered from 1."""
    number, top = 0, 0
    for row in rows:
        number += 1
        head: Json = {"id": number, "type": "row", "title": row.title, "collapsed": row.is_closed}
        head |= {"gridPos": {"h": 1, "w": _COLUMNS, "x": 0, "y": top}, "panels": []}
        top, left, tallest = top + 1, 0, 0
        inside: list[Json] = []
        for panel in row.panels:
            if left + panel.width > _COLUMNS:
                top, left, tallest = top + tallest, 0, 0
            number += 1
            place = {"h": panel.height, "w": panel.width, "x": left, "y": top}
            inside.append({"id": number, "gridPos": place, **_panel(panel)})
            left, tallest = left + panel.width, max(tallest, panel.height)
        top += tallest
        if row.is_closed:
            yield {**head, "panels": inside}
        else:
            yield head
            yield from inside


def _panel(panel: Panel) -> Json:
    steps = [{"color": colour, "value": value} for colour, value in panel.steps]
    defaults: Json = {"unit": panel.unit, "noValue": "unknown", "mappings": list(panel.mappings)}
    defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    if panel.low is not None:
        defaults["min"] = panel.low
    if panel.high is not None:
        defaults["max"] = panel.high
    if panel.kind == "timeseries" and len(steps) > 1:
        defaults["custom"] = {"thresholdsStyle": {"mode": "line"}}
    made: Json = {"type": panel.kind, "title": panel.title, "description": panel.description}
    made["datasource"] = _source()
    made["fieldConfig"] = {"defaults": defaults, "overrides": []}
    made["options"] = dict(panel.options)
    made["targets"] = [_target(reference, ask) for reference, ask in zip(_REFERENCES, panel.asks, strict=False)]
    return made


def _target(reference: str, ask: Ask) -> Json:
    return {
        "refId": reference,
        "datasource": _source(),
        "expr": ask.expr,
        "legendFormat": ask.legend,
        "format": ask.form,
        "instant": ask.is_instant,
        "range": not ask.is_instant,
    }
