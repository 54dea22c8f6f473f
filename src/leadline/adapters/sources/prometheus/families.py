"""
Families: counters that differ in the value of one label alone, asked as one query that keeps this label.

N services that are measured alike cost the server one look at all their series instead of N, which is most of what a
turn over many objectives costs. The answer is taken apart by the label, so that every query has the numbers that it
would have had alone; a family whose query fails is asked again in halves, at last each query by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from leadline.adapters.sources.prometheus.batches import Asker, Grid, Reply
from leadline.adapters.sources.prometheus.parts import Part, part_of, parts_of, put, runs
from leadline.adapters.sources.prometheus.plans import Plan, alike, as_asked, counter_of, planned
from leadline.adapters.sources.prometheus.selectors import quoted
from leadline.core.slices import STEP, Bools
from leadline.ports.source import SourceQuery

_MOST_LETTERS = 3_000
"""Of all values together; a query names them several times, and some servers take 16 KiB."""
_MOST_MEMBER_STEPS = 144_000
"""Members times steps of one request."""
_GROUPED_WEIGHT = 10
"""A member with groups of its own counts as so many."""
_SHORT_STEPS = 30
"""A span of so few steps is corrected as a whole; in a longer one each member is asked about its own steps alone."""
_MATCHER = r"""[a-zA-Z_]\w*\s*(?:=~|!~|!=|=)\s*(?:"[^"\\\n]*"|'[^'\\\n]*')"""
_SELECTOR = re.compile(
    rf"\s*(?P<sum>sum\s*\(\s*)?(?P<name>[a-zA-Z_:][\w:]*)\s*\{{\s*(?P<matchers>{_MATCHER}(?:\s*,\s*{_MATCHER})*)\s*,?\s*\}}"
    r"\s*(?(sum)\))\s*",
    re.ASCII,
)
_PIECES = re.compile(r"""([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)')""", re.ASCII)
_SPECIAL = re.compile(r"([\\.+*?()|\[\]{}^$])")

Matcher = tuple[str, str, str]
"""Label, operator, value."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the queries of a family have in common."""

    name: str
    label: str
    others: tuple[Matcher, ...]
    group_by: tuple[str, ...]

    def text(self, values: Iterable[str]) -> str:
        """The selector of some members together."""
        either = "|".join(_SPECIAL.sub(r"\\\1", value) for value in values)
        matchers = [f"{label}{sign}{quoted(value)}" for label, sign, value in self.others]
        return f"{self.name}{{{', '.join([f'{self.label}=~{quoted(either)}', *matchers])}}}"

    @property
    def kept(self) -> tuple[str, ...]:
        return tuple(sorted({self.label, *self.group_by}))


