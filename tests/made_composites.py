"""Handbooks of composites in YAML, whose SLIs are all pushed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leadline.handbook.loader import Loaded, load

SOURCE = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: people}
spec: {type: push}
"""


def document(kind: str, name: str, spec: str = "{}", **annotations: str) -> str:
    notes = "".join(f"    leadline/{key}: {value!r}\n" for key, value in annotations.items())
    metadata = f"  name: {name}\n" + (f"  annotations:\n{notes}" if notes else "")
    return f"---\napiVersion: openslo/v1\nkind: {kind}\nmetadata:\n{metadata}spec: {spec}\n"


def service(name: str, **annotations: str) -> str:
    return document("Service", name, **annotations)


def slo(name: str, target: str, *, of: str = "shop", window: str = "2d", **annotations: str) -> str:
    """An SLO on pushed slices of the same name."""
    spec = (
        f"{{service: {of}, budgetingMethod: Occurrences, timeWindow: [{{duration: {window}, isRolling: true}}], "
        f"indicatorRef: {name}-events, objectives: [{{target: {target}}}]}}"
    )
    metric = "{metricSource: {metricSourceRef: people}}"
    sli = document("SLI", f"{name}-events", f"{{ratioMetric: {{counter: false, bad: {metric}, total: {metric}}}}}")
    return sli + document("SLO", name, spec, **annotations)


def composite(name: str, target: str, *, of: str = "shop", window: str = "2d", **annotations: str) -> str:
    """An SLO without an indicator."""
    spec = (
        f"{{service: {of}, budgetingMethod: Occurrences, timeWindow: [{{duration: {window}, isRolling: true}}], "
        f"objectives: [{{target: {target}}}]}}"
    )
    return document("SLO", name, spec, **annotations)


def several(name: str, parts: Sequence[str], **annotations: str) -> str:
    """An SLO whose objectives have their own indicators; each part is the rest of an objective."""
    metric = "{metricSource: {metricSourceRef: people}}"
    objectives = [
        f"{{indicator: {{metadata: {{name: {name}-{number}}}, spec: {{ratioMetric: "
        f"{{counter: false, bad: {metric}, total: {metric}}}}}}}, {part}}}"
        for number, part in enumerate(parts, 1)
    ]
    spec = (
        f"{{service: shop, budgetingMethod: Occurrences, timeWindow: [{{duration: 2d, isRolling: true}}], "
        f"objectives: [{', '.join(objectives)}]}}"
    )
    return document("SLO", name, spec, **annotations)


def read(folder: Path, *documents: str) -> Loaded:
    """What the loader says of these documents and a service `shop`."""
    folder.mkdir(parents=True, exist_ok=True)
    shop = [] if any("kind: Service\nmetadata:\n  name: shop\n" in each for each in documents) else [service("shop")]
    (folder / "all.yaml").write_text("".join([SOURCE, *shop, *documents]), encoding="utf-8")
    return load(folder)
