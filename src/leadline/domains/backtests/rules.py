"""From verdicts to episodes, and from episodes to what a strategy is worth: pages, precision, recall, detection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadline.core.alert_tiers import AlertTier, Severity, TierVerdicts
from leadline.core.replaying import Ends, Replay, Replayer
from leadline.core.slices import STEP, Bools, Ints
from leadline.core.windows import Span


@dataclass(frozen=True, slots=True)
class Episode:
    """An alert that held from one evaluation to another."""

    tier: AlertTier
    start: int
    end: int | None
    """The first evaluation at which it did not hold; None when it holds at the last."""
    burn: float | None
    spent: float | None
    """Share of a whole budget that the longest window had spent."""


@dataclass(frozen=True, slots=True)
class Known:
    """An incident that is known to have been one."""

    number: int
    span: Span


@dataclass(frozen=True, slots=True)
class Worth:
    """What pages were worth, against incidents that are known."""

    precision: float | None
    recall: float | None
    detection_seconds: tuple[float, ...]
    never: int


def runs(holds: Bools) -> tuple[Ints, Ints]:
    """
    Where a condition begins to hold, and where it no longer does (the length where it holds to the last).

    >>> [each.tolist() for each in runs(np.array([False, True, True, False, True]))]
    [[1, 4], [3, 5]]
    """
    edges = np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def episodes(replayer: Replayer, replay: Replay, window_seconds: int) -> list[Episode]:
    """
    Every episode of a replay, oldest first.

    An alert ends as the engine ends it: at the first evaluation at which it does not hold, be it recovered or unknown.
    """
    found: list[Episode] = []
    for tier, verdicts in zip(replay.tiers, replay.verdicts, strict=True):
        begins, ends = runs(verdicts.holds)
        burns, shares = _burns(replayer, replay, tier, begins, window_seconds)
        for place, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
            is_over = end < len(verdicts.holds)
            over = replay.span.start + end * STEP if is_over else None
            found.append(Episode(tier, replay.span.start + begin * STEP, over, burns[place], shares[place]))
    return sorted(found, key=lambda each: (each.start, each.tier.longest.seconds, each.tier.name))


def _burns(
    replayer: Replayer, replay: Replay, tier: AlertTier, begins: Ints, window_seconds: int
) -> tuple[list[float | None], list[float | None]]:
    """Burn rate over the longest window as each episode began, and the share of a whole budget that this is."""
    budget, seconds = float(replayer.stakes.error_budget), tier.longest.seconds
    if not budget or not len(begins):
        return [None] * len(begins), [None] * len(begins)
    ends = Ends.of(replayer.course, replay.span)
    places = begins if ends.of_step is None else ends.of_step[begins]
    events = replayer.events(seconds, ends, places)
    rates = events.bad / events.total / budget
    return rates.tolist(), (rates * seconds / window_seconds).tolist()


def worth(pages: Sequence[Episode], incidents: Sequence[Known], end: int) -> Worth:
    """
    Precision, recall and detection times of pages.

    A page meets an incident when both hold at some instant; it detects it at its start, or at once when it was open
    already.
    """
    met = [any(_meets(page, incident, end) for incident in incidents) for page in pages]
    detections = []
    for incident in incidents:
        starts = [page.start for page in pages if _meets(page, incident, end)]
        if starts:
            detections.append(float(max(0, min(starts) - incident.span.start)))
    return Worth(
        sum(met) / len(pages) if pages and incidents else None,
        len(detections) / len(incidents) if incidents else None,
        tuple(detections),
        len(incidents) - len(detections),
    )


def _meets(page: Episode, incident: Known, end: int) -> bool:
    until = end if page.end is None else page.end
    return page.start < incident.span.end and incident.span.start < until


def met_by(episode: Episode, incidents: Sequence[Known], end: int) -> int | None:
    """The first incident that an episode meets."""
    return next((each.number for each in incidents if _meets(episode, each, end)), None)


def paging_minutes(replay: Replay) -> int:
    """Minutes in which at least one page was open."""
    open_: list[Bools] = [
        verdicts.holds
        for tier, verdicts in zip(replay.tiers, replay.verdicts, strict=True)
        if tier.severity is Severity.PAGE
    ]
    return int(np.logical_or.reduce(open_).sum()) if open_ else 0


def known_share(verdicts: Sequence[TierVerdicts]) -> float:
    """Share of instants at which every tier could be told."""
    return float(np.logical_and.reduce([each.is_known for each in verdicts]).mean()) if verdicts else 0.0
