"""
Advice that needs the handbook alone: what is allowed and will surprise somebody.

Pure. Mistakes and warnings that the loader has found are told by it; alerts stand in `alert_advice`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from leadline.core.budgets import OnNoData
from leadline.domains.checking.query_shapes import QueryShape, query_shape
from leadline.domains.checking.writing import Said
from leadline.handbook.specs import PROMETHEUS_LIKE, Handbook, Place, Sli, Slo
from leadline.ports.questions import queries
from leadline.ports.source import Role, SourceQuery

_SHOWN_SLOS = 5


def advice(handbook: Handbook, slos: Sequence[Slo]) -> Iterator[Said]:
    """Everything about these objectives, their SLIs and services, and about what nothing uses."""
    by_sli = objectives_by_sli(slos)
    for slo in _one_of_each_document(slos):
        yield from _about_promise(handbook, slo)
    for sli_id, of in by_sli.items():
        sli = handbook.slis.get(sli_id)
        source = handbook.sources.get(sli.source) if sli is not None else None
        if sli is not None and source is not None and source.type in PROMETHEUS_LIKE:
            yield from _about_queries(sli, of)
    yield from _about_what_is_idle(handbook)


def objectives_by_sli(slos: Sequence[Slo]) -> Mapping[str, tuple[str, ...]]:
    """Ids of the objectives on each SLI."""
    found: dict[str, list[str]] = defaultdict(list)
    for slo in slos:
        found[slo.sli.id].append(slo.id)
    return {sli: tuple(ids[:_SHOWN_SLOS]) for sli, ids in found.items()}


def _one_of_each_document(slos: Sequence[Slo]) -> Iterator[Slo]:
    """The first objective of each SLO document."""
    yield from {(slo.place.file, slo.place.line): slo for slo in reversed(slos)}.values()


def _about_promise(handbook: Handbook, slo: Slo) -> Iterator[Said]:
    if slo.team is None:
        hint = "add the annotation leadline/team to the service, or to this SLO"
        yield Said("no-owner", slo.place, "nobody owns it", slo.service, hint, (slo.id,))
    if not slo.description.strip() and not slo.sli.description.strip():
        hint = "add spec.description: what users lose when it is missed"
        yield Said("no-description", slo.place, "neither the SLO nor its SLI is described", slo.name, hint, (slo.id,))
    if slo.terms.on_no_data is OnNoData.EXCLUDE and slo.sli.source in handbook.sources:
        hint = "leave leadline/onNoData out (unknown), or write bad where silence is failure"
        what = "an outage in which nothing is measured spends no budget"
        yield Said("blind-to-outage", slo.place, what, "onNoData: exclude", hint, (slo.id,))


def _about_queries(sli: Sli, slos: tuple[str, ...]) -> Iterator[Said]:
    asked = [query for query in queries(sli) if query.role is not Role.DEMAND]
    shapes = [(query, query_shape(query.text)) for query in asked]
    for query, shape in shapes:
        if shape.has_rate_of_sum:
            hint = "name the counter alone, or sum the rates"
            yield Said("rate-of-sum", sli.place, "a rate is taken of a sum", query.text, hint, slos)
    yield from _two_instants(sli.place, shapes, slos)
    grouped = {label for _, shape in shapes for label in shape.grouped_by} - set(sli.group_by)
    if grouped:
        named = ", ".join(sorted(grouped))
        what = "the query groups by labels that the SLI does not declare; their groups are summed"
        hint = f'declare leadline/groupBy: "{named}", or take them out of `by (…)`'
        yield Said("hidden-grouping", sli.place, what, named, hint, slos)


def _two_instants(
    place: Place, shapes: Sequence[tuple[SourceQuery, QueryShape]], slos: tuple[str, ...]
) -> Iterator[Said]:
    times = {query.role: shape.times for query, shape in shapes if shape.times}
    pinned = sorted({time for found in times.values() for time in found if "@" in time})
    if pinned:
        hint = "take @ out; Leadline asks every query of an SLI at one instant"
        yield Said("two-instants", place, "a query is pinned to an instant of its own", pinned[0], hint, slos)
    elif len(set(times.values())) > 1:
        told = ", ".join(f"{role}: {' and '.join(sorted(found)) or 'no offset'}" for role, found in times.items())
        hint = "give all of them the same offset, or none"
        yield Said("two-instants", place, "the queries look at different times", told, hint, slos)


def _about_what_is_idle(handbook: Handbook) -> Iterator[Said]:
    used = {slo.sli.id for slo in handbook.slos.values()}
    used |= {one.sli for each in handbook.agreements.values() for one in each.commitments if one.sli is not None}
    for sli in handbook.slis.values():
        if sli.id not in used:
            yield Said("unused-sli", sli.place, "no objective uses it", sli.id, "write an SLO on it, or take it out")
    busy = {slo.service for slo in handbook.slos.values()}
    busy |= {composite.slo.service for composite in handbook.composites.values()}
    for service in handbook.services.values():
        if service.name not in busy:
            hint = "write an SLO of this service, or take it out"
            yield Said("idle-service", service.place, "it promises nothing", service.name, hint)
