"""From a Simulation document to a scenario: who is simulated, with what traffic, and what is planted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from leadline.core.scenarios import DAY_MINUTES, MILLION, Effect, Kind, Level, Planted, Rhythm, Scenario, Shape, Stream
from leadline.core.slices import STEP, Labels
from leadline.core.windows import floor_to_step
from leadline.handbook import simulations
from leadline.handbook.annotations import read_annotations
from leadline.handbook.clauses import Promised
from leadline.handbook.reading import PathInside
from leadline.handbook.scalars import instant_at, ratio_at, whole_steps
from leadline.handbook.shaping import Written
from leadline.handbook.specs import RatioMeasure, Sli
from leadline.handbook.wording import nearest

_CYCLE_MINUTES = 56 * DAY_MINUTES
_LISTS = ((Kind.INCIDENT, "incidents"), (Kind.MAINTENANCE, "maintenance"), (Kind.DEPLOY, "deploys"))
_SLOWEST = MILLION // 10
"""Depth up to which a burn is slow."""
_MOST_TIMES = 1000
_MOST_EVENTS = 10**9
"""Events a minute up to which shares of them in parts per million are whole numbers of 64 bits."""


def scenario(written: Written, promised: Promised) -> Scenario:
    """A Simulation document; mistakes are told at their place."""
    model: simulations.Simulation = written.model
    read_annotations(written, ("metadata",), ("Simulation",))
    reading = _Reading(written, promised)
    return reading.scenario(model.metadata.name, model.spec)


@dataclass(slots=True)
class _Reading:
    """One document while it is read."""

    written: Written
    promised: Promised
    streams: dict[str, tuple[Stream, ...]] = field(default_factory=dict)
    levels: dict[str, tuple[Level, ...]] = field(default_factory=dict)
    lacks_slis: bool = False
    """An SLI that was meant to be simulated is not; effects on it are not to blame."""

    def scenario(self, name: str, spec: simulations.SimulationSpec) -> Scenario:
        cycle = self._minutes(("spec", "cycle"), spec.cycle, _CYCLE_MINUTES)
        if cycle % DAY_MINUTES:
            self.written.problem(("spec", "cycle"), "not whole days", spec.cycle, "write whole days such as 56d")
            cycle = _CYCLE_MINUTES
        usual = self._rhythm(("spec", "rhythm"), spec.rhythm, Rhythm())
        for index, traffic in enumerate(spec.traffic):
            self._traffic(("spec", "traffic", index), traffic, usual)
        for index, gauge in enumerate(spec.gauges):
            self._gauge(("spec", "gauges", index), gauge, usual)
        planted: dict[str, Planted] = {}
        for kind, key in _LISTS:
            for index, item in enumerate(getattr(spec, key)):
                path = ("spec", key, index)
                if item.name in planted:
                    hint = f"also one of the {planted[item.name].kind}s; rename one"
                    self.written.problem((*path, "name"), "duplicate name", item.name, hint)
                planted[item.name] = self._planted(path, kind, item, cycle)
        return Scenario(name, spec.seed, cycle, self.streams, self.levels, tuple(planted.values()))

    def _traffic(self, path: PathInside, item: simulations.Traffic, usual: Rhythm) -> None:
        sli = self._sli(path, item.sli, is_gauge=False)
        if sli is None:
            return
        if item.failures is not None and sli.failures is None:
            hint = "take it out, or give the SLI the annotation leadline/failures"
            self.written.problem((*path, "failures"), "the SLI counts no failures", item.failures, hint)
        rhythm = self._rhythm((*path, "rhythm"), item.rhythm, usual)
        bad = self._share((*path, "bad"), item.bad, 0.0)
        demand = self._demand((*path, "demandAbove"), item.demand_above)
        per_minute = self._count((*path, "perMinute"), item.per_minute)
        failures = self._count((*path, "failures"), item.failures)
        streams = []
        for index, labels in enumerate(self._groups(path, sli, [group.labels for group in item.groups])):
            share, its_bad = 1.0, bad
            if item.groups:
                inside = (*path, "groups", index)
                share = self._share((*inside, "share"), item.groups[index].share, 1 / len(item.groups))
                its_bad = self._share((*inside, "bad"), item.groups[index].bad, bad)
            stream = Stream(sli.id, labels, rhythm, per_minute * share, its_bad, failures * share, demand)
            streams.append(stream)
        self.streams[sli.id] = tuple(streams)

    def _gauge(self, path: PathInside, item: simulations.Gauge, usual: Rhythm) -> None:
        sli = self._sli(path, item.sli, is_gauge=True)
        if sli is None:
            return
        rhythm = self._rhythm((*path, "rhythm"), item.rhythm, usual)
        swing = self._share((*path, "swing"), item.swing, 0.0)
        demand = self._demand((*path, "demandAbove"), item.demand_above)
        given = [group.value for group in item.groups] or [None]
        groups = self._groups(path, sli, [group.labels for group in item.groups])
        self.levels[sli.id] = tuple(
            Level(sli.id, labels, rhythm, float(item.value if value is None else value), swing, demand)
            for labels, value in zip(groups, given, strict=True)
        )

    def _sli(self, path: PathInside, name: str, *, is_gauge: bool) -> Sli | None:
        """The SLI, where it is there, is not simulated twice and is asked for what is simulated."""
        sli = self.promised.slis.get(name)
        place = (*path, "sli")
        if sli is None:
            if name not in self.promised.written["SLI"]:
                self.written.problem(place, "no such SLI", name, nearest(name, self.promised.slis))
        elif sli.measure is None:
            hint = "its slices are pushed and never asked for; take it out"
            self.written.problem(place, "an SLI that nothing is asked for", name, hint)
        elif isinstance(sli.measure, RatioMeasure) is is_gauge:
            hint = "write it below traffic, with perMinute" if is_gauge else "write it below gauges, with value"
            self.written.problem(place, "events are no gauge" if is_gauge else "a gauge has no traffic", name, hint)
        elif name in self.streams or name in self.levels:
            self.written.problem(place, "simulated twice", name, "keep one")
        else:
            return sli
        self.lacks_slis = True
        return None

    def _groups(self, path: PathInside, sli: Sli, groups: list[simulations.GroupLabels]) -> list[Labels]:
        found = [_labels(group) for group in groups]
        for index, labels in enumerate(found):
            if {name for name, _ in labels} != set(sli.group_by):
                hint = f"write {', '.join(sli.group_by)}" if sli.group_by else "take the groups out; the SLI has none"
                place = (*path, "groups", index, "labels")
                self.written.problem(place, "not the labels of the SLI's groups", _told(labels), hint)
            elif labels in found[:index]:
                self.written.problem((*path, "groups", index, "labels"), "a group twice", _told(labels), "keep one")
        if sli.group_by and not found:
            hint = f"add groups: [{{labels: {{{sli.group_by[0]}: …}}}}]"
            self.written.missing((*path, "groups"), hint, "a grouped SLI without groups")
        return found or [()]

    def _planted(self, path: PathInside, kind: Kind, item: simulations.Planted, cycle: int) -> Planted:
        for index, name in enumerate(item.services):
            if name not in self.promised.services and name not in self.promised.written["Service"]:
                hint = nearest(name, self.promised.services)
                self.written.problem((*path, "services", index), "no such Service", name, hint)
        depth = self._depth((*path, "depth"), item.depth, 0)
        shape = None if self._is_told(path) else Shape(item.shape)
        found = Planted(
            name=item.name,
            kind=kind,
            shape=shape or Shape.OUTAGE,
            description=item.description or "",
            services=item.services,
            start=self._start(path, item, cycle),
            is_once=item.start is not None,
            is_in_story=item.story is not None,
            duration=self._minutes((*path, "duration"), item.duration, 1),
            every=self._minutes((*path, "every"), item.every, DAY_MINUTES),
            times=self._times((*path, "times"), item.times),
            period=self._minutes((*path, "period"), item.period, 1),
            effects=tuple(
                self._effect((*path, "effects", index), effect, shape, depth)
                for index, effect in enumerate(item.effects)
            ),
        )
        if not self._is_told(path):
            self._check_shape(path, item, found)
        return found

    def _start(self, path: PathInside, item: simulations.Planted, cycle: int) -> int:
        chosen = next((key for key in ("start", "story") if getattr(item, key) is not None), "")
        for key in ("day", "time", "story") if chosen else ():
            if key != chosen and getattr(item, key) is not None:
                hint = "keep start for what happens once, story for a demo, or day and time for what recurs"
                self.written.problem((*path, key), f"both {chosen} and {key}", getattr(item, key), hint)
        if item.start is not None:
            return floor_to_step(instant_at(self.written, (*path, "start"), item.start) or 0.0) // STEP
        if item.story is not None:
            length = self._minutes((*path, "story"), item.story.lstrip("+-"), 0)
            return -length if item.story.startswith("-") else length
        if item.day is None or item.time is None:
            key = "day" if item.day is None else "time"
            self.written.missing((*path, key), 'add day: 12 and time: "13:30", or start: 2026-03-01T13:30:00Z')
            return 0
        if not 0 <= item.day < cycle // DAY_MINUTES:
            hint = f"write a day from 0 to {cycle // DAY_MINUTES - 1}"
            self.written.problem((*path, "day"), "outside the cycle", item.day, hint)
        return item.day * DAY_MINUTES + _minute_of_day(item.time)

    def _effect(self, path: PathInside, item: simulations.Effect, shape: Shape | None, depth: int) -> Effect:
        groups = tuple(_labels(group) for group in item.groups)
        simulated: dict[str, tuple[Stream | Level, ...]] = {**self.streams, **self.levels}
        if item.sli not in simulated:
            if not self.lacks_slis and item.sli not in self.promised.written["SLI"]:
                hint = nearest(item.sli, simulated)
                self.written.problem((*path, "sli"), "not a simulated SLI", item.sli, hint)
        else:
            self._check_effect(path, item, shape)
        for index, wanted in enumerate(groups):
            sources = simulated.get(item.sli, ())
            if sources and not any(set(wanted) <= set(source.labels) for source in sources):
                hint = "write the labels of a group of this SLI"
                self.written.problem((*path, "groups", index), "no group has these labels", _told(wanted), hint)
        return Effect(
            sli=item.sli,
            depth=self._depth((*path, "depth"), item.depth, depth),
            lag=self._minutes((*path, "lag"), item.lag, 0),
            groups=groups,
            failures=item.failures or 0,
            value=None if item.value is None else float(item.value),
        )

    def _check_effect(self, path: PathInside, item: simulations.Effect, shape: Shape | None) -> None:
        if item.failures is not None and (item.failures < 0 or self.promised.slis[item.sli].failures is None):
            hint = "write 0 or more, for an SLI with the annotation leadline/failures"
            self.written.problem((*path, "failures"), "failures that are not counted", item.failures, hint)
        if item.sli in self.levels and item.value is None and shape not in (None, Shape.SILENCE):
            self.written.missing((*path, "value"), "add value: …, where the gauge goes", "a gauge without a value")
        elif item.sli in self.streams and item.value is not None:
            self.written.problem((*path, "value"), "events have no value", item.value, "write depth: 0.5")

    def _check_shape(self, path: PathInside, item: simulations.Planted, found: Planted) -> None:
        """Each shape has what makes it what it is."""
        depths = [effect.depth for effect in found.effects if effect.sli in self.streams]
        is_slow = found.duration >= DAY_MINUTES and max(depths, default=0) <= _SLOWEST
        needs = [
            (all(depths) or found.shape is Shape.SILENCE, "depth", "write depth: 0.5, or the depth of each effect"),
            (found.shape is not Shape.SILENCE or not any(depths), "depth", "silence has no depth; take it out"),
            (found.shape not in (Shape.FLAPPING, Shape.BURST) or item.period is not None, "period", "add period: 10m"),
            (found.shape is not Shape.PARTIAL or all(effect.groups for effect in found.effects), "effects",
             "name the groups of each effect"),
            (found.shape is not Shape.CASCADE or len({effect.lag for effect in found.effects}) > 1, "effects",
             "write two effects or more, with a lag"),
            (found.shape is not Shape.NIGHTLY or found.times > 1, "times", "add times: 14"),
            (found.shape is not Shape.SLOW_BURN or is_slow, "shape",
             "a slow burn lasts a day or more, with a depth of 0.1 or less"),
            (bool(found.effects) or found.kind is not Kind.INCIDENT, "effects", "add effects: [{sli: …}]"),
        ]  # fmt: skip
        for is_kept, key, hint in needs:
            if not is_kept:
                self.written.problem((*path, key), f"not a whole {found.shape}", getattr(item, key), hint)

    def _is_told(self, path: PathInside) -> bool:
        """Whether something inside was told to be wrong, so that what follows from it should not be."""
        return self.written.is_doubtful(path)

    def _rhythm(self, path: PathInside, item: simulations.Rhythm | None, usual: Rhythm) -> Rhythm:
        if item is None:
            return usual
        return Rhythm(
            peak=usual.peak if item.peak is None else _minute_of_day(item.peak),
            low=self._share((*path, "low"), item.low, usual.low),
            weekend=self._share((*path, "weekend"), item.weekend, usual.weekend),
            noise=self._share((*path, "noise"), item.noise, usual.noise),
        )

    def _share(self, path: PathInside, value: Decimal | str | None, usual: float) -> float:
        found = None if value is None else ratio_at(self.written, path, value, above_zero=False)
        return usual if found is None else float(found)

    def _demand(self, path: PathInside, value: Decimal | str | None) -> float | None:
        return None if value is None else self._share(path, value, 0.0)

    def _depth(self, path: PathInside, value: Decimal | str | None, usual: int) -> int:
        found = None if value is None else ratio_at(self.written, path, value, above_zero=True)
        if found is None:
            return usual
        if found * MILLION % 1:
            self.written.problem(path, "finer than a millionth", value, "write at most 6 digits, such as 0.25")
        return int(found * MILLION)

    def _count(self, path: PathInside, value: Decimal | None) -> float:
        if value is not None and not 0 <= value <= _MOST_EVENTS:
            self.written.problem(path, "out of range", value, f"write a number from 0 to {_MOST_EVENTS:,}")
        return float(value or 0)

    def _times(self, path: PathInside, value: int | None) -> int:
        if value is not None and not 1 <= value <= _MOST_TIMES:
            self.written.problem(path, "out of range", value, f"write a number from 1 to {_MOST_TIMES}")
        return value or 1

    def _minutes(self, path: PathInside, text: str | None, usual: int) -> int:
        found = None if text is None else whole_steps(self.written, path, text)
        return usual if found is None else int(found.total_seconds()) // STEP


def _minute_of_day(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _labels(group: Mapping[str, str]) -> Labels:
    return tuple(sorted(group.items()))


def _told(labels: Labels) -> str:
    return ", ".join(f"{name}={value}" for name, value in labels)
