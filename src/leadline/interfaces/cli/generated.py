"""`leadline rules` and `leadline dashboards`: what they ask and what they print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from leadline.domains.prometheus.model import DashboardsGenerated, Form, Generated, GenerateDashboards, GenerateRules
from leadline.errors import Problem, SpecError
from leadline.handbook.wording import nearest
from leadline.interfaces.cli.figures import counted
from leadline.interfaces.cli.frame import asked


def rules(run: Callable[[str, Any], Any], output: Path, form: str, page_url: str, *, as_json: bool) -> None:
    """Run it and print what was written, and what was not."""
    known = [str(each) for each in Form]
    if form not in known:
        raise SpecError([Problem("--format", 0, 0, "", "no such format", form, nearest(form, known))])
    made: Generated = run("rules.generate", asked(GenerateRules, output=output, form=Form(form), page_url=page_url))
    if as_json:
        typer.echo(made.model_dump_json(indent=2))
        return
    _print_files(made)
    for note in made.notes:
        typer.echo(f"note: {note.place} {note.slo}: {note.why}")
    for left in made.left_out:
        typer.echo(f"left out: {left.place} {left.slo}: {left.why}")
    typer.echo(f"{counted(made.slos, 'objective')}: {counted(made.rules, 'rule')}, {len(made.left_out)} left out")


def dashboards(run: Callable[[str, Any], Any], output: Path, *, as_json: bool) -> None:
    """Run it and print what was written."""
    made: DashboardsGenerated = run("dashboards.generate", asked(GenerateDashboards, output=output))
    if as_json:
        typer.echo(made.model_dump_json(indent=2))
        return
    _print_files(made)


def _print_files(made: Generated | DashboardsGenerated) -> None:
    for file in made.files:
        typer.echo(file)
    for file in made.removed:
        typer.echo(f"removed: {file}")
