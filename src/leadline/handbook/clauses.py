"""The practice beside SLOs: teams, services, sources, agreements and corrections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from leadline.handbook import documents, practice
from leadline.handbook.annotations import read_annotations
from leadline.handbook.correcting import read_times
from leadline.handbook.reading import PathInside
from leadline.handbook.recurrences import first_occurrence, is_announced_in_time
from leadline.handbook.scalars import percent_at, ratio_at
from leadline.handbook.shaping import Written
from leadline.handbook.specs import (
    Agreement,
    Band,
    Commitment,
    Correction,
    DataSource,
    Service,
    Sli,
    Slo,
    Team,
)
from leadline.handbook.wording import nearest


def team(written: Written) -> Team:
    """A Team document."""
    model: practice.Team = written.model
    read_annotations(written, ("metadata",), ("Team",))
    display_name = model.metadata.display_name or model.metadata.name
    contacts = dict(model.spec.contacts or {})
    return Team(model.metadata.name, display_name, contacts, written.place, model.spec.members)


def service(written: Written, teams: dict[str, Team], broken: frozenset[str]) -> tuple[Service, Mapping[str, Any]]:
    """A Service document, and its annotations: the names of its budget policy and its strategy are among them."""
    model: documents.Service = written.model
    values = read_annotations(written, ("metadata",), ("Service",))
    name = values.get("team")
    if name is not None and name not in teams and name not in broken:
        where = ("metadata", "annotations", "leadline/team")
        written.problem(where, "no such Team", name, nearest(name, teams))
    made = Service(
        name=model.metadata.name,
        display_name=model.metadata.display_name or model.metadata.name,
        description=model.spec.description or "",
        tier=values.get("tier"),
        team=name,
        place=written.place,
        policy=values.get("policy"),
        depends_on=values.get("dependsOn", ()),
    )
    return made, values


def source(written: Written) -> DataSource:
    """A DataSource document; its type is compared without regard to case."""
    model: documents.DataSource = written.model
    read_annotations(written, ("metadata",), ("DataSource",))
    details = _details(model.spec.connection_details)
    return DataSource(model.metadata.name, model.spec.type.strip().lower(), details, written.place)


def _details(written: object) -> dict[str, object]:
    """Keys and values, also where they are written as a list of mappings."""
    listed = written if isinstance(written, list) else [written]
    return {str(key): value for item in listed if isinstance(item, Mapping) for key, value in item.items()}


@dataclass(frozen=True, slots=True)
class Promised:
    """What agreements and corrections may name; `written` are names by kind that stand somewhere, however ill."""

    slos: dict[str, Slo]
    slis: dict[str, Sli]
    services: dict[str, Service]
    written: Mapping[str, frozenset[str]]
    by_name: Mapping[str, list[Slo]]
    """The objectives of each SLO document, and each by its id."""


def agreement(written: Written, promised: Promised) -> Agreement:
    """An Agreement document; a commitment without margin to its SLO is warned of."""
    model: practice.Agreement = written.model
    read_annotations(written, ("metadata",), ("Agreement",))
    names: dict[str, int] = {}
    commitments = []
    for index, item in enumerate(model.spec.commitments):
        path: PathInside = ("spec", "commitments", index)
        if item.name in names:
            hint = f"also commitments[{names[item.name]}]; rename one"
            written.problem((*path, "name"), "duplicate name", item.name, hint)
        names.setdefault(item.name, index)
        commitments.append(_commitment(written, path, item, promised))
    display_name = model.metadata.display_name or model.metadata.name
    return Agreement(model.metadata.name, display_name, model.spec.party, tuple(commitments), written.place)


def _commitment(written: Written, path: PathInside, item: practice.Commitment, promised: Promised) -> Commitment:
    slos, slis = promised.slos, promised.slis
    if item.sli is not None and item.sli not in slis and item.sli not in promised.written["SLI"]:
        written.problem((*path, "sli"), "no such SLI", item.sli, nearest(item.sli, slis))
    of = promised.by_name.get(item.slo, []) if item.slo is not None else []
    if item.slo is not None and not of and item.slo not in promised.written["SLO"]:
        hint = nearest(item.slo, dict.fromkeys(slo.name for slo in slos.values()))
        written.problem((*path, "slo"), "no such SLO", item.slo, hint)
    target = _commitment_target(written, path, item)
    tightest = min((slo.terms.error_budget for slo in of if not slo.is_mtbf), default=None)
    if target is not None and tightest is not None and 1 - Fraction(target) <= tightest:
        hint = f"promise less than {item.slo} does, or tighten that objective"
        written.warn((*path, "target"), "no margin between the commitment and its SLO", target, hint)
    bands: list[Band] = []
    for index, band in enumerate(item.bands):
        at_least = ratio_at(written, (*path, "bands", index, "atLeast"), band.at_least, above_zero=False)
        if at_least is None or written.is_doubtful((*path, "bands", index, "atLeast")):
            continue
        if any(at_least == other.at_least for other in bands):
            hint = "write each band once"
            written.problem((*path, "bands", index, "atLeast"), "two bands begin here", at_least, hint)
        bands.append(Band(at_least, band.consequence))
    bands.sort(key=lambda band: band.at_least, reverse=True)
    return Commitment(
        item.name, item.slo, item.sli, target, item.description or "", tuple(bands), tuple(item.exclusions)
    )


def _commitment_target(written: Written, path: PathInside, item: practice.Commitment) -> Decimal | None:
    if item.target is not None and item.target_percent is not None:
        hint = "keep one: target: 0.995 or targetPercent: 99.5"
        written.problem((*path, "targetPercent"), "both target and targetPercent", item.target_percent, hint)
        return None
    if item.target is not None:
        return ratio_at(written, (*path, "target"), item.target, above_zero=True)
    if item.target_percent is not None:
        return percent_at(written, (*path, "targetPercent"), item.target_percent)
    return None


def correction(written: Written, promised: Promised) -> Correction:
    """A Correction document; it holds for the slices that start within it."""
    model: practice.Correction = written.model
    read_annotations(written, ("metadata",), ("Correction",))
    spec = model.spec

    def tell(key: str, what: str, value: object, hint: str) -> None:
        if value:
            written.problem(("spec", key), what, value, hint)
        else:
            written.missing(("spec", key), hint, what)

    times = read_times(spec, tell)
    services = promised.services
    for index, name in enumerate(spec.slos):
        if name not in promised.by_name and name not in promised.written["SLO"]:
            written.problem(("spec", "slos", index), "no such SLO", name, nearest(name, sorted(promised.by_name)))
    for index, name in enumerate(spec.services):
        if name not in services and name not in promised.written["Service"]:
            written.problem(("spec", "services", index), "no such Service", name, nearest(name, services))
    if not spec.slos and not spec.services:
        written.missing(("spec", "slos"), "add slos: […] or services: […]", "neither slos nor services")
    made = Correction(
        name=model.metadata.name,
        slos=tuple(spec.slos),
        services=tuple(spec.services),
        start=times.span.start,
        end=times.span.end,
        mode=spec.mode,
        applies_to=tuple(dict.fromkeys(spec.applies_to)),
        reason=spec.reason,
        approver=spec.approver,
        place=written.place,
        recurrence=times.recurrence,
        announced_at=times.announced_at,
        notice_seconds=times.notice_seconds,
    )
    _check_notice(written, made)
    return made


def _check_notice(written: Written, made: Correction) -> None:
    spec: practice.CorrectionSpec = written.model.spec
    first = None if written.is_doubtful(("spec",)) else first_occurrence(made)
    if first is None or is_announced_in_time(made, first.start):
        return
    hint = f"agreements count it as measured; announce {spec.notice} ahead"
    if spec.announced_at is None:
        written.warn(("spec", "notice"), "notice without announcedAt", spec.notice, f"{hint}, and add announcedAt: …")
    else:
        written.warn(("spec", "announcedAt"), f"announced less than {spec.notice} ahead", spec.announced_at, hint)
