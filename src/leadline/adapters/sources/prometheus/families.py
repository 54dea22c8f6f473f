"""
Families: queries that differ in the value of one label alone, asked as one query that keeps this label.

N services that are measured alike cost the server one look at all their series instead of N, which is most of what a
turn over many objectives costs. The answer is taken apart by the label, so that every query has the numbers that it
would have had alone; a family whose query fails is asked again in halves, at last each query by itself. Small families
share a request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from leadline.adapters.sources.prometheus.batches import Asker, Grid, Reply
from leadline.adapters.sources.prometheus.likeness import Likeness, likenesses
from leadline.adapters.sources.prometheus.parts import Part, part_of, parts_of, put, runs
from leadline.adapters.sources.prometheus.plans import Plan, alike, planned
from leadline.core.slices import STEP, Bools
from leadline.ports.source import SourceQuery

_MOST_LETTERS = 3_000
"""Of all values together, times the terms; a query names them several times, and some servers take 16 KiB."""
_MOST_MEMBER_STEPS = 144_000
"""Members times steps of one request."""
_GROUPED_WEIGHT = 10
"""A member with groups of its own counts as so many."""
_MOST_MEMBERS_TOGETHER = 400
"""Of all families that share a request."""
_SHORT_STEPS = 30
"""A span of so few steps is corrected as a whole; in a longer one each member is asked about its own steps alone."""


@dataclass(frozen=True, slots=True)
class Family:
    """Some of the queries that are alike, each with its value of the label."""

    likeness: Likeness
    members: tuple[tuple[str, Plan], ...]

    @property
    def plans(self) -> list[Plan]:
        return [plan for _, plan in self.members]

    @property
    def values(self) -> list[str]:
        return [value for value, _ in self.members]

    def asked(self) -> dict[str, str]:
        """Expressions by what they are for."""
        probe = self.likeness.probe(self.values)
        return {"v": self.likeness.simple(self.values)} | ({"p": probe} if probe is not None else {})

    def parts(self, asker: Asker, grid: Grid) -> list[Part]:
        """Numbers of each member on one piece."""
        return Together((self,)).parts(asker, grid)

    def halves(self, asker: Asker, grid: Grid) -> list[Part]:
        """Numbers of each member, where they cannot be had together."""
        if len(self.members) == 1:
            return parts_of(asker, [planned(self.members[0][1].queries)], grid)
        middle = len(self.members) // 2
        halves = (self.members[:middle], self.members[middle:])
        return [part for half in halves for part in replace(self, members=half).parts(asker, grid)]

    def read(self, values: Reply, grid: Grid) -> list[Part]:
        found = self._apart(values)
        return [part_of(found[value], plan, grid.count) for value, plan in self.members]

    def _apart(self, reply: Reply) -> dict[str, Reply]:
        apart = {value: Reply(warnings=list(reply.warnings)) for value, _ in self.members}
        for series in reply.series:
            if (value := series.labels.get(self.likeness.label)) in apart:
                apart[value].series.append(series)
        return apart

    def flagged(self, probe: Reply, count: int) -> dict[str, Bools]:
        """Steps of each member at which the simple form may be wrong."""
        flagged: dict[str, Bools] = {}
        for series in probe.series:
            value = series.labels.get(self.likeness.label, "")
            flagged.setdefault(value, np.zeros(count, np.bool_))[series.at] = True
        return flagged

    def to_correct(self, flagged: Mapping[str, Bools], count: int) -> dict[tuple[int, int], list[int]]:
        """Positions of the members that have flagged steps, by the run of steps to ask for."""
        wanted: dict[tuple[int, int], list[int]] = {}
        for position, value in enumerate(self.values):
            if value in flagged:
                for run in [(0, count)] if count <= _SHORT_STEPS else runs(flagged[value]):
                    wanted.setdefault(run, []).append(position)
        return wanted

    def exact(self, positions: Iterable[int]) -> str:
        return self.likeness.exact(self.members[at][0] for at in positions)

    def correct(self, reply: Reply, times: Grid, positions: Iterable[int]) -> Iterator[tuple[int, Part | None]]:
        """The exact form's numbers of some members; None where the server does not say them."""
        found = self._apart(reply)
        for at in positions:
            value, plan = self.members[at]
            yield at, None if reply.error is not None else part_of(found[value], plan, times.count)


