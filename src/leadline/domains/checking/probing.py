"""Asking the sources: which queries are looked at, and who did not answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from leadline.core.slices import HOUR
from leadline.domains.checking.writing import Said
from leadline.errors import LeadlineError
from leadline.handbook.specs import DataSource, Handbook, Sli, Slo
from leadline.ports.findings import Unanswered
from leadline.ports.inspection import Inspector, Look, Sight
from leadline.ports.operation import Context
from leadline.ports.questions import queries

_PUSH = "push"


@dataclass(slots=True)
class Seen:
    """What the sources told."""

    sights: dict[str, tuple[Sight, ...]] = field(default_factory=dict)
    """By id of the SLI."""
    oldest: dict[str, int | None] = field(default_factory=dict)
    """By name of the source, when what it keeps begins."""
    unanswered: list[Unanswered] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)


def window_seconds(slo: Slo, at: int) -> int:
    """How far back the budget of an objective reaches."""
    return max(at - slo.terms.window.span(at).start, HOUR)


def seen(handbook: Handbook, slos: Sequence[Slo], at: int, context: Context) -> Seen:
    """Look at every query of these objectives, source by source."""
    found = Seen()
    by_source: dict[str, dict[str, Sli]] = defaultdict(dict)
    for slo in slos:
        by_source[slo.sli.source][slo.sli.id] = slo.sli
    looks = {name: list(_looks(slis.values(), slos, at)) for name, slis in by_source.items() if name}
    context.progress.begin("asking sources", sum(len(each) for each in looks.values()))
    try:
        for name, wanted in looks.items():
            if handbook.sources[name].type != _PUSH:
                _ask(handbook.sources[name], wanted, at, context, found)
    finally:
        context.progress.end()
    return found


def _looks(slis: Iterable[Sli], slos: Sequence[Slo], at: int) -> Iterator[Look]:
    of: dict[str, list[Slo]] = defaultdict(list)
    for slo in slos:
        of[slo.sli.id].append(slo)
    for sli in slis:
        reach = max(window_seconds(slo, at) for slo in of[sli.id])
        limits = tuple(dict.fromkeys(slo.limit for slo in of[sli.id] if slo.limit is not None))
        yield from (Look(query, reach, limits) for query in queries(sli))


def _ask(source: DataSource, looks: Sequence[Look], at: int, context: Context, found: Seen) -> None:
    try:
        with closing(context.source(source)) as opened:
            opened.check()
            if not isinstance(opened, Inspector):
                hint = "collect it once: leadline collect tells what fails"
                what = "its queries were not looked at"
                found.said.append(Said("not-asked", source.place, what, f"type {source.type}", hint))
                return
            reach = max((look.window_seconds for look in looks), default=HOUR)
            found.oldest[source.name] = opened.oldest(at, reach)
            by_sli: dict[str, list[Sight]] = defaultdict(list)
            for sight in opened.look(looks, at, progress=context.progress.advance):
                by_sli[sight.query.sli].append(sight)
                if sight.error is not None:
                    who = f"{source.name} ({sight.query.sli})"
                    found.unanswered.append(Unanswered(source=who, why=str(sight.error)))
            found.sights |= {sli: tuple(sights) for sli, sights in by_sli.items()}
    except LeadlineError as error:
        found.unanswered.append(Unanswered(source=source.name, why=str(error)))
