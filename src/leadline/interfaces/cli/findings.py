"""Findings on the terminal, and in the forms that other programs read."""

from __future__ import annotations

from collections.abc import Callable

import typer

from leadline.adapters.exporters import FORMATS
from leadline.errors import Problem, SpecError
from leadline.handbook.wording import nearest
from leadline.ports.findings import Finding, Findings, Weight
from leadline.ports.operation import attribute

TEXT, JSON = "text", "json"
_STYLES = {Weight.ERROR: typer.colors.RED, Weight.WARNING: typer.colors.YELLOW, Weight.NOTE: typer.colors.BLUE}


def check_format(wanted: str, *, as_json: bool, more: tuple[str, ...] = ()) -> str:
    """
    The form that was asked for.

    Raises:
        SpecError: there is none of that name.
    """
    known = (TEXT, JSON, *FORMATS, *more)
    if wanted not in known:
        raise SpecError([Problem("--format", 0, 0, "", "no such format", wanted, nearest(wanted, known))])
    return JSON if as_json else wanted


def as_exported(found: Findings, form: str) -> str:
    """Findings in the form of another program."""
    write: Callable[[Findings], str] = attribute(FORMATS[form])
    return write(found)


def print_findings(found: Findings, *, with_switched_off: bool = False) -> None:
    """A line for each, by place, and the way out below."""
    for finding in found.findings:
        if finding.switched_off and not with_switched_off:
            continue
        typer.echo(f"{finding.place} {_weight(finding)} {finding.rule}{_about(finding)}: {_told(finding)}")
        if finding.way_out:
            typer.echo(f"    {finding.way_out}")
    for each in found.unanswered:
        typer.echo(f"{typer.style('cannot tell', fg=typer.colors.MAGENTA)}: {each.source} did not answer: {each.why}")


def _weight(finding: Finding) -> str:
    return "switched off" if finding.switched_off else typer.style(finding.weight.value, fg=_STYLES[finding.weight])


def _about(finding: Finding) -> str:
    return f" {finding.slo}" if finding.slo else ""


def _told(finding: Finding) -> str:
    reason = f" (switched off: {finding.switched_off})" if finding.switched_off else ""
    return (f"{finding.what}: {finding.value}" if finding.value else finding.what) + reason
