"""
Write N SLOs for Leadline: DIR/handbook, and DIR/turn.sh, one turn of them each time it is run.

The SLOs are those that the peers' adapters write. A turn is what a timer would run: collect what is new, then judge
everything. Each turn is one minute later than the one before, from DIR/at on, as if a minute had passed meanwhile;
otherwise a repeated turn would find nothing new to ask.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

WINDOWS = ("1h", "6h", "3d", "28d")
TARGET = "0.999"
TURN = """#!/bin/sh
set -eu
cd "$(dirname "$0")"
at=$(($(cat at) + 60)); echo $at > at
"{leadline}" status --collect --handbook handbook --at $at --json > status.json
"""
SOURCE = """apiVersion: openslo/v1
kind: DataSource
metadata: {{ name: prometheus }}
spec: {{ type: prometheus, connectionDetails: {{ url: "{url}" }} }}
"""
SERVICE = """apiVersion: openslo/v1
kind: Service
metadata: {{ name: {name} }}
spec: {{ description: One of many. }}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{ name: {name}-availability }}
spec:
  description: 99.9 % of requests are good.
  service: {name}
  indicator:
    metadata: {{ name: {name}-requests }}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            metricSourceRef: prometheus
            spec: {{ query: 'http_requests_total{{service="{name}",code!~"5.."}}' }}
        total:
          metricSource:
            metricSourceRef: prometheus
            spec: {{ query: 'http_requests_total{{service="{name}"}}' }}
  timeWindow: [{{ duration: 28d, isRolling: true }}]
  budgetingMethod: Occurrences
  objectives: [{{ target: {target} }}]
"""


def service_names(count: int) -> list[str]:
    return [f"svc-{number:04d}" for number in range(count)]


def write(folder: Path, count: int, url: str, leadline: str, at: int) -> None:
    """`at` is the instant of the backfill; the first turn is a minute later. A database that is there is kept."""
    services = folder / "handbook" / "services"
    shutil.rmtree(services, ignore_errors=True)
    services.mkdir(parents=True)
    (folder / "handbook" / "sources.yaml").write_text(SOURCE.format(url=url), encoding="utf-8")
    for name in service_names(count):
        (services / f"{name}.yaml").write_text(SERVICE.format(name=name, target=TARGET), encoding="utf-8")
    (folder / "at").write_text(f"{at}\n", encoding="utf-8")
    turn = folder / "turn.sh"
    turn.write_text(TURN.format(leadline=leadline), encoding="utf-8")
    turn.chmod(0o755)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--at", type=int, required=True)
    parser.add_argument("--leadline", default="leadline")
    asked = parser.parse_args()
    write(asked.dir, asked.n, asked.url, asked.leadline, asked.at)


if __name__ == "__main__":
    main()
