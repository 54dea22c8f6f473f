"""`leadline diff`: what it compares and what it prints."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import typer

from leadline.adapters.files.git import at_revision
from leadline.domains.budgets.comparing_model import ChangedDocument, CompareHandbooks, Effect, HandbookDiff, Outcome
from leadline.domains.budgets.effects import effect_told, findings
from leadline.domains.budgets.model import RevisedValue
from leadline.errors import Problem, SpecError
from leadline.handbook.wording import nearest
from leadline.interfaces.cli.figures import counted
from leadline.interfaces.cli.findings import JSON, TEXT, as_exported, check_format
from leadline.interfaces.cli.frame import BROKEN, OK, as_text, server_of, working
from leadline.interfaces.cli.options import Place
from leadline.settings import Settings

MARKDOWN = "markdown"
FAILING = {"worse": Outcome.WORSE, "removed": Outcome.REMOVED, "unknown": Outcome.UNKNOWN}
_SIGNS = {
    Outcome.WORSE: "▼", Outcome.REMOVED: "−", Outcome.UNKNOWN: "?", Outcome.BETTER: "▲", Outcome.ADDED: "+",
    Outcome.SAME: "=",
}  # fmt: skip


def diff(place: Place, before: str, after: Path | None, *, at: datetime | None, form: str, fail_on: list[str]) -> int:
    """Compare, print, and tell the exit code."""
    form = check_format(form, as_json=place.as_json, more=(MARKDOWN,))
    failing = {_failing(word) for word in fail_on}
    if server_of(place) is not None:
        hint = "take --server and LEADLINE_SERVER out; folders are read, and budgets judged, on this machine"
        raise SpecError([Problem("--server", 0, 0, "", "a server has no folder of yours", str(place.server), hint)])
    folder = after or Settings.of(os.environ, handbook=place.handbook).handbook
    with _folder(before, folder) as (older, name), working(replace(place, handbook=folder)) as run:
        answer: HandbookDiff = run("handbook.diff", CompareHandbooks(before=older, after=folder, at=at))
        found = answer.model_copy(update={"before": name})
    if form == JSON:
        typer.echo(found.model_dump_json(indent=2))
    elif form == TEXT:
        _print(found)
    elif form == MARKDOWN:
        typer.echo("\n".join(_markdown(found)))
    else:
        typer.echo(as_exported(findings(found), form))
    return BROKEN if any(effect.outcome in failing for effect in found.effects) else OK


def _failing(word: str) -> Outcome:
    if word not in FAILING:
        raise SpecError([Problem("--fail-on", 0, 0, "", "no such outcome", word, nearest(word, FAILING))])
    return FAILING[word]


@contextmanager
def _folder(before: str, beside: Path) -> Iterator[tuple[Path, str]]:
    """The folder that was named, or the other one as a revision of git has it."""
    if Path(before).is_dir():
        yield Path(before), before
        return
    with at_revision(beside, before) as unpacked:
        yield unpacked, before


def _print(found: HandbookDiff) -> None:
    typer.echo(f"{found.before} → {found.after}, budgets as of {as_text(found.at)}")
    for document in found.documents:
        typer.echo(f"{document.change} {document.kind} {document.name}  {document.file}:{document.line}")
        for change in document.fields:
            typer.echo(f"    {change.key}: {_change(change)}")
    for effect in found.effects:
        typer.echo(f"{_SIGNS[effect.outcome]} {effect.slo}: {effect_told(effect)}")
        for line in _consequences(effect):
            typer.echo(f"    {line}")
    typer.echo(_summary(found))


def _summary(found: HandbookDiff) -> str:
    outcomes = Counter(effect.outcome for effect in found.effects)
    told = ", ".join(f"{number} {each}" for each in _SIGNS if (number := outcomes[each]))
    changed = counted(len(found.documents), "document")
    return f"{changed} changed; objectives: {told or 'none affected'}, {found.unaffected} not affected"


def _change(change: RevisedValue) -> str:
    if change.before is None:
        return f"{change.after} added"
    if change.after is None:
        return f"{change.before} removed"
    return f"{change.before} → {change.after}"


def _consequences(effect: Effect) -> Iterator[str]:
    for change in effect.gate:
        yield f"gate: {change.key} {_change(change)}"
    if effect.before is not None and effect.after is not None:
        old, new = effect.before.alerts, effect.after.alerts
        yield from (f"alert taken out: {alert}" for alert in old if alert not in new)
        yield from (f"alert added: {alert}" for alert in new if alert not in old)


def _markdown(found: HandbookDiff) -> Iterator[str]:
    """A comment on a pull request."""
    yield f"### Error budgets: `{found.before}` → `{found.after}`"
    yield ""
    yield f"As of {as_text(found.at)}. {_summary(found)}."
    if found.effects:
        yield from ("", "| | objective | effect | what follows |", "|---|---|---|---|")
        for effect in found.effects:
            follows = "<br>".join(map(_cell, _consequences(effect)))
            yield f"| {_SIGNS[effect.outcome]} | `{_cell(effect.slo)}` | {_cell(effect_told(effect))} | {follows} |"
    if found.documents:
        yield from ("", "<details><summary>Documents</summary>", "")
        for document in found.documents:
            yield from _listed(document)
        yield from ("", "</details>")


def _listed(document: ChangedDocument) -> Iterator[str]:
    yield f"- {document.change} {document.kind} `{_cell(document.name)}`"
    yield from (f"  - `{_cell(each.key)}`: {_cell(_change(each))}" for each in document.fields)


def _cell(text: str) -> str:
    """Text that cannot end a cell, begin a tag, or call somebody."""
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return plain.replace("@", "@\u200b").replace("`", "'")