@dataclass(frozen=True, slots=True)
class Family:
    """Some of the queries that are alike, each with its value of the label."""

    likeness: Likeness
    members: tuple[tuple[str, Plan], ...]

    @property
    def plans(self) -> list[Plan]:
        return [plan for _, plan in self.members]

    def parts(self, asker: Asker, grid: Grid) -> list[Part]:
        """Numbers of each member on one piece."""
        if len(self.members) == 1:
            return parts_of(asker, [planned(self.members[0][1].queries)], grid)
        counter = counter_of(self.likeness.text(value for value, _ in self.members), self.likeness.kept)
        assert counter.probe is not None  # noqa: S101 - a bare selector has one; this tells the type checker
        replies = asker.ask({"v": counter.simple, "p": counter.probe}, grid)
        if replies["v"].error is not None or replies["p"].error is not None:
            middle = len(self.members) // 2
            halves = (self.members[:middle], self.members[middle:])
            return [part for half in halves for part in replace(self, members=half).parts(asker, grid)]
        found = self._apart(replies["v"])
        parts = [part_of(found[value], plan, grid.count) for value, plan in self.members]
        self._correct(asker, grid, parts, self._flagged(replies["p"], grid.count))
        return parts

    def _apart(self, reply: Reply) -> dict[str, Reply]:
        apart = {value: Reply(warnings=list(reply.warnings)) for value, _ in self.members}
        for series in reply.series:
            if (value := series.labels.get(self.likeness.label)) in apart:
                apart[value].series.append(series)
        return apart

    def _flagged(self, probe: Reply, count: int) -> dict[str, Bools]:
        flagged: dict[str, Bools] = {}
        for series in probe.series:
            value = series.labels.get(self.likeness.label, "")
            flagged.setdefault(value, np.zeros(count, np.bool_))[series.at] = True
        return flagged

    def _correct(self, asker: Asker, grid: Grid, parts: list[Part], flagged: dict[str, Bools]) -> None:
        """At the flagged steps of a member, and only there, put the exact form's value, absence included."""
        wanted: dict[tuple[int, int], list[int]] = {}
        for position, (value, _) in enumerate(self.members):
            if value in flagged:
                whole = [(0, grid.count)] if grid.count <= _SHORT_STEPS else runs(flagged[value])
                for run in whole:
                    wanted.setdefault(run, []).append(position)
        for (low, high), positions in wanted.items():
            exact = counter_of(self.likeness.text(self.members[at][0] for at in positions), self.likeness.kept).exact
            assert exact is not None  # noqa: S101 - as in `parts`
            times = Grid(grid.first + low * STEP, high - low)
            reply = asker.ask({"v": exact}, times)["v"]
            found = self._apart(reply)
            for at in positions:
                value, plan = self.members[at]
                if reply.error is not None:
                    parts[at] = parts_of(asker, [planned(plan.queries)], grid)[0]
                else:
                    put(parts[at], part_of(found[value], plan, times.count), low, flagged[value][low:high], grid.count)


def families_of(queries: Sequence[SourceQuery], steps: int) -> tuple[list[Family], list[SourceQuery]]:
    """Families of two and more, and the queries that belong to none."""
    groups = [(group, _likenesses(group[0])) for group in alike(queries)]
    sizes = Counter(likeness for _, found in groups for likeness in found)
    growing: dict[Likeness, dict[str, list[SourceQuery]]] = {}
    rest: list[SourceQuery] = []
    for group, found in groups:
        largest = max(found, key=lambda likeness: (sizes[likeness], likeness.label), default=None)
        if largest is None or sizes[largest] < 2:
            rest.extend(group)
        else:
            growing.setdefault(largest, {}).setdefault(found[largest], []).extend(group)
    alone = [likeness for likeness, grown in growing.items() if len(grown) < 2]
    rest += [query for likeness in alone for its in growing.pop(likeness).values() for query in its]
    families = [
        Family(likeness, members)
        for likeness, grown in growing.items()
        for members in _pieces(
            [(value, Plan(tuple(its))) for value, its in grown.items()],
            max(2, _MOST_MEMBER_STEPS // max(steps, 1) // (_GROUPED_WEIGHT if likeness.group_by else 1)),
        )
    ]
    return families, rest


def _likenesses(query: SourceQuery) -> dict[Likeness, str]:
    """Each family to which a query could belong, with its value of the label; none for what is no bare counter."""
    match = _SELECTOR.fullmatch(as_asked(query)) if query.counter else None
    if match is None or (match["sum"] and query.group_by):
        return {}
    matchers = [(label, sign, double or single) for label, sign, double, single in _PIECES.findall(match["matchers"])]
    return {
        Likeness(match["name"], label, tuple(sorted(set(matchers) - {(label, sign, value)})), query.group_by): value
        for label, sign, value in matchers
        if sign == "=" and value and label != "__name__"
    }


def _pieces(members: Sequence[tuple[str, Plan]], most: int) -> list[tuple[tuple[str, Plan], ...]]:
    """Members in requests of a size that servers bear."""
    pieces: list[list[tuple[str, Plan]]] = [[]]
    letters = 0
    for value, plan in members:
        letters += len(value) + 1
        if pieces[-1] and (letters > _MOST_LETTERS or len(pieces[-1]) >= most):
            pieces.append([])
            letters = len(value) + 1
        pieces[-1].append((value, plan))
    return [tuple(piece) for piece in pieces]
