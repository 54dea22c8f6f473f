"""Laws of the dialects: what is carried survives the way there and back, and what is not is told, key by key."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.domains.dialects.model import ImportSpecs, Target
from leadline.domains.dialects.service import import_specs
from leadline.errors import SpecError
from leadline.handbook.loader import load
from leadline.handbook.specs import Handbook
from made_dialects import again, read
from made_handbooks import a_context

FEW = settings(max_examples=25, deadline=None)
NAMES = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
METRICS = st.from_regex(r"[a-z]{2,6}_total", fullmatch=True)
LABEL_NAMES = st.from_regex(r"[a-z]{1,5}", fullmatch=True)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x17F, exclude_characters="\x7f\x85\xa0"), max_size=12)
LABELS = st.dictionaries(LABEL_NAMES, TEXTS, max_size=2)
PERCENTS = st.decimals(min_value=95, max_value=Decimal("99.999"), places=3)
WINDOWS = st.sampled_from(["7d", "14d", "28d", "30d", "4w"])


@st.composite
def selectors(draw: st.DrawFn, ending: str = "") -> str:
    name = draw(METRICS).replace("_total", ending) if ending else draw(METRICS)
    matchers = draw(st.dictionaries(LABEL_NAMES, TEXTS, max_size=2))
    quoted = {key: value.replace("\\", "\\\\").replace('"', '\\"') for key, value in matchers.items()}
    written = ", ".join(f'{key}="{value}"' for key, value in quoted.items())
    return f"{name}{{{written}}}" if written else name


def over_window(selector: str) -> str:
    return f"sum(rate({selector}[{{{{.window}}}}]))"


@st.composite
def sloth(draw: st.DrawFn) -> dict[str, Any]:
    total = draw(selectors())
    bad = draw(selectors())
    kind = draw(st.sampled_from(["events", "difference", "groups", "raw"]))
    if kind == "raw":
        sli: dict[str, Any] = {"raw": {"error_ratio_query": f"avg_over_time({total}[{{{{.window}}}}])"}}
    else:
        error, all_of = over_window(bad), over_window(total)
        if kind == "difference":
            error = f"{over_window(total)} - {over_window(bad)}"
        if kind == "groups":
            error, all_of = (text.replace("sum(", "sum by (path) (", 1) for text in (error, all_of))
        sli = {"events": {"error_query": error, "total_query": all_of}}
    alerting: dict[str, Any] = {"name": draw(NAMES), "labels": draw(LABELS), "annotations": draw(LABELS)}
    for alert in ("page_alert", "ticket_alert"):
        off = draw(st.booleans())
        alerting[alert] = {"disable": True} if off else {"labels": draw(LABELS), "annotations": draw(LABELS)}
    slo = {"name": draw(NAMES), "objective": float(draw(PERCENTS)), "labels": draw(LABELS), "sli": sli}
    service = {"version": "prometheus/v1", "service": draw(NAMES), "labels": draw(LABELS)}
    return {**service, "slos": [{**slo, "alerting": alerting}]}


@st.composite
def pyrra(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["ratio", "latency", "bool_gauge"]))
    grouping = draw(st.lists(LABEL_NAMES, max_size=2, unique=True))
    if kind == "bool_gauge":
        indicator: dict[str, Any] = {"metric": draw(selectors())}
    elif kind == "ratio":
        indicator = {"errors": {"metric": draw(selectors())}, "total": {"metric": draw(selectors())}}
    else:
        bucket = draw(METRICS).replace("_total", "_bucket") + '{le="0.5"}'
        indicator = {"success": {"metric": bucket}, "total": {"metric": draw(selectors("_count"))}}
    alerting = draw(
        st.fixed_dictionaries({}, optional={"burnrates": st.booleans(), "absent": st.booleans(), "name": NAMES})
    )
    return {
        "apiVersion": "pyrra.dev/v1alpha1",
        "kind": "ServiceLevelObjective",
        "metadata": {"name": draw(NAMES), "namespace": draw(NAMES), "labels": draw(LABELS)},
        "spec": {
            "target": str(draw(PERCENTS)),
            "window": draw(WINDOWS),
            "alerting": alerting,
            "indicator": {kind: {**indicator, "grouping": grouping}},
        },
    }


@st.composite
def slo_generator(draw: st.DrawFn) -> dict[str, Any]:
    good, other = draw(selectors()), draw(selectors())
    method, indicator = draw(
        st.sampled_from([
            ("good_bad_ratio", {"filter_good": good, "filter_valid": other}),
            ("good_bad_ratio", {"filter_good": good, "filter_bad": other}),
            ("distribution_cut", {"expression": good.replace("_total", "_bucket", 1), "threshold_bucket": 0.25}),
            ("distribution_cut", {"expression": good.replace("_total", "_bucket", 1), "threshold_bucket": 3}),
            ("query_sli", {"expression": f"sum(rate({good}[window])) / sum(rate({other}[window]))"}),
        ])
    )  # fmt: skip
    return {
        "apiVersion": "sre.google.com/v2",
        "kind": "ServiceLevelObjective",
        "metadata": {"name": draw(NAMES), "labels": {**draw(LABELS), "service_name": draw(NAMES)}},
        "spec": {
            "description": "It works.",
            "backend": "prometheus",
            "method": method,
            "service_level_indicator": indicator,
            "goal": float(draw(PERCENTS) / 100),
        },
    }


@st.composite
def nobl9(draw: st.DrawFn) -> list[dict[str, Any]]:
    def query() -> dict[str, Any]:
        return {"prometheus": {"promql": draw(selectors())}}

    is_gauge, is_sliced = draw(st.booleans()), draw(st.booleans())
    objective: dict[str, Any] = {"displayName": draw(NAMES), "name": draw(NAMES), "target": float(draw(PERCENTS) / 100)}
    objective |= {"timeSliceTarget": 0.9} if is_sliced else {}
    if is_gauge:
        objective |= {"op": draw(st.sampled_from(["lt", "lte", "gt", "gte"])), "value": 0.25}
        objective |= {"rawMetric": {"query": query()}}
    else:
        role = draw(st.sampled_from(["good", "bad"]))
        objective["countMetrics"] = {"incremental": draw(st.booleans()), role: query(), "total": query()}
    calendar = {"startTime": "2026-01-01 00:00:00", "timeZone": "Europe/Berlin"}
    windows = [
        {"unit": "Day", "count": draw(st.integers(1, 60)), "isRolling": True},
        {"unit": draw(st.sampled_from(["Month", "Quarter", "Year", "Week"])), "count": 1, "calendar": calendar},
    ]
    condition = {"measurement": "averageBurnRate", "value": 7.5, "op": "gte", "alertingWindow": "1h"}
    policy = {
        "apiVersion": "n9/v1alpha",
        "kind": "AlertPolicy",
        "metadata": {"name": "burns", "project": "default"},
        "spec": {"severity": "High", "coolDown": "5m", "conditions": [condition], "alertMethods": []},
    }
    spec = {
        "service": draw(NAMES),
        "indicator": {"metricSource": {"name": "prometheus"}},
        "budgetingMethod": "Timeslices" if is_sliced else "Occurrences",
        "timeWindows": [draw(st.sampled_from(windows))],
        "objectives": [objective],
        "alertPolicies": draw(st.sampled_from([[], ["burns"]])),
    }
    metadata = {"name": draw(NAMES), "project": "default"}
    return [policy, {"apiVersion": "n9/v1alpha", "kind": "SLO", "metadata": metadata, "spec": spec}]


def as_yaml(*documents: Any) -> str:
    return yaml.safe_dump_all(documents, allow_unicode=True)


@FEW
@given(sloth(), st.sampled_from(["28d", "30d", "7d"]))
def test_sloth_there_and_back(document: dict[str, Any], window: str) -> None:
    before, after = again(as_yaml(document), Target.SLOTH, window)
    assert len(before) == 1
    assert before == after


@FEW
@given(pyrra())
def test_pyrra_there_and_back(document: dict[str, Any]) -> None:
    before, after = again(as_yaml(document), Target.PYRRA)
    assert len(before) == 1
    assert before == after


@FEW
@given(slo_generator(), WINDOWS)
def test_slo_generator_there_and_back(document: dict[str, Any], window: str) -> None:
    before, after = again(as_yaml(document), Target.SLO_GENERATOR, window)
    assert len(before) == 1
    assert before == after


@FEW
@given(nobl9())
def test_nobl9_there_and_back(documents: list[dict[str, Any]]) -> None:
    before, after = again(as_yaml(*documents), Target.NOBL9)
    assert len(before) == 1
    assert before == after


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(sloth(), pyrra(), slo_generator(), nobl9().map(lambda documents: documents[1])),
    st.integers(0, 30),
    st.sampled_from(["quux", "x-y", "Zebra"]),
)
def test_a_key_that_no_dialect_knows_is_lost_and_never_dropped(document: dict[str, Any], where: int, key: str) -> None:
    text = as_yaml(document)
    mappings: list[dict[str, Any]] = []

    def collect(value: Any, name: str) -> None:
        if isinstance(value, dict) and name not in ("labels", "annotations"):
            mappings.append(value)
            for inside, item in value.items():
                collect(item, inside)
        elif isinstance(value, list):
            for item in value:
                collect(item, name)

    collect(document, "")
    mappings[where % len(mappings)][key] = "unheard of"
    known = {lost.key for lost in read(text, "28d").journal.lost}
    found = {lost.key for lost in read(as_yaml(document), "28d").journal.lost}
    (new,) = found - known
    assert new.rpartition(".")[2] == key


ODD = (
    None, True, 0, -1, 1.5, 10**30, "", "x", "0.5", "99.9", "{{", [], {}, [1], {"a": 1}, [{"a": 1}], "a b", "ü", "1M",
    "28d", "90s", "-", "x" * 300, "Mars/Phobos", "2026-13-01 00:00:00", "2026-01-31 00:00:00", [None], ["a", "a"],
    ["9"], {"a": None},
)  # fmt: skip


def below(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place inside a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [deeper for key, item in inside for deeper in [(*path, key), *below(item, (*path, key))]]


@settings(max_examples=80, deadline=None)
@given(st.one_of(sloth(), pyrra(), slo_generator(), nobl9()), st.integers(0, 10**6), st.integers(0, 3))
def test_whatever_is_written_is_refused_with_its_place_or_becomes_a_valid_handbook(
    document: Any, seed: int, changes: int
) -> None:
    chance = Random(seed)
    spoilt = deepcopy(document)
    for _ in range(changes):
        places = below(spoilt)
        if not places:
            break
        *parents, last = chance.choice(places)
        holder = spoilt
        for part in parents:
            holder = holder[part]
        if chance.random() < 0.2:
            del holder[last]
        else:
            holder[last] = deepcopy(chance.choice(ODD))
    with TemporaryDirectory() as folder:
        file, output = Path(folder, "specs.yaml"), Path(folder, "handbook")
        file.write_text(as_yaml(*(spoilt if isinstance(spoilt, list) else [spoilt])))
        request = ImportSpecs(path=file, output=output, window="28d")
        try:
            carried = import_specs(request, a_context(Handbook.empty(str(output))))
        except SpecError as refused:
            told = [f"{problem.what}{problem.hint}" for problem in refused.problems]
        else:
            told = [str(problem) for problem in load(output).problems] if carried.counts else []
            assert told == []
            return
    assert all(told)
