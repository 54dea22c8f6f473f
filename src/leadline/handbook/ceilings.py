"""
Ceilings: no objective can be relied on that promises more than the hard dependencies below it allow together.

A dependency of a service is said by `leadline/dependsOn` on the Service (names of Services) or on an SLO (names of
SLOs). Only what is comparable is compared: shares of good events, less than all of them; of a dependency that promises
several, the strictest. Independent dependencies, all needed: the product of what they promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from math import prod

from leadline.handbook.reading import PathInside
from leadline.handbook.shaping import Written
from leadline.handbook.specs import Service, Slo
from leadline.handbook.wording import nearest

DEPENDS_ON: PathInside = ("metadata", "annotations", "leadline/dependsOn")
_DIGITS = Decimal("1e-7")


def as_percent(error_budget: Fraction) -> str:
    """
    What remains beside an error budget, rounded down.

    >>> as_percent(Fraction(1, 1000))
    '99.9 %'
    """
    percent = 100 - 100 * Decimal(error_budget.numerator) / Decimal(error_budget.denominator)
    text = f"{percent.quantize(_DIGITS, ROUND_DOWN):f}"
    return f"{text.rstrip('0').rstrip('.')} %"


def dependencies(text: str) -> tuple[str, ...]:
    """Names with commas between, as `leadline/dependsOn` has them."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise ValueError("no names; write them with commas between: payments, ledger")
    if len(set(names)) < len(names):
        raise ValueError("a name stands twice; name each once")
    return names


def check_ceilings(
    documents: Iterable[Written],
    services: Mapping[str, Service],
    slos: Mapping[str, Slo],
    names: Mapping[str, frozenset[str]],
) -> None:
    """Warn of each objective above its ceiling; `names` by kind are those that stand somewhere, however ill."""
    by_document: dict[str, list[Slo]] = {}
    by_service: dict[str, list[Slo]] = {}
    for slo in slos.values():
        by_document.setdefault(slo.name, []).append(slo)
        by_service.setdefault(slo.service, []).append(slo)
    written_slos = {written.name: written for written in documents if written.kind == "SLO" and written.name}
    for written in documents:
        below = _named(written)
        if written.kind == "Service" and below:
            _check_names(written, below, services, names["Service"])
            found = [(name, _strictest(by_service.get(name, ()))) for name in below if name != written.name]
            for slo in by_service.get(written.name, ()):
                if slo.name in written_slos and not _named(written_slos[slo.name]):
                    _warn(written_slos[slo.name], slo, found)
        elif written.kind == "SLO" and below:
            _check_names(written, below, {**by_document, **slos}, names["SLO"])
            of = [(name, [slos[name]] if name in slos else by_document.get(name, [])) for name in below]
            for slo in by_document.get(written.name, ()):
                _warn(written, slo, [(name, _strictest(each)) for name, each in of])


def _named(written: Written) -> tuple[str, ...]:
    """What a document says it depends on; nothing where that is ill-written, which was told already."""
    if written.model is None or written.is_doubtful(DEPENDS_ON):
        return ()
    text = (written.model.metadata.annotations or {}).get(DEPENDS_ON[-1])
    return () if text is None else dependencies(text)


def _check_names(written: Written, below: Iterable[str], known: Iterable[str], names: frozenset[str]) -> None:
    for name in below:
        if name == written.name:
            written.problem(DEPENDS_ON, f"{written.kind} that depends on itself", name, "take it out")
        elif name not in known and name not in names:
            written.problem(DEPENDS_ON, f"no such {written.kind}", name, nearest(name, known))


def _comparable(slos: Iterable[Slo]) -> Iterator[Slo]:
    return (slo for slo in slos if not slo.is_mtbf and slo.limit is None and slo.terms.error_budget > 0)


def _strictest(slos: Iterable[Slo]) -> Slo | None:
    return min(_comparable(slos), key=lambda slo: slo.terms.error_budget, default=None)


def _warn(written: Written, slo: Slo, below: Iterable[tuple[str, Slo | None]]) -> None:
    """Warn when an objective stands above the product of what is below it."""
    found = [(name, other) for name, other in below if other is not None]
    ceiling = 1 - prod((1 - other.terms.error_budget for _, other in found), start=Fraction(1))
    if not found or not list(_comparable([slo])) or slo.terms.error_budget >= ceiling:
        return
    number = int(slo.id.rpartition("/")[2]) - 1 if slo.id != slo.name else 0
    path: PathInside = ("spec", "objectives", number, "target")
    mine, theirs = as_percent(slo.terms.error_budget), as_percent(ceiling)
    one = "a dependency that promises" if len(found) == 1 else "dependencies that promise"
    what = f"cannot promise {mine} above {one} {theirs}" + ("" if len(found) == 1 else " together")
    product = " × ".join(f"{other.id} {as_percent(other.terms.error_budget)}" for _, other in found)
    product += f" = {theirs}" if len(found) > 1 else ""
    written.warn(path, what, slo.target_text, f"{product}; promise less, or make it survive without")
