"""
SLO documents that promise something of other SLOs: which components they have, and what their target may be.

A composite is declared while its document is read and resolved when all are known, since it may stand before its
components. Its promise is an `Slo` whose SLI nobody asks and nobody fills.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from leadline.core.composites import CompositeKind, OnMissing, combined
from leadline.handbook import documents
from leadline.handbook.ceilings import as_percent
from leadline.handbook.reading import PathInside
from leadline.handbook.shaping import Written
from leadline.handbook.specs import Component, Composite, Sli, Slo
from leadline.handbook.terms import Common, Promise
from leadline.handbook.wording import nearest

_LEAST = 2
"""Objectives of a document that make a composite."""
_HEAVIEST = Decimal(10) ** 6
_MOST = 200


def _at(name: str) -> PathInside:
    return ("metadata", "annotations", f"leadline/{name}")


@dataclass(frozen=True, slots=True)
class _Declared:
    """A composite whose components are still names."""

    written: Written
    path: PathInside
    """Of what declares it, for the ceiling of its target."""
    composite: Composite


@dataclass(slots=True)
class Composites:
    """Composites of the handbook, by id."""

    known: dict[str, Composite] = field(default_factory=dict)
    declared: dict[str, _Declared] = field(default_factory=dict)

    def is_declared(self, written: Written, values: Mapping[str, Any]) -> bool:
        """Whether a document is a composite of other SLOs: named so, and without an indicator of its own."""
        spec: documents.SLOSpec = written.model.spec
        has_indicator = _has_indicator(spec) or any(_has_indicator(objective) for objective in spec.objectives)
        if "components" in values and has_indicator:
            hint = "leave out the indicator, or the components"
            written.problem(_at("components"), "a composite of other SLOs with an indicator", "", hint)
        named = "composite" in values or "components" in values or written.is_doubtful(_at("composite"))
        return named and not has_indicator

    def declare(self, common: Common) -> None:
        """Read a composite of other SLOs: one for each of its objectives."""
        written, values = common.written, common.values
        model: documents.SLO = written.model
        if "composite" not in values and not written.is_doubtful(_at("composite")):
            written.missing(_at("composite"), "add leadline/composite: serial, parallel, weighted or worst")
        if "components" not in values and not written.is_doubtful(_at("components")):
            written.missing(_at("components"), 'add leadline/components: "one-slo, another-slo"')
        if "hours" in values:
            hint = "write it at its components; each of them keeps its hours"
            written.problem(_at("hours"), "a composite of other SLOs has no hours", "", hint)
        several = len(model.spec.objectives) > 1
        for index, objective in enumerate(model.spec.objectives):
            path: PathInside = ("spec", "objectives", index)
            name = f"{model.metadata.name}/{index + 1}" if several else model.metadata.name
            slo = common.slo(Promise(objective, path, name, _nobody(name, common)))
            if slo is None or not written.name or "composite" not in values or "components" not in values:
                continue
            parts = tuple(Component(part, weight) for part, weight in values["components"])
            self._add(written, (*path, "target"), slo, values, parts)

    def declare_own(self, common: Common, slos: Sequence[tuple[Slo, PathInside]]) -> None:
        """
        Read a document whose objectives are the components: OpenSLO's weights, or a kind of composite.

        Its target is what its objectives promise together.
        """
        written, values = common.written, common.values
        spec: documents.SLOSpec = written.model.spec
        weights = [objective.composite_weight for objective in spec.objectives]
        unfit = [index for index, weight in enumerate(weights) if not _is_weight(written, index, weight)]
        named = "composite" in values or any(weight is not None for weight in weights)
        if not named or unfit or "components" in values or len(slos) < len(weights) or not written.name:
            return
        if len(weights) < _LEAST or not all(_has_indicator(objective) for objective in spec.objectives):
            own: PathInside = ("spec", "objectives", 0, "compositeWeight")
            where = _at("composite") if "composite" in values else own
            hint = 'give each objective its own indicatorRef, or name other SLOs: leadline/components: "a, b"'
            written.problem(where, "a composite needs two components or more", "", hint)
            return
        parts = tuple(
            Component(slo.id, Fraction(1) if weight is None else Fraction(weight))
            for (slo, _), weight in zip(slos, weights, strict=True)
        )
        kind = values.get("composite", CompositeKind.WEIGHTED)
        promised = [(slo.terms.error_budget, part.weight) for (slo, _), part in zip(slos, parts, strict=True)]
        whole = _together(slos[0][0], common, combined(kind, promised))
        self._add(written, (), whole, {"composite": kind, **values}, parts)

    def _add(
        self, written: Written, path: PathInside, slo: Slo, values: Mapping[str, Any], parts: tuple[Component, ...]
    ) -> None:
        kind: CompositeKind = values["composite"]
        if kind is not CompositeKind.WEIGHTED and any(part.weight != 1 for part in parts) and path:
            hint = "leave the weights out, or write leadline/composite: weighted"
            written.problem(_at("components"), f"weights in a {kind} composite", "", hint)
        composite = Composite(slo, kind, values.get("onMissing", OnMissing.UNKNOWN), parts)
        self.declared[slo.id] = _Declared(written, path, composite)

    def resolve(self, slos: Mapping[str, Slo], names: frozenset[str]) -> None:
        """Find the components of all that were declared; `names` are SLOs that stand somewhere, however ill."""
        for id_, one in self.declared.items():
            found = [self._found(one, part, slos, names) for part in one.composite.components]
            components = tuple(part for part in found if part is not None)
            if len(components) == len(found):
                self.known[id_] = replace(one.composite, components=components)
        self._refuse_cycles()
        self._refuse_giants()
        for id_, composite in self.known.items():
            self._check_ceiling(self.declared[id_], composite, slos)

    def warn_of_corrections(self, corrections: Iterable[Written], slos: Mapping[str, Slo]) -> None:
        """A composite has no slices that could be corrected: its components have."""
        measured = {slo.name for slo in slos.values()}
        for written in corrections:
            for index, name in enumerate(written.model.spec.slos):
                of = [one for id_, one in self.known.items() if name in (id_, one.slo.name)]
                if of and name not in measured:
                    hint = f"name its components: {', '.join(part.slo for part in of[0].components)}"
                    written.warn(
                        ("spec", "slos", index), "a composite is corrected by its components alone", name, hint
                    )

    def _found(
        self, one: _Declared, part: Component, slos: Mapping[str, Slo], names: frozenset[str]
    ) -> Component | None:
        if part.slo in slos or part.slo in self.declared:
            return part
        several = [slo.id for slo in slos.values() if slo.name == part.slo]
        several += [id_ for id_, other in self.declared.items() if other.composite.slo.name == part.slo]
        if several:
            hint = f"name one of {', '.join(several)}"
            one.written.problem(_at("components"), "an SLO of several objectives", part.slo, hint)
        elif part.slo not in names:
            hint = nearest(part.slo, [*slos, *self.declared])
            one.written.problem(_at("components"), "no such SLO", part.slo, hint)
        return None

    def _refuse_cycles(self) -> None:
        """Each composite that contains itself is told, with the way round, and forgotten."""
        while cycle := self._cycle():
            first = self.declared[cycle[0]]
            way = " → ".join([*cycle, cycle[0]])
            first.written.problem(_at("components"), "a composite that contains itself", way, "take one of them out")
            for id_ in cycle:
                del self.known[id_]

    def _cycle(self) -> list[str]:
        """One way round, or none; without recursion, for a handbook may nest as deep as it likes."""
        done: set[str] = set()
        for start in self.known:
            way: list[str] = []
            todo = [(start, False)]
            while todo:
                id_, is_left = todo.pop()
                if is_left:
                    done.add(way.pop())
                elif id_ in way:
                    return way[way.index(id_) :]
                elif id_ in self.known and id_ not in done:
                    way.append(id_)
                    todo += [(id_, True), *((part.slo, False) for part in self.known[id_].components)]
        return []

    def _refuse_giants(self) -> None:
        """A composite is exact, and each time it contains another one costs again; so there is a limit."""
        sizes: dict[str, int] = {}
        for start in self.known:
            todo = [start]
            while todo:
                parts = [part.slo for part in self.known[todo[-1]].components]
                before = [part for part in parts if part in self.known and part not in sizes]
                if before:
                    todo += before
                    continue
                sizes[todo.pop()] = min(_MOST + 1, 1 + sum(sizes.get(part, 1) for part in parts))
        for id_, size in sizes.items():
            if size > _MOST:
                hint = f"have at most {_MOST} components, those of components counted too"
                self.declared[id_].written.problem(_at("components"), "too many components", id_, hint)
                del self.known[id_]

    def _check_ceiling(self, one: _Declared, composite: Composite, slos: Mapping[str, Slo]) -> None:
        """A target above what the components promise together cannot be relied on."""
        promised = []
        for part in composite.components:
            of = slos.get(part.slo) or (self.known[part.slo].slo if part.slo in self.known else None)
            if of is None or of.is_mtbf:
                return
            promised.append((of, part.weight))
        least = combined(composite.kind, [(slo.terms.error_budget, weight) for slo, weight in promised])
        if composite.slo.terms.error_budget < least and one.path:
            mine = as_percent(composite.slo.terms.error_budget)
            each = ", ".join(f"{slo.id} {as_percent(slo.terms.error_budget)}" for slo, _ in promised)
            what = f"cannot promise {mine} above components that promise {as_percent(least)} together"
            hint = f"{composite.kind}: {each}; promise less, or have them promise more"
            one.written.warn(one.path, what, composite.slo.target_text, hint)


def _has_indicator(holder: documents.SLOSpec | documents.Objective) -> bool:
    return holder.indicator is not None or holder.indicator_ref is not None


def _is_weight(written: Written, index: int, weight: Decimal | None) -> bool:
    """Whether a weight can be used; if not, it is told."""
    if weight is None or 0 < weight <= _HEAVIEST:
        return True
    hint = "write a number above 0, such as 2"
    written.problem(("spec", "objectives", index, "compositeWeight"), "not a weight", weight, hint)
    return False


def _together(first: Slo, common: Common, budget: Fraction) -> Slo:
    """What the objectives of a document promise together, as an objective of the document's name."""
    target = 1 - Decimal(budget.numerator) / Decimal(budget.denominator)
    return replace(
        first,
        id=first.name,
        display_name=common.written.model.metadata.display_name or first.name,
        sli=_nobody(first.name, common),
        series=first.name,
        limit=None,
        target_text=as_percent(budget),
        terms=replace(first.terms, target=target, error_budget=budget),
        is_mtbf=False,
        place=common.written.place,
    )


def _nobody(name: str, common: Common) -> Sli:
    """The SLI of a composite: nothing is asked and nothing kept under it."""
    return Sli(
        id=name, description="", measure=None, source="", group_by=(), quantum=Fraction(1), is_inline=True,
        place=common.written.place,
    )  # fmt: skip
