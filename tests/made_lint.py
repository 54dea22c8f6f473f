"""Handbooks to be linted, on a Prometheus that is asked or is not there, and what lint says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from made_commands import typed

GOOD = "sum(requests_total) - sum(errors_total)"


def practice(*slos: str, url: str = "http://127.0.0.1:9", notes: str = "", team: str = "leadline/team: web") -> str:
    """A source, a service that somebody owns, and these SLOs."""
    annotations = ", ".join(filter(None, (team, notes)))
    return f"""\
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: metrics}}
spec: {{type: prometheus, connectionDetails: {{url: "{url}"}}}}
---
apiVersion: leadline/v1
kind: Team
metadata: {{name: web}}
spec: {{}}
---
apiVersion: openslo/v1
kind: Service
metadata: {{name: shop, annotations: {{{annotations}}}}}
spec: {{}}
""" + "".join(slos)


def slo(
    name: str = "checkout",
    *,
    total: str = "requests_total",
    bad: str = "errors_total",
    role: str = "bad",
    target: str = "0.999",
    window: str = "30d",
    notes: str = "",
    description: str = "Orders are taken.",
    counter: str = "true",
    method: str = "Occurrences",
) -> str:
    """An SLO on counters of one Prometheus, with its SLI inside."""

    def asked(query: str) -> str:
        text = query.replace("'", "''")
        return f"{{metricSource: {{metricSourceRef: metrics, spec: {{query: '{text}'}}}}}}"

    return f"""\
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}, annotations: {{{notes}}}}}
spec:
  service: shop
  description: {description!r}
  budgetingMethod: {method}
  timeWindow: [{{duration: {window}, isRolling: true}}]
  indicator:
    metadata: {{name: {name}-sli}}
    spec:
      ratioMetric:
        counter: {counter}
        {role}: {asked(bad)}
        total: {asked(total)}
  objectives: [{{target: {target}}}]
"""


def linted(folder: Path, text: str, *arguments: str, code: int | None = None) -> dict[str, Any]:
    """What `leadline lint --json` says of a handbook of one file."""
    (folder / "handbook").mkdir(parents=True, exist_ok=True)
    (folder / "handbook" / "practice.yaml").write_text(text, encoding="utf-8")
    ran = typed("lint", "--json", *arguments, shop=folder)
    assert code is None or ran.code == code, ran.out + ran.err
    return dict(ran.json)


def rules(found: dict[str, Any]) -> list[str]:
    """Ids of the rules that found something, each as often as it did; what is switched off is left out."""
    return sorted(one["rule"] for one in found["findings"] if not one["switched_off"])


def the(found: dict[str, Any], rule: str) -> dict[str, Any]:
    """The one finding of a rule."""
    [one] = [each for each in found["findings"] if each["rule"] == rule]
    return dict(one)