@dataclass(frozen=True, slots=True)
class Together:
    """Families that share a request."""

    families: tuple[Family, ...]

    @property
    def plans(self) -> list[Plan]:
        return [plan for family in self.families for plan in family.plans]

    def parts(self, asker: Asker, grid: Grid) -> list[Part]:
        """Numbers of each member of each family on one piece."""
        several = [family for family in self.families if len(family.members) > 1]
        asked = {f"{kind}{at}": text for at, family in enumerate(several) for kind, text in family.asked().items()}
        replies = asker.ask(asked, grid) if asked else {}
        found: list[list[Part]] = []
        flagged: list[tuple[Family, list[Part], dict[str, Bools]]] = []
        for family in self.families:
            at = several.index(family) if len(family.members) > 1 else -1
            values, probe = replies.get(f"v{at}", Reply()), replies.get(f"p{at}", Reply())
            if at < 0 or values.error is not None or probe.error is not None:
                found.append(family.halves(asker, grid))
                continue
            found.append(family.read(values, grid))
            flagged.append((family, found[-1], family.flagged(probe, grid.count)))
        _correct(asker, grid, [each for each in flagged if each[2]])
        return [part for parts in found for part in parts]


def _correct(asker: Asker, grid: Grid, families: Sequence[tuple[Family, list[Part], dict[str, Bools]]]) -> None:
    """At the flagged steps of a member, and only there, put the exact form's value, absence included."""
    by_run: dict[tuple[int, int], dict[str, tuple[int, list[int]]]] = {}
    for number, (family, _, flagged) in enumerate(families):
        for run, positions in family.to_correct(flagged, grid.count).items():
            by_run.setdefault(run, {})[f"v{number}"] = (number, positions)
    for (low, high), wanted in by_run.items():
        times = Grid(grid.first + low * STEP, high - low)
        exact = {tag: families[number][0].exact(positions) for tag, (number, positions) in wanted.items()}
        replies = asker.ask(exact, times)
        for tag, (number, positions) in wanted.items():
            family, parts, flagged = families[number]
            for at, right in family.correct(replies[tag], times, positions):
                value, plan = family.members[at]
                if right is None:
                    parts[at] = parts_of(asker, [planned(plan.queries)], grid)[0]
                else:
                    put(parts[at], right, low, flagged[value][low:high], grid.count)


def families_of(queries: Sequence[SourceQuery], steps: int) -> tuple[list[Together], list[SourceQuery]]:
    """Families of two and more, as they are asked, and the queries that belong to none."""
    groups = [(group, likenesses(group[0])) for group in alike(queries)]
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
            _MOST_LETTERS // len(likeness.terms),
        )
    ]
    return _together(families, steps), rest


def _together(families: Sequence[Family], steps: int) -> list[Together]:
    """Small families join over short spans; over long ones `or` costs the server more than a request does."""
    requests: list[list[Family]] = []
    room = 0
    for family in families:
        weight = len(family.members) * (_GROUPED_WEIGHT if family.likeness.group_by else 1)
        if steps > _SHORT_STEPS or weight > room:
            requests.append([])
            room = _MOST_MEMBERS_TOGETHER
        requests[-1].append(family)
        room -= weight
    return [Together(tuple(request)) for request in requests]


def _pieces(members: Sequence[tuple[str, Plan]], most: int, most_letters: int) -> list[tuple[tuple[str, Plan], ...]]:
    """Members in requests of a size that servers bear."""
    pieces: list[list[tuple[str, Plan]]] = [[]]
    letters = 0
    for value, plan in members:
        letters += len(value) + 1
        if pieces[-1] and (letters > most_letters or len(pieces[-1]) >= most):
            pieces.append([])
            letters = len(value) + 1
        pieces[-1].append((value, plan))
    return [tuple(piece) for piece in pieces]
