"""`leadline init`, `validate` and `schema`: commands about the handbook's files, which need no store."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import typer

from leadline.app import load_handbook
from leadline.handbook.loader import Loaded
from leadline.interfaces.cli.figures import counted
from leadline.interfaces.cli.frame import ILL_WRITTEN, complain
from leadline.settings import Settings


def init(folder: Path) -> None:
    from leadline.handbook.starter import write_starter

    for path in write_starter(folder):
        typer.echo(path)
    complain(f"next: leadline validate --handbook {folder}")


def validate(handbook: Path | None, *, as_json: bool) -> None:
    loaded = load_handbook(Settings.of(os.environ, handbook=handbook))
    if as_json:
        typer.echo(json.dumps(report(loaded), indent=2, ensure_ascii=False))
    else:
        _print(loaded)
    if loaded.problems:
        raise typer.Exit(ILL_WRITTEN)


def report(loaded: Loaded) -> dict[str, object]:
    """The published shape of a validation."""
    return {
        "counts": loaded.counts,
        "problems": [asdict(problem) for problem in loaded.problems],
        "warnings": [asdict(warning) for warning in loaded.warnings],
    }


def _print(loaded: Loaded) -> None:
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    for problem in loaded.problems:
        typer.echo(str(problem), err=True)
    counts = ", ".join(f"{count} {kind}" for kind, count in loaded.counts.items()) or "no documents"
    ends = f"{counted(len(loaded.problems), 'problem')}, {counted(len(loaded.warnings), 'warning')}"
    typer.echo(f"{counts}: {ends}")


def schema(kind: str) -> None:
    from leadline.handbook.schema import json_schema, kinds

    if not kind:
        for name in kinds():
            typer.echo(name)
        return
    typer.echo(json.dumps(json_schema(kind), indent=2))
