"""`leadline` as a person starts it: a process of its own, with nothing of the tests' environment but what is given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "leadline.interfaces.cli.main")


@dataclass(frozen=True)
class Ended:
    """What a command printed and ended with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(folder: Path, **settings: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LEADLINE_HANDBOOK": str(folder / "handbook"),
        "LEADLINE_DATABASE_URL": f"sqlite:///{folder}/ledger.db",
        **settings,
    }


def leadline(folder: Path, *arguments: str, **settings: str) -> Ended:
    """Run one command in a folder that holds `handbook/`."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def write(folder: Path, text: str) -> Path:
    """A handbook of one file; returns the file."""
    file = folder / "handbook" / "practice.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def ratio_handbook(url: str, bad: str, total: str, *, target: str = "0.999", connection: str = "") -> str:
    """One ratio SLO of counters on one Prometheus."""
    return f"""\
apiVersion: openslo/v1
kind: DataSource
metadata:
  name: metrics
spec:
  type: prometheus
  connectionDetails:
    url: {url}
{connection}
---
apiVersion: openslo/v1
kind: Service
metadata:
  name: shop
spec: {{}}
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: shop-availability
spec:
  service: shop
  indicator:
    metadata:
      name: shop-requests
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            metricSourceRef: metrics
            spec:
              query: {bad}
        total:
          metricSource:
            metricSourceRef: metrics
            spec:
              query: {total}
  timeWindow:
    - duration: 28d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: {target}
"""
