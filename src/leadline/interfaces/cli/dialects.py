"""`leadline import` and `leadline export`: what they ask and what they print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import typer

from leadline.domains.dialects.model import Carried, ExportSpecs, ImportSpecs, Source, Target
from leadline.errors import Problem, SpecError
from leadline.handbook.wording import nearest
from leadline.interfaces.cli.frame import asked

Run = Callable[[str, Any], Any]
W = TypeVar("W", Source, Target)


def import_specs(run: Run, path: Path, dialect: str, output: Path, window: str | None, *, as_json: bool) -> None:
    chosen = _word(Source, "--from", dialect)
    request = asked(ImportSpecs, path=path, dialect=chosen, output=output, window=window)
    carried: Carried = run("specs.import", request)
    _print(carried, as_json=as_json)
    if carried.files and not as_json:
        typer.echo(_next(carried.files, output))


def _next(files: tuple[str, ...], output: Path) -> str:
    """What to do when the documents are there."""
    where = "" if output == Path("handbook") else f" --handbook {output}"
    source = next((file for file in files if Path(file).stem == "datasource"), None)
    first = f"set connectionDetails.url in {source}, " if source else ""
    return f"next: {first}leadline validate{where}, leadline collect{where} --since 30d, leadline status{where}"


def export_specs(run: Run, to: str, output: Path, *, as_json: bool) -> None:
    request = asked(ExportSpecs, to=_word(Target, "--to", to), output=output)
    _print(run("specs.export", request), as_json=as_json)


def _word(words: type[W], option: str, typed: str) -> W:
    """The word that was typed, or the nearest that would have been right."""
    known = [str(word) for word in words]
    if typed not in known:
        raise SpecError([Problem(option, 0, 0, "", "no such dialect", typed, nearest(typed, known))])
    return words(typed)


def _print(carried: Carried, *, as_json: bool) -> None:
    """The text on stdout and the rest on stderr; without text, all of it on stdout."""
    if as_json:
        typer.echo(carried.model_dump_json(indent=2))
        return
    is_aside = not carried.files
    if is_aside:
        typer.echo(carried.text, nl=False)
    for file in carried.files:
        typer.echo(file)
    for note in carried.notes:
        typer.echo(f"note: {_place(note.file, note.line)}: {note.text}", err=is_aside)
    for lost in carried.lost:
        read = f" ({lost.value})" if lost.value else ""
        typer.echo(f"lost: {_place(lost.file, lost.line)} {lost.key}{read}: {lost.why}", err=is_aside)
    counts = ", ".join(f"{count} {kind}" for kind, count in carried.counts.items()) or "nothing"
    typer.echo(f"{counts}: {len(carried.lost)} lost, {len(carried.notes)} notes", err=is_aside)


def _place(file: str, line: int) -> str:
    return f"{file}:{line}" if line else file
