"""What `leadline alerts design` prints."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from leadline.domains.alerting.design_model import Design, DesignedTier, Finding


def print_design(design: Design, *, as_json: bool) -> None:
    """Each tier with what it says of some shares of errors."""
    typer.echo(design.model_dump_json(indent=2) if as_json else "\n".join(_lines(design)))


def _lines(design: Design) -> Iterator[str]:
    yield f"{design.strategy}: {design.objective * 100:g} % over {design.window}"
    for tier in design.tiers:
        yield ""
        yield from _tier(tier)


def _tier(tier: DesignedTier) -> Iterator[str]:
    limits = ", ".join(f"{limit.factor:.4g}x over {limit.window}" for limit in tier.limits)
    what = tier.severity if tier.action == "none" else f"{tier.severity} and {tier.action}"
    yield f"{tier.name} ({what}): {limits}"
    yield "  errors   found after   budget spent   silent again after"
    yield from (_finding(finding) for finding in tier.findings)
    few = f"  one error is enough below {tier.one_error_below:.4g} events an hour"
    yield f"{few}, so that {tier.least_bad} must have failed too" if tier.least_bad else few


def _finding(finding: Finding) -> str:
    errors = f"{finding.error_rate * 100:g} %"
    if finding.detection_seconds is None or finding.budget_spent is None or finding.reset_seconds is None:
        return f"  {errors:<8} never"
    after, reset = _time(finding.detection_seconds), _time(finding.reset_seconds)
    return f"  {errors:<8} {after:<13} {f'{finding.budget_spent * 100:.3g} %':<14} {reset}"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"
