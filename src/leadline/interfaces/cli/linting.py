"""`leadline lint`: what it asks and what it prints."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

from leadline.app import load_handbook
from leadline.domains.checking.catalogue import RULES
from leadline.domains.checking.model import Linted, LintHandbook, LintRuleFiles
from leadline.domains.checking.service import exit_code, lint_mistakes, lint_unread, with_rule_files
from leadline.errors import SpecError
from leadline.interfaces.cli.figures import counted
from leadline.interfaces.cli.findings import JSON, TEXT, as_exported, check_format, print_findings
from leadline.interfaces.cli.frame import complain, server_of, working
from leadline.interfaces.cli.options import Place
from leadline.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed besides what the operation takes."""

    live: bool
    strict: bool
    rule_files: Path | None
    form: str


def lint(place: Place, asked: Asked, *, at: datetime | None, service: str | None, slos: tuple[str, ...]) -> int:
    """Run it, print it, and tell the exit code."""
    form = check_format(asked.form, as_json=place.as_json)
    request = LintHandbook(live=asked.live, at=at, service=service, slos=slos)
    try:
        with working(place) as run:
            found: Linted = run("handbook.lint", request)
            if asked.rule_files is not None:
                found = with_rule_files(found, run("rules.lint", LintRuleFiles(rule_files=asked.rule_files)))
    except SpecError as error:
        found = _unread(place, error)
    if form == JSON:
        typer.echo(found.model_dump_json(indent=2))
    elif form == TEXT:
        _print(found)
    else:
        typer.echo(as_exported(found, form))
    return exit_code(found, strict=asked.strict)


def _unread(place: Place, error: SpecError) -> Linted:
    """What can be told of a handbook that cannot be read: every mistake, and warnings beside them."""
    now = datetime.now(UTC)
    loaded = None if server_of(place) else load_handbook(Settings.of(os.environ, handbook=place.handbook))
    if loaded is None or not loaded.problems:
        return lint_mistakes(error.problems, now)
    return lint_unread(loaded, now)


def _print(found: Linted) -> None:
    print_findings(found)
    told = ", ".join(counted(found.counts[weight], weight) for weight in ("error", "warning", "note"))
    off = found.counts["switched_off"]
    typer.echo(f"{counted(found.objectives, 'objective')}: {told}" + (f", {off} switched off" if off else ""))
    known = [week.would_be_kept for week in found.weeks if week.would_be_kept is not None]
    if known:
        typer.echo(
            f"last week, by the sources: {sum(known)} of {counted(len(known), 'objective')} would have been kept"
        )
    if not found.is_live:
        complain("the sources were not asked; --live asks them")


def print_rules(*, as_json: bool) -> None:
    """Every rule, its weight, and why it is one."""
    if as_json:
        rows = [{**rule.text.model_dump(mode="json"), "trap": rule.trap or None} for rule in RULES.values()]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for rule in RULES.values():
        source = ", asks the source" if rule.asks_source else ""
        typer.echo(f"{rule.id} ({rule.weight}{source}): {rule.title}\n    {rule.reason}")
