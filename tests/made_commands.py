"""The command line as a person types it, in a process of its own, and a small handbook on disk to type it at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from instants import NOON_SECONDS
from leadline.interfaces.cli.main import app

PROGRAM = Path(sys.executable).parent / "leadline"
AT = "2026-03-04T12:00:00Z"
"""NOON, as it is typed."""


def commands() -> dict[str, Any]:
    """Every command that can be typed, by its words."""
    return dict(_below(typer.main.get_command(app), "leadline"))


def _below(command: Any, words: str) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", {})
    for name, child in children.items():
        yield from _below(child, f"{words} {name}")
    if not children:
        yield words, command


HANDBOOK = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {name: people}
spec:
  type: push
---
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: Sells things.}
---
apiVersion: openslo/v1
kind: SLI
metadata:
  name: requests
spec:
  ratioMetric:
    counter: true
    bad: {metricSource: {metricSourceRef: people, spec: {}}}
    total: {metricSource: {metricSourceRef: people, spec: {}}}
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout
  displayName: Checkout works
spec:
  service: shop
  indicatorRef: requests
  timeWindow: [{duration: 2d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def leadline(*arguments: str | Path, cwd: Path, environ: Mapping[str, str] | None = None) -> Ran:
    """Type `leadline …` in a folder, with no settings but these."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LEADLINE_")}
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        cwd=cwd,
        env={**clean, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def typed(*arguments: str | Path, shop: Path, environ: Mapping[str, str] | None = None) -> Ran:
    """The same in this process, which is faster; the handbook is the shop's."""
    settings = {"LEADLINE_HANDBOOK": str(shop / "handbook"), **(environ or {})}
    done = CliRunner().invoke(app, list(map(str, arguments)), env=settings)
    return Ran(done.exit_code, done.stdout, done.stderr)


def a_shop(folder: Path, handbook: str = HANDBOOK) -> Path:
    """A folder in which a handbook stands where it is looked for."""
    (folder / "handbook").mkdir(parents=True, exist_ok=True)
    (folder / "handbook" / "shop.yaml").write_text(handbook)
    return folder


def three_days(file: Path, bad_share: int = 0, sli: str = "requests") -> Path:
    """A file of three full days before noon, 1,000 events a minute, so many of them bad."""
    starts = range(NOON_SECONDS - 3 * 86_400, NOON_SECONDS, 60)
    file.write_text("sli,start,bad,total\n" + "".join(f"{sli},{start},{bad_share},1000\n" for start in starts))
    return file
