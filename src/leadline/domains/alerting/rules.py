"""
What follows from what holds: episodes that begin, fire and end, and of which of them people are told.

Pure. Edge-triggered: an evaluation that finds what the one before found changes nothing. Of one objective the most
severe alert is told; a lesser one waits until that is over, and is told then if it still holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from leadline.core.alert_tiers import AlertAction, Severity
from leadline.domains.alerting.verdicts import Key, Verdicts, silence_severity
from leadline.ports.episodes import (
    Episode,
    EpisodeEvent,
    EpisodeKind,
    EpisodeState,
    EventKind,
)

_RANKS = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Moves:
    """What an evaluation changes."""

    begun: tuple[Episode, ...]
    events: tuple[EpisodeEvent, ...]
    """In the order in which they happen."""
    episodes: Mapping[str, Episode]
    """By thread: those that have not ended before, as they are afterwards."""


def moves(verdicts: Verdicts, known: Sequence[Episode]) -> Moves:
    """
    What begins, fires, ends and is told.

    Args:
        verdicts: what holds.
        known: episodes that have not ended, oldest first.
    """
    at, by_key = verdicts.readings.at, {key_of(each): each for each in known}
    begun = tuple(_begun(verdicts, key, at) for key in _in_order(verdicts, by_key))
    episodes = {each.thread: each for each in [*known, *begun]}
    happened: list[EpisodeEvent] = []
    for episode in [*known, *begun]:
        event = _event(verdicts, episode, at)
        if event is not None:
            happened.append(event)
            episodes[event.thread] = episode.after(event)
    touched = {_audience(episodes[event.thread]) for event in happened}
    for event in _told(episodes.values(), touched, at):
        happened.append(event)
        episodes[event.thread] = episodes[event.thread].after(event)
    return Moves(begun, tuple(happened), episodes)


def key_of(episode: Episode) -> Key:
    return episode.kind, episode.subject, episode.tier


def _in_order(verdicts: Verdicts, known: Mapping[Key, Episode]) -> list[Key]:
    """What holds and did not before, as the handbook has it."""
    new = [key for key in verdicts.holding if key not in known]
    return sorted(new, key=lambda key: (key[0], key[1], verdicts.plan.tiers.get((key[1], key[2]), (0, None))[0]))


def _begun(verdicts: Verdicts, key: Key, at: int) -> Episode:
    kind, subject, tier = key
    thread = f"{kind}/{subject}/{tier}/{at}"
    if kind is EpisodeKind.SILENCE:
        slo = verdicts.plan.slos[verdicts.plan.by_sli[subject][0]]
        severity, action, strategy = silence_severity(verdicts.plan, subject), AlertAction.NONE, ""
    else:
        slo = verdicts.plan.slos[subject]
        spec = verdicts.plan.tiers[subject, tier][1]
        severity, action, strategy = spec.severity, spec.action, slo.strategy
    return Episode(thread, kind, subject, tier, strategy, severity, action, slo.service, slo.team or "", slo.tier, at)


def _event(verdicts: Verdicts, episode: Episode, at: int) -> EpisodeEvent | None:
    """What happens to an episode by itself."""
    key = key_of(episode)
    if key not in verdicts.holding:
        if at < episode.began_at:
            return None
        ending, why = verdicts.ending(key)
        return EpisodeEvent(episode.thread, at, EventKind.ENDED, ending, why)
    if episode.state is not EpisodeState.PENDING or at - episode.began_at < verdicts.holding[key]:
        return None
    if episode.kind is EpisodeKind.SILENCE:
        return EpisodeEvent(episode.thread, at, EventKind.FIRED, text=verdicts.silences[episode.subject].text)
    tier = verdicts.plan.tiers[episode.subject, episode.tier][1]
    windows, groups = verdicts.windows(episode.subject, tier), verdicts.groups(episode.subject, tier)
    return EpisodeEvent(episode.thread, at, EventKind.FIRED, windows=windows, groups=groups)


def _audience(episode: Episode) -> tuple[object, ...]:
    """Who quieten one another: episodes of an objective; SLIs of a service that fell silent at once."""
    if episode.kind is EpisodeKind.BURN:
        return episode.kind, episode.subject
    return episode.kind, episode.service, episode.severity, episode.fired_at


def _told(episodes: Iterable[Episode], touched: set[tuple[object, ...]], at: int) -> Iterator[EpisodeEvent]:
    by_audience: dict[tuple[object, ...], list[Episode]] = defaultdict(list)
    for episode in episodes:
        audience = _audience(episode)
        if episode.state is EpisodeState.FIRING and audience in touched:
            by_audience[audience].append(episode)
    for firing in by_audience.values():
        severest = min((_RANKS.index(each.severity) for each in firing if each.told_at is not None), default=None)
        for episode in sorted(firing, key=lambda each: _RANKS.index(each.severity)):
            rank = _RANKS.index(episode.severity)
            if episode.told_at is None and (severest is None or rank < severest):
                severest = rank
                yield EpisodeEvent(episode.thread, at, EventKind.TOLD)
